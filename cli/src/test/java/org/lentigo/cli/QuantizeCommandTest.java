package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.training.HeldOut;
import org.lentigo.training.TrainingConfig;

class QuantizeCommandTest {
  @TempDir private Path temp;
  private Path data;
  private Path model;
  private Path out;

  @BeforeEach
  void prepare() throws IOException {
    data = temp.resolve("set");
    for (int i = 0; i < 12; i++) {
      Pictures.photo(data.resolve("images/case" + i + ".jpg"), 40 + 2 * i, 45);
      Pictures.mask(data.resolve("masks/case" + i + ".png"), 40 + 2 * i, 45);
    }
    model = Cli.writeModel(temp.resolve("model.safetensors"));
    out = temp.resolve("int8.safetensors");
  }

  private Cli.Result quantize(Object... more) {
    Object[] all = new Object[5 + more.length];
    System.arraycopy(new Object[] {"quantize", "--model", model, "--out", out}, 0, all, 0, 5);
    System.arraycopy(more, 0, all, 5, more.length);
    return Cli.run(all);
  }

  @Test
  void aQuantisedModelOutlines() throws IOException {
    Cli.Result result = quantize("--calibrate", data);
    assertThat(result.code()).as(result.err()).isZero();
    Model int8 = ModelFile.read(out);
    assertThat(int8.name()).isEqualTo("untrained-int8");
    assertThat(int8.quantization().orElseThrow().images()).isEqualTo(12);
    assertThat(int8.provenance())
        .containsEntry("quantized_from", "untrained")
        .containsEntry("quantized_from_sha256", ModelFile.read(model).sha256())
        .containsEntry("quantized_on", "12 photos of set");
    assertThat(result.out()).contains("14 maps").contains(int8.sha256().substring(0, 12));
    assertThat(Cli.run("info", "--model", out).out()).contains("8-bit integers in 14 maps");

    Cli.Result segment =
        Cli.run("segment", data.resolve("images"), "--model", out, "--out", temp.resolve("masks"));
    assertThat(segment.code()).as(segment.err()).isZero();
    assertThat(temp.resolve("masks/case0_mask.png")).exists();
    // The same photos give the same file.
    byte[] first = Files.readAllBytes(out);
    assertThat(quantize("--calibrate", data, "--overwrite").code()).isZero();
    assertThat(out).hasBinaryContent(first);
  }

  @Test
  void leavesOutWhatTrainingHeldOut() throws IOException {
    Map<String, String> trained =
        Map.of(
            "config",
            TrainingConfig.defaults().with("{validationFraction: 0.5}").toYaml(),
            "data_sha256",
            DataSets.sha256(DataSets.open(data).forTraining()));
    Files.write(model, ModelFile.encode(Cli.model().withProvenance(trained)));
    assertThat(quantize("--calibrate", data).code()).isZero();
    assertThat(ModelFile.read(out).quantization().orElseThrow().images()).isEqualTo(6);
  }

