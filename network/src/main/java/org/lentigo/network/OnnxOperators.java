package org.lentigo.network;

import static org.lentigo.network.OnnxMessage.integer;
import static org.lentigo.network.OnnxMessage.integers;
import static org.lentigo.network.OnnxMessage.real;
import static org.lentigo.network.OnnxMessage.string;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Writes the operations that ONNX has no operator for, or only one with further inputs. */
final class OnnxOperators {
  private final OnnxMessage out;
  private final Graph.Node node;
  private final List<String> inputs;
  private final List<Shape> shapes;
  private final Map<String, String> poolings;
  private final String result;
  private final OnnxInitializers initializers;
  private int count;

  /**
   * @param out the GraphProto
   * @param inputs the names of what the node reads
   * @param shapes theirs
   * @param poolings as {@link #poolings(Graph)}
   * @param result what it is to make
   */
  OnnxOperators(
      OnnxMessage out,
      Graph.Node node,
      List<String> inputs,
      List<Shape> shapes,
      Map<String, String> poolings,
      String result,
      OnnxInitializers initializers) {
    this.out = out;
    this.node = node;
    this.inputs = inputs;
    this.shapes = shapes;
    this.poolings = poolings;
    this.result = result;
    this.initializers = initializers;
  }

  /**
   * For each map whose maxima an {@link Op.Unpool} asks for, the node that pools it, if there is
   * one anyway: it then also yields where they are.
   */
  static Map<String, String> poolings(Graph graph) {
    Map<String, String> poolings = new HashMap<>();
    for (Graph.Node unpool : graph.nodes()) {
      if (unpool.op() instanceof Op.Unpool) {
        String whole = unpool.inputs().get(1);
        graph.nodes().stream()
            .takeWhile(node -> node != unpool)
            .filter(node -> node.op().equals(new Op.MaxPool(2)))
            .filter(node -> node.inputs().get(0).equals(whole))
            .findFirst()
            .ifPresent(node -> poolings.put(whole, node.name()));
      }
    }
    return poolings;
  }

  /** What the places of a pooling's maxima are called. */
  static String indices(String pooling) {
    return pooling + ".indices";
  }

  /** Writes the node if it is one of those. */
  boolean write() {
    String x = inputs.get(0);
    Shape in = shapes.get(0);
    Op op = node.op();
    if (op instanceof Op.Gelu) {
      gelu(x);
    } else if (op instanceof Op.LayerNorm) {
      String last = step("Transpose", x, List.of(), integers("perm", 0, 2, 3, 1));
      String normal =
          step(
              "LayerNormalization",
              last,
              List.of(weight(), bias()),
              integer("axis", -1),
              real("epsilon", Op.LayerNorm.EPSILON));
      end("Transpose", normal, List.of(), integers("perm", 0, 3, 1, 2));
    } else if (op instanceof Op.GroupNorm norm) {
      groupNorm(x, in, norm);
    } else if (op instanceof Op.DoubleNorm) {
      String flat = reshaped(x, 1, in.channels(), in.height() * in.width());
      String soft = step("Softmax", flat, List.of(), integer("axis", 2));
      initializers.addIntegers(node.name() + ".axes", 1);
      String sum = step("ReduceSum", soft, List.of(node.name() + ".axes"), integer("keepdims", 1));
      String positive = step("Add", sum, List.of(scalar(Op.DoubleNorm.EPSILON)));
      String shares = step("Div", soft, List.of(positive));
      end("Reshape", shares, List.of(constant(1, in.channels(), in.height(), in.width())));
    } else if (op instanceof Op.AdaptiveAverage average) {
      average(x, in, average.size());
    } else if (op instanceof Op.Resize) {
      Shape like = shapes.get(1);
      end(
          "Resize",
          x,
          List.of("", "", constant(1, in.channels(), like.height(), like.width())),
          string("mode", "linear"),
          string("coordinate_transformation_mode", "half_pixel"));
    } else if (op instanceof Op.Shift shift) {
      shift(x, in, shift.down());
    } else if (op instanceof Op.Slice slice) {
      end("Slice", x, List.of(constant(slice.from()), constant(slice.to()), constant(1)));
    } else if (op instanceof Op.Unpool) {
      unpool(x);
    } else if (op instanceof Op.ChannelConv conv) {
      int p = conv.kernel() / 2;
      String column = step("Transpose", x, List.of(), integers("perm", 0, 2, 1, 3));
      String convolved =
          step(
              "Conv",
              column,
              List.of(weight()),
              integers("kernel_shape", conv.kernel(), 1),
              integers("pads", p, 0, p, 0));
      end("Transpose", convolved, List.of(), integers("perm", 0, 2, 1, 3));
    } else {
      return false;
    }
    return true;
  }

