package org.lentigo.network;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes a graph as an ONNX model: IR version 8, operator set 17, float32, fixed shapes, batch 1,
 * BatchNorm folded into the convolutions before it. Field numbers are those of onnx.proto3.
 */
public final class OnnxWriter {
  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;
  private static final int FLOAT = 1;

  // AttributeProto.type
  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_STRING = 3;
  private static final int ATTRIBUTE_INTS = 7;

  /** How the same function is put into operators. */
  public enum Form {
    /** An operator an operation, as other tools expect it. */
    PLAIN,

    /** For ONNX Runtime's CPU kernels: equal to the last digits, and faster there. */
    TUNED
  }

  private OnnxWriter() {}

  /**
   * The model as ONNX. Input {@code image}: 1 x 3 x S x S, RGB, resized and normalised as {@link
   * Model#preprocessing()} says, which the file's metadata_props repeat under the keys of {@link
   * ModelFile}. Output {@code probability}: 1 x 1 x S x S in 0..1.
   */
  public static byte[] encode(Model model) {
    Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(model));
    metadata.put("lentigo.model_sha256", model.sha256());
    return encode(
        model.graph(), model.weights(), model.preprocessing().size(), metadata, Form.PLAIN);
  }

  /**
   * Any graph as ONNX; inputs and outputs are called as in the graph.
   *
   * @param size the side of the square input in pixels
   * @param metadata becomes metadata_props
   */
  public static byte[] encode(
      Graph graph, Weights weights, int size, Map<String, String> metadata, Form form) {
    Map<String, Shape> shapes = graph.shapes(size);
    Weights.Folded plain = Weights.fold(graph, weights);
    Weights.Folded folded = form == Form.TUNED ? OnnxTuning.tune(plain) : plain;
    // Folding may rename an output; ONNX consumers know it by the graph's own name.
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      names.put(folded.graph().outputs().get(i), graph.outputs().get(i));
    }

    Message model = new Message();
    model.integer(1, IR_VERSION);
    model.string(2, "lentigo");
    model.message(7, g -> writeGraph(g, folded, shapes, names, graph.outputs()));
    model.message(8, opset -> opset.string(1, "").integer(2, OPSET));
    metadata.forEach((key, value) -> model.message(14, p -> p.string(1, key).string(2, value)));
    return model.bytes();
  }

  /**
   * The product of two n x n matrices, inputs {@code a} and {@code b}, output {@code product}: what
   * a runtime does with it in a second is what its arithmetic could do at best.
   */
  public static byte[] matrixProduct(int n) {
    Shape square = new Shape(1, n, n);
    Map<String, Shape> shapes = Map.of("a", square, "b", square, "product", square);
    Message model = new Message();
    model.integer(1, IR_VERSION);
    model.message(
        7,
        g -> {
          g.message(
              1,
              node -> node.string(1, "a").string(1, "b").string(2, "product").string(4, "MatMul"));
          g.string(2, "matrix-product");
          g.message(11, v -> writeValueInfo(v, "a", shapes));
          g.message(11, v -> writeValueInfo(v, "b", shapes));
          g.message(12, v -> writeValueInfo(v, "product", shapes));
        });
    model.message(8, opset -> opset.string(1, "").integer(2, OPSET));
    return model.bytes();
  }

  private static void writeGraph(
      Message out,
      Weights.Folded folded,
      Map<String, Shape> shapes,
      Map<String, String> names,
      List<String> outputs) {
    Initializers initializers = new Initializers();
    folded
        .graph()
        .parameters()
        .forEach((name, p) -> initializers.add(name, p.shape(), folded.weights().get(name)));
    for (Graph.Node node : folded.graph().nodes()) {
      if (!(node.op() instanceof Op.Input)) {
        out.message(1, n -> writeNode(n, node, names, initializers));
      }
    }
    out.string(2, "ulrts-net");
    initializers.tensors.forEach(tensor -> out.message(5, tensor));
    for (Graph.Node node : folded.graph().nodes()) {
      if (node.op() instanceof Op.Input) {
        out.message(11, v -> writeValueInfo(v, node.name(), shapes));
      }
    }
    outputs.forEach(output -> out.message(12, v -> writeValueInfo(v, output, shapes)));
  }

  private static void writeValueInfo(Message out, String name, Map<String, Shape> shapes) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new IllegalArgumentException("the graph has no node '" + name + "'");
    }
    int[] dimensions = {1, shape.channels(), shape.height(), shape.width()};
    out.string(1, name);
    out.message(
        2,
        type ->
            type.message(
                1,
                tensor -> {
                  tensor.integer(1, FLOAT);
                  tensor.message(
                      2,
                      s -> {
                        for (int d : dimensions) {
                          s.message(1, dimension -> dimension.integer(1, d));
                        }
                      });
                }));
  }

  private static void writeNode(
      Message out, Graph.Node node, Map<String, String> names, Initializers initializers) {
    List<String> inputs = new ArrayList<>();
    node.inputs().forEach(input -> inputs.add(names.getOrDefault(input, input)));
    List<Consumer<Message>> attributes = new ArrayList<>();
    String type = describe(node, inputs, attributes, initializers);
    inputs.forEach(input -> out.string(1, input));
    out.string(2, names.getOrDefault(node.name(), node.name()));
    out.string(3, node.name());
    out.string(4, type);
    attributes.forEach(attribute -> out.message(5, attribute));
  }

  /** Adds what the node needs beside its inputs and returns its operator. */
  private static String describe(
      Graph.Node node,
      List<String> inputs,
      List<Consumer<Message>> attributes,
      Initializers initializers) {
    Op op = node.op();
    if (op instanceof Op.Conv c) {
      inputs.add(node.name() + ".weight");
      if (c.bias()) {
        inputs.add(node.name() + ".bias");
      }
      int p = c.padding();
      attributes.add(integers("dilations", c.dilation(), c.dilation()));
      attributes.add(integer("group", c.groups()));
      attributes.add(integers("kernel_shape", c.kernel(), c.kernel()));
      attributes.add(integers("pads", p, p, p, p));
      attributes.add(integers("strides", c.stride(), c.stride()));
      return "Conv";
    } else if (op instanceof Op.BatchNorm) {
      for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
        inputs.add(node.name() + "." + part);
      }
      attributes.add(real("epsilon", Op.BatchNorm.EPSILON));
      return "BatchNormalization";
    } else if (op instanceof Op.Relu) {
      return "Relu";
    } else if (op instanceof Op.Sigmoid) {
      return "Sigmoid";
    } else if (op instanceof Op.MaxPool p) {
      attributes.add(integers("kernel_shape", p.size(), p.size()));
      attributes.add(integers("strides", p.size(), p.size()));
      return "MaxPool";
    } else if (op instanceof Op.Upsample u) {
      String scales = "scales_" + u.factor();
      initializers.addOnce(scales, List.of(4), new float[] {1, 1, u.factor(), u.factor()});
      inputs.add(""); // no region of interest
      inputs.add(scales);
      attributes.add(string("mode", "linear"));
      attributes.add(string("coordinate_transformation_mode", "half_pixel"));
      return "Resize";
    } else if (op instanceof Op.GlobalAverage) {
      return "GlobalAveragePool";
    } else if (op instanceof Op.ChannelMean || op instanceof Op.ChannelMax) {
      attributes.add(integers("axes", 1));
      attributes.add(integer("keepdims", 1));
      return op instanceof Op.ChannelMean ? "ReduceMean" : "ReduceMax";
    } else if (op instanceof Op.Concat) {
      attributes.add(integer("axis", 1));
      return "Concat";
    } else if (op instanceof Op.Multiply) {
      return "Mul";
    } else if (op instanceof Op.Add) {
      return "Add";
    }
    throw new AssertionError(op);
  }

  private static Consumer<Message> integer(String name, int value) {
    return a -> a.string(1, name).integer(3, value).integer(20, ATTRIBUTE_INT);
  }

  private static Consumer<Message> integers(String name, int... values) {
    return a -> {
      a.string(1, name);
      for (int value : values) {
        a.integer(8, value);
      }
      a.integer(20, ATTRIBUTE_INTS);
    };
  }

  private static Consumer<Message> real(String name, float value) {
    return a -> a.string(1, name).real(2, value).integer(20, ATTRIBUTE_FLOAT);
  }

  private static Consumer<Message> string(String name, String value) {
    return a -> a.string(1, name).string(4, value).integer(20, ATTRIBUTE_STRING);
  }

  private static final class Initializers {
    final List<Consumer<Message>> tensors = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    void addOnce(String name, List<Integer> shape, float[] values) {
      if (!names.contains(name)) {
        add(name, shape, values);
      }
    }

    void add(String name, List<Integer> shape, float[] values) {
      names.add(name);
      ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      raw.asFloatBuffer().put(values);
      tensors.add(
          t -> {
            shape.forEach(d -> t.integer(1, d));
            t.integer(2, FLOAT).string(8, name).bytes(9, raw.array());
          });
    }
  }

  /** A protocol-buffer message being written: only the wire types ONNX needs. */
  private static final class Message {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] bytes() {
      return out.toByteArray();
    }

    Message integer(int field, long value) {
      tag(field, VARINT);
      varint(value);
      return this;
    }

    Message real(int field, float value) {
      tag(field, FIXED_32);
      int bits = Float.floatToIntBits(value);
      for (int shift = 0; shift < 32; shift += 8) {
        out.write(bits >>> shift);
      }
      return this;
    }

    Message string(int field, String value) {
      return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message bytes(int field, byte[] value) {
      tag(field, LENGTH_DELIMITED);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message message(int field, Consumer<Message> content) {
      Message message = new Message();
      content.accept(message);
      return bytes(field, message.bytes());
    }

    private void tag(int field, int wireType) {
      varint((long) field << 3 | wireType);
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) (rest & 0x7f | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
