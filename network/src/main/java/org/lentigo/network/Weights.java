package org.lentigo.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a network: a flat tensor for each name of {@link Graph#parameters()}.
 *
 * @param tensors row-major values by name; the arrays are not copied
 */
public record Weights(Map<String, float[]> tensors) {
  public Weights {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * The tensor of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public float[] get(String name) {
    float[] tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no weights are called '" + name + "'");
    }
    return tensor;
  }

  /** These weights, but for those that {@code others} has under the same name. */
  public Weights with(Weights others) {
    Map<String, float[]> all = new LinkedHashMap<>(tensors);
    all.putAll(others.tensors);
    return new Weights(all);
  }

  /**
   * The mean of each tensor.
   *
   * @param all at least one, with tensors of the same names and sizes
   * @throws IllegalArgumentException if there is none, or one lacks a tensor of the first or has it
   *     in another size
   */
  public static Weights mean(List<Weights> all) {
    if (all.isEmpty()) {
      throw new IllegalArgumentException("weights: got none, wanted at least one to average");
    }
    Map<String, float[]> means = new LinkedHashMap<>();
    all.get(0)
        .tensors
        .forEach(
            (name, first) -> {
              double[] sum = new double[first.length];
              for (Weights weights : all) {
                float[] tensor = weights.get(name);
                if (tensor.length != sum.length) {
                  throw new IllegalArgumentException(
                      "weights '%s' have %d and %d values, wanted as many in each"
                          .formatted(name, sum.length, tensor.length));
                }
                for (int i = 0; i < sum.length; i++) {
                  sum[i] += tensor[i];
                }
              }
              float[] mean = new float[sum.length];
              for (int i = 0; i < sum.length; i++) {
                mean[i] = (float) (sum[i] / all.size());
              }
              means.put(name, mean);
            });
    return new Weights(means);
  }

  /**
   * Only what this graph needs, in its order: drops the auxiliary heads of training.
   *
   * @throws IllegalArgumentException if a tensor is missing, has another number of values, or holds
   *     a value that is not finite, or a variance below 0
   */
  public Weights of(Graph graph) {
    Map<String, float[]> kept = new LinkedHashMap<>();
    graph
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] tensor = get(name);
              if (tensor.length != parameter.size()) {
                throw new IllegalArgumentException(
                    "weights '"
                        + name
                        + "' have "
                        + tensor.length
                        + " values, the graph wants "
                        + parameter.shape());
              }
              boolean variance = name.endsWith(".running_var");
              for (float value : tensor) {
                if (!Float.isFinite(value) || (variance && value < 0)) {
                  throw new IllegalArgumentException(
                      "weights '"
                          + name
                          + "' hold "
                          + value
                          + ", all must be finite and no variance below 0");
                }
              }
              kept.put(name, tensor);
            });
    return new Weights(kept);
  }

  /**
   * Weights before training: convolutions from a normal distribution with variance 2 / fan-in (He
   * et al. 2015, arXiv 1502.01852, eq. 10), biases 0, normalisations the identity. The same seed
   * gives the same bits.
   */
  public static Weights random(Graph graph, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, float[]> tensors = new LinkedHashMap<>();
    graph
        .parameters()
        .forEach(
            (name, parameter) -> {
              float[] tensor = new float[parameter.size()];
              switch (parameter.kind()) {
                case KERNEL -> {
                  double deviation = StrictMath.sqrt(2.0 / fanIn(graph, name, parameter.shape()));
                  for (int i = 0; i < tensor.length; i++) {
                    tensor[i] = (float) (deviation * gaussian(random));
                  }
                }
                case SCALE, VARIANCE -> Arrays.fill(tensor, 1f);
                case SLOPE -> Arrays.fill(tensor, Op.Prelu.SLOPE);
                case BIAS, MEAN -> {}
              }
              tensors.put(name, tensor);
            });
    return new Weights(tensors);
  }

  /** Values that a value of a convolution's result is the sum of. */
  private static int fanIn(Graph graph, String name, List<Integer> shape) {
    // Of a transposed convolution's, a pixel in reaches each pixel out by one tap (or so).
    boolean transposed =
        graph.node(name.substring(0, name.lastIndexOf('.'))).op() instanceof Op.TransposedConv;
    return transposed
        ? shape.get(0)
        : shape.stream().skip(1).mapToInt(Integer::intValue).reduce(1, Math::multiplyExact);
  }

  /** Box and Muller's transform, in strict arithmetic so that every machine draws the same. */
  private static double gaussian(SplittableRandom random) {
    double u = 1 - random.nextDouble();
    return StrictMath.sqrt(-2 * StrictMath.log(u))
        * StrictMath.cos(2 * StrictMath.PI * random.nextDouble());
  }

  /** A graph whose BatchNorms are gone, and its weights. */
  public record Folded(Graph graph, Weights weights) {}

  /**
   * Folds every BatchNorm that alone follows a convolution into that convolution's weight and bias:
   * {@code w' = w * s}, {@code b' = (b - mean) * s + shift} with {@code s = scale / sqrt(variance +
   * epsilon)}. The folded graph computes the same as the given one at inference. Other BatchNorms
   * stay. Nothing is shared any more: each node's tensors bear its own name.
   */
  public static Folded fold(Graph graph, Weights weights) {
    Map<String, Integer> readers = new LinkedHashMap<>();
    for (Graph.Node node : graph.nodes()) {
      node.inputs().forEach(input -> readers.merge(input, 1, Integer::sum));
    }
    graph.outputs().forEach(output -> readers.merge(output, 1, Integer::sum));

    Map<String, String> renamed = new LinkedHashMap<>();
    Map<String, Graph.Node> nodes = new LinkedHashMap<>();
    Map<String, float[]> all = weights.of(graph).tensors();
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Graph.Node node : graph.nodes()) {
      Graph.parameters(node.op())
          .keySet()
          .forEach(
              part -> tensors.put(node.name() + "." + part, get(all, node.tensors() + "." + part)));
      List<String> inputs =
          node.inputs().stream().map(input -> renamed.getOrDefault(input, input)).toList();
      Graph.Node before = inputs.isEmpty() ? null : nodes.get(inputs.get(0));
      Op biased = before == null ? null : biased(before.op());
      if (node.op() instanceof Op.BatchNorm
          && before != null
          && biased != null
          && readers.getOrDefault(node.inputs().get(0), 0) == 1) {
        foldInto(tensors, before, node.name());
        nodes.put(before.name(), new Graph.Node(before.name(), biased, before.inputs()));
        renamed.put(node.name(), before.name());
      } else {
        nodes.put(node.name(), new Graph.Node(node.name(), node.op(), inputs));
      }
    }
    List<String> outputs =
        graph.outputs().stream().map(output -> renamed.getOrDefault(output, output)).toList();
    Graph folded = new Graph(new ArrayList<>(nodes.values()), outputs);
    return new Folded(folded, new Weights(tensors).of(folded));
  }

  /** The same convolution with a bias; null for what is none. */
  private static @Nullable Op biased(Op op) {
    if (op instanceof Op.Conv c) {
      return new Op.Conv(
          c.in(),
          c.out(),
          c.kernelHeight(),
          c.kernelWidth(),
          c.stride(),
          c.dilation(),
          c.groups(),
          true);
    }
    return op instanceof Op.TransposedConv c
        ? new Op.TransposedConv(c.in(), c.out(), c.kernel(), true)
        : null;
  }

  private static void foldInto(Map<String, float[]> tensors, Graph.Node conv, String norm) {
    float[] scale = get(tensors, norm + ".weight");
    float[] shift = get(tensors, norm + ".bias");
    float[] mean = get(tensors, norm + ".running_mean");
    float[] variance = get(tensors, norm + ".running_var");
    float[] old = tensors.get(conv.name() + ".bias");
    float[] bias = new float[scale.length];
    double[] factors = new double[scale.length];
    for (int o = 0; o < bias.length; o++) {
      factors[o] = scale[o] / Math.sqrt((double) variance[o] + Op.BatchNorm.EPSILON);
      bias[o] = (float) (((old == null ? 0 : old[o]) - mean[o]) * factors[o] + shift[o]);
    }
    float[] weight = get(tensors, conv.name() + ".weight").clone();
    // Values of one channel out that lie side by side: all of them, or a transposed one's taps.
    int together =
        conv.op() instanceof Op.TransposedConv t
            ? t.kernel() * t.kernel()
            : weight.length / bias.length;
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (weight[i] * factors[i / together % bias.length]);
    }
    tensors.put(conv.name() + ".weight", weight);
    tensors.put(conv.name() + ".bias", bias);
  }

  private static float[] get(Map<String, float[]> tensors, String name) {
    return new Weights(tensors).get(name);
  }
}
