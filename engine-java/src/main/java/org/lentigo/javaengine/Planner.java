package org.lentigo.javaengine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lentigo.javaengine.MapSteps.Elementwise;
import org.lentigo.javaengine.Value.Part;
import org.lentigo.javaengine.Value.Source;
import org.lentigo.network.Graph;
import org.lentigo.network.Op;
import org.lentigo.network.Shape;
import org.lentigo.network.Weights;

/**
 * Compiles a graph into a {@link Plan}.
 *
 * <ul>
 *   <li>BatchNorm goes into the convolution before it, ReLU into whatever comes before it.
 *   <li>A depthwise 3x3 convolution goes into the 1x1 convolution that alone reads it.
 *   <li>A concatenation does nothing: its readers go through its parts.
 *   <li>A product with an attention map does nothing: its readers multiply while they read.
 * </ul>
 */
final class Planner {
  private final Kernels kernels;
  private final Graph graph;
  private final Weights weights;
  private final Map<String, Shape> shapes;
  private final Packing packing;
  private final int zeros;
  private final Map<String, List<Graph.Node>> readers = new HashMap<>();

  /** What each node yields, under its own name; after fusion also under its reader's. */
  private final Map<String, Source> sources = new HashMap<>();

  /** Sources written out as one value, so that it happens once. */
  private final Map<Source, Value> written = new LinkedHashMap<>();

  /** Nodes that are part of another node's step. */
  private final Set<String> done = new HashSet<>();

  /** Depthwise convolutions that wait for their reader, by the name that it reads. */
  private final Map<String, Graph.Node> fronts = new HashMap<>();

  private final List<Step> steps = new ArrayList<>();

  private Planner(Kernels kernels, Graph graph, Weights weights, int height, int width) {
    this.kernels = kernels;
    graph.output();
    Weights.Folded folded = Weights.fold(graph, weights);
    this.graph = folded.graph();
    this.weights = folded.weights();
    shapes = this.graph.shapes(height, width);
    packing = new Packing(kernels);
    int widest = shapes.values().stream().mapToInt(Shape::width).max().orElse(1);
    zeros = packing.plain(new float[Math.multiplyExact(widest, kernels.lanes)]);
    for (Graph.Node node : this.graph.nodes()) {
      for (String input : node.inputs()) {
        readers.computeIfAbsent(input, name -> new ArrayList<>()).add(node);
      }
    }
  }

  /**
   * The plan for one picture of this size.
   *
   * @throws IllegalArgumentException if the graph cannot take the size, has not exactly one input
   *     and one output, or needs more memory than an array holds
   */
  static Plan plan(
      Kernels kernels, Graph graph, Weights weights, int height, int width, int threads) {
    if (height < 1 || width < 1) {
      throw new IllegalArgumentException(
          "the input must be at least 1 x 1, got " + height + " x " + width);
    }
    if (graph.outputs().size() != 1) {
      throw new IllegalArgumentException(
          "the engine runs graphs of one output, this one has " + graph.outputs());
    }
    List<Graph.Node> inputs =
        graph.nodes().stream().filter(n -> n.op() instanceof Op.Input).toList();
    if (inputs.size() != 1) {
      throw new IllegalArgumentException(
          "the engine runs graphs of one input, this one has " + inputs.size());
    }
    return new Planner(kernels, graph, weights, height, width).plan(inputs.get(0).name(), threads);
  }

  private Plan plan(String input, int threads) {
    for (Graph.Node node : graph.nodes()) {
      if (!done.contains(node.name())) {
        add(node);
      }
    }
    Value in = get(input).parts().get(0).value();
    Value out = plain(get(graph.output()));

    Arena arena = new Arena();
    arena.touch(in, 0);
    for (int i = 0; i < steps.size(); i++) {
      for (Value value : steps.get(i).reads()) {
        arena.touch(value, i);
      }
      for (Value value : steps.get(i).writes()) {
        arena.touch(value, i);
      }
    }
    arena.touch(out, steps.size());
    long end = arena.place(packing.size());
    long scratch =
        Arena.roundUp(steps.stream().mapToInt(Step::scratch).max().orElse(0) + kernels.lanes);
    long total = end + threads * scratch + kernels.lanes;
    if (total > Arena.MOST) {
      throw new IllegalArgumentException(
          "the network needs "
              + total
              + " values at this input size and thread count, more than "
              + Arena.MOST
              + "; give it a smaller one");
    }
    float[] memory = new float[(int) total];
    packing.copyTo(memory);
    int[] offsets = new int[threads];
    for (int t = 0; t < threads; t++) {
      offsets[t] = (int) (end + t * scratch);
    }
    return new Plan(kernels, steps.toArray(Step[]::new), memory, offsets, in, out);
  }

