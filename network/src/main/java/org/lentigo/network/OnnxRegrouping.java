package org.lentigo.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a folded graph into one that computes the same with fewer copies of whole maps, which
 * cost ONNX Runtime's CPU kernels as much as some of its convolutions.
 *
 * <ul>
 *   <li>A concatenation that only a 1x1 convolution reads, or a depthwise one and after it a 1x1
 *       one, is not made: each part is convolved by itself and the results are added, which the
 *       kernels do while they store.
 *   <li>A gate of one value a channel is enlarged to a map before it is multiplied, because two
 *       maps of one shape are multiplied as they lie in memory, and a map and a vector are not.
 * </ul>
 */
final class OnnxRegrouping {
  private final Graph graph;
  private final Map<String, float[]> weights;
  private final Map<String, Shape> shapes;
  private final Set<String> quantised;
  private final Map<String, Integer> readers = new HashMap<>();
  private final List<Graph.Node> nodes = new ArrayList<>();
  private final Map<String, float[]> tensors;

  private OnnxRegrouping(Weights.Folded folded, int size, Set<String> quantised) {
    this.quantised = quantised;
    graph = folded.graph();
    weights = folded.weights().tensors();
    tensors = new LinkedHashMap<>(weights);
    shapes = graph.shapes(size);
    for (Graph.Node node : graph.nodes()) {
      node.inputs().forEach(input -> readers.merge(input, 1, Integer::sum));
    }
    graph.outputs().forEach(output -> readers.merge(output, 1, Integer::sum));
  }

  /**
   * The rewritten graph.
   *
   * @param size the side of the square input in pixels
   * @param quantised maps in integers, which are laid out otherwise: what makes or reads them stays
   */
  static Weights.Folded regroup(Weights.Folded folded, int size, Set<String> quantised) {
    return new OnnxRegrouping(folded, size, quantised).regrouped();
  }

  private Weights.Folded regrouped() {
    Map<String, Split> splits = new LinkedHashMap<>();
    Set<String> replaced = new HashSet<>();
    for (Graph.Node node : graph.nodes()) {
      Split split = split(node);
      if (split != null) {
        splits.put(node.name(), split);
        replaced.add(split.concat.name());
        if (split.depthwise != null) {
          replaced.add(split.depthwise.name());
          replaced.add(node.inputs().get(0));
        }
      }
    }
    for (Graph.Node node : graph.nodes()) {
      Split split = splits.get(node.name());
      if (split != null) {
        addParts(split);
      } else if (isGated(node)) {
        addEnlarged(node);
      } else if (!replaced.contains(node.name())) {
        nodes.add(node);
      }
    }
    Graph regrouped = new Graph(nodes, graph.outputs());
    return new Weights.Folded(regrouped, new Weights(tensors).of(regrouped));
  }

  /** What reads a concatenation: perhaps a depthwise convolution, a 1x1 convolution. */
  private record Split(
      Graph.Node concat, Graph.@Nullable Node depthwise, Graph.Node pointwise, Op.Conv conv) {}

  private @Nullable Split split(Graph.Node node) {
    if (!(node.op() instanceof Op.Conv c) || !c.isSquare(1) || c.groups() > 1 || c.stride() > 1) {
      return null;
    }
    Graph.Node before = onlyInput(node);
    if (before != null && isFloatConcat(before)) {
      return new Split(before, null, node, c);
    }
    Graph.Node depthwise =
        before != null && before.op() instanceof Op.Relu ? onlyInput(before) : null;
    Graph.Node concat =
        depthwise != null
                && depthwise.op() instanceof Op.Conv d
                && d.groups() == d.in()
                && d.in() == d.out()
            ? onlyInput(depthwise)
            : null;
    if (concat != null && isFloatConcat(concat)) {
      return new Split(concat, depthwise, node, c);
    }
    return null;
  }

  private boolean isFloatConcat(Graph.Node node) {
    return node.op() instanceof Op.Concat && !quantised.contains(node.name());
  }

