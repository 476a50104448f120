package org.lentigo.engine.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.network.Costs;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Inference;

/** The worked example of docs/adding-a-network.md compiles, runs and trains as it stands there. */
class DocumentedNetworkTest {
  private static final int SIZE = 32;

  @TempDir private Path folder;

  private static String page() throws IOException {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      Path page = p.resolve("docs/adding-a-network.md");
      if (Files.isRegularFile(page)) {
        return Files.readString(page);
      }
    }
    throw new AssertionError("no docs/adding-a-network.md above the working directory");
  }

  /** The example's networks, as the list in {@link Networks} would have them. */
  private List<Network> networks(String page) throws Exception {
    Matcher code = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(code.find()).as("a block of Java").isTrue();
    Path source = folder.resolve("TinyNet.java");
    Files.writeString(source, code.group(1));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of(
                      "-d",
                      folder.toString(),
                      "-proc:none",
                      "-cp",
                      System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
    byte[] bytes = Files.readAllBytes(folder.resolve("org/lentigo/network/TinyNet.class"));
    // Beside Network, in its package: the example uses what lies open there only.
    MethodHandles.Lookup beside =
        MethodHandles.privateLookupIn(Network.class, MethodHandles.lookup());
    Method method = beside.defineClass(bytes).getDeclaredMethod("networks");
    method.setAccessible(true);
    return ((List<?>) method.invoke(null)).stream().map(Network.class::cast).toList();
  }

  @Test
  void theExampleRunsAndTrains() throws Exception {
    String page = page();
    Network network = networks(page).get(0);
    Costs costs = Costs.of(network.graph(), Networks.COUNTED_SIZE);
    assertThat(page)
        .containsPattern(
            Pattern.quote(network.name() + "  " + network.label())
                + String.format(Locale.ROOT, " .* %,d +%,d\n", costs.parameters(), costs.macs()));

    Weights weights = Weights.random(network.graph(), 1);
    Preprocessing preprocessing =
        new Preprocessing(SIZE, List.of(0.5f, 0.5f, 0.5f), List.of(0.2f, 0.2f, 0.2f));
    Model model = new Model("example", network, weights, preprocessing, 0.5f, new TreeMap<>());
    assertThat(network.head()).isEqualTo("head.conv");
    assertThat(OnnxWriter.encode(model)).isNotEmpty();
    float[] picture = new float[3 * SIZE * SIZE];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (float) Math.sin(i * 0.37 + i / SIZE * 0.11);
    }
    float[] expected = infer(model, Engine.ONNX_RUNTIME_PLAIN, picture);
    for (Engine engine : List.of(Engine.ONNX_RUNTIME, Engine.JAVA_PLAIN)) {
      assertThat(infer(model, engine, picture)).containsExactly(expected, within(1e-4f));
    }
    assertThat(loss(network, picture, 0)).isGreaterThan(2 * loss(network, picture, 30));
  }

  private static float[] infer(Model model, Engine engine, float[] picture) {
    float[] map = new float[SIZE * SIZE];
    try (Inference inference = Inference.open(model, 1, engine)) {
      inference.infer(picture, map);
    }
    return map;
  }

  /** Of two pictures' logits against a disc, after some steps down the gradient. */
  private static double loss(Network network, float[] picture, int steps) {
    Graph graph = network.trainingGraph();
    assertThat(graph.outputs()).hasSize(2);
    float[] both = Arrays.copyOf(picture, 2 * picture.length);
    System.arraycopy(picture, 0, both, picture.length, picture.length);
    try (org.lentigo.training.Engine engine = new PyTorchEngine(graph, 1)) {
      FloatBuffer parameters = engine.parameters();
      Weights.random(graph, 1).tensors().values().forEach(parameters::put);
      for (int step = 0; ; step++) {
        float[][] logits = engine.forward(both, 2, SIZE);
        double loss = 0;
        for (float[] output : logits) {
          for (int i = 0; i < output.length; i++) {
            int x = i % SIZE - SIZE / 2;
            int y = i / SIZE % SIZE - SIZE / 2;
            float apart = output[i] - (x * x + y * y < 100 ? 1 : -1);
            loss += apart * apart / output.length;
            output[i] = 2 * apart / output.length;
          }
        }
        if (step == steps) {
          return loss;
        }
        FloatBuffer gradients = engine.gradients();
        for (int i = 0; i < gradients.capacity(); i++) {
          gradients.put(i, 0);
        }
        engine.backward(logits);
        for (int i = 0; i < gradients.capacity(); i++) {
          engine.parameters().put(i, engine.parameters().get(i) - 0.02f * gradients.get(i));
        }
      }
    }
  }
}
