package org.lentigo.network;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network as data: nodes in an order in which each comes after its inputs.
 *
 * <pre>{@code
 * GraphBuilder b = new GraphBuilder();
 * Value x = b.input("image", 3);
 * Value y = b.relu("relu", b.conv("conv", x, 8, 3));
 * Graph graph = b.build(y);
 * graph.shapes(224).get("conv"); // 8 x 224 x 224
 * }</pre>
 *
 * @param nodes in execution order, the input first
 * @param outputs names of the nodes whose values the graph yields
 */
public record Graph(List<Node> nodes, List<String> outputs) {

  /**
   * One operation.
   *
   * @param name unique in the graph
   * @param inputs names of earlier nodes
   * @param tensors its parameters are called {@code tensors.weight} and so on: the name, or that of
   *     an earlier node of the same operation whose parameters it shares
   */
  public record Node(String name, Op op, List<String> inputs, String tensors) {
    public Node {
      inputs = List.copyOf(inputs);
    }

    /** A node with parameters of its own. */
    public Node(String name, Op op, List<String> inputs) {
      this(name, op, inputs, name);
    }
  }

  /**
   * A tensor that a node needs.
   *
   * @param shape for a convolution's weight: out, in / groups, kernel rows, kernel columns; for a
   *     transposed one's in, out, kernel, kernel; for one along channels 1, 1, kernel; else
   *     channels
   * @param kind what it is for
   */
  public record Parameter(List<Integer> shape, Kind kind) {
    public Parameter {
      shape = List.copyOf(shape);
    }

    /** What a tensor is for: how it begins, and whether it is trained. */
    public enum Kind {
      /** A convolution's weight. */
      KERNEL,
      BIAS,
      /** A normalisation's factors. */
      SCALE,
      /** The slopes of {@link Op.Prelu}. */
      SLOPE,
      /** BatchNorm's running mean, which is measured, not trained. */
      MEAN,
      /** BatchNorm's running variance, likewise. */
      VARIANCE
    }

    /** Whether it is trained: not so for BatchNorm's running mean and variance. */
    public boolean trainable() {
      return kind != Kind.MEAN && kind != Kind.VARIANCE;
    }

    /** Values in the tensor. */
    public int size() {
      return shape.stream().mapToInt(Integer::intValue).reduce(1, Math::multiplyExact);
    }
  }

  public Graph {
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
    Map<String, Node> seen = new LinkedHashMap<>();
    for (Node node : nodes) {
      for (String input : node.inputs()) {
        if (!seen.containsKey(input)) {
          throw new IllegalArgumentException(
              "node '" + node.name() + "' reads '" + input + "', which no earlier node makes");
        }
      }
      if (seen.put(node.name(), node) != null) {
        throw new IllegalArgumentException("two nodes are called '" + node.name() + "'");
      }
    }
    for (String output : outputs) {
      if (!seen.containsKey(output)) {
        throw new IllegalArgumentException("output '" + output + "' is not a node of the graph");
      }
    }
  }

  /**
   * The node of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Node node(String name) {
    return nodes.stream()
        .filter(n -> n.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("the graph has no node '" + name + "'"));
  }

  /** The only output's name. */
  public String output() {
    if (outputs.size() != 1) {
      throw new IllegalStateException("the graph has " + outputs.size() + " outputs: " + outputs);
    }
    return outputs.get(0);
  }