  /** The held-out photos of a model lie, under other names and at another size, among others. */
  @Test
  void knowsHeldOutPhotosAgainByWhatTheyLookLike() throws IOException {
    List<Pair> held = new ArrayList<>();
    Path mixed = temp.resolve("mixed");
    for (int i = 0; i < 8; i++) {
      RgbImage photo = Phantom.draw(i, 200, 160).image();
      if (i % 4 == 0) {
        Path file = png(temp.resolve("held" + i + ".png"), photo);
        held.add(new Pair("held" + i, file, file));
        png(mixed.resolve("renamed" + i + ".png"), Resampling.resize(photo, 300, 240));
      } else {
        png(mixed.resolve("photo" + i + ".png"), photo);
      }
    }
    Map<String, String> provenance = Map.of(HeldOut.PROVENANCE, HeldOut.of(held).toString());
    Files.write(model, ModelFile.encode(Cli.model().withProvenance(provenance)));
    assertThat(Cli.run("info", "--model", model).out())
        .containsPattern(HeldOut.PROVENANCE + " +2\n");

    Cli.Result result = quantize("--calibrate", mixed);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("left out: " + mixed.resolve("renamed0.png") + " and 1 more");
    assertThat(ModelFile.read(out).quantization().orElseThrow().images()).isEqualTo(6);
    assertThat(ModelFile.read(out).provenance()).containsAllEntriesOf(provenance);

    // Others take their places.
    result = quantize("--calibrate", mixed, "--images", 5, "--overwrite");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(ModelFile.read(out).quantization().orElseThrow().images()).isEqualTo(5);

    for (int i = 0; i < 8; i++) {
      Files.deleteIfExists(mixed.resolve("photo" + i + ".png"));
    }
    result = quantize("--calibrate", mixed, "--overwrite");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).last().asString().contains("every photo was held out");
  }

  private static Path png(Path file, RgbImage photo) throws IOException {
    Files.createDirectories(file.getParent());
    AtomicFiles.write(file, stream -> PhotoWriter.writePng(photo, stream));
    return file;
  }

  @Test
  void takesAnyFolderOfPhotosAndAsManyAsAskedFor() throws IOException {
    assertThat(quantize("--calibrate", data.resolve("images"), "--images", 5, "--name", "x").code())
        .isZero();
    assertThat(ModelFile.read(out).quantization().orElseThrow().images()).isEqualTo(5);
    assertThat(ModelFile.read(out).name()).isEqualTo("x");
  }

  @Test
  void theLicenceOfThePhotosBindsAndTheModelsOwnAreInItsLineage() throws IOException {
    Path ham = temp.resolve("ham");
    Pictures.photo(ham.resolve("ISIC_0025000.jpg"), 40, 45);
    assertThat(quantize("--calibrate", ham, "--allow-test-images").code()).isZero();
    Model int8 = ModelFile.read(out);
    assertThat(int8.licence()).contains("CC BY-NC 4.0");
    assertThat(int8.provenance().get(Model.LINEAGE)).contains("images of ham, SHA-256 ");
    assertThat(int8.provenance()).containsEntry("test_images", "allowed");

    DataSet own = DataSets.open(data);
    String lineage =
        "images of %s, SHA-256 %s"
            .formatted(own.name(), DataSets.sha256(own.forTraining()).substring(0, 12));
    Files.write(
        model, ModelFile.encode(Cli.model().withProvenance(Map.of(Model.LINEAGE, lineage))));
    assertThat(quantize("--calibrate", data, "--overwrite").code()).isZero();
    assertThat(ModelFile.read(out).provenance())
        .containsEntry(Model.LINEAGE, lineage)
        .doesNotContainKeys(Model.LICENCE, "test_images");
  }

  @Test
  void goesOnPastABrokenPhoto() throws IOException {
    Files.writeString(data.resolve("images/case3.jpg"), "no photo");
    Cli.Result result = quantize("--calibrate", data.resolve("images"));
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).anyMatch(line -> line.contains("case3.jpg"));
    assertThat(ModelFile.read(out).quantization().orElseThrow().images()).isEqualTo(11);
  }

  @Test
  void refusesWhatWouldSpoilAMeasurementOrAFile() throws IOException {
    Path test = temp.resolve("test");
    Pictures.photo(test.resolve("ISIC_0000003.jpg"), 40, 40);
    assertThat(quantize("--calibrate", test).err())
        .contains("ISIC 2016 test set")
        .contains("--allow-test-images");
    assertThat(out).doesNotExist();
    Files.writeString(out, "mine");
    assertThat(quantize("--calibrate", data).err()).contains("--overwrite");
    assertThat(out).hasContent("mine");
    assertThat(quantize("--calibrate", temp.resolve("none"), "--overwrite").code()).isEqualTo(2);
  }
}
