package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.network.Model;
import org.lentigo.network.UlrtsNet;

/** What holds for every engine, and how one takes over from another. */
class EngineTest {
  private static final int SIZE = 64;
  private static final Model MODEL = TestModels.random(UlrtsNet.DEFAULT_VARIANT, SIZE);

  private static float[] infer(Inference inference, long seed) {
    float[] map = new float[SIZE * SIZE];
    inference.infer(TestModels.planes(SIZE, seed), map);
    return map;
  }

  @ParameterizedTest
  @EnumSource
  void allComputeTheSameFunction(Engine engine) {
    try (Inference one = Inference.open(MODEL, 1, engine);
        Inference reference = Inference.open(MODEL, 1, Engine.ONNX_RUNTIME_PLAIN)) {
      assertThat(one.engine()).isEqualTo(engine);
      for (int seed = 0; seed < 3; seed++) {
        assertThat(infer(one, seed)).containsExactly(infer(reference, seed), within(1e-4f));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void allGiveTheSameBitsOnEveryRunAndFromEveryThread(Engine engine) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try (Inference inference = Inference.open(MODEL, 1, engine)) {
      List<float[]> alone = new ArrayList<>();
      for (int seed = 0; seed < 4; seed++) {
        alone.add(infer(inference, seed));
      }
      List<Future<float[]>> together = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int seed = i % 4;
        together.add(executor.submit(() -> infer(inference, seed)));
      }
      for (int i = 0; i < together.size(); i++) {
        assertThat(Arrays.equals(together.get(i).get(), alone.get(i % 4)))
            .as("call %d", i)
            .isTrue();
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"JAVA", "JAVA_PLAIN"})
  void theJavaEngineGivesTheSameBitsWithAnyNumberOfThreads(Engine engine) {
    try (Inference one = Inference.open(MODEL, 1, engine);
        Inference three = Inference.open(MODEL, 3, engine)) {
      for (int seed = 0; seed < 20; seed++) {
        assertThat(Arrays.equals(infer(three, seed), infer(one, seed))).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingWaitsForTheFramesUnderWayAndRefusesThoseAfter(Engine engine) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 5; round++) {
        Inference inference = Inference.open(MODEL, 2, engine);
        CountDownLatch begun = new CountDownLatch(1);
        List<Future<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          calls.add(
              executor.submit(
                  () -> {
                    begun.countDown();
                    try {
                      return infer(inference, 1)[0] > 0;
                    } catch (IllegalStateException e) {
                      return String.valueOf(e.getMessage()).contains("closed");
                    }
                  }));
        }
        assertThat(begun.await(10, TimeUnit.MINUTES)).isTrue();
        inference.close();
        inference.close();
        for (Future<Boolean> call : calls) {
          assertThat(call.get(10, TimeUnit.MINUTES)).isTrue();
        }
        assertThatThrownBy(() -> infer(inference, 1))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptNeitherStopsAFrameNorIsLost(Engine engine) throws Exception {
    try (Inference inference = Inference.open(MODEL, 2, engine)) {
      float[] expected = infer(inference, 1);
      ExecutorService executor = Executors.newSingleThreadExecutor();
      try {
        Future<Boolean> interrupted =
            executor.submit(
                () -> {
                  for (int i = 0; i < 10; i++) {
                    Thread.currentThread().interrupt();
                    assertThat(Arrays.equals(infer(inference, 1), expected)).isTrue();
                  }
                  return Thread.interrupted();
                });
        assertThat(interrupted.get(10, TimeUnit.MINUTES)).isTrue();
      } finally {
        executor.shutdownNow();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void wrongSizesAreRefused(Engine engine) {
    try (Inference inference = Inference.open(MODEL, 1, engine)) {
      assertThatThrownBy(() -> inference.infer(new float[7], new float[SIZE * SIZE]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("7");
      assertThatThrownBy(() -> inference.infer(TestModels.planes(SIZE, 1), new float[9]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("9");
    }
  }

  @Test
  void theEngineAskedForComesFirst() {
    assertThat(Engine.JAVA.thenOthers())
        .containsExactly(Engine.JAVA, Engine.ONNX_RUNTIME, Engine.JAVA_PLAIN);
    assertThat(Engine.ONNX_RUNTIME_PLAIN.thenOthers())
        .containsExactly(
            Engine.ONNX_RUNTIME_PLAIN, Engine.ONNX_RUNTIME, Engine.JAVA, Engine.JAVA_PLAIN);
    assertThat(Engine.ONNX_RUNTIME_PLAIN).hasToString("onnx-runtime-plain");
  }

  /** Without the optimising compiler the Vector API would take seconds for a frame. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:TieredStopAtLevel=3",
        "-XX:CompilationMode=quick-only",
        "-XX:+NeverActAsServerClassMachine",
        "-XX:-UseCompiler"
      })
  void theNextTakesOverWithoutTheOptimisingCompiler(String option) throws Exception {
    List<String> lines =
        child("JAVA", List.of("--add-modules", "jdk.incubator.vector", option), path -> true);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).startsWith("the Java engine lacks HotSpot's optimising compiler");
    assertThat(lines.get(1)).startsWith("ran ONNX_RUNTIME ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:+TieredCompilation", "-XX:-TieredCompilation"})
  void theJavaEngineRunsWithTheOptimisingCompiler(String option) throws Exception {
    assertThat(
            child("JAVA", List.of("--add-modules", "jdk.incubator.vector", option), path -> true))
        .singleElement()
        .asString()
        .startsWith("ran JAVA Java engine: Vector API");
  }

  @Test
  void theNextTakesOverWhereOneCannotStart() throws Exception {
    List<String> lines = child("JAVA", List.of(), path -> true);
    assertThat(lines)
        .hasSize(2)
        .startsWith(
            "the Java engine lacks the Vector API; start Java with"
                + " --add-modules jdk.incubator.vector");
    assertThat(lines.get(1)).startsWith("ran ONNX_RUNTIME ");
    assertThat(
            child(
                "ONNX_RUNTIME",
                List.of("--add-modules", "jdk.incubator.vector"),
                path -> !path.contains("onnxruntime")))
        .hasSize(2)
        .first()
        .asString()
        .startsWith("the engine onnx-runtime is not on the class path");
    assertThat(child("ONNX_RUNTIME", List.of(), path -> !path.contains("onnxruntime")))
        .last()
        .asString()
        .startsWith("ran JAVA_PLAIN Java engine: plain Java");
    assertThat(
            child(
                "ONNX_RUNTIME", List.of("-Donnxruntime.native.path=/no/such/folder"), path -> true))
        .hasSize(3)
        .first()
        .asString()
        .startsWith("ONNX Runtime does not load");
  }

  /** The lines that {@link Opens} prints in a Java of its own. */
  private static List<String> child(
      String engine, List<String> options, Predicate<String> onClassPath) throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(onClassPath)
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, Opens.class.getName(), engine));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    return out.lines().toList();
  }

  /** Run by {@link #child}. */
  static final class Opens {
    public static void main(String[] args) {
      try (Inference inference =
          Inference.open(MODEL, 1, Engine.valueOf(args[0]).thenOthers(), System.out::println)) {
        infer(inference, 1);
        System.out.println("ran " + inference.engine().name() + " " + inference.description());
      }
    }
  }
}
