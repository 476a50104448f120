package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.PhantomSet;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.runtime.internal.LentigoVersion;
import org.lentigo.training.HeldOut;

/** What the command makes of its options; the arithmetic is left to the engine's own tests. */
class TrainCommandTest {
  @TempDir private Path folder;
  private Path data;
  private Path config;

  @BeforeEach
  void drawImages() throws IOException {
    data = folder.resolve("ph2");
    PhantomSet.write(data, 11, 3, 64, 48, Layout.PH2);
    config =
        Files.writeString(
            folder.resolve("config.yaml"), "stages: [{size: 32, epochs: 1, batch: 4}]\n");
  }

  @Test
  void crossValidationScoresEveryImageOnce() throws Exception {
    Path run = folder.resolve("run");
    Path init = Cli.writeModel(folder.resolve("init.safetensors"));
    Cli.Result result =
        Cli.run(
            "train",
            "--init",
            init,
            "--folds",
            3,
            "--data",
            data,
            "--out",
            run,
            "--config",
            config);

    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("11 images, each scored by that of 3 models");
    assertThat(images(run)).hasSize(11).doesNotHaveDuplicates();
    assertThat(Files.readString(run.resolve("metrics.json"))).contains("run-fold-3");
    BufferedImage cases = ImageIO.read(run.resolve("cases.png").toFile());
    // Ten worst in two rows, the eleventh in a row of its own.
    assertThat(cases.getHeight()).isGreaterThan(3 * 300);
    Model second = ModelFile.read(run.resolve("fold-2/model.safetensors"));
    assertThat(second.provenance())
        .containsEntry("fold", "2 of 3")
        .containsEntry("init", "untrained");

    // The fold's model knows what it has not seen.
    Path report = folder.resolve("report");
    Cli.Result scored =
        Cli.run(
            "evaluate",
            "--split",
            "validation",
            "--data",
            data,
            "--model",
            run.resolve("fold-2/model.safetensors"),
            "--out",
            report);
    assertThat(scored.code()).as(scored.err()).isZero();
    List<String> held;
    try (Stream<String> lines = Files.lines(run.resolve("fold-2/split.csv"))) {
      held =
          lines
              .filter(line -> line.endsWith(",validation"))
              .map(line -> line.substring(0, line.indexOf(',')))
              .toList();
    }
    assertThat(images(report)).containsExactlyInAnyOrderElementsOf(held);
  }

  @Test
  void aStoppedCrossValidationGoesOn() throws Exception {
    Path run = folder.resolve("run");
    Object[] words = {
      "train", "--folds", 2, "--data", data, "--out", run, "--config", config, "--resume"
    };
    Cli.run(Stream.of(words).limit(words.length - 1).toArray());
    String before = Files.readString(run.resolve("images.csv"));
    Files.delete(run.resolve("images.csv"));
    for (String file : Cli.tree(run.resolve("fold-2"))) {
      Files.delete(run.resolve("fold-2").resolve(file));
    }

    Cli.Result again = Cli.run(words);
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(run.resolve("images.csv")).hasContent(before);
  }

