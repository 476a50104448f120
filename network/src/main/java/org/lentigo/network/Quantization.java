package org.lentigo.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a model is computed in 8-bit integers: post-training static quantisation (B. Jacob et al.
 * 2018, arXiv 1712.05877). Feature maps are unsigned with one scale and zero point a map; the
 * weights of the convolutions between them are signed with one scale an output channel and no zero
 * point.
 *
 * <p>Integers are for the dense 3x3 convolutions, the multi-scale modules, which have two thirds of
 * ULRTS-Net's arithmetic: there they take a fourth of the time. Everything else stays in floats.
 * Depthwise convolutions are bound by memory and slower in integers, since runtimes compute floats
 * in blocks of channels and integers not; and what decides a mask in few numbers (attention, gates,
 * the head) needs the digits.
 *
 * @param ranges of each quantised map, by its node in {@link Weights#fold the folded graph}
 * @param images on which the ranges were measured
 */
public record Quantization(SortedMap<String, Range> ranges, int images) {
  /** Values of an unsigned byte. */
  private static final int LEVELS = 255;

  public Quantization {
    ranges = Collections.unmodifiableSortedMap(new TreeMap<>(ranges));
    if (images < 1) {
      throw new IllegalArgumentException("quantised on " + images + " images, wanted at least 1");
    }
  }

  /**
   * The values of a map that its 256 levels are spread over; what lies beyond is cut off.
   *
   * @param low at most 0, so that 0, which pads, is a level
   * @param high at least 0, and above {@code low}
   */
  public record Range(float low, float high) {
    public Range {
      if (!(low <= 0 && high >= 0 && low < high && Float.isFinite(high - low))) {
        throw new IllegalArgumentException(
            "a range must hold 0 and more, got " + low + " to " + high);
      }
    }

    /** What one level is worth. */
    public float scale() {
      return (high - low) / LEVELS;
    }

    /** The level of 0, 0 to 255. */
    public int zeroPoint() {
      return Math.round(-low / scale());
    }

    /** The smallest range that holds both. */
    public Range and(Range other) {
      return new Range(Math.min(low, other.low), Math.max(high, other.high));
    }
  }

  /**
   * The maps to quantise, in groups that share a range, so that concatenating moves bytes without
   * changing them. They are what the dense 3x3 convolutions of stride 1 read and write, their
   * concatenations, and what 1x1 convolutions make of these.
   *
   * @param folded a graph without BatchNorm
   */
  public static List<List<String>> groups(Graph folded) {
    Map<String, String> leaders = new LinkedHashMap<>();
    Set<String> dense = new HashSet<>();
    for (Graph.Node node : folded.nodes()) {
      String input = node.inputs().isEmpty() ? "" : node.inputs().get(0);
      if (node.op() instanceof Op.Conv c) {
        boolean wide = c.isSquare(3) && c.stride() == 1 && c.groups() == 1;
        if (wide) {
          leaders.putIfAbsent(input, input);
        }
        boolean mixes = c.isSquare(1) && folded.node(input).op() instanceof Op.Concat;
        if (wide || mixes && leaders.containsKey(input)) {
          dense.add(node.name());
        }
      } else if (node.op() instanceof Op.Relu && dense.contains(input)) {
        leaders.put(node.name(), node.name());
      } else if (node.op() instanceof Op.Concat && leaders.keySet().containsAll(node.inputs())) {
        leaders.put(node.name(), node.name());
        Set<String> joined = new HashSet<>();
        node.inputs().forEach(part -> joined.add(leaders.getOrDefault(part, part)));
        leaders.replaceAll((name, leader) -> joined.contains(leader) ? node.name() : leader);
      }
    }
    Map<String, List<String>> groups = new LinkedHashMap<>();
    leaders.forEach((name, its) -> groups.computeIfAbsent(its, l -> new ArrayList<>()).add(name));
    return List.copyOf(groups.values());
  }

  /**
   * The convolutions that are computed in integers: from a quantised map to one, with nothing but a
   * ReLU between.
   */
  Set<String> convolutions(Graph folded) {
    Map<String, Graph.Node> nodes = new HashMap<>();
    Set<String> convolutions = new HashSet<>();
    for (Graph.Node node : folded.nodes()) {
      nodes.put(node.name(), node);
      if (node.op() instanceof Op.Relu && ranges.containsKey(node.name())) {
        Graph.Node before = nodes.get(node.inputs().get(0));
        if (before != null
            && before.op() instanceof Op.Conv
            && ranges.containsKey(before.inputs().get(0))) {
          convolutions.add(before.name());
        }
      }
    }
    return convolutions;
  }
}
