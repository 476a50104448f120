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
 *   <li>BatchNorm goes into the convolution before it, ReLU and ReLU6 into whatever comes before
 *       it.
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

  /** Their activations, by the same name. */
  private final Map<String, Activation> frontActivations = new HashMap<>();

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

  /** The ReLU or ReLU6 that alone reads this node. */
  private Graph.@Nullable Node activation(Graph.Node node) {
    Graph.Node reader = onlyReader(node.name());
    return reader != null && Activation.of(reader.op()) != Activation.NONE ? reader : null;
  }

  private static Activation kind(Graph.@Nullable Node activation) {
    return activation == null ? Activation.NONE : Activation.of(activation.op());
  }

  private void yields(Graph.Node node, Graph.@Nullable Node activation, Source source) {
    sources.put(node.name(), source);
    if (activation != null) {
      sources.put(activation.name(), source);
      done.add(activation.name());
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
    } else if (op instanceof Op.Gelu) {
      addElementwise(node, Elementwise.Kind.GELU, plain(in));
    } else if (op instanceof Op.Add) {
      addPair(node, Elementwise.Kind.ADD, in, get(node.inputs().get(1)));
    } else if (op instanceof Op.Multiply) {
      addProduct(node, in, get(node.inputs().get(1)));
    } else if (op instanceof Op.MaxPool p) {
      Value out = value(node.name(), shape(node.name()), false);
      Step step = new MapSteps.MaxPool(node.name(), kernels, inFullBlocks(in), p.size(), out);
      add(step, node, Source.of(out));
    } else if (op instanceof Op.Upsample || op instanceof Op.Resize) {
      Value from = plain(in);
      Value out = value(node.name(), shape(node.name()), from.planar);
      add(new MapSteps.Resize(node.name(), kernels, Source.of(from), out), node, Source.of(out));
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
    } else if (op instanceof Op.TransposedConv c) {
      addTransposed(node, c, in);
    } else {
      addRare(node, blocked(in));
    }
  }

  /** What only some networks have, on one value in blocks. */
  private void addRare(Graph.Node node, Value in) {
    Op op = node.op();
    String name = node.name();
    Value out = value(name, shape(name), false);
    Step step;
    if (op instanceof Op.Prelu) {
      step = new PlaceSteps.Prelu(name, kernels, in, weights.get(name + ".weight"), out, packing);
    } else if (op instanceof Op.LayerNorm) {
      float[] scale = weights.get(name + ".weight");
      float[] shift = weights.get(name + ".bias");
      step = new NormSteps.LayerNorm(name, kernels, in, scale, shift, out, packing);
    } else if (op instanceof Op.GroupNorm norm) {
      step = new NormSteps.Affine(name, kernels, in, groupFactors(node, norm, in), out);
    } else if (op instanceof Op.DoubleNorm) {
      Value soft = value(name + ".softmax", shape(name), false);
      steps.add(new NormSteps.Softmax(soft.name, kernels, in, soft));
      step = new NormSteps.Shares(name, kernels, soft, out);
    } else if (op instanceof Op.AdaptiveAverage) {
      step = new PlaceSteps.AdaptiveAverage(name, kernels, in, out);
    } else if (op instanceof Op.Shift shift) {
      step = new PlaceSteps.Shift(name, kernels, in, shift.down(), out);
    } else if (op instanceof Op.Slice slice) {
      step = new PlaceSteps.Slice(name, kernels, in, slice.from(), out);
    } else if (op instanceof Op.Unpool) {
      Value whole = blocked(get(node.inputs().get(1)));
      step = new PlaceSteps.Unpool(name, kernels, in, whole, out);
    } else if (op instanceof Op.ChannelConv) {
      float[] weight = weights.get(name + ".weight");
      step = new PlaceSteps.ChannelConvolution(name, kernels, in, weight, out);
    } else {
      throw new AssertionError(op);
    }
    add(step, node, Source.of(out));
  }

  private Value groupFactors(Graph.Node node, Op.GroupNorm norm, Value in) {
    String name = node.name();
    Shape vectors = new Shape(2 * in.blocks() * kernels.lanes, 1, 1);
    Value moments = value(name + ".moments", vectors, false);
    Value factors = value(name + ".factors", vectors, false);
    steps.add(new NormSteps.Moments(moments.name, kernels, in, moments));
    steps.add(
        new NormSteps.GroupFactors(
            factors.name,
            kernels,
            moments,
            norm,
            in.pixels(),
            weights.get(name + ".weight"),
            weights.get(name + ".bias"),
            factors));
    return factors;
  }

  /**
   * A convolution to the four pixels that each pixel becomes, which are then put in their places.
   */
  private void addTransposed(Graph.Node node, Op.TransposedConv c, Source in) {
    String name = node.name();
    float[] weight = weights.get(name + ".weight");
    int wide = (c.out() + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
    int side = c.kernel() == 2 ? 1 : 3;
    Op.Conv four = new Op.Conv(c.in(), 4 * wide, side, 1, 1, 1, true);
    float[] moved = new float[4 * wide * c.in() * four.taps()];
    float[] bias = new float[4 * wide];
    for (int pixel = 0; pixel < 4; pixel++) {
      for (int o = 0; o < c.out(); o++) {
        bias[pixel * wide + o] = c.bias() ? weights.get(name + ".bias")[o] : 0;
        for (int i = 0; i < c.in(); i++) {
          for (int tap = 0; tap < c.kernel() * c.kernel(); tap++) {
            // Where a tap of a pixel goes, counted from the four that it becomes.
            int y = tap / c.kernel() - c.padding();
            int x = tap % c.kernel() - c.padding();
            if (Math.floorMod(y, 2) == pixel / 2 && Math.floorMod(x, 2) == pixel % 2) {
              int row = side / 2 - Math.floorDiv(y, 2);
              int column = side / 2 - Math.floorDiv(x, 2);
              int to = ((pixel * wide + o) * c.in() + i) * four.taps() + row * side + column;
              moved[to] = weight[(i * c.out() + o) * c.kernel() * c.kernel() + tap];
            }
          }
        }
      }
    }
    Graph.Node activation = activation(node);
    Shape small = in.shape();
    Value maps = value(name + ".four", new Shape(4 * wide, small.height(), small.width()), false);
    steps.add(
        new ConvolutionStep(
            maps.name,
            kernels,
            in,
            four,
            moved,
            bias,
            null,
            kind(activation),
            maps,
            zeros,
            packing));
    Value out = value(name, shape(name), false);
    steps.add(new PlaceSteps.Squares(name, kernels, maps, out));
    yields(node, activation, Source.of(out));
  }

  private void add(Step step, Graph.Node node, Source out) {
    steps.add(step);
    sources.put(node.name(), out);
  }

  private void addConvolution(Graph.Node node, Op.Conv c) {
    Graph.Node activation = activation(node);
    float[] weight = weights.get(node.name() + ".weight");
    float[] bias = c.bias() ? weights.get(node.name() + ".bias") : new float[c.out()];
    String input = node.inputs().get(0);
    if (c.isDepthwise()) {
      String end = activation == null ? node.name() : activation.name();
      if (isPlain3x3(c) && readByPointwise(end)) {
        fronts.put(end, node);
        if (activation != null) {
          done.add(activation.name());
          frontActivations.put(end, kind(activation));
        }
        return;
      }
      Source in = inFullBlocks(get(input));
      Value out = value(node);
      steps.add(
          new MapSteps.Depthwise(
              node.name(), kernels, in, c, weight, bias, kind(activation), out, packing));
      yields(node, activation, Source.of(out));
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
              frontActivations.getOrDefault(input, Activation.NONE),
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
              kind(activation),
              out,
              zeros,
              packing));
    } else {
      Source in = get(input);
      if (MapSteps.PlaneConvolution.fits(c, in) && out.planar) {
        steps.add(
            new MapSteps.PlaneConvolution(
                node.name(), kernels, in, c, weight, bias[0], kind(activation), out));
      } else if (!out.planar && WinogradStep.pays(c, in.shape(), kernels.lanes)) {
        steps.add(
            new WinogradStep(
                node.name(),
                kernels,
                inBlocks(in),
                c,
                weight,
                bias,
                kind(activation),
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
                kind(activation),
                out,
                zeros,
                packing));
      }
    }
    yields(node, activation, Source.of(out));
  }

  private static boolean isPlain3x3(Op.Conv c) {
    return c.isSquare(3) && c.stride() == 1 && c.dilation() == 1;
  }

  private boolean readByPointwise(String name) {
    Graph.Node reader = onlyReader(name);
    return reader != null
        && reader.op() instanceof Op.Conv c
        && c.isSquare(1)
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
    Graph.Node activation = activation(node);
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
                kind(activation),
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
                kind(activation),
                out,
                packing));
    yields(node, activation, Source.of(out));
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
