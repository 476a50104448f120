package org.lentigo.engine.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.PhantomSet;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;
import org.lentigo.training.Curves;
import org.lentigo.training.HeldOut;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;

/** Trains for real, on synthetic images, from one end to the other. */
class TrainerTest {
  private static final TrainingConfig CONFIG =
      TrainingConfig.defaults()
          .with(
              """
              variant: T4-2
              stages:
                - {size: 32, epochs: 3, batch: 4}
                - {size: 48, epochs: 2, batch: 4}
              warmupEpochs: 1
              validationFraction: 0.2
              threads: 1
              validateEvery: 1
              checkpointMinutes: 1e-9
              """);

  @TempDir private static Path data;
  @TempDir private Path folder;

  @BeforeAll
  static void drawImages() throws IOException {
    PhantomSet.write(data, 20, 7, 96, 72, Layout.PLAIN);
  }

  private static Trainer.Source source() throws IOException {
    List<Pair> pairs = DataSets.open(data).forTraining();
    return new Trainer.Source("synthetic", pairs, DataSets.sha256(pairs));
  }

  private static Trainer.Job job(Path run, TrainingConfig config, boolean resume)
      throws IOException {
    return new Trainer.Job(
        "test", source(), null, List.of(), List.of(), null, null, config, run, resume, false, "0");
  }

  private Trainer.Job beginning(String name, TrainingConfig config, boolean resume, Model... models)
      throws IOException {
    return new Trainer.Job(
        name,
        source(),
        null,
        List.of(models),
        List.of(),
        null,
        null,
        config,
        folder.resolve(name),
        resume,
        false,
        "0");
  }

  private static Model train(Path run, boolean resume) throws IOException {
    return Trainer.train(job(run, CONFIG, resume), new PyTorchEngineProvider(), new Quiet());
  }

  private static class Quiet implements Trainer.Listener {
    @Override
    public void taught(int images, int of) {}

    @Override
    public void goesOnFrom(String version) {}

    @Override
    public void started(int training, int validation, long steps, long step) {}

    @Override
    public void stepped(Trainer.Status status) {}

    @Override
    public void epochEnded(Curves.Row row) {}

    @Override
    public void undrawn(Path run) {}
  }

  /** What a child process runs until it is killed: it stops after some steps and never ends. */
  public static final class Child {
    public static void main(String[] args) throws IOException {
      data = Path.of(args[0]);
      Trainer.Job job = job(Path.of(args[1]), CONFIG, Boolean.parseBoolean(args[2]));
      AtomicInteger left = new AtomicInteger(Integer.parseInt(args[3]));
      Trainer.Listener listener =
          new Quiet() {
            @Override
            public void stepped(Trainer.Status status) {
              while (left.decrementAndGet() <= 0) {
                LockSupport.park();
              }
            }
          };
      Trainer.train(job, new PyTorchEngineProvider(), listener);
    }
  }

  @Test
  void aRunThatIsKilledAgainAndAgainEndsWithTheSameFile() throws Exception {
    Path whole = folder.resolve("whole");
    Model model = train(whole, false);

    Path killed = folder.resolve("killed");
    Path checkpoint = killed.resolve(Trainer.CHECKPOINT);
    for (int round = 0; round < 4; round++) {
      // Four rounds of at most 4 steps: there is always something left of the 20.
      Process child = start(killed, Files.exists(checkpoint), 4);
      // SIGKILL at another moment each round, once it has written something new.
      long before = lastModified(checkpoint);
      while (child.isAlive() && lastModified(checkpoint) == before) {
        Thread.sleep(5);
      }
      Thread.sleep(37L * round);
      assertThat(child.isAlive()).isTrue();
      assertThat(child.destroyForcibly().waitFor(5, TimeUnit.MINUTES)).isTrue();
    }
    Model resumed = train(killed, true);

    assertThat(ModelFile.encode(resumed)).isEqualTo(ModelFile.encode(model));
    assertThat(killed.resolve(Trainer.MODEL)).hasSameBinaryContentAs(whole.resolve(Trainer.MODEL));
    // Seconds and speed differ; epochs, losses and JI do not.
    assertThat(timeless(killed)).isEqualTo(timeless(whole));
  }

