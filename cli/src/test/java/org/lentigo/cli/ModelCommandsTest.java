package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.network.ModelFile;

/** {@code lentigo export} and {@code lentigo info}. */
class ModelCommandsTest {
  @TempDir private Path temp;
  private Path model;

  @BeforeEach
  void writeModel() {
    model = Cli.writeModel(temp.resolve("model.safetensors"));
  }

  @Test
  void exportWritesAnOnnxFileOfTheSizeAskedFor() throws Exception {
    Path onnx = temp.resolve("model.onnx");

    Cli.Result result = Cli.run("export", "--model", model, "--input-size", 64, "--out", onnx);

    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(Files.readAllBytes(onnx))) {
      TensorInfo input =
          (TensorInfo) Objects.requireNonNull(session.getInputInfo().get("image")).getInfo();
      assertThat(input.getShape()).containsExactly(1, 3, 64, 64);
      assertThat(session.getMetadata().getCustomMetadata())
          .containsEntry("lentigo.input_size", "64");
    }
  }

  @Test
  void exportKeepsAFileThatExistsUnlessToldTo() throws Exception {
    Path onnx = Files.writeString(temp.resolve("model.onnx"), "mine");

    Cli.Result kept = Cli.run("export", "--model", model, "--out", onnx);
    assertThat(kept.code()).isEqualTo(1);
    assertThat(kept.errors()).singleElement().asString().contains("model.onnx", "--overwrite");
    assertThat(onnx).hasContent("mine");

    assertThat(Cli.run("export", "--model", model, "--out", onnx, "--overwrite").code()).isZero();
    assertThat(Files.size(onnx)).isGreaterThan(1_000_000);
  }

  @Test
  void exportRefusesAnInputSizeThatTheNetworkCannotTake() {
    Cli.Result result =
        Cli.run("export", "--model", model, "--input-size", 30, "--out", temp.resolve("x.onnx"));

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("--input-size", "30", "4");
    assertThat(temp.resolve("x.onnx")).doesNotExist();
  }

  @Test
  void exportIntoAMissingFolderSaysSo() {
    Path onnx = temp.resolve("missing/model.onnx");

    Cli.Result result = Cli.run("export", "--model", model, "--out", onnx);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains(onnx.toString(), "no such");
  }

  @Test
  void infoPrintsTheProvenanceAndTheHashOfTheFile() {
    Cli.Result result = Cli.run("info", "--model", model);

    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("untrained", "T4-5", "none: random weights", "407,493", Cli.model().sha256());
  }

  @Test
  void aLicenceThatBindsTheWeightsIsToldOnceByWhateverUsesThem() throws Exception {
    byte[] bound = ModelFile.encode(Cli.model().withProvenance(Map.of("licence", "CC BY-NC 4.0")));
    Path file = Files.write(temp.resolve("bound.safetensors"), bound);

    Cli.Result export = Cli.run("export", "--model", file, "--out", temp.resolve("bound.onnx"));
    assertThat(export.code()).isZero();
    assertThat(export.errors())
        .containsExactly("lentigo: the weights of untrained are under CC BY-NC 4.0");

    assertThat(Cli.run("info", "--model", file).errors()).hasSize(1);
  }

  @Test
  void aModelThatIsCutShortIsNamed() throws Exception {
    byte[] bytes = Files.readAllBytes(model);
    Path cut = Files.write(temp.resolve("cut.safetensors"), Arrays.copyOf(bytes, 500_000));

    Cli.Result result = Cli.run("info", "--model", cut);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains(cut.toString(), "cut short");
  }

  @Test
  void aModelThatIsMissingIsNamed() {
    Cli.Result result = Cli.run("info", "--model", temp.resolve("none.safetensors"));

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .singleElement()
        .asString()
        .contains("none.safetensors", "no such file");
  }
}