  /** The node that makes this one's input, if nothing else reads it. */
  private Graph.@Nullable Node onlyInput(Graph.Node node) {
    String input = node.inputs().get(0);
    return readers.getOrDefault(input, 0) == 1 ? graph.node(input) : null;
  }

  private void addParts(Split split) {
    String name = split.pointwise.name();
    List<String> sums = new ArrayList<>();
    int from = 0;
    for (String part : split.concat.inputs()) {
      int to = from + shape(part).channels();
      String input = split.depthwise == null ? part : addDepthwise(split.depthwise, part, from, to);
      String sum = name + ".from." + from;
      // The bias goes with the first part.
      Op.Conv narrow =
          new Op.Conv(to - from, split.conv.out(), 1, 1, 1, 1, split.conv.bias() && from == 0);
      nodes.add(new Graph.Node(sum, narrow, List.of(input)));
      tensors.put(sum + ".weight", columns(tensor(name + ".weight"), split.conv.in(), from, to));
      if (narrow.bias()) {
        tensors.put(sum + ".bias", tensor(name + ".bias"));
      }
      sums.add(sum);
      from = to;
    }
    String sum = sums.get(0);
    for (int i = 1; i < sums.size(); i++) {
      String next = i == sums.size() - 1 ? name : name + ".to." + i;
      nodes.add(new Graph.Node(next, new Op.Add(), List.of(sum, sums.get(i))));
      sum = next;
    }
  }

  /** The depthwise convolution of channels {@code from} to {@code to}, and the ReLU after it. */
  private String addDepthwise(Graph.Node depthwise, String part, int from, int to) {
    Op.Conv c = (Op.Conv) depthwise.op();
    String name = depthwise.name() + ".from." + from;
    int width = to - from;
    nodes.add(
        new Graph.Node(
            name,
            new Op.Conv(
                width,
                width,
                c.kernelHeight(),
                c.kernelWidth(),
                c.stride(),
                c.dilation(),
                width,
                c.bias()),
            List.of(part)));
    int taps = c.taps();
    tensors.put(
        name + ".weight",
        Arrays.copyOfRange(tensor(depthwise.name() + ".weight"), from * taps, to * taps));
    if (c.bias()) {
      tensors.put(name + ".bias", Arrays.copyOfRange(tensor(depthwise.name() + ".bias"), from, to));
    }
    nodes.add(new Graph.Node(name + ".relu", new Op.Relu(), List.of(name)));
    return name + ".relu";
  }

  private boolean isGated(Graph.Node node) {
    if (!(node.op() instanceof Op.Multiply)
        || quantised.contains(node.name())
        || quantised.contains(node.inputs().get(0))) {
      return false;
    }
    Shape map = shape(node.inputs().get(0));
    Shape gate = shape(node.inputs().get(1));
    return map.height() == map.width()
        && map.height() > 1
        && gate.height() == 1
        && gate.width() == 1
        && gate.channels() == map.channels();
  }

  private void addEnlarged(Graph.Node product) {
    String map = product.inputs().get(0);
    String gate = product.inputs().get(1);
    String enlarged = product.name() + ".enlarged";
    nodes.add(new Graph.Node(enlarged, new Op.Upsample(shape(map).height()), List.of(gate)));
    nodes.add(new Graph.Node(product.name(), product.op(), List.of(map, enlarged)));
  }

  /** Columns {@code from} to {@code to} of a matrix with {@code width} columns. */
  private static float[] columns(float[] matrix, int width, int from, int to) {
    int rows = matrix.length / width;
    float[] some = new float[rows * (to - from)];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(matrix, row * width + from, some, row * (to - from), to - from);
    }
    return some;
  }

  private Shape shape(String name) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new IllegalArgumentException("the graph has no node '" + name + "'");
    }
    return shape;
  }

  private float[] tensor(String name) {
    return new Weights(weights).get(name);
  }
}