  /** Also between two validations: what the last one found does not depend on a kill. */
  @Test
  void theModelOfAnEpochThatIsNotValidatedIsTheSameAfterAResume() throws Exception {
    TrainingConfig seldom = CONFIG.with("validateEvery: 2");
    Path whole = folder.resolve("whole");
    trainUntil(3, job(whole, seldom, false));
    Path stopped = folder.resolve("stopped");
    trainUntil(2, job(stopped, seldom, false));
    trainUntil(3, job(stopped, seldom, true));

    Model model = ModelFile.read(stopped.resolve(Trainer.MODEL));
    assertThat(model.provenance()).containsEntry("epochs", "3 of 5").containsKey("weights");
    assertThat(stopped.resolve(Trainer.MODEL)).hasSameBinaryContentAs(whole.resolve(Trainer.MODEL));
  }

  private static void trainUntil(int epoch, Trainer.Job job) {
    Trainer.Listener listener =
        new Quiet() {
          @Override
          public void epochEnded(Curves.Row row) {
            if (row.epoch() == epoch) {
              throw new UnsupportedOperationException("that is enough");
            }
          }
        };
    assertThatThrownBy(() -> Trainer.train(job, new PyTorchEngineProvider(), listener))
        .hasMessage("that is enough");
  }

  /**
   * As Ctrl-C and a session's end do. The native library must not be torn down under its threads.
   */
  @Test
  void aRunThatIsAskedToStopDoesNotCrash() throws Exception {
    for (int round = 0; round < 3; round++) {
      Path run = folder.resolve("stopped-" + round);
      Process child = start(run, false, 15);
      while (child.isAlive() && !Files.exists(run.resolve(Trainer.CHECKPOINT))) {
        Thread.sleep(5);
      }
      child.destroy();
      assertThat(child.waitFor(5, TimeUnit.MINUTES)).isTrue();
      // 128 + SIGTERM; a crash is 134.
      assertThat(child.exitValue()).isEqualTo(143);
    }
  }

