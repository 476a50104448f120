package org.lentigo.javaengine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.UlrtsNet;
import org.lentigo.network.Weights;

/** The engine computes what ONNX Runtime computes. */
class JavaEngineTest {
  private static final float TOLERANCE = 1e-4f;

  static List<String> variants() {
    return Networks.all().stream().map(Network::name).toList();
  }

  @ParameterizedTest
  @MethodSource("variants")
  void everyVariantAgreesWithOnnxRuntime(String variant) throws Exception {
    Model model = Reference.model(variant);
    assertAgreement(KernelChoice.best(), model.graph(), model.weights(), 64);
  }

  /**
   * These tests are started with all that the Vector API needs: the one above is of its kernels.
   */
  @Test
  void theBestKernelsHereAreTheVectorApis() {
    assertThat(JavaEngine.lacking()).isEmpty();
    assertThat(KernelChoice.best()).isInstanceOf(VectorKernels.class);
  }

  @ParameterizedTest
  @MethodSource("variants")
  void plainJavaAgreesOnEveryVariant(String variant) throws Exception {
    Model model = Reference.model(variant);
    assertThat(KernelChoice.plain()).isExactlyInstanceOf(Kernels.class);
    assertAgreement(KernelChoice.plain(), model.graph(), model.weights(), 64);
  }

  @ParameterizedTest
  @CsvSource({"8", "36", "100"})
  void anyInputSizeAgrees(int size) throws Exception {
    Model model = Reference.model(UlrtsNet.DEFAULT_VARIANT);
    assertAgreement(KernelChoice.best(), model.graph(), model.weights(), size);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 8, 16})
  void plainJavaAgreesAtEveryBlockLength(int lanes) throws Exception {
    Model model = Reference.model(UlrtsNet.DEFAULT_VARIANT);
    assertAgreement(new Kernels(lanes), model.graph(), model.weights(), 36);
  }

  static IntStream seeds() {
    return IntStream.range(0, 150);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void randomGraphsAgree(int seed) throws Exception {
    int size = 12 + 8 * (seed % 3);
    RandomGraph random = RandomGraph.of(seed, size);
    assertAgreement(KernelChoice.best(), random.graph(), random.weights(), size);
    int lanes = 4 << seed % 3;
    assertAgreement(new Kernels(lanes), random.graph(), random.weights(), size);
  }

  @Test
  void randomGraphsHoldEveryOperation() {
    TreeSet<String> seen = new TreeSet<>();
    seeds()
        .forEach(
            seed ->
                RandomGraph.of(seed, 20).graph().nodes().stream()
                    .map(n -> n.op().getClass().getSimpleName())
                    .forEach(seen::add));
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(
            List.of(org.lentigo.network.Op.class.getPermittedSubclasses()).stream()
                .map(Class::getSimpleName)
                .toList());
  }

  /**
   * The plain kernels, since the JVM's interpreter allocates for every operation on vectors. A
   * frame's map alone would be 4 KB, and its arena some hundred.
   */
  @Test
  void aFrameAllocatesNothing() {
    Model model = Reference.model("lite");
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (JavaEngine engine = JavaEngine.withoutVectors(model, 32, 32, 2)) {
      float[] input = Reference.noise((int) engine.inputShape().size(), 3);
      float[] output = new float[32 * 32];
      for (int frame = 0; frame < 20; frame++) {
        engine.infer(input, output);
      }
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int frame = 0; frame < 50; frame++) {
        engine.infer(input, output);
      }
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      assertThat(bytes / 50).as("bytes a frame").isLessThan(500);
    }
  }

  private static void assertAgreement(Kernels kernels, Graph graph, Weights weights, int size)
      throws Exception {
    float[] theirs;
    float[] input;
    float[] ours;
    try (JavaEngine engine = JavaEngine.of(kernels, graph, weights, size, size, 1)) {
      input = Reference.noise((int) engine.inputShape().size(), 3);
      ours = new float[(int) engine.outputShape().size()];
      engine.infer(input, ours);
      float[] again = new float[ours.length];
      engine.infer(input, again);
      assertThat(Arrays.equals(again, ours)).as("a second run gives the same").isTrue();
    }
    try (Reference reference = new Reference(graph, weights, size, 1)) {
      theirs = reference.infer(input);
    }
    assertThat(ours).hasSameSizeAs(theirs);
    float worst = 0;
    for (int i = 0; i < ours.length; i++) {
      float difference = Math.abs(ours[i] - theirs[i]);
      worst = difference <= worst ? worst : difference;
    }
    assertThat(worst).as("the largest difference, of %d values", ours.length).isLessThan(TOLERANCE);
  }
}
