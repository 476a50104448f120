package org.lentigo.network;

import static org.lentigo.network.OnnxMessage.integer;
import static org.lentigo.network.OnnxMessage.integers;
import static org.lentigo.network.OnnxMessage.real;
import static org.lentigo.network.OnnxMessage.string;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a graph as an ONNX model: IR version 8, operator set 17, float32, fixed shapes, batch 1,
 * BatchNorm folded into the convolutions before it. A quantised model has QuantizeLinear and
 * DequantizeLinear around each map and weight that is to be computed in 8-bit integers, which is
 * how runtimes are told. Field numbers are those of onnx.proto3.
 */
public final class OnnxWriter {
  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;

  /** How the same function is put into operators. */
  public enum Form {
    /** An operator an operation, as other tools expect it. */
    PLAIN,

    /** For ONNX Runtime's CPU kernels: equal to the last digits, and faster there. */
    TUNED
  }

  /** Multiply-accumulates of the form for ONNX Runtime over the plain one's, at most. */
  private static final double MOST_PADDING = 1.5;

  private OnnxWriter() {}

  /**
   * The model as ONNX. Input {@code image}: 1 x 3 x S x S, RGB, resized and normalised as {@link
   * Model#preprocessing()} says, which the file's metadata_props repeat under the keys of {@link
   * ModelFile}. Output {@code probability}: 1 x 1 x S x S in 0..1.
   */
  public static byte[] encode(Model model) {
    Map<String, String> metadata = new LinkedHashMap<>(ModelFile.metadata(model));
    metadata.put("lentigo.model_sha256", model.sha256());
    return encode(model, metadata, Form.PLAIN);
  }

  /**
   * As {@link #encode(Model)}, in a form of choice.
   *
   * @param metadata becomes metadata_props
   */
  public static byte[] encode(Model model, Map<String, String> metadata, Form form) {
    return encode(
        model.graph(),
        model.weights(),
        model.preprocessing().size(),
        metadata,
        form,
        model.quantization().orElse(null));
  }

  /**
   * The float network with the values of all the maps that quantisation is about as its outputs.
   *
   * @param folded without BatchNorm
   */
  public static byte[] encodeMaps(Weights.Folded folded, int size) {
    List<String> maps = Quantization.groups(folded.graph()).stream().flatMap(List::stream).toList();
    return encode(
        new Graph(folded.graph().nodes(), maps), folded.weights(), size, Map.of(), Form.PLAIN);
  }

  /**
   * Any graph as ONNX; inputs and outputs are called as in the graph.
   *
   * @param size the side of the square input in pixels
   * @param metadata becomes metadata_props
   */
  public static byte[] encode(
      Graph graph, Weights weights, int size, Map<String, String> metadata, Form form) {
    return encode(graph, weights, size, metadata, form, null);
  }

  private static byte[] encode(
      Graph graph,
      Weights weights,
      int size,
      Map<String, String> metadata,
      Form form,
      @Nullable Quantization quantization) {
    Map<String, Shape> shapes = graph.shapes(size);
    Weights.Folded plain = Weights.fold(graph, weights);
    Weights.Folded folded = form == Form.TUNED ? tuned(plain, size, quantization) : plain;
    // Folding may rename an output; ONNX consumers know it by the graph's own name.
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < graph.outputs().size(); i++) {
      names.put(folded.graph().outputs().get(i), graph.outputs().get(i));
    }