  /** Only what the outputs depend on, and the input. */
  public Graph pruned() {
    Set<String> needed = new HashSet<>(outputs);
    List<Node> kept = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      Node node = nodes.get(i);
      if (needed.contains(node.name()) || node.op() instanceof Op.Input) {
        needed.addAll(node.inputs());
        kept.add(0, node);
      }
    }
    return new Graph(kept, outputs);
  }

  /** Every tensor the graph needs, by name, in the order of its nodes; shared ones once. */
  public Map<String, Parameter> parameters() {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Node node : nodes) {
      parameters(node.op())
          .forEach((part, parameter) -> parameters.put(node.tensors() + "." + part, parameter));
    }
    return Collections.unmodifiableMap(parameters);
  }

  /** The tensors an operation needs, by the last part of their names, in order. */
  static Map<String, Parameter> parameters(Op op) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    if (op instanceof Op.Conv c) {
      List<Integer> shape =
          List.of(c.out(), c.in() / c.groups(), c.kernelHeight(), c.kernelWidth());
      parameters.put("weight", new Parameter(shape, Parameter.Kind.KERNEL));
      if (c.bias()) {
        parameters.put("bias", new Parameter(List.of(c.out()), Parameter.Kind.BIAS));
      }
    } else if (op instanceof Op.TransposedConv c) {
      List<Integer> shape = List.of(c.in(), c.out(), c.kernel(), c.kernel());
      parameters.put("weight", new Parameter(shape, Parameter.Kind.KERNEL));
      if (c.bias()) {
        parameters.put("bias", new Parameter(List.of(c.out()), Parameter.Kind.BIAS));
      }
    } else if (op instanceof Op.ChannelConv c) {
      List<Integer> shape = List.of(1, 1, c.kernel());
      parameters.put("weight", new Parameter(shape, Parameter.Kind.KERNEL));
    } else if (op instanceof Op.BatchNorm bn) {
      List<Integer> shape = putNorm(parameters, bn.channels());
      parameters.put("running_mean", new Parameter(shape, Parameter.Kind.MEAN));
      parameters.put("running_var", new Parameter(shape, Parameter.Kind.VARIANCE));
    } else if (op instanceof Op.LayerNorm n) {
      putNorm(parameters, n.channels());
    } else if (op instanceof Op.GroupNorm n) {
      putNorm(parameters, n.channels());
    } else if (op instanceof Op.Prelu p) {
      parameters.put("weight", new Parameter(List.of(p.channels()), Parameter.Kind.SLOPE));
    }
    return parameters;
  }

  private static List<Integer> putNorm(Map<String, Parameter> parameters, int channels) {
    List<Integer> shape = List.of(channels);
    parameters.put("weight", new Parameter(shape, Parameter.Kind.SCALE));
    parameters.put("bias", new Parameter(shape, Parameter.Kind.BIAS));
    return shape;
  }

  /**
   * The shape of every node's value for a square picture.
   *
   * @param size the picture's side in pixels
   * @throws IllegalArgumentException if an operation cannot take what reaches it; the message
   *     prints every shape
   */
  public Map<String, Shape> shapes(int size) {
    return shapes(size, size);
  }

  /** As {@link #shapes(int)} for any height and width. */
  public Map<String, Shape> shapes(int height, int width) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (Node node : nodes) {
      List<Shape> in = new ArrayList<>();
      for (String input : node.inputs()) {
        in.add(shapes.get(input));
      }
      shapes.put(node.name(), shape(node, in, height, width));
    }
    return Collections.unmodifiableMap(shapes);
  }

  private static Shape shape(Node node, List<Shape> in, int height, int width) {
    Op op = node.op();
    if (op instanceof Op.Input i) {
      return new Shape(i.channels(), height, width);
    }
    Shape x = in.get(0);
    if (op instanceof Op.Conv c) {
      require(x.channels() == c.in(), node, in, c.in() + " channels");
      require(
          c.kernelHeight() % 2 == 1 || (x.height() % 2 == 0 && x.width() % 2 == 0),
          node,
          in,
          "a map divisible by 2");
      // "Same" padding: the effective kernel is odd, so the size is divided by the stride, rounded
      // up.
      return new Shape(
          c.out(),
          (x.height() + c.stride() - 1) / c.stride(),
          (x.width() + c.stride() - 1) / c.stride());
    } else if (op instanceof Op.BatchNorm bn) {
      require(x.channels() == bn.channels(), node, in, bn.channels() + " channels");
      return x;
    } else if (op instanceof Op.TransposedConv c) {
      require(x.channels() == c.in(), node, in, c.in() + " channels");
      return new Shape(c.out(), 2 * x.height(), 2 * x.width());
    } else if (op instanceof Op.Relu
        || op instanceof Op.Relu6
        || op instanceof Op.Gelu
        || op instanceof Op.Sigmoid
        || op instanceof Op.Shift
        || op instanceof Op.DoubleNorm) {
      return x;
    } else if (op instanceof Op.Prelu p) {
      require(x.channels() == p.channels(), node, in, p.channels() + " channels");
      return x;
    } else if (op instanceof Op.LayerNorm n) {
      require(x.channels() == n.channels(), node, in, n.channels() + " channels");
      return x;
    } else if (op instanceof Op.GroupNorm n) {
      require(x.channels() == n.channels(), node, in, n.channels() + " channels");
      return x;
    } else if (op instanceof Op.AdaptiveAverage a) {
      return new Shape(x.channels(), a.size(), a.size());
    } else if (op instanceof Op.Resize) {
      return new Shape(x.channels(), in.get(1).height(), in.get(1).width());
    } else if (op instanceof Op.Slice s) {
      require(x.channels() >= s.to(), node, in, s.to() + " channels or more");
      return new Shape(s.to() - s.from(), x.height(), x.width());
    } else if (op instanceof Op.Unpool) {
      Shape whole = in.get(1);
      require(
          whole.channels() == x.channels()
              && whole.height() == 2 * x.height()
              && whole.width() == 2 * x.width(),
          node,
          in,
          "a second map of as many channels and twice the size");
      return whole;
    } else if (op instanceof Op.ChannelConv) {
      require(x.height() == 1 && x.width() == 1, node, in, "a 1 x 1 map");
      return x;
    } else if (op instanceof Op.MaxPool p) {
      require(
          x.height() % p.size() == 0 && x.width() % p.size() == 0,
          node,
          in,
          "a map divisible by " + p.size());
      return new Shape(x.channels(), x.height() / p.size(), x.width() / p.size());
    } else if (op instanceof Op.Upsample u) {
      return new Shape(x.channels(), x.height() * u.factor(), x.width() * u.factor());
    } else if (op instanceof Op.GlobalAverage) {
      return new Shape(x.channels(), 1, 1);
    } else if (op instanceof Op.ChannelMean || op instanceof Op.ChannelMax) {
      return new Shape(1, x.height(), x.width());
    } else if (op instanceof Op.Concat) {
      int channels = 0;
      for (Shape s : in) {
        require(sameMap(s, x), node, in, "maps of one size");
        channels += s.channels();
      }
      return new Shape(channels, x.height(), x.width());
    } else if (op instanceof Op.Multiply) {
      Shape y = in.get(1);
      boolean channelsFit = y.channels() == x.channels() || y.channels() == 1;
      boolean mapsFit = sameMap(x, y) || (y.height() == 1 && y.width() == 1);
      require(channelsFit && mapsFit, node, in, "a second shape that repeats to the first");
      return x;
    } else if (op instanceof Op.Add) {
      require(x.equals(in.get(1)), node, in, "equal shapes");
      return x;
    }
    throw new AssertionError(op);
  }

  private static boolean sameMap(Shape a, Shape b) {
    return a.height() == b.height() && a.width() == b.width();
  }

  private static void require(boolean condition, Node node, List<Shape> in, String wanted) {
    if (!condition) {
      throw new IllegalArgumentException(
          "node '" + node.name() + "' (" + node.op() + ") wants " + wanted + ", got " + in);
    }
  }
}
