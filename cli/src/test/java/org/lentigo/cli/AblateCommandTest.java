package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.synthetic.PhantomSet;

/** The rows and what is kept of them; the arithmetic is left to the engine's own tests. */
class AblateCommandTest {
  @TempDir private Path folder;
  private Path data;
  private Path config;

  @BeforeEach
  void drawImages() throws IOException {
    data = folder.resolve("data");
    PhantomSet.write(data, 15, 3, 64, 48, Layout.ISIC_2016);
    config =
        Files.writeString(
            folder.resolve("config.yaml"),
            "stages: [{size: 32, epochs: 2, batch: 2}]\ncheckpointMinutes: 1e-9\n");
  }

  private Object[] words(Path run, Object... further) {
    List<Object> words =
        new ArrayList<>(
            List.of("ablate", "--data", data, "--out", run, "--config", config, "--tables", "4"));
    words.addAll(List.of(further));
    return words.toArray();
  }

  private static List<String> tables(Path run) throws IOException {
    return List.of(
        Files.readString(run.resolve("table-4.md")),
        Files.readString(run.resolve("table-4.tex")),
        // But the minutes, which no two runs share.
        Files.readString(run.resolve("table-4.csv")).replaceAll(",[0-9.]+(?=,8\\d\\.\\d\\d,)", ""));
  }

