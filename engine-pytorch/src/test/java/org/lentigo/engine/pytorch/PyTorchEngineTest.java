package org.lentigo.engine.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.network.Graph;
import org.lentigo.network.GraphBuilder;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.Op;
import org.lentigo.network.Weights;
import org.lentigo.training.Engine;
import org.lentigo.training.Precision;

class PyTorchEngineTest {

  @Test
  void isFoundAsAService() {
    assertThat(ServiceLoader.load(Engine.Provider.class))
        .singleElement()
        .satisfies(provider -> assertThat(provider.name()).contains("libtorch"));
  }

  /**
   * A network with every operation. BatchNorm and softly curved gates keep the loss smooth enough
   * for differences: a ReLU or a maximum that switches inside the step would show as an error.
   */
  private static Graph everyOperation() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 3);
    Value y = b.conv("strided", x, 6, 3, 2, 1, 1, true);
    y = b.batchNorm("bn", y);
    y = b.relu("relu", y);
    Value depthwise = b.conv("depthwise", y, 6, 3, 1, 2, 6, false);
    y = b.add("sum", y, depthwise);
    // Four times a map of deviation 1: some of it is cut off above.
    Value wide = b.batchNorm("wide", y);
    wide = b.add("fourfold", b.add("twofold", wide, wide), b.add("twofold2", wide, wide));
    y = b.add("cut", y, b.conv("narrow", b.relu6("relu6", wide), 6, 1));
    Value gate = b.conv("fc", b.globalAverage("average", y), 6, 1);
    y = b.multiply("channels", y, b.sigmoid("gate", gate));
    Value both = b.concat("both", b.channelMean("mean", y), b.channelMax("max", y));
    y = b.multiply("places", y, b.sigmoid("where", b.conv("seven", both, 1, 7)));
    y = b.add("rare", y, rareOperations(b, y));
    Value deep = b.upsample("up", b.maxPool("pool", y, 2), 2);
    y = b.conv("last", b.concat("all", y, deep), 1, 1);
    return b.build(b.upsample("logits", y, 2), b.upsample("aux", b.conv("side", deep, 1, 1), 2));
  }

  private static Value rareOperations(GraphBuilder b, Value x) {
    Value strip = b.conv("strip", b.gelu("gelu", x), 6, 1, 3, true);
    Value same = b.convLike("same", b.layerNorm("ln", x), strip);
    Value y = b.groupNorm("gn", b.add("strips", strip, same), 2);
    y = b.shift("right", b.shift("down", y, true), false);
    Value halved = b.conv("halved", y, 6, 2, 2, 1, 1, false);
    Value spread = b.transposedConv("spread", halved, 6, 2, false);
    Value overlapping = b.transposedConv("overlapping", halved, 6, 3, true);
    Value unpooled = b.unpool("unpooled", b.conv("twin", b.maxPool("maxima", x, 2), 6, 1), x);
    Value parts = b.resize("whole", b.adaptiveAverage("parts", y, 3), y);
    Value sum = b.add("sum1", b.add("sum2", spread, overlapping), b.add("sum3", unpooled, parts));
    Value shares = b.doubleNorm("shares", b.prelu("prelu", sum));
    Value few = b.concat("few", b.slice("slice", shares, 1, 4), b.slice("slice2", y, 0, 3));
    Value along = b.channelConv("along", b.globalAverage("mean2", few), 3);
    return b.multiply("eca", few, along);
  }

  @Test
  void theGraphHasEveryOperation() {
    assertThat(everyOperation().nodes().stream().map(n -> n.op().getClass().getName()).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Op.class.getPermittedSubclasses()).map(Class::getName).toList());
  }

  private static float[] noise(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (2 * random.nextDouble() - 1);
    }
    return values;
  }

  private static void load(Engine engine, Graph graph, Weights weights) {
    FloatBuffer parameters = engine.parameters();
    weights.of(graph).tensors().values().forEach(parameters::put);
  }

  @Test
  void gradientsAgreeWithFiniteDifferences() {
    Graph graph = everyOperation();
    int size = 8;
    int count = 3;
    float[] images = noise(count * 3 * size * size, 1);
    float[][] outputGradients = {noise(count * size * size, 2), noise(count * size * size, 3)};
    try (Engine engine = new PyTorchEngine(graph, 1)) {
      load(engine, graph, Weights.random(graph, 4));
      engine.forward(images, count, size);
      engine.backward(outputGradients);
      float[] gradients = new float[engine.gradients().capacity()];
      engine.gradients().get(gradients);

      int offset = 0;
      for (Map.Entry<String, Graph.Parameter> entry : graph.parameters().entrySet()) {
        int length = entry.getValue().size();
        if (entry.getValue().trainable()) {
          // Along a random direction through the whole tensor: one number that every element of
          // the gradient enters.
          float[] direction = noise(length, 5);
          double analytic = 0;
          for (int i = 0; i < length; i++) {
            analytic += (double) gradients[offset + i] * direction[i];
          }
          double step = 1e-3;
          double plus = moved(engine, offset, direction, step, images, outputGradients);
          double minus = moved(engine, offset, direction, -step, images, outputGradients);
          double numeric = (plus - minus) / (2 * step);
          assertThat(analytic)
              .as(entry.getKey())
              .isCloseTo(numeric, within(0.02 * Math.max(0.5, Math.abs(numeric))));
        } else {
          assertThat(Arrays.copyOfRange(gradients, offset, offset + length)).containsOnly(0f);
        }
        offset += length;
      }
    }
  }

  /** The sum of outputs times their gradients with one tensor moved along a direction. */
  private static double moved(
      Engine engine,
      int offset,
      float[] direction,
      double step,
      float[] images,
      float[][] outputGradients) {
    float[] before = new float[engine.parameters().capacity()];
    engine.parameters().get(before);
    FloatBuffer parameters = engine.parameters();
    for (int i = 0; i < direction.length; i++) {
      parameters.put(offset + i, (float) (before[offset + i] + step * direction[i]));
    }
    float[][] outputs = engine.forward(images, 3, 8);
    engine.parameters().put(before);
    double sum = 0;
    for (int k = 0; k < outputs.length; k++) {
      for (int i = 0; i < outputs[k].length; i++) {
        sum += (double) outputs[k][i] * outputGradients[k][i];
      }
    }
    return sum;
  }

  @Test
  void gradientsAddUpUntilZeroed() {
    Graph graph = everyOperation();
    float[] images = noise(2 * 3 * 64, 1);
    float[][] outputGradients = {noise(2 * 64, 2), noise(2 * 64, 3)};
    try (Engine engine = new PyTorchEngine(graph, 1)) {
      load(engine, graph, Weights.random(graph, 4));
      engine.forward(images, 2, 8);
      engine.backward(outputGradients);
      float once = engine.gradients().get(0);
      engine.forward(images, 2, 8);
      engine.backward(outputGradients);
      assertThat(engine.gradients().get(0)).isCloseTo(2 * once, within(1e-4f));
      assertThatThrownBy(() -> engine.backward(outputGradients))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  /** libtorch reads the input again in the backward pass; one channel is always "channels-last". */
  @Test
  void theInputOutlivesTheForwardPass() {
    GraphBuilder b = new GraphBuilder();
    Graph graph = b.build(b.conv("c", b.input("x", 1), 1, 1));
    int size = 64;
    try (Engine engine = new PyTorchEngine(graph, 1)) {
      load(engine, graph, Weights.random(graph, 1));
      float[] ones = new float[size * size];
      Arrays.fill(ones, 1);
      engine.forward(ones, 1, size);
      // Takes the memory that a forward pass without a copy of its own would have let go.
      for (int i = 0; i < 50; i++) {
        engine.infer(noise(size * size, i), 1, size);
      }
      engine.backward(new float[][] {ones});
      assertThat(engine.gradients().get(0)).isEqualTo(size * size);
    }
  }

  @Test
  void trainingMovesTheRunningStatisticsByMomentum() {
    GraphBuilder b = new GraphBuilder();
    Graph graph = b.build(b.batchNorm("bn", b.input("x", 1)));
    // Mean 2.5, unbiased variance 5/3 over the four values; momentum 0.1 from 0 and 1.
    try (Engine engine = new PyTorchEngine(graph, 1)) {
      load(engine, graph, Weights.random(graph, 1));
      engine.forward(new float[] {1, 2, 3, 4}, 1, 2);
      float[] state = new float[4];
      engine.parameters().get(state);
      assertThat(state)
          .containsExactly(new float[] {1, 0, 0.25f, 0.9f + 0.1f * 5 / 3}, within(1e-6f));
    }
  }

  /** With a share each of the same images, two threads do twice what one does. */
  @Test
  void threadsShareTheBatch() {
    Graph graph = everyOperation();
    int size = 8;
    int count = 3;
    float[] images = noise(count * 3 * size * size, 1);
    float[][] outputGradients = {noise(count * size * size, 2), noise(count * size * size, 3)};
    int parameters = 0;
    try (Engine one = new PyTorchEngine(graph, 1);
        Engine two = new PyTorchEngine(graph, 2)) {
      load(one, graph, Weights.random(graph, 4));
      load(two, graph, Weights.random(graph, 4));
      float[] output = one.forward(images, count, size)[1];
      assertThat(two.forward(twice(images), 2 * count, size)[1]).isEqualTo(twice(output));
      one.backward(outputGradients);
      two.backward(new float[][] {twice(outputGradients[0]), twice(outputGradients[1])});

      for (int i = 0; i < one.gradients().capacity(); i++) {
        assertThat(two.gradients().get(i)).isEqualTo(2 * one.gradients().get(i));
        assertThat(two.parameters().get(i)).isEqualTo(one.parameters().get(i));
        parameters++;
      }
      assertThat(two.infer(twice(images), 2 * count, size))
          .isEqualTo(twice(one.infer(images, count, size)));
    }
    assertThat(parameters).isPositive();
  }

  /** Eight significant bits in the passes, all of them in what is validated. */
  @Test
  void halfPrecisionIsOfTheTrainingPassesOnly() {
    Graph graph = everyOperation();
    int size = 8;
    int count = 4;
    float[] images = noise(count * 3 * size * size, 1);
    float[][] outputGradients = {noise(count * size * size, 2), noise(count * size * size, 3)};
    try (Engine whole = new PyTorchEngine(graph, 2);
        Engine half = new PyTorchEngine(graph, 2, 1, Precision.BFLOAT16)) {
      load(whole, graph, Weights.random(graph, 4));
      load(half, graph, Weights.random(graph, 4));
      assertThat(half.infer(images, count, size)).isEqualTo(whole.infer(images, count, size));

      float[] exact = whole.forward(images, count, size)[1];
      float[] rounded = half.forward(images, count, size)[1];
      assertThat(rounded).isNotEqualTo(exact);
      assertThat(cosine(FloatBuffer.wrap(rounded), FloatBuffer.wrap(exact))).isGreaterThan(0.999);
      whole.backward(outputGradients);
      half.backward(outputGradients);
      assertThat(cosine(half.gradients(), whole.gradients())).isGreaterThan(0.99);
    }
  }

  /** At sizes where oneDNN's own bfloat16 gradients of the weights are not numbers. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void dilatedConvolutionsHaveGradientsInBfloat16(int dilation) {
    GraphBuilder b = new GraphBuilder();
    Value y = b.batchNorm("bn", b.conv("spread", b.input("x", 3), 88, 1));
    y = b.conv("dilated", b.relu("relu", y), 64, 3, 1, dilation, 1, false);
    Graph graph = b.build(b.conv("logits", y, 1, 1));
    int size = 40;
    int count = 8;
    float[] images = noise(count * 3 * size * size, 1);
    float[][] outputGradients = {noise(count * size * size, 2)};
    try (Engine whole = new PyTorchEngine(graph, 1);
        Engine half = new PyTorchEngine(graph, 1, 1, Precision.BFLOAT16)) {
      for (Engine engine : List.of(whole, half)) {
        load(engine, graph, Weights.random(graph, 4));
        engine.forward(images, count, size);
        engine.backward(outputGradients);
      }
      assertThat(cosine(half.gradients(), whole.gradients())).isGreaterThan(0.99);
    }
  }

  private static double cosine(FloatBuffer a, FloatBuffer b) {
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.capacity(); i++) {
      product += (double) a.get(i) * b.get(i);
      squaresA += (double) a.get(i) * a.get(i);
      squaresB += (double) b.get(i) * b.get(i);
    }
    return product / Math.sqrt(squaresA * squaresB);
  }

  @Test
  void anImageIsNeverDividedNorLeftAlone() {
    GraphBuilder b = new GraphBuilder();
    Graph graph = b.build(b.batchNorm("bn", b.input("x", 1)));
    try (Engine engine = new PyTorchEngine(graph, 4)) {
      load(engine, graph, Weights.random(graph, 1));
      // Three images are too few for two shares of two, so BatchNorm sees all of them: mean 0.
      float[] normalised = engine.forward(new float[] {-1, 0, 1}, 3, 1)[0];
      assertThat(normalised[0]).isCloseTo(-(float) Math.sqrt(1.5), within(1e-4f));
      // Five make two shares, of three and two: the fourth and fifth are on their own.
      normalised = engine.forward(new float[] {-1, 0, 1, 5, 7}, 5, 1)[0];
      assertThat(normalised[1]).isCloseTo(0, within(1e-4f));
      assertThat(normalised[4]).isCloseTo(1, within(1e-4f));
      assertThat(engine.infer(new float[] {0, 0}, 2, 1)).hasSize(2);
    }
  }

  private static float[] twice(float[] values) {
    float[] all = Arrays.copyOf(values, 2 * values.length);
    System.arraycopy(values, 0, all, values.length, values.length);
    return all;
  }

  static List<String> networks() {
    return Networks.all().stream().map(Network::name).toList();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void inferenceAgreesWithOnnxRuntimeOnTheExportedFile(String name) throws Exception {
    Network network = Networks.get(name);
    int size = network.sizeMultiple() * Math.max(2, 64 / network.sizeMultiple());
    // Untrained, some networks are sure of everything: their logits tell more.
    Graph graph = network.graph();
    List<String> logits = graph.node(graph.output()).inputs();
    float[] ours = assertAgreement(new Graph(graph.nodes(), logits).pruned(), size);
    // Guards against two constant maps agreeing.
    float[] sorted = ours.clone();
    Arrays.sort(sorted);
    assertThat(sorted[sorted.length - 1] - sorted[0]).isGreaterThan(0.1f);
  }

  @Test
  void everyOperationAgreesWithOnnxRuntime() throws Exception {
    Graph graph = everyOperation();
    assertAgreement(new Graph(graph.nodes(), graph.outputs().subList(0, 1)).pruned(), 24);
  }

  private static float[] assertAgreement(Graph graph, int size) throws Exception {
    Weights weights = lively(graph);
    float[] image = noise(3 * size * size, 9);
    float[] ours;
    try (Engine engine = new PyTorchEngine(graph, 2)) {
      load(engine, graph, weights);
      ours = engine.infer(image, 1, size);
    }
    byte[] model = OnnxWriter.encode(graph, weights, size, Map.of(), OnnxWriter.Form.PLAIN);
    String input = graph.nodes().get(0).name();
    float[] theirs = onnxRuntime(model, input, image, size);
    float largest = 1;
    for (float value : theirs) {
      largest = Math.max(largest, Math.abs(value));
    }
    int apart = 0;
    for (int i = 0; i < ours.length; i++) {
      apart += Math.abs(ours[i] - theirs[i]) <= 1e-4f * largest ? 0 : 1;
    }
    // Where two values of a window are equal but for rounding, the maximum is at another place.
    boolean unpools = graph.nodes().stream().anyMatch(node -> node.op() instanceof Op.Unpool);
    assertThat(apart).as("values that differ").isLessThanOrEqualTo(unpools ? ours.length / 50 : 0);
    return ours;
  }

  /** Random weights whose BatchNorms are far from the identity, so that folding is tested. */
  private static Weights lively(Graph graph) {
    Weights weights = Weights.random(graph, 11);
    weights
        .tensors()
        .forEach(
            (name, values) -> {
              SplittableRandom random = new SplittableRandom(name.hashCode());
              for (int i = 0; i < values.length; i++) {
                if (name.endsWith(".running_var") || name.endsWith("bn.weight")) {
                  values[i] = (float) (0.5 + random.nextDouble());
                } else if (name.endsWith(".running_mean") || name.endsWith("bn.bias")) {
                  values[i] = (float) (0.4 * random.nextDouble() - 0.2);
                }
              }
            });
    return weights;
  }

  private static float[] onnxRuntime(byte[] model, String name, float[] image, int size)
      throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        OrtSession session = environment.createSession(model, options);
        OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(image), new long[] {1, 3, size, size});
        OrtSession.Result result = session.run(Map.of(name, input))) {
      FloatBuffer output = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] values = new float[output.remaining()];
      output.get(values);
      return values;
    }
  }
}
