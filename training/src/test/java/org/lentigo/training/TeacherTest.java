package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.PhantomSet;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;

class TeacherTest {
  private static final int SIZE = 32;

  @TempDir private Path folder;
  private SampleStore store;
  private String stem;

  @BeforeEach
  void drawImages() throws Exception {
    PhantomSet.write(folder, 9, 3, 64, 48, Layout.PLAIN);
    List<Pair> pairs = DataSets.open(folder).forTraining();
    store = SampleStore.open(pairs, new StratifiedSplit(List.of(), List.of()));
    stem = store.trainingStems().get(4);
  }

  private interface Brain {
    float logit(float red, int x, int size);
  }

  /** A network whose logits are a function of the red channel and the column. */
  private record Fake(Brain brain, FloatBuffer parameters) implements Engine {
    @Override
    public FloatBuffer gradients() {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[][] forward(float[] images, int count, int size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void backward(float[][] outputGradients) {
      throw new UnsupportedOperationException();
    }

    @Override
    public float[] infer(float[] images, int count, int size) {
      float[] logits = new float[count * size * size];
      for (int n = 0; n < count; n++) {
        for (int i = 0; i < size * size; i++) {
          logits[n * size * size + i] =
              brain.logit(images[3 * n * size * size + i], i % size, size);
        }
      }
      return logits;
    }

    @Override
    public void close() {}
  }

  private Teacher teacher(Brain brain, double weight, AtomicInteger shown) throws Exception {
    return teacher(List.of(voice(SIZE, null)), brain, weight, shown);
  }

  private static Teacher.Voice voice(int size, @Nullable Set<String> of) {
    return new Teacher.Voice(model(size), of);
  }

  private static Model model(int size) {
    Network variant = Networks.get("lite");
    Graph graph = variant.graph();
    return new Model(
        "teacher",
        variant,
        Weights.random(graph, 1),
        new Preprocessing(size, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f)),
        0.5f,
        new TreeMap<>(Map.of()));
  }

  private Teacher teacher(
      List<Teacher.Voice> voices, Brain brain, double weight, AtomicInteger shown)
      throws Exception {
    Engine.Provider provider =
        new Engine.Provider() {
          @Override
          public String name() {
            return "fake";
          }

          @Override
          public Engine open(Graph training, int threads, Precision precision) {
            return new Fake(brain, FloatBuffer.allocate(new ParameterLayout(training).size()));
          }
        };
    TrainingConfig config = TrainingConfig.defaults().with("loss: {teacher: " + weight + "}");
    Path file = folder.resolve("teacher.bin");
    return Teacher.of(voices, config, provider, store, file, UUID.randomUUID() + "", shown::set);
  }

  /** What does not depend on the side it is seen from comes out as it is. */
  @Test
  void mirrorsTheMapsBack() throws Exception {
    AtomicInteger shown = new AtomicInteger();
    Teacher teacher = teacher((red, x, size) -> 4 * red, 1, shown);
    float[] planes = store.planes(List.of(stem), SIZE).get(0);

    byte[] target = teacher.target(stem, new Mask(SIZE, SIZE, new byte[SIZE * SIZE])).data();

    assertThat(shown).hasValue(9);
    for (int i = 0; i < target.length; i++) {
      assertThat(target[i] / 64.0)
          .as("pixel %s", i)
          .isCloseTo(1 / (1 + Math.exp(-4 * planes[i])), within(1 / 64.0));
    }
  }

  /** A network that sees lesion on the left whatever it is shown is half sure everywhere. */
  @Test
  void isTheMeanOverTheViews() throws Exception {
    Teacher teacher = teacher((red, x, size) -> x < SIZE / 2 ? 20 : -20, 0.5, new AtomicInteger());
    byte[] inside = new byte[SIZE * SIZE];
    inside[0] = 1;

    byte[] target = teacher.target(stem, new Mask(SIZE, SIZE, inside)).data();

    // Half of the teacher's 1/2, and at the first pixel half of the expert's 1 on top.
    assertThat(target[0]).isEqualTo((byte) 48);
    assertThat(target[SIZE * SIZE - 1]).isEqualTo((byte) 16);
  }

  /** One of them sees lesion everywhere in its 16 pixels, the other none in its 32. */
  @Test
  void isTheMeanOverTeachersOfAnySize() throws Exception {
    Teacher teacher =
        teacher(
            List.of(voice(SIZE / 2, null), voice(SIZE, null)),
            (red, x, size) -> size == SIZE ? -20 : 20,
            1,
            new AtomicInteger());

    byte[] target = teacher.target(stem, new Mask(SIZE, SIZE, new byte[SIZE * SIZE])).data();

    for (byte value : target) {
      assertThat(value).isEqualTo((byte) 32);
    }
  }

  /** Of the first image one of them is asked, of the second both, of the third none. */
  @Test
  void whoIsNotAskedIsSilent() throws Exception {
    String second = store.trainingStems().get(5);
    String third = store.trainingStems().get(6);
    Teacher teacher =
        teacher(
            List.of(voice(SIZE / 2, Set.of(second)), voice(SIZE, Set.of(stem, second))),
            (red, x, size) -> size == SIZE ? 20 : -20,
            0.5,
            new AtomicInteger());
    byte[] inside = new byte[SIZE * SIZE];
    inside[0] = 1;
    Mask mask = new Mask(SIZE, SIZE, inside);

    assertThat(teacher.target(stem, mask).data()).startsWith(64, 32);
    assertThat(teacher.target(second, mask).data()).startsWith(48, 16);
    assertThat(teacher.target(third, mask).data()).startsWith(64, 0);
  }
}