  @Test
  void aRunBegunWithModelsGoesOnWithoutNamingThem() throws Exception {
    Path run = folder.resolve("run");
    Path init = Cli.writeModel(folder.resolve("init.safetensors"));
    Object[] words = {
      "train", "--data", data, "--out", run, "--config", config, "--init", init, "--resume"
    };
    assertThat(Cli.run(Stream.of(words).filter(word -> !word.equals("--resume")).toArray()).code())
        .isZero();

    Cli.Result again =
        Cli.run(Stream.of(words).filter(word -> word != init && !word.equals("--init")).toArray());
    assertThat(again.code()).as(again.err()).isZero();
    Files.writeString(config, "learningRate: 0.5\n");
    Cli.Result other = Cli.run(words);
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.errors()).last().asString().contains("started with another configuration");
  }

  /** Another fold's model would be scored on images that it has learnt from. */
  @Test
  void aRunGoesOnWithTheFoldAndTheLicenceItBeganWith() throws Exception {
    Path run = folder.resolve("run");
    Object[] words = {
      "train", "--folds", 3, "--data", data, "--out", run, "--config", config, "--licence", "Terms"
    };
    assertThat(Cli.run(words).code()).isZero();
    String before = Files.readString(run.resolve("images.csv"));
    Object[] again = Stream.concat(Stream.of(words), Stream.of("--resume")).toArray();
    assertThat(Cli.run(again).code()).isZero();

    again[2] = 4;
    Cli.Result result = Cli.run(again);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .last()
        .asString()
        .contains("begun as fold 1 of 3", "go on as fold 1 of 4", "--folds");
    assertThat(run.resolve("images.csv")).hasContent(before);
    result = Cli.run("train", "--data", data, "--out", run.resolve("fold-1"), "--resume");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("go on without --folds").hasLineCount(1);

    again[2] = 3;
    again[10] = "Other terms";
    result = Cli.run(again);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .last()
        .asString()
        .contains("without the licence 'Other terms'", "--licence");
  }

  /** A model that has learnt from the images that it is scored on says nothing. */
  @Test
  void whatHasLearntFromHeldOutImagesIsRefusedAsBeginningAndAsTeacher() throws Exception {
    Path parent = folder.resolve("parent");
    Cli.run("train", "--data", data, "--out", parent, "--config", config);
    Path model = parent.resolve("model.safetensors");
    Path others = folder.resolve("others");
    PhantomSet.write(others, 6, 200, 64, 48, Layout.PH2);
    for (String option : List.of("--init", "--teacher")) {
      Path run = folder.resolve("run" + option);
      Object[] words = {
        "train", option, model, "--data", data, "--out", run, "--config", config, "--folds", 2
      };
      Cli.Result result = Cli.run(words);
      assertThat(result.code()).as(result.err()).isEqualTo(1);
      assertThat(result.errors())
          .last()
          .asString()
          .contains("parent has learnt from PH2", "images that are held out here", "--folds");
      assertThat(run).doesNotExist();

      // What it has not seen, and what it held out itself.
      words[4] = others;
      result = Cli.run(words);
      assertThat(result.code()).as(result.err()).isZero();
      words[4] = data;
      words[6] = folder.resolve("alike" + option);
      result = Cli.run(Stream.of(words).limit(9).toArray());
      assertThat(result.code()).as(result.err()).isZero();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aMachineWithoutFontsTrainsAndGoesOn() throws Exception {
    Files.writeString(config, "stages: [{size: 32, epochs: 2, batch: 4}]\n");
    Path run = folder.resolve("run");
    Path none = Files.writeString(folder.resolve("fonts.conf"), "<fontconfig></fontconfig>");
    // Java remembers fonts it has found in the user's folder.
    ProcessBuilder builder =
        Cli.process(
                List.of("-Duser.home=" + folder),
                "train",
                "--data",
                data,
                "--out",
                run,
                "--config",
                config)
            .redirectErrorStream(true);
    builder.environment().put("FONTCONFIG_FILE", none.toString());
    Process process = builder.start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(told).isEqualTo(1);
    assertThat(told).containsOnlyOnce(run + ": no pictures").contains("epoch 2 done", "Model: ");
    assertThat(Cli.tree(run))
        .containsExactly(
            "checkpoint.bin", "config.yaml", "curves.csv", "model.safetensors", "split.csv");
  }

  @Test
  void aCheckpointOfAnotherVersionGoesOnOrIsRefusedWithTheWayOut() throws Exception {
    Path run = folder.resolve("run");
    Files.writeString(config, "stages: [{size: 32, epochs: 2, batch: 4}]\n");
    Object[] words = {"train", "--data", data, "--out", run, "--config", config, "--resume"};
    Cli.run(Stream.of(words).limit(words.length - 1).toArray());
    Path checkpoint = run.resolve("checkpoint.bin");
    // Format, then the length of the version and the version.
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(checkpoint));
    String version = LentigoVersion.get();
    assertThat(bytes.getInt(8)).isEqualTo(version.length());
    bytes.put(12, "9".repeat(version.length()).getBytes(StandardCharsets.US_ASCII));
    CRC32 checksum = new CRC32();
    checksum.update(bytes.array(), 0, bytes.capacity() - 8);
    bytes.putLong(bytes.capacity() - 8, checksum.getValue());
    Files.write(checkpoint, bytes.array());

    Cli.Result result = Cli.run(words);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("checkpoint is of Lentigo 99");

    Path other = Files.writeString(folder.resolve("other.yaml"), "seed: 7\n");
    words[6] = other;
    result = Cli.run(words);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .last()
        .asString()
        .contains("another configuration", "Lentigo 99", "this Lentigo " + version);

    bytes.putInt(4, 3);
    Files.write(checkpoint, bytes.array());
    words[6] = config;
    result = Cli.run(words);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .singleElement()
        .asString()
        .contains("format 3", "this is Lentigo " + version, "--init " + run);
  }

  @Test
  void anyNetworkIsTrainedByItsName() throws Exception {
    Path run = folder.resolve("run");
    Files.writeString(config, "stages: [{size: 64, epochs: 1, batch: 4}]\n");
    Cli.Result result =
        Cli.run("train", "--variant", "unext", "--data", data, "--out", run, "--config", config);
    assertThat(result.code()).as(result.err()).isZero();
    Model model = ModelFile.read(run.resolve("model.safetensors"));
    assertThat(model.network().name()).isEqualTo("unext");

    // What has no sizes of its own is told which it can take.
    result =
        Cli.run("train", "--variant", "unext", "--data", data, "--out", folder.resolve("other"));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("got 112", "multiple of 32 for unext").hasLineCount(1);
  }

  @Test
  void publishedWeightsAreOfTheRightNetworkAndFile() throws Exception {
    Files.writeString(config, "stages: [{size: 64, epochs: 1, batch: 4}]\n");
    Path other = Cli.writeModel(folder.resolve("other.safetensors"));
    Object[] words = {
      "train",
      "--data",
      data,
      "--out",
      folder.resolve("run"),
      "--config",
      config,
      "--pretrained",
      other
    };
    Cli.Result result = Cli.run(words);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("variant T4-5", "mobilenetv2-unet").hasLineCount(1);

    Files.writeString(
        config, "variant: mobilenetv2-unet\nstages: [{size: 64, epochs: 1, batch: 4}]\n");
    result = Cli.run(words);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("other.safetensors", "MobilenetV2/Conv/", "wanted 1")
        .hasLineCount(1);

    result = Cli.run(Stream.concat(Stream.of(words), Stream.of("--init", other)).toArray());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("exclude each other");
  }

  @Test
  void aRunThatBeginsWithPublishedWeightsSaysWhoseTheyAre() throws Exception {
    Path weights = weights();
    Path run = folder.resolve("run");
    Files.writeString(config, "stages: [{size: 64, epochs: 1, batch: 4}]\n");
    Cli.Result result =
        Cli.run(
            "train",
            "--variant",
            "mobilenetv2-unet",
            "--pretrained",
            weights,
            "--data",
            data,
            "--out",
            run,
            "--config",
            config);
    assertThat(result.code()).as(result.err()).isZero();
    Model model = ModelFile.read(run.resolve("model.safetensors"));
    assertThat(model.provenance())
        .containsEntry("init", "mobilenet_v2_1.0_224")
        .doesNotContainKey("licence");
    assertThat(model.provenance().get("lineage"))
        .contains("ImageNet", "Apache-2.0", sha256(weights));
    assertThat(model.preprocessing().mean()).containsOnly(128f / 255);
  }

  private static String sha256(Path file) throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    return HexFormat.of().formatHex(digest);
  }

  private static Path weights() {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      Path file = p.resolve("shared/weights/mobilenet_v2_1.0_224.safetensors");
      if (Files.isRegularFile(file)) {
        return file;
      }
    }
    assumeTrue(false, "no shared/weights beside the repository: skipped");
    throw new AssertionError();
  }

  @Test
  void extraImagesAreAllTrainedOn() throws Exception {
    Path more = folder.resolve("more");
    PhantomSet.write(more, 5, 77, 64, 48, Layout.PLAIN);
    Path run = folder.resolve("run");
    Cli.Result result =
        Cli.run("train", "--data", data, "--extra", more, "--out", run, "--config", config);
    assertThat(result.code()).as(result.err()).isZero();
    // A tenth of 11 is one.
    assertThat(result.err()).contains("training on 15 images, validating on 1");
  }

  /** What a run holds out, or a model that it begins with, does not come back as an extra image. */
  @Test
  void extraImagesThatAreHeldOutAreRefused() throws Exception {
    Path run = folder.resolve("run");
    // With that option a run looks at fewer photos, but at those.
    Cli.run("train", "--data", data, "--out", run, "--config", config, "--allow-test-images");
    Path model = run.resolve("model.safetensors");
    assertThat(ModelFile.read(model).provenance()).containsKey(HeldOut.PROVENANCE);
    String held =
        Files.readAllLines(run.resolve("split.csv")).stream()
            .filter(line -> line.endsWith(",validation"))
            .map(line -> line.substring(0, line.indexOf(',')))
            .findFirst()
            .orElseThrow();
    Path more = folder.resolve("more");
    PhantomSet.write(more, 5, 77, 64, 48, Layout.PLAIN);
    Pair pair =
        DataSets.open(data).all().stream()
            .filter(p -> p.stem().equals(held))
            .findFirst()
            .orElseThrow();
    Files.copy(pair.image(), more.resolve("images/renamed.bmp"));
    Files.copy(pair.mask(), more.resolve("masks/renamed.bmp"));

    Cli.Result result =
        Cli.run(
            "train",
            "--data",
            data,
            "--extra",
            more,
            "--out",
            folder.resolve("2"),
            "--config",
            config);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .last()
        .asString()
        .contains("1 of the extra images", "held out from PH2", "renamed.bmp", "--extra");
    assertThat(folder.resolve("2/checkpoint.bin")).doesNotExist();

    Path others = folder.resolve("others");
    PhantomSet.write(others, 6, 200, 64, 48, Layout.PH2);
    for (String option : List.of("--init", "--teacher")) {
      result =
          Cli.run(
              "train",
              "--data",
              others,
              "--extra",
              more,
              option,
              model,
              "--out",
              folder.resolve("3"),
              "--config",
              config);
      assertThat(result.code()).as(result.err()).isEqualTo(1);
      assertThat(result.errors())
          .last()
          .asString()
          .contains("held out from the training of run", "renamed.bmp");
    }
    Files.delete(more.resolve("images/renamed.bmp"));
    Files.delete(more.resolve("masks/renamed.bmp"));
    result =
        Cli.run(
            "train",
            "--data",
            others,
            "--extra",
            more,
            "--init",
            model,
            "--out",
            folder.resolve("3"),
            "--config",
            config);
    assertThat(result.code()).as(result.err()).isZero();
  }

  @Test
  void wrongUsageIsToldAtOnce() {
    Path run = folder.resolve("run");
    Cli.Result result = Cli.run("train", "--folds", 1, "--data", data, "--out", run);
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--folds").contains("at least 2, got 1");

    Path missing = folder.resolve("missing.safetensors");
    result = Cli.run("train", "--init", missing, "--data", data, "--out", run);
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.errors()).singleElement().asString().contains("missing.safetensors");
    assertThat(run).doesNotExist();

    result = Cli.run("train", "--data", folder.resolve("nowhere"), "--out", run);
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.errors()).singleElement().asString().contains("nowhere is not a folder");

    result = Cli.run("train", "--data", data, "--out", config);
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.errors()).singleElement().asString().contains("is a file; name a folder");
  }

  private static List<String> images(Path report) throws IOException {
    try (Stream<String> lines = Files.lines(report.resolve("images.csv"))) {
      return lines.skip(1).map(line -> line.substring(0, line.indexOf(','))).toList();
    }
  }
}