  private static Process start(Path run, boolean resume, int steps) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            data.toString(),
            run.toString(),
            Boolean.toString(resume),
            Integer.toString(steps))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static long lastModified(Path file) throws IOException {
    return Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
  }

  private static List<String> timeless(Path run) throws IOException {
    return Files.readAllLines(run.resolve(Trainer.CURVES)).stream()
        .map(line -> String.join(",", List.of(line.split(",", -1)).subList(0, 7)))
        .toList();
  }

  @Test
  void leavesARunThatCanBeUnderstood() throws Exception {
    Path run = folder.resolve("run");
    List<Trainer.Status> steps = new ArrayList<>();
    List<Curves.Row> rows = new ArrayList<>();
    Model model =
        Trainer.train(
            job(run, CONFIG, false),
            new PyTorchEngineProvider(),
            new Quiet() {
              @Override
              public void stepped(Trainer.Status status) {
                steps.add(status);
              }

              @Override
              public void epochEnded(Curves.Row row) {
                rows.add(row);
              }
            });

    // 20 images, 4 held out, 4 a step, 5 epochs.
    assertThat(steps).hasSize(4 * 5);
    assertThat(rows).hasSize(5);
    assertThat(rows.get(4).size()).isEqualTo(48);
    assertThat(rows.get(4).loss()).isLessThan(rows.get(0).loss());
    assertThat(rows).allMatch(row -> row.rawJaccard() >= 0 && row.averagedJaccard() <= 1);
    assertThat(steps.get(19).left()).isZero();

    assertThat(ModelFile.read(run.resolve(Trainer.MODEL)).sha256()).isEqualTo(model.sha256());
    assertThat(model.network()).isEqualTo(Networks.get("T4-2"));
    assertThat(model.preprocessing().size()).isEqualTo(48);
    assertThat(model.provenance())
        .containsEntry("epochs", "5 of 5")
        .containsEntry("training_images", "16")
        .containsEntry("validation_images", "4")
        .containsKeys("data_sha256", "config", "validation_jaccard", "engine", "lentigo_version");
    assertThat(model.calibration()).isPresent();
    assertThat(model.calibration().orElseThrow().images()).isEqualTo(4);
    assertThat(run.resolve(Trainer.CURVES_PICTURE)).isNotEmptyFile();
    assertThat(TrainingConfig.defaults().withFile(run.resolve(Trainer.CONFIG))).isEqualTo(CONFIG);
    assertThat(Files.readAllLines(run.resolve(Trainer.SPLIT)))
        .hasSize(21)
        .filteredOn(line -> line.endsWith(",validation"))
        .hasSize(4);
  }

  @Test
  void refusesToMixRuns() throws Exception {
    Path run = folder.resolve("run");
    assertThatThrownBy(() -> train(run, true))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("resume");
    train(run, false);
    assertThatThrownBy(() -> train(run, false)).hasMessageContaining("--resume");
    TrainingConfig other = CONFIG.with("seed: 2");
    assertThatThrownBy(
            () -> Trainer.train(job(run, other, true), new PyTorchEngineProvider(), new Quiet()))
        .hasMessageContaining("another configuration");
  }

  @Test
  void beginsWithAModel() throws Exception {
    Model parent = train(folder.resolve("parent"), false);
    // A learning rate that moves nothing by more than a billionth or so.
    TrainingConfig still = CONFIG.with("{learningRate: 1e-12, minimumLearningRate: 0}");
    Trainer.Job job = beginning("child", still, false, parent);
    Model child = Trainer.train(job, new PyTorchEngineProvider(), new Quiet());

    assertThat(child.preprocessing()).isEqualTo(parent.preprocessing());
    assertThat(child.provenance())
        .containsEntry("init", "test")
        .containsEntry("init_sha256", parent.sha256());
    parent
        .uncalibrated()
        .weights()
        .tensors()
        .forEach(
            (name, values) -> {
              if (!name.contains("running")) {
                // Both heads have been calibrated at the end, and undoing that rounds.
                float[] kept = child.uncalibrated().weights().get(name);
                assertThat(kept)
                    .containsExactly(values, within(name.startsWith("head.conv.") ? 1e-5f : 1e-7f));
              }
            });

    Trainer.Job other = beginning("other", CONFIG.with("variant: T3-1"), false, parent);
    assertThatThrownBy(() -> Trainer.train(other, new PyTorchEngineProvider(), new Quiet()))
        .hasMessageContaining("T4-2")
        .hasMessageContaining("T3-1");
  }

  @Test
  void aFoldTeachesWhatItHeldOut() throws Exception {
    TrainingConfig config =
        CONFIG.with("{stages: [{size: 32, epochs: 1, batch: 4}], loss: {teacher: 0.5}}");
    List<Pair> pairs = source().pairs();
    Set<String> held = Set.copyOf(Trainer.split(pairs, config, null).validation());
    List<Pair> some = pairs.stream().filter(pair -> !held.contains(pair.stem())).limit(5).toList();
    Path others = folder.resolve("others");
    PhantomSet.write(others, 3, 99, 96, 72, Layout.PLAIN);

    Model alone = taughtBy(List.of(), config, "alone");
    Model taught = taughtBy(List.of(fold(some)), config, "taught");

    String tensor = "head.conv.weight";
    assertThat(taught.weights().get(tensor)).isNotEqualTo(alone.weights().get(tensor));
    List<Model> silent = List.of(fold(DataSets.open(others).all()));
    assertThatThrownBy(() -> taughtBy(silent, config, "silent"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("fold 1 of 5")
        .hasMessageContaining("held none out");
  }

  private Model taughtBy(List<Model> teachers, TrainingConfig config, String run)
      throws IOException {
    return Trainer.train(
        new Trainer.Job(
            "test",
            source(),
            null,
            List.of(),
            teachers,
            null,
            null,
            config,
            folder.resolve(run),
            false,
            false,
            "0"),
        new PyTorchEngineProvider(),
        new Quiet());
  }

  private static Model fold(List<Pair> held) {
    Network network = Networks.get("lite");
    return new Model(
        "fold",
        network,
        Weights.random(network.graph(), 1),
        new Preprocessing(32, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f)),
        0.5f,
        new TreeMap<>(
            Map.of(Trainer.FOLD, "1 of 5", HeldOut.PROVENANCE, HeldOut.of(held).toString())));
  }

  @Test
  void aResumedRunKnowsWhatItBeganWith() throws Exception {
    Model parent = train(folder.resolve("parent"), false);
    Path run = folder.resolve("child");
    Trainer.Job begun = beginning("child", CONFIG, false, parent);
    Model child = Trainer.train(begun, new PyTorchEngineProvider(), new Quiet());
    Trainer.Job resumed = beginning("child", CONFIG, true);
    assertThat(Trainer.train(resumed, new PyTorchEngineProvider(), new Quiet()).sha256())
        .isEqualTo(child.sha256());
    assertThat(child.provenance()).containsEntry("init_sha256", parent.sha256());
    Trainer.Job mistaken = beginning("child", CONFIG, true, child);
    assertThatThrownBy(() -> Trainer.train(mistaken, new PyTorchEngineProvider(), new Quiet()))
        .hasMessageContaining("not begun with child");
  }

  @Test
  void withoutEpochsTheModelIsTheMeanOfThoseItBeganWith() throws Exception {
    Model first = train(folder.resolve("first"), false);
    Model second =
        Trainer.train(
            beginning("second", CONFIG, false, first), new PyTorchEngineProvider(), new Quiet());
    TrainingConfig none = CONFIG.with("stages: [{size: 48, epochs: 0, batch: 4}]");
    Trainer.Job job = beginning("mean", none, false, first, second, second);
    Model mean = Trainer.train(job, new PyTorchEngineProvider(), new Quiet());

    // Batch statistics are averaged, too; the heads before each was calibrated, as this one is.
    Map<String, float[]> a = first.uncalibrated().weights().tensors();
    Weights b = second.uncalibrated().weights();
    Weights between = mean.uncalibrated().weights();
    assertThat(first.calibration().orElseThrow().offset()).isNotZero();
    a.forEach(
        (name, values) -> {
          float[] expected = new float[values.length];
          for (int i = 0; i < values.length; i++) {
            expected[i] = (float) ((values[i] + 2.0 * b.get(name)[i]) / 3);
          }
          if (name.endsWith(".weight")) {
            assertThat(values).isNotEqualTo(b.get(name));
          }
          assertThat(between.get(name))
              .containsExactly(expected, within(name.startsWith("head.conv.") ? 1e-5f : 0));
        });
    assertThat(mean.uncalibrated().threshold()).isCloseTo(0.5f, within(1e-6f));
    assertThat(mean.preprocessing()).isEqualTo(first.preprocessing());
    assertThat(mean.calibration()).isPresent();
    assertThat(mean.provenance())
        .containsEntry("epochs", "0 of 0")
        .containsEntry("images_seen", "0")
        .containsEntry("weights", "as begun with")
        .containsKey("validation_jaccard")
        .containsEntry("init", "test, second, second")
        .containsEntry(
            "init_sha256", first.sha256() + ", " + second.sha256() + ", " + second.sha256());
    assertThat(mean.provenance().get(Model.LINEAGE))
        .contains("begun with test, SHA-256 " + first.sha256().substring(0, 12))
        .contains("begun with second, SHA-256 " + second.sha256().substring(0, 12));
    assertThat(ModelFile.read(job.run().resolve(Trainer.MODEL)).sha256()).isEqualTo(mean.sha256());

    Files.delete(job.run().resolve(Trainer.MODEL)); // As if killed before it was written.
    Trainer.Job resumed = beginning("mean", none, true);
    assertThat(Trainer.train(resumed, new PyTorchEngineProvider(), new Quiet()).sha256())
        .isEqualTo(mean.sha256());

    Trainer.Job random = beginning("random", none, false);
    assertThatThrownBy(() -> Trainer.train(random, new PyTorchEngineProvider(), new Quiet()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("--init");
    Trainer.Job more =
        new Trainer.Job(
            "more",
            source(),
            source(),
            List.of(first),
            List.of(),
            null,
            null,
            none,
            folder.resolve("more"),
            false,
            false,
            "0");
    assertThatThrownBy(() -> Trainer.train(more, new PyTorchEngineProvider(), new Quiet()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("leave --teacher and --extra out");
  }

  @Test
  void trainsOnAllOfAnExtraSetAndHoldsOutOfTheFirstOnly() throws Exception {
    Set<String> held = Set.copyOf(Trainer.split(source().pairs(), CONFIG, null).validation());
    List<Pair> more =
        DataSets.open(data).forTraining().stream()
            .filter(pair -> !held.contains(pair.stem()))
            .limit(8)
            .map(pair -> new Pair("extra-" + pair.stem(), pair.image(), pair.mask()))
            .toList();
    Path run = folder.resolve("run");
    Trainer.Job job =
        new Trainer.Job(
            "test",
            source(),
            new Trainer.Source("more", more, "feed"),
            List.of(),
            List.of(),
            null,
            null,
            CONFIG,
            run,
            false,
            false,
            "0");
    Model model = Trainer.train(job, new PyTorchEngineProvider(), new Quiet());
    assertThat(model.provenance())
        .containsEntry("training_images", "24")
        .containsEntry("validation_images", "4")
        .containsEntry("data_sha256", source().sha256())
        .containsEntry("extra_data", "more")
        .containsEntry("extra_data_sha256", "feed");
    assertThat(Files.readAllLines(run.resolve(Trainer.SPLIT)))
        .filteredOn(line -> line.endsWith(",validation"))
        .extracting(line -> line.substring(0, line.indexOf(',')))
        .containsExactlyInAnyOrderElementsOf(held);
    assertThatThrownBy(() -> train(run, true)).hasMessageContaining("data set has changed");
  }

  @Test
  void learnsFromATeacher() throws Exception {
    Model good = train(folder.resolve("good"), false);
    Map<String, float[]> tensors = new HashMap<>(good.weights().tensors());
    for (String name : List.of("head.conv.weight", "head.conv.bias")) {
      float[] negated = good.weights().get(name).clone();
      for (int i = 0; i < negated.length; i++) {
        negated[i] = -negated[i];
      }
      tensors.put(name, negated);
    }
    Model contrary =
        new Model(
            "contrary",
            good.network(),
            new Weights(tensors),
            good.preprocessing(),
            good.threshold(),
            good.provenance());
    Path run = folder.resolve("pupil");
    TrainingConfig heeds = CONFIG.with("loss: {teacher: 1}");
    TrainingConfig ignores = CONFIG.with("loss: {teacher: 0}");
    List<Integer> shown = new ArrayList<>();
    Model pupil = train(taught(contrary, heeds, run, false), shown::add);
    Model unimpressed =
        Trainer.train(
            taught(contrary, ignores, folder.resolve("deaf"), false),
            new PyTorchEngineProvider(),
            new Quiet());

    assertThat(shown).containsExactly(8, 16);
    Path killed = folder.resolve("killed");
    assertThatThrownBy(
            () ->
                train(
                    taught(contrary, heeds, killed, false),
                    images -> {
                      throw new IllegalStateException("killed");
                    }))
        .hasMessage("killed");
    assertThat(killed.resolve(Trainer.TEACHER)).exists();
    Model resumed = train(taught(contrary, heeds, killed, true), images -> shown.add(-images));
    // Those of the first eight were there.
    assertThat(shown).containsExactly(8, 16, -8, -16);
    assertThat(resumed.weights()).usingRecursiveComparison().isEqualTo(pupil.weights());
    assertThat(killed.resolve(Trainer.TEACHER)).doesNotExist();
    assertThat(pupil.provenance())
        .containsEntry("teacher", "contrary")
        .containsEntry("teacher_sha256", contrary.sha256());
    assertThat(pupil.weights()).usingRecursiveComparison().isNotEqualTo(good.weights());
    // Whom nobody heeds changes nothing, bit for bit.
    assertThat(unimpressed.weights()).usingRecursiveComparison().isEqualTo(good.weights());

    assertThatThrownBy(
            () -> Trainer.train(job(run, heeds, true), new PyTorchEngineProvider(), new Quiet()))
        .hasMessageContaining("--teacher")
        .hasMessageContaining(contrary.sha256());
    assertThatThrownBy(
            () ->
                Trainer.train(
                    taught(good, CONFIG, folder.resolve("good"), true),
                    new PyTorchEngineProvider(),
                    new Quiet()))
        .hasMessageContaining("no teacher");
  }

  /** Tells how many of the 16 images the teacher has been shown. */
  private static Model train(Trainer.Job job, IntConsumer shown) throws IOException {
    return Trainer.train(
        job,
        new PyTorchEngineProvider(),
        new Quiet() {
          @Override
          public void taught(int images, int of) {
            assertThat(of).isEqualTo(16);
            shown.accept(images);
          }
        });
  }

  private static Trainer.Job taught(Model teacher, TrainingConfig config, Path run, boolean resume)
      throws IOException {
    return new Trainer.Job(
        "test",
        source(),
        null,
        List.of(),
        List.of(teacher),
        null,
        null,
        config,
        run,
        resume,
        false,
        "0");
  }

  @Test
  void refusesTheTestSetOfIsic2016() throws Exception {
    List<Pair> pairs =
        DataSets.open(data).forTraining().stream()
            .map(pair -> new Pair("ISIC_0000003", pair.image(), pair.mask()))
            .limit(1)
            .toList();
    Trainer.Job job =
        new Trainer.Job(
            "test", new Trainer.Source("synthetic", pairs, ""), CONFIG, folder.resolve("run"), "0");
    assertThatThrownBy(() -> Trainer.train(job, new PyTorchEngineProvider(), new Quiet()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ISIC_0000003")
        .hasMessageContaining("--allow-test-images");
    assertThat(folder.resolve("run")).doesNotExist();
  }
}
