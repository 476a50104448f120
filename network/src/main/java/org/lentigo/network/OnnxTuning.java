package org.lentigo.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rewrites a folded graph into one that computes the same and that ONNX Runtime's CPU kernels
 * compute faster. They hold maps in blocks of 8 or 16 channels around convolutions, and leave and
 * enter that layout, at the cost of a copy each way, around every operator that does not know it.
 *
 * <ul>
 *   <li>Channels are padded with zeros to a multiple of 16, which the blocks have room for anyway:
 *       the concatenation of ragged maps is not known to the layout, that of whole blocks is.
 *   <li>A mean over channels becomes a 1x1 convolution.
 *   <li>A map of one channel is spread over all of them by a 1x1 convolution before it is
 *       multiplied.
 * </ul>
 */
final class OnnxTuning {
  private static final int BLOCK = 16;

  /** Narrower maps (gates, the hidden layer of an attention, the head) are left as they are. */
  private static final int NARROWEST = 8;

  private final Graph graph;
  private final Map<String, float[]> weights;
  private final List<Graph.Node> nodes = new ArrayList<>();
  private final Map<String, float[]> tensors = new LinkedHashMap<>();

  /** For each node the channel it had before at each place, or -1 where there is padding. */
  private final Map<String, int[]> channels = new LinkedHashMap<>();

  /** The nodes whose values are never below 0. */
  private final Set<String> nonNegative = new HashSet<>();

  /** The nodes whose padding may be other than 0: a sigmoid makes 1/2 of it. */
  private final Set<String> filled = new HashSet<>();

  private OnnxTuning(Weights.Folded folded) {
    graph = folded.graph();
    weights = folded.weights().tensors();
  }

  /** The rewritten graph, or the given one where it cannot be rewritten. */
  static Weights.Folded tune(Weights.Folded folded) {
    OnnxTuning tuning = new OnnxTuning(folded);
    for (Graph.Node node : tuning.graph.nodes()) {
      if (!tuning.rewrite(node)) {
        return folded;
      }
    }
    Graph graph = new Graph(tuning.nodes, folded.graph().outputs());
    return new Weights.Folded(graph, new Weights(tuning.tensors).of(graph));
  }

  private boolean rewrite(Graph.Node node) {
    Optional<int[]> made = rewritten(node);
    made.ifPresent(places -> channels.put(node.name(), places));
    follow(node);
    boolean output = graph.outputs().contains(node.name());
    return made.isPresent() && !(output && isPadded(made.get()));
  }

  /** Adds the node and returns the channels of its result; empty if padding stands in its way. */
  private Optional<int[]> rewritten(Graph.Node node) {
    List<int[]> in = node.inputs().stream().map(this::channelsOf).toList();
    Op op = node.op();
    if (op instanceof Op.Input input) {
      nodes.add(node);
      return Optional.of(plain(input.channels()));
    } else if (op instanceof Op.Conv conv) {
      return convolution(node, conv, in.get(0));
    } else if (op instanceof Op.TransposedConv conv) {
      return transposed(node, conv, in.get(0));
    } else if (op instanceof Op.Prelu) {
      put(node.name() + ".weight", in.get(0));
      nodes.add(new Graph.Node(node.name(), new Op.Prelu(in.get(0).length), node.inputs()));
    } else if (op instanceof Op.BatchNorm) {
      batchNorm(node, in.get(0));
    } else if (op instanceof Op.ChannelMean) {
      mean(node, in.get(0));
      return Optional.of(plain(1));
    } else if (op instanceof Op.ChannelMax) {
      nodes.add(node);
      String input = node.inputs().get(0);
      boolean paddingIsLeast = nonNegative.contains(input) && !filled.contains(input);
      return isPadded(in.get(0)) && !paddingIsLeast ? Optional.empty() : Optional.of(plain(1));
    } else if (op instanceof Op.Multiply && in.get(1).length == 1 && in.get(0).length > 1) {
      spread(node, in.get(0).length);
    } else if (op instanceof Op.Multiply || op instanceof Op.Add) {
      nodes.add(node);
      if (!Arrays.equals(in.get(0), in.get(1))) {
        return Optional.empty();
      }
    } else if (op instanceof Op.Concat) {
      nodes.add(node);
      return Optional.of(joined(in));
    } else if (op instanceof Op.Relu
        || op instanceof Op.Relu6
        || op instanceof Op.Gelu
        || op instanceof Op.Sigmoid) {
      nodes.add(node);
    } else if (op instanceof Op.Unpool) {
      nodes.add(node);
      if (!Arrays.equals(in.get(0), in.get(1))) {
        return Optional.empty();
      }
    } else if (op instanceof Op.Slice slice) {
      nodes.add(node);
      return isPadded(in.get(0)) ? Optional.empty() : Optional.of(plain(slice.to() - slice.from()));
    } else if (op instanceof Op.MaxPool
        || op instanceof Op.Upsample
        || op instanceof Op.Resize
        || op instanceof Op.AdaptiveAverage
        || op instanceof Op.GlobalAverage) {
      nodes.add(node);
    } else {
      return Optional.empty();
    }
    return Optional.of(in.get(0));
  }

  private void follow(Graph.Node node) {
    Op op = node.op();
    if (op instanceof Op.Relu
        || op instanceof Op.Relu6
        || op instanceof Op.Sigmoid
        || !makesAnySign(op) && nonNegative.containsAll(node.inputs())) {
      nonNegative.add(node.name());
    }
    boolean fills =
        op instanceof Op.Multiply
            ? filled.containsAll(node.inputs())
            : !(op instanceof Op.Conv
                    || op instanceof Op.TransposedConv
                    || op instanceof Op.BatchNorm)
                && node.inputs().stream().anyMatch(filled::contains);
    if (op instanceof Op.Sigmoid || fills) {
      filled.add(node.name());
    }
  }