  @Test
  void aRunKilledWithinARowGoesOnToTheSameTables() throws Exception {
    Path whole = folder.resolve("whole");
    Cli.Result result = Cli.run(words(whole, "--rows", "T4-1,T4-2", "--no-speed"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("T4-1 (DC), seed 1: 1 of 2", "T4-2 (DSCM), seed 1: 2 of 2");
    assertThat(result.out()).contains(Files.readString(whole.resolve("table-4.md")));
    assertThat(whole.resolve("jaccard-gflops.png")).isNotEmptyFile();
    assertThat(whole.resolve("jaccard-ms.png")).doesNotExist();

    // 11 images for training make 5 batches, 10 steps a row: within the second row's second epoch.
    Path killed = folder.resolve("killed");
    assertThat(killedAtStep(17, words(killed, "--rows", "T4-1,T4-2", "--no-speed", "--resume")))
        .isEqualTo(137);
    assertThat(killed.resolve("T4-1/seed-1/images.csv")).isNotEmptyFile();
    assertThat(killed.resolve("T4-2/seed-1/checkpoint.bin")).isNotEmptyFile();
    assertThat(killed.resolve("T4-2/seed-1/images.csv")).doesNotExist();
    byte[] first = Files.readAllBytes(killed.resolve("T4-1/seed-1/metrics.json"));

    // The settings are RUN's own.
    result =
        Cli.run(
            "ablate",
            "--data",
            data,
            "--out",
            killed,
            "--tables",
            "4",
            "--rows",
            "T4-1,T4-2",
            "--no-speed",
            "--resume");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("1 of 1 to do", "goes on at step 6").doesNotContain("T4-1 (");
    assertThat(killed.resolve("T4-1/seed-1/metrics.json")).hasBinaryContent(first);
    assertThat(tables(killed)).isEqualTo(tables(whole));
    for (String model : List.of("T4-1", "T4-2")) {
      assertThat(killed.resolve(model + "/seed-1/model.safetensors"))
          .hasSameBinaryContentAs(whole.resolve(model + "/seed-1/model.safetensors"));
    }

    // Scores without the models that made them are enough for the tables.
    List<String> before = tables(killed);
    for (String model : List.of("T4-1", "T4-2")) {
      Files.delete(killed.resolve(model + "/seed-1/model.safetensors"));
      Files.delete(killed.resolve(model + "/seed-1/checkpoint.bin"));
    }
    Files.delete(killed.resolve("table-4.md"));
    result = Cli.run(words(killed, "--rows", "T4-1,T4-2", "--no-speed", "--resume"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(tables(killed)).isEqualTo(before);
  }

  /** Found out before RUN is begun, which then could not go on with other settings. */
  @Test
  void settingsThatNoRowCanBeTrainedByAreRefused() throws Exception {
    Path run = folder.resolve("run");
    for (String wrong :
        List.of("stages: [{size: 32, epochs: 0, batch: 2}]", "seed: 0", "seed: -1")) {
      Files.writeString(config, wrong + "\n");
      Cli.Result result = Cli.run(words(run, "--rows", "T4-1", "--no-speed"));
      assertThat(result.code()).as(wrong).isEqualTo(2);
      assertThat(result.errors()).singleElement().asString().startsWith("lentigo: --config: ");
      assertThat(run).doesNotExist();
    }
  }

  private static int killedAtStep(int step, Object... words) throws Exception {
    Process process =
        Cli.process(List.of("-D" + BlindEngine.HALT + "=" + step), words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void laterRunsAddSeedsNetworksAndSpeed() throws Exception {
    Path run = folder.resolve("run");
    Cli.Result result = Cli.run(words(run, "--rows", "T4-2", "--no-speed"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(run.resolve("comparison.md")).doesNotExist();

    result =
        Cli.run(
            words(
                run,
                "--rows",
                "T4-2",
                "--seeds",
                2,
                "--networks",
                "malunet",
                "--untrained",
                "lite",
                "--rounds",
                1,
                "--resume"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(Files.readString(run.resolve("T4-2/seed-2/config.yaml")))
        .contains("seed: 2\nsplitSeed: 1\n", "size: 32");
    assertThat(Files.readString(run.resolve("malunet/seed-1/config.yaml"))).contains("size: 64");
    assertThat(run.resolve("T4-2/seed-2/split.csv"))
        .hasSameTextualContentAs(run.resolve("T4-2/seed-1/split.csv"));
    assertThat(Files.mismatch(model(run, 1), model(run, 2))).isNotNegative();
    assertThat(Files.readString(run.resolve("comparison.csv")))
        .containsPattern("(?m)^malunet,.*,64,\\d")
        .containsPattern("(?m)^lite,");
    assertThat(Files.readString(run.resolve("speed.csv")))
        .contains("T4-2,onnx-runtime,1,224,", "malunet,onnx-runtime,1", "lite,onnx-runtime,1,");
    assertThat(run.resolve("jaccard-ms.png")).isNotEmptyFile();

    // Nothing is left to do, and nothing is done.
    String speed = Files.readString(run.resolve("speed.csv"));
    result = Cli.run(words(run, "--rows", "T4-2", "--resume"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(run.resolve("speed.csv")).hasContent(speed);
  }

  private static Path model(Path run, int seed) {
    return run.resolve("T4-2/seed-" + seed + "/model.safetensors");
  }

  /** A row is done when it has a score of every test image, and not before. */
  @Test
  void aTestImageThatCannotBeReadLeavesItsRowToBeDone() throws Exception {
    Path run = folder.resolve("run");
    Path photo = DataSets.open(data).test().get(0).image();
    // The data set's check looks at no more than its head.
    Files.write(photo, Arrays.copyOf(Files.readAllBytes(photo), 200));
    Cli.Result result = Cli.run(words(run, "--rows", "T4-1,T4-2", "--no-speed"));
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err())
        .contains(photo.getFileName().toString(), "T4-1: 1 of 3 test images", "T4-2: 1 of 3");
    assertThat(run.resolve("T4-1/seed-1/images.csv")).doesNotExist();
  }

  @Test
  void whatDoesNotFitARunIsRefused() throws Exception {
    Path run = folder.resolve("run");
    assertThat(Cli.run(words(run, "--rows", "T4-2", "--no-speed")).code()).isZero();

    Cli.Result result = Cli.run(words(run, "--rows", "T4-2", "--no-speed"));
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.errors()).singleElement().asString().contains("holds a run", "--resume");

    Files.writeString(config, "learningRate: 1e-3\n");
    result = Cli.run(words(run, "--rows", "T4-2", "--no-speed", "--resume"));
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.errors()).singleElement().asString().contains("other settings", "--config");

    Path other = folder.resolve("other");
    PhantomSet.write(other, 15, 4, 64, 48, Layout.ISIC_2016);
    result =
        Cli.run(
            "ablate",
            "--data",
            other,
            "--out",
            run,
            "--rows",
            "T4-2,T4-3",
            "--no-speed",
            "--resume");
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.errors()).singleElement().asString().contains("data.csv", "other data");
    assertThat(run.resolve("T4-3")).doesNotExist();

    // Without a test part the training images would be scored.
    Path plain = folder.resolve("plain");
    PhantomSet.write(plain, 15, 3, 64, 48, Layout.PLAIN);
    result = Cli.run("ablate", "--data", plain, "--out", folder.resolve("2"), "--no-speed");
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.errors()).singleElement().asString().contains("no official test part");
  }

  @Test
  void wrongUsageIsToldAtOnce() {
    Path run = folder.resolve("run");
    for (List<?> wrong :
        List.of(
            List.of("--tables", "5", "3, 4 or both"),
            List.of("--rows", "T3-1", "T4-1, T4-2"),
            List.of("--networks", "vnet", "malunet"),
            List.of("--untrained", "vnet", "malunet"),
            List.of("--seeds", 0, "at least 1"),
            List.of("--rounds", 0, "at least 1"),
            List.of("--out", config, "is a file"))) {
      Object[] words = {"ablate", "--data", data, "--tables", "4", "--out", run};
      if (wrong.get(0).equals("--tables") || wrong.get(0).equals("--out")) {
        words = new Object[] {"ablate", "--data", data};
        if (wrong.get(0).equals("--tables")) {
          words = new Object[] {"ablate", "--data", data, "--out", run};
        }
      }
      Cli.Result result =
          Cli.run(Stream.concat(Stream.of(words), Stream.of(wrong.get(0), wrong.get(1))).toArray());
      assertThat(result.code()).as("%s", wrong).isEqualTo(ExitCode.USAGE);
      assertThat(result.errors())
          .singleElement()
          .asString()
          .contains(String.valueOf(wrong.get(1)), String.valueOf(wrong.get(2)));
    }
    assertThat(run).doesNotExist();
  }
}