    OnnxMessage model = new OnnxMessage();
    model.integer(1, IR_VERSION);
    model.string(2, "lentigo");
    model.message(
        7, g -> writeGraph(g, folded, size, quantization, form, shapes, names, graph.outputs()));
    model.message(8, opset -> opset.string(1, "").integer(2, OPSET));
    metadata.forEach((key, value) -> model.message(14, p -> p.string(1, key).string(2, value)));
    return model.bytes();
  }

  private static Weights.Folded tuned(
      Weights.Folded plain, int size, @Nullable Quantization quantization) {
    Weights.Folded regrouped = OnnxRegrouping.regroup(plain, size, inIntegers(quantization));
    Weights.Folded tuned = OnnxTuning.tune(regrouped);
    // Padded channels are worth their arithmetic only where they are few; and regrouping, only if
    // what
    // it leaves stays in the blocked layout.
    boolean cheap =
        Costs.of(tuned.graph(), size).macs() <= MOST_PADDING * Costs.of(plain.graph(), size).macs();
    return tuned != regrouped && cheap ? tuned : plain;
  }

  /** The maps that are computed in integers. */
  private static Set<String> inIntegers(@Nullable Quantization quantization) {
    return quantization == null ? Set.of() : quantization.ranges().keySet();
  }

  /**
   * The product of two n x n matrices, inputs {@code a} and {@code b}, output {@code product}: what
   * a runtime does with it in a second is what its arithmetic could do at best.
   */
  public static byte[] matrixProduct(int n) {
    Shape square = new Shape(1, n, n);
    Map<String, Shape> shapes = Map.of("a", square, "b", square, "product", square);
    OnnxMessage model = new OnnxMessage();
    model.integer(1, IR_VERSION);
    model.message(
        7,
        g -> {
          g.operator("MatMul", "a", List.of("b"), "product");
          g.string(2, "matrix-product");
          g.message(11, v -> writeValueInfo(v, "a", shapes));
          g.message(11, v -> writeValueInfo(v, "b", shapes));
          g.message(12, v -> writeValueInfo(v, "product", shapes));
        });
    model.message(8, opset -> opset.string(1, "").integer(2, OPSET));
    return model.bytes();
  }

  private static void writeGraph(
      OnnxMessage out,
      Weights.Folded folded,
      int size,
      @Nullable Quantization quantization,
      Form form,
      Map<String, Shape> shapes,
      Map<String, String> names,
      List<String> outputs) {
    Map<String, Shape> maps = folded.graph().shapes(size);
    OnnxInitializers initializers = new OnnxInitializers();
    Quantizer quantizer =
        quantization == null ? null : new Quantizer(folded, quantization, initializers);
    Squares squares =
        form == Form.TUNED ? new Squares(maps, inIntegers(quantization), initializers) : null;
    folded
        .graph()
        .parameters()
        .forEach(
            (name, p) -> {
              Graph.Node node = folded.graph().node(name.substring(0, name.lastIndexOf('.')));
              boolean quantised = quantizer != null && quantizer.isQuantised(name);
              if (!quantised && (squares == null || !squares.suit(node))) {
                initializers.add(name, shape(node.op(), p.shape()), folded.weights().get(name));
              }
            });
    Map<String, String> poolings = OnnxOperators.poolings(folded.graph());
    for (Graph.Node node : folded.graph().nodes()) {
      if (quantizer != null) {
        quantizer.writeWeights(out, node);
      }
      if (squares != null && squares.suit(node)) {
        squares.write(out, node, folded.weights(), names);
      } else if (!(node.op() instanceof Op.Input)) {
        writeNode(out, node, maps, poolings, form, names, quantizer, initializers);
      }
      if (quantizer != null) {
        quantizer.writeMap(out, node.name());
      }
    }
    out.string(2, "ulrts-net");
    initializers.write(out);
    for (Graph.Node node : folded.graph().nodes()) {
      if (node.op() instanceof Op.Input) {
        out.message(11, v -> writeValueInfo(v, node.name(), shapes));
      }
    }
    outputs.forEach(output -> out.message(12, v -> writeValueInfo(v, output, shapes)));
  }

  /** How ONNX wants a tensor that meets maps of the operation's channels. */
  private static List<Integer> shape(Op op, List<Integer> shape) {
    if (op instanceof Op.Prelu || op instanceof Op.GroupNorm) {
      return List.of(shape.get(0), 1, 1);
    }
    return op instanceof Op.ChannelConv c ? List.of(1, 1, c.kernel(), 1) : shape;
  }

  private static void writeValueInfo(OnnxMessage out, String name, Map<String, Shape> shapes) {
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
                  tensor.integer(1, OnnxInitializers.FLOAT);
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
      OnnxMessage out,
      Graph.Node node,
      Map<String, Shape> maps,
      Map<String, String> poolings,
      Form form,
      Map<String, String> names,
      @Nullable Quantizer quantizer,
      OnnxInitializers initializers) {
    List<String> inputs = new ArrayList<>();
    List<Shape> in = new ArrayList<>();
    for (String input : node.inputs()) {
      String name = names.getOrDefault(input, input);
      inputs.add(quantizer == null ? name : quantizer.read(name));
      in.add(Objects.requireNonNull(maps.get(input), input));
    }
    String result = names.getOrDefault(node.name(), node.name());
    OnnxOperators several =
        new OnnxOperators(out, node, inputs, in, poolings, result, initializers);
    if (several.write()) {
      return;
    }
    List<Consumer<OnnxMessage>> attributes = new ArrayList<>();
    String type = describe(node, in.get(0), form, inputs, attributes, initializers);
    out.message(
        1,
        n -> {
          inputs.forEach(input -> n.string(1, input));
          n.string(2, result);
          if (poolings.containsValue(node.name())) {
            n.string(2, OnnxOperators.indices(node.name()));
          }
          n.string(3, node.name());
          n.string(4, type);
          attributes.forEach(attribute -> n.message(5, attribute));
        });
  }

  /** Adds what the node needs beside its inputs and returns its operator. */
  private static String describe(
      Graph.Node node,
      Shape in,
      Form form,
      List<String> inputs,
      List<Consumer<OnnxMessage>> attributes,
      OnnxInitializers initializers) {
    Op op = node.op();
    if (op instanceof Op.Conv c) {
      inputs.add(node.name() + ".weight");
      if (c.bias()) {
        inputs.add(node.name() + ".bias");
      }
      attributes.add(integers("dilations", c.dilation(), c.dilation()));
      attributes.add(integer("group", c.groups()));
      attributes.add(integers("kernel_shape", c.kernelHeight(), c.kernelWidth()));
      attributes.add(
          integers(
              "pads", c.paddingHeight(), c.paddingWidth(), c.paddingHeight(), c.paddingWidth()));
      attributes.add(integers("strides", c.stride(), c.stride()));
      return "Conv";
    } else if (op instanceof Op.TransposedConv c) {
      inputs.add(node.name() + ".weight");
      if (c.bias()) {
        inputs.add(node.name() + ".bias");
      }
      int p = c.padding();
      attributes.add(integers("kernel_shape", c.kernel(), c.kernel()));
      attributes.add(integers("output_padding", p, p));
      attributes.add(integers("pads", p, p, p, p));
      attributes.add(integers("strides", 2, 2));
      return "ConvTranspose";
    } else if (op instanceof Op.BatchNorm) {
      for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
        inputs.add(node.name() + "." + part);
      }
      attributes.add(real("epsilon", Op.BatchNorm.EPSILON));
      return "BatchNormalization";
    } else if (op instanceof Op.Relu) {
      return "Relu";
    } else if (op instanceof Op.Relu6) {
      initializers.addOnce("zero", List.of(), new float[] {0});
      initializers.addOnce("six", List.of(), new float[] {Op.Relu6.MOST});
      inputs.addAll(List.of("zero", "six"));
      return "Clip";
    } else if (op instanceof Op.Prelu) {
      inputs.add(node.name() + ".weight");
      return "PRelu";
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
      boolean tuned = form == Form.TUNED;
      // Whatever is between copies of one value is that value.
      boolean single = tuned && in.height() == 1 && in.width() == 1;
      // The same for more than one pixel. ONNX Runtime's blocked kernels do not know it, and are
      // slower on a single channel, of which they make sixteen.
      boolean unblocked = tuned && in.channels() == 1;
      attributes.add(string("mode", single ? "nearest" : "linear"));
      if (single) {
        attributes.add(string("nearest_mode", "floor"));
      }
      attributes.add(
          string(
              "coordinate_transformation_mode",
              single ? "asymmetric" : unblocked ? "pytorch_half_pixel" : "half_pixel"));
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

  /**
   * Convolutions to one channel, which ONNX Runtime's CPU kernels need as long for as for one to
   * 16: written as one to the 4 x 4 pixels of a square each, with stride 4, whose channels are then
   * laid out as pixels.
   */
  private record Squares(
      Map<String, Shape> maps, Set<String> quantised, OnnxInitializers initializers) {
    private static final int SIDE = 4;

    boolean suit(Graph.Node node) {
      return node.op() instanceof Op.Conv c
          && c.out() == 1
          && c.taps() > 1
          && c.isSquare(c.kernelHeight())
          && c.stride() == 1
          && c.dilation() == 1
          && !quantised.contains(node.inputs().get(0))
          && in(node).height() % SIDE == 0
          && in(node).width() % SIDE == 0;
    }

    private Shape in(Graph.Node node) {
      return Objects.requireNonNull(maps.get(node.inputs().get(0)), node.name());
    }

    void write(OnnxMessage out, Graph.Node node, Weights weights, Map<String, String> names) {
      Op.Conv c = (Op.Conv) node.op();
      String name = node.name();
      int side = c.kernelHeight();
      int kernel = side + SIDE - 1;
      float[] weight = weights.get(name + ".weight");
      float[] moved = new float[SIDE * SIDE * c.in() * kernel * kernel];
      for (int pixel = 0; pixel < SIDE * SIDE; pixel++) {
        for (int row = 0; row < c.in() * side; row++) {
          int channel = row / side;
          int y = row % side + pixel / SIDE;
          int to = ((pixel * c.in() + channel) * kernel + y) * kernel + pixel % SIDE;
          System.arraycopy(weight, row * side, moved, to, side);
        }
      }
      initializers.add(name + ".weight", List.of(SIDE * SIDE, c.in(), kernel, kernel), moved);
      List<String> how = new ArrayList<>(List.of(name + ".weight"));
      if (c.bias()) {
        float[] bias = new float[SIDE * SIDE];
        Arrays.fill(bias, weights.get(name + ".bias")[0]);
        initializers.add(name + ".bias", List.of(bias.length), bias);
        how.add(name + ".bias");
      }
      int p = c.paddingHeight();
      out.operator(
          "Conv",
          names.getOrDefault(node.inputs().get(0), node.inputs().get(0)),
          how,
          name + ".squares",
          integers("kernel_shape", kernel, kernel),
          integers("pads", p, p, p, p),
          integers("strides", SIDE, SIDE));
      out.operator(
          "DepthToSpace",
          name + ".squares",
          List.of(),
          names.getOrDefault(name, name),
          integer("blocksize", SIDE));
    }
  }

  /**
   * Puts QuantizeLinear and DequantizeLinear around maps, weights and biases. A map {@code x}
   * becomes {@code x.rounded}, which is what its readers read.
   */
  private static final class Quantizer {
    private static final String ROUNDED = ".rounded";

    private final Weights.Folded folded;
    private final Quantization quantization;
    private final OnnxInitializers initializers;
    private final Set<String> convolutions;

    Quantizer(Weights.Folded folded, Quantization quantization, OnnxInitializers initializers) {
      this.folded = folded;
      this.quantization = quantization;
      this.initializers = initializers;
      convolutions = quantization.convolutions(folded.graph());
    }

    boolean isQuantised(String parameter) {
      return convolutions.contains(parameter.substring(0, parameter.lastIndexOf('.')));
    }

    String read(String map) {
      return quantization.ranges().containsKey(map) ? map + ROUNDED : map;
    }

    void writeMap(OnnxMessage out, String name) {
      Quantization.Range range = quantization.ranges().get(name);
      if (range == null) {
        return;
      }
      initializers.add(name + ".scale", List.of(), new float[] {range.scale()});
      initializers.add(
          name + ".zero", List.of(), OnnxInitializers.UINT8, new byte[] {(byte) range.zeroPoint()});
      List<String> how = List.of(name + ".scale", name + ".zero");
      out.operator("QuantizeLinear", name, how, name + ".levels");
      out.operator("DequantizeLinear", name + ".levels", how, name + ROUNDED);
    }

    /**
     * Of a convolution: symmetric weights, each output channel with its own scale, and its bias.
     */
    void writeWeights(OnnxMessage out, Graph.Node node) {
      if (!(node.op() instanceof Op.Conv c) || !convolutions.contains(node.name())) {
        return;
      }
      Quantization.Range input = range(node.inputs().get(0));
      float[] weight = folded.weights().get(node.name() + ".weight");
      float[] bias = folded.weights().get(node.name() + ".bias");
      int perChannel = weight.length / c.out();
      byte[] levels = new byte[weight.length];
      float[] scales = new float[c.out()];
      float[] biasScales = new float[c.out()];
      ByteBuffer biases = ByteBuffer.allocate(4 * c.out()).order(ByteOrder.LITTLE_ENDIAN);
      for (int o = 0; o < c.out(); o++) {
        float most = 0;
        for (int i = o * perChannel; i < (o + 1) * perChannel; i++) {
          most = Math.max(most, Math.abs(weight[i]));
        }
        // A channel of zeros has any scale; not one so small that the bias would not fit.
        scales[o] = Math.max(most / Byte.MAX_VALUE, 1e-6f);
        biasScales[o] = scales[o] * input.scale();
        for (int i = o * perChannel; i < (o + 1) * perChannel; i++) {
          levels[i] = (byte) Math.round(weight[i] / scales[o]);
        }
        biases.putInt(Math.round(bias[o] / biasScales[o]));
      }
      String name = node.name();
      initializers.add(
          name + ".weight.levels",
          List.of(c.out(), c.in() / c.groups(), c.kernelHeight(), c.kernelWidth()),
          OnnxInitializers.INT8,
          levels);
      initializers.add(name + ".weight.scale", List.of(c.out()), scales);
      initializers.add(
          name + ".weight.zero", List.of(c.out()), OnnxInitializers.INT8, new byte[c.out()]);
      out.operator(
          "DequantizeLinear",
          name + ".weight.levels",
          List.of(name + ".weight.scale", name + ".weight.zero"),
          name + ".weight",
          integer("axis", 0));
      initializers.add(
          name + ".bias.levels", List.of(c.out()), OnnxInitializers.INT32, biases.array());
      initializers.add(name + ".bias.scale", List.of(c.out()), biasScales);
      out.operator(
          "DequantizeLinear",
          name + ".bias.levels",
          List.of(name + ".bias.scale"),
          name + ".bias",
          integer("axis", 0));
    }

    private Quantization.Range range(String map) {
      Quantization.Range range = quantization.ranges().get(map);
      if (range == null) {
        throw new IllegalArgumentException("the quantisation has no range for '" + map + "'");
      }
      return range;
    }
  }
}