  private static boolean makesAnySign(Op op) {
    return op instanceof Op.Input
        || op instanceof Op.Conv
        || op instanceof Op.TransposedConv
        || op instanceof Op.BatchNorm;
  }

  private Optional<int[]> convolution(Graph.Node node, Op.Conv c, int[] in) {
    float[] weight = tensor(weights, node.name() + ".weight");
    int taps = c.taps();
    boolean depthwise = c.groups() > 1;
    if (depthwise && (c.groups() != c.in() || c.in() != c.out())) {
      return Optional.empty();
    }
    int[] out =
        depthwise ? in : graph.outputs().contains(node.name()) ? plain(c.out()) : padded(c.out());
    int fanIn = depthwise ? 1 : in.length;
    float[] moved = new float[out.length * fanIn * taps];
    for (int o = 0; o < out.length; o++) {
      for (int i = 0; i < fanIn && out[o] >= 0; i++) {
        int from = depthwise ? 0 : in[i];
        if (from >= 0) {
          System.arraycopy(
              weight,
              (out[o] * (c.in() / c.groups()) + from) * taps,
              moved,
              (o * fanIn + i) * taps,
              taps);
        }
      }
    }
    tensors.put(node.name() + ".weight", moved);
    if (c.bias()) {
      put(node.name() + ".bias", out);
    }
    Op.Conv widened =
        new Op.Conv(
            in.length,
            out.length,
            c.kernelHeight(),
            c.kernelWidth(),
            c.stride(),
            c.dilation(),
            depthwise ? in.length : 1,
            c.bias());
    nodes.add(new Graph.Node(node.name(), widened, node.inputs()));
    return Optional.of(out);
  }

  private Optional<int[]> transposed(Graph.Node node, Op.TransposedConv c, int[] in) {
    float[] weight = tensor(weights, node.name() + ".weight");
    int taps = c.kernel() * c.kernel();
    int[] out = graph.outputs().contains(node.name()) ? plain(c.out()) : padded(c.out());
    float[] moved = new float[in.length * out.length * taps];
    for (int i = 0; i < in.length; i++) {
      for (int o = 0; o < out.length && in[i] >= 0; o++) {
        if (out[o] >= 0) {
          int from = (in[i] * c.out() + out[o]) * taps;
          System.arraycopy(weight, from, moved, (i * out.length + o) * taps, taps);
        }
      }
    }
    tensors.put(node.name() + ".weight", moved);
    if (c.bias()) {
      put(node.name() + ".bias", out);
    }
    nodes.add(
        new Graph.Node(
            node.name(),
            new Op.TransposedConv(in.length, out.length, c.kernel(), c.bias()),
            node.inputs()));
    return Optional.of(out);
  }

  /** What padding becomes there is 0 again. */
  private void batchNorm(Graph.Node node, int[] in) {
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      put(node.name() + "." + part, in);
    }
    nodes.add(new Graph.Node(node.name(), new Op.BatchNorm(in.length), node.inputs()));
  }

  private void put(String name, int[] places) {
    tensors.put(name, places(tensor(weights, name), places));
  }

  /** A value a channel, put where the channels are; 0 where there is padding. */
  private static float[] places(float[] values, int[] places) {
    float[] moved = new float[places.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = places[i] < 0 ? 0 : values[places[i]];
    }
    return moved;
  }

  private void mean(Graph.Node node, int[] in) {
    float[] weight = new float[in.length];
    int count = (int) Arrays.stream(in).filter(channel -> channel >= 0).count();
    for (int i = 0; i < in.length; i++) {
      weight[i] = in[i] < 0 ? 0 : 1f / count;
    }
    tensors.put(node.name() + ".weight", weight);
    nodes.add(
        new Graph.Node(node.name(), new Op.Conv(in.length, 1, 1, 1, 1, 1, false), node.inputs()));
  }

  private void spread(Graph.Node product, int width) {
    String name = product.name() + ".spread";
    float[] ones = new float[width];
    Arrays.fill(ones, 1);
    tensors.put(name + ".weight", ones);
    nodes.add(
        new Graph.Node(
            name, new Op.Conv(1, width, 1, 1, 1, 1, false), product.inputs().subList(1, 2)));
    nodes.add(new Graph.Node(product.name(), product.op(), List.of(product.inputs().get(0), name)));
  }

  private int[] channelsOf(String name) {
    int[] places = channels.get(name);
    if (places == null) {
      throw new IllegalArgumentException("the graph has no node '" + name + "' before its reader");
    }
    return places;
  }

  private static float[] tensor(Map<String, float[]> tensors, String name) {
    return new Weights(tensors).get(name);
  }

  private static boolean isPadded(int[] places) {
    return Arrays.stream(places).anyMatch(channel -> channel < 0);
  }

  private static int[] plain(int count) {
    int[] places = new int[count];
    Arrays.setAll(places, i -> i);
    return places;
  }

  private static int[] padded(int count) {
    int[] places = plain(count);
    if (count < NARROWEST) {
      return places;
    }
    int[] wide = Arrays.copyOf(places, (count + BLOCK - 1) / BLOCK * BLOCK);
    Arrays.fill(wide, count, wide.length, -1);
    return wide;
  }

  private static int[] joined(List<int[]> parts) {
    List<Integer> all = new ArrayList<>();
    int offset = 0;
    for (int[] part : parts) {
      for (int channel : part) {
        all.add(channel < 0 ? -1 : offset + channel);
      }
      offset += (int) Arrays.stream(part).filter(channel -> channel >= 0).count();
    }
    return all.stream().mapToInt(Integer::intValue).toArray();
  }
}