  private void gelu(String x) {
    String scaled = step("Div", x, List.of(scalar((float) Math.sqrt(2))));
    String more = step("Add", step("Erf", scaled, List.of()), List.of(scalar(1)));
    end("Mul", step("Mul", x, List.of(more)), List.of(scalar(0.5f)));
  }

  /** An instance normalisation whose channels are the groups. */
  private void groupNorm(String x, Shape in, Op.GroupNorm norm) {
    String groups = node.name() + ".groups";
    initializers.add(groups + ".weight", List.of(norm.groups()), filled(norm.groups(), 1));
    initializers.add(groups + ".bias", List.of(norm.groups()), filled(norm.groups(), 0));
    String flat = reshaped(x, 1, norm.groups(), (int) (in.size() / norm.groups()));
    String normal =
        step(
            "InstanceNormalization",
            flat,
            List.of(groups + ".weight", groups + ".bias"),
            real("epsilon", Op.GroupNorm.EPSILON));
    String whole = reshaped(normal, 1, in.channels(), in.height(), in.width());
    end("Add", step("Mul", whole, List.of(weight())), List.of(bias()));
  }

  /** Where the parts are not all of one size, they are averaged by a matrix on each side. */
  private void average(String x, Shape in, int size) {
    if (in.height() % size == 0 && in.width() % size == 0) {
      int height = in.height() / size;
      int width = in.width() / size;
      end(
          "AveragePool",
          x,
          List.of(),
          integers("kernel_shape", height, width),
          integers("strides", height, width));
      return;
    }
    String rows = node.name() + ".rows";
    String columns = node.name() + ".columns";
    float[] down = new float[size * in.height()];
    float[] along = new float[in.width() * size];
    for (int part = 0; part < size; part++) {
      for (int y = 0; y < in.height(); y++) {
        down[part * in.height() + y] = share(y, part, in.height(), size);
      }
      for (int i = 0; i < in.width(); i++) {
        along[i * size + part] = share(i, part, in.width(), size);
      }
    }
    initializers.add(rows, List.of(size, in.height()), down);
    initializers.add(columns, List.of(in.width(), size), along);
    end("MatMul", step("MatMul", rows, List.of(x)), List.of(columns));
  }

  /** The share that a row or column has in the mean of a part. */
  private static float share(int i, int part, int side, int parts) {
    int from = part * side / parts;
    int to = ((part + 1) * side + parts - 1) / parts;
    return i >= from && i < to ? 1f / (to - from) : 0;
  }

  private void shift(String x, Shape in, boolean down) {
    int most = Op.Shift.MOST;
    int[] pads = new int[8];
    int axis = down ? 2 : 3;
    pads[axis] = most;
    pads[4 + axis] = most;
    String wide = step("Pad", x, List.of(constant(pads)));
    int side = down ? in.height() : in.width();
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int c = 1; c <= in.channels(); c++) {
      if (c == in.channels() || Op.Shift.of(c, in.channels()) != Op.Shift.of(from, in.channels())) {
        int start = most - Op.Shift.of(from, in.channels());
        parts.add(
            step(
                "Slice",
                wide,
                List.of(constant(from, start), constant(c, start + side), constant(1, axis))));
        from = c;
      }
    }
    end("Concat", parts.get(0), parts.subList(1, parts.size()), integer("axis", 1));
  }

  private void unpool(String x) {
    String pooling = poolings.get(node.inputs().get(1));
    String indices = indices(pooling == null ? node.name() : pooling);
    if (pooling == null) {
      out.message(
          1,
          n -> {
            n.string(1, inputs.get(1));
            n.string(2, node.name() + ".maxima").string(2, indices);
            n.string(3, indices).string(4, "MaxPool");
            n.message(5, integers("kernel_shape", 2, 2));
            n.message(5, integers("strides", 2, 2));
          });
    }
    end(
        "MaxUnpool",
        x,
        List.of(indices),
        integers("kernel_shape", 2, 2),
        integers("strides", 2, 2));
  }

  private String weight() {
    return node.name() + ".weight";
  }

  private String bias() {
    return node.name() + ".bias";
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }

  private String scalar(float value) {
    String name = "scalar_" + value;
    initializers.addOnce(name, List.of(), new float[] {value});
    return name;
  }

  private String constant(int... values) {
    String name = node.name() + ".constant." + count++;
    initializers.addIntegers(name, values);
    return name;
  }

  private String reshaped(String x, int... dimensions) {
    return step("Reshape", x, List.of(constant(dimensions)));
  }

  @SafeVarargs
  private String step(
      String type, String from, List<String> how, Consumer<OnnxMessage>... attributes) {
    String to = node.name() + ".step." + count++;
    out.operator(type, from, how, to, attributes);
    return to;
  }

  @SafeVarargs
  private void end(
      String type, String from, List<String> how, Consumer<OnnxMessage>... attributes) {
    out.operator(type, from, how, result, attributes);
  }
}