  private Source get(String name) {
    Source source = sources.get(name);
    if (source == null) {
      throw new AssertionError("no step yields '" + name + "'");
    }
    return source;
  }

  private Value value(String name, Shape shape, boolean planar) {
    return new Value(name, shape, planar, kernels.lanes);
  }

  private Value value(Graph.Node node) {
    Shape shape = shape(node.name());
    return value(node.name(), shape, shape.channels() == 1);
  }

  private Shape shape(String name) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw new AssertionError("no shape is known of '" + name + "'");
    }
    return shape;
  }

  /** The source as one value without attention, in whatever layout. */
  private Value plain(Source source) {
    if (source.plain()) {
      return source.parts().get(0).value();
    }
    return written(source, source.channels() == 1);
  }

  /** The source as one value in blocks without attention. */
  private Value blocked(Source source) {
    return source.plain() && !source.anyPlanar()
        ? source.parts().get(0).value()
        : written(source, false);
  }

  private Value written(Source source, boolean planar) {
    Value known = written.get(source);
    if (known != null && known.planar == planar) {
      return known;
    }
    String name = source.parts().get(0).value().name + ".copy";
    Value out = value(name, source.shape(), planar);
    steps.add(new MapSteps.Materialize(name, kernels, source, out));
    written.put(source, out);
    return out;
  }

  /** The source in blocks, perhaps several values, perhaps with attention. */
  private Source inBlocks(Source source) {
    return source.anyPlanar() ? Source.of(blocked(source)) : source;
  }

  /** The source in blocks of which all but the last are full. */
  private Source inFullBlocks(Source source) {
    Source blocks = inBlocks(source);
    return new Value.Blocks(blocks).aligned(kernels.lanes) ? blocks : Source.of(blocked(blocks));
  }

  /** The only node that reads this one, if there is only one and the value is not the output. */
  private Graph.@Nullable Node onlyReader(String name) {
    List<Graph.Node> all = readers.getOrDefault(name, List.of());
    return all.size() == 1 && !graph.outputs().contains(name) ? all.get(0) : null;
  }

  /** The ReLU that alone reads this node. */
  private Graph.@Nullable Node relu(Graph.Node node) {
    Graph.Node reader = onlyReader(node.name());
    return reader != null && reader.op() instanceof Op.Relu ? reader : null;
  }

  private void yields(Graph.Node node, Graph.@Nullable Node relu, Source source) {
    sources.put(node.name(), source);
    if (relu != null) {
      sources.put(relu.name(), source);
      done.add(relu.name());
    }
  }

  private void add(Graph.Node node) {
    Op op = node.op();
    if (op instanceof Op.Input) {
      sources.put(node.name(), Source.of(value(node.name(), shape(node.name()), true)));
      return;
    }
    if (op instanceof Op.Conv c) {
      addConvolution(node, c);
      return;
    }
    Source in = get(node.inputs().get(0));
    if (op instanceof Op.BatchNorm bn) {
      addBatchNorm(node, bn, in);
    } else if (op instanceof Op.Relu) {
      addElementwise(node, Elementwise.Kind.RELU, plain(in));
    } else if (op instanceof Op.Relu6) {
      addElementwise(node, Elementwise.Kind.RELU6, plain(in));
    } else if (op instanceof Op.Sigmoid) {
      addElementwise(node, Elementwise.Kind.SIGMOID, plain(in));
    } else if (op instanceof Op.Add) {
      addPair(node, Elementwise.Kind.ADD, in, get(node.inputs().get(1)));
    } else if (op instanceof Op.Multiply) {
      addProduct(node, in, get(node.inputs().get(1)));
    } else if (op instanceof Op.MaxPool p) {
      Value out = value(node.name(), shape(node.name()), false);
      Step step = new MapSteps.MaxPool(node.name(), kernels, inFullBlocks(in), p.size(), out);
      add(step, node, Source.of(out));
    } else if (op instanceof Op.Upsample u) {
      Value from = plain(in);
      Value out = value(node.name(), shape(node.name()), from.planar);
      Step step = new MapSteps.Upsample(node.name(), kernels, Source.of(from), u.factor(), out);
      add(step, node, Source.of(out));
    } else if (op instanceof Op.GlobalAverage) {
      Value out = value(node.name(), shape(node.name()), false);
      Source from = Source.of(blocked(in));
      add(new MapSteps.GlobalAverage(node.name(), kernels, from, out), node, Source.of(out));
    } else if (op instanceof Op.ChannelMean || op instanceof Op.ChannelMax) {
      addStatistics(node, in);
    } else if (op instanceof Op.Concat) {
      List<Part> parts = new ArrayList<>();
      node.inputs().forEach(name -> parts.addAll(get(name).parts()));
      sources.put(node.name(), new Source(parts));
    } else {
      throw new AssertionError(op);
    }
  }

  private void add(Step step, Graph.Node node, Source out) {
    steps.add(step);
    sources.put(node.name(), out);
  }

  private void addConvolution(Graph.Node node, Op.Conv c) {
    Graph.Node relu = relu(node);
    float[] weight = weights.get(node.name() + ".weight");
    float[] bias = c.bias() ? weights.get(node.name() + ".bias") : new float[c.out()];
    String input = node.inputs().get(0);
    boolean depthwise = c.groups() > 1 && c.groups() == c.in() && c.in() == c.out();
    if (depthwise) {
      String end = relu == null ? node.name() : relu.name();
      if (isPlain3x3(c) && readByPointwise(end)) {
        fronts.put(end, node);
        if (relu != null) {
          done.add(relu.name());
        }
        return;
      }
      Source in = inFullBlocks(get(input));
      Value out = value(node);
      steps.add(
          new MapSteps.Depthwise(
              node.name(), kernels, in, c, weight, bias, relu != null, out, packing));
      yields(node, relu, Source.of(out));
      return;
    }

    Value out = value(node);
    Graph.Node front = fronts.get(input);
    if (front != null) {
      Source in = inBlocks(get(front.inputs().get(0)));
      Op.Conv dw = (Op.Conv) front.op();
      float[] dwBias = dw.bias() ? weights.get(front.name() + ".bias") : new float[dw.out()];
      ConvolutionStep.Depthwise fused =
          ConvolutionStep.Depthwise.of(
              new Value.Blocks(in),
              weights.get(front.name() + ".weight"),
              dwBias,
              !front.name().equals(input),
              kernels.lanes,
              packing);
      steps.add(
          new ConvolutionStep(
              front.name() + " + " + node.name(),
              kernels,
              in,
              c,
              weight,
              bias,
              fused,
              relu != null,
              out,
              zeros,
              packing));
    } else {
      Source in = get(input);
      if (MapSteps.PlaneConvolution.fits(c, in) && out.planar) {
        steps.add(
            new MapSteps.PlaneConvolution(
                node.name(), kernels, in, c, weight, bias[0], relu != null, out));
      } else if (!out.planar && WinogradStep.pays(c, in.shape(), kernels.lanes)) {
        steps.add(
            new WinogradStep(
                node.name(),
                kernels,
                inBlocks(in),
                c,
                weight,
                bias,
                relu != null,
                out,
                zeros,
                packing));
      } else {
        steps.add(
            new ConvolutionStep(
                node.name(),
                kernels,
                in,
                c,
                weight,
                bias,
                null,
                relu != null,
                out,
                zeros,
                packing));
      }
    }
    yields(node, relu, Source.of(out));
  }

  private static boolean isPlain3x3(Op.Conv c) {
    return c.kernel() == 3 && c.stride() == 1 && c.dilation() == 1;
  }

  private boolean readByPointwise(String name) {
    Graph.Node reader = onlyReader(name);
    return reader != null
        && reader.op() instanceof Op.Conv c
        && c.kernel() == 1
        && c.stride() == 1
        && c.groups() == 1;
  }

  /** A BatchNorm that no convolution took in is a depthwise 1x1 convolution. */
  private void addBatchNorm(Graph.Node node, Op.BatchNorm bn, Source in) {
    int channels = bn.channels();
    float[] scale = weights.get(node.name() + ".weight");
    float[] shift = weights.get(node.name() + ".bias");
    float[] mean = weights.get(node.name() + ".running_mean");
    float[] variance = weights.get(node.name() + ".running_var");
    float[] weight = new float[channels];
    float[] bias = new float[channels];
    for (int c = 0; c < channels; c++) {
      double s = scale[c] / Math.sqrt((double) variance[c] + Op.BatchNorm.EPSILON);
      weight[c] = (float) s;
      bias[c] = (float) (shift[c] - mean[c] * s);
    }
    Op.Conv conv = new Op.Conv(channels, channels, 1, 1, 1, channels, true);
    Graph.Node relu = relu(node);
    Value out = value(node);
    steps.add(
        channels == 1
            ? new ConvolutionStep(
                node.name(),
                kernels,
                in,
                conv,
                weight,
                bias,
                null,
                relu != null,
                out,
                zeros,
                packing)
            : new MapSteps.Depthwise(
                node.name(),
                kernels,
                inFullBlocks(in),
                conv,
                weight,
                bias,
                relu != null,
                out,
                packing));
    yields(node, relu, Source.of(out));
  }

  private void addElementwise(Graph.Node node, Elementwise.Kind kind, Value in) {
    Value out = value(node.name(), in.shape, in.planar);
    add(new Elementwise(node.name(), kernels, kind, List.of(in), out), node, Source.of(out));
  }

  private void addPair(Graph.Node node, Elementwise.Kind kind, Source x, Source y) {
    Value a = plain(x);
    Value b = plain(y);
    if (a.planar != b.planar) {
      a = blocked(x);
      b = blocked(y);
    }
    Value out = value(node.name(), a.shape, a.planar);
    add(new Elementwise(node.name(), kernels, kind, List.of(a, b), out), node, Source.of(out));
  }

  private void addProduct(Graph.Node node, Source x, Source y) {
    Shape shape = x.shape();
    Shape factors = y.shape();
    if (factors.equals(shape)) {
      addPair(node, Elementwise.Kind.MULTIPLY, x, y);
      return;
    }
    Value factor = plain(y);
    boolean channels = factors.height() * factors.width() == 1 && factors.channels() > 1;
    boolean pixels = factors.height() * factors.width() > 1 && factor.planar;
    if (channels) {
      Source base = x.parts().stream().anyMatch(p -> p.gate() != null) ? Source.of(plain(x)) : x;
      List<Part> parts = new ArrayList<>();
      int start = 0;
      for (Part p : base.parts()) {
        parts.add(new Part(p.value(), factor, start, p.pixelGate()));
        start += p.value().shape.channels();
      }
      sources.put(node.name(), new Source(parts));
    } else if (pixels) {
      Source base =
          x.parts().stream().anyMatch(p -> p.pixelGate() != null) ? Source.of(plain(x)) : x;
      List<Part> parts =
          base.parts().stream()
              .map(p -> new Part(p.value(), p.gate(), p.gateStart(), factor))
              .toList();
      sources.put(node.name(), new Source(parts));
    } else {
      Value out = value(node);
      add(MapSteps.Materialize.product(node.name(), kernels, x, factor, out), node, Source.of(out));
    }
  }

  /** Both statistics in one pass, when the graph wants both of the same node. */
  private void addStatistics(Graph.Node node, Source in) {
    Shape shape = shape(node.name());
    Value mean = value(node.name() + ".mean", shape, true);
    Value maximum = value(node.name() + ".max", shape, true);
    steps.add(new MapSteps.ChannelStatistics(node.name(), kernels, inBlocks(in), mean, maximum));
    for (Graph.Node reader : readers.getOrDefault(node.inputs().get(0), List.of())) {
      if (reader.op() instanceof Op.ChannelMean) {
        yields(reader, null, Source.of(mean));
        done.add(reader.name());
      } else if (reader.op() instanceof Op.ChannelMax) {
        yields(reader, null, Source.of(maximum));
        done.add(reader.name());
      }
    }
  }
}
