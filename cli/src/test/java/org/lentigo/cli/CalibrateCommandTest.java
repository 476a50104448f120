package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.PhantomSet;
import org.lentigo.network.Calibration;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.training.TrainingConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** From {@code lentigo calibrate} to what the other commands say of a calibrated model. */
class CalibrateCommandTest {
  private static final int IMAGES = 24;
  private static final List<String> TEST_STEMS =
      List.of(
          "ISIC_0000003",
          "ISIC_0000012",
          "ISIC_0000013",
          "ISIC_0000014",
          "ISIC_0000015",
          "ISIC_0000020",
          "ISIC_0000022",
          "ISIC_0000023");

  @TempDir private Path temp;
  private Path data;
  private Path model;
  private Path calibrated;

  @BeforeEach
  void prepare() throws IOException {
    data = temp.resolve("set");
    for (int i = 0; i < IMAGES; i++) {
      String stem = String.format(Locale.ROOT, "case%02d", i);
      Pictures.photo(data.resolve("images/" + stem + ".jpg"), 40 + 2 * i, 45);
      Pictures.mask(data.resolve("masks/" + stem + ".png"), 40 + 2 * i, 45);
    }
    writeTrainedModel();
    calibrated = temp.resolve("calibrated.safetensors");
  }

  /** An untrained model that says it was trained on half of the data set. */
  private void writeTrainedModel() throws IOException {
    TrainingConfig config = TrainingConfig.defaults().with("{validationFraction: 0.5}");
    Map<String, String> trained =
        Map.of(
            "config",
            config.toYaml(),
            "data_sha256",
            DataSets.sha256(DataSets.open(data).forTraining()));
    model =
        Files.write(
            temp.resolve("model.safetensors"),
            ModelFile.encode(Cli.model().withProvenance(trained)));
  }

  private Cli.Result calibrate(Object... more) {
    Object[] all = new Object[7 + more.length];
    System.arraycopy(
        new Object[] {"calibrate", "--data", data, "--model", model, "--out", calibrated},
        0,
        all,
        0,
        7);
    System.arraycopy(more, 0, all, 7, more.length);
    return Cli.run(all);
  }

  /** The calibrated model on what it held out. */
  private Cli.Result evaluate(Path report) {
    return Cli.run(
        "evaluate",
        "--data",
        data,
        "--split",
        "validation",
        "--model",
        calibrated,
        "--out",
        report);
  }

  private static List<NamedCsvRecord> table(Path file) throws IOException {
    try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(file)) {
      return csv.stream().toList();
    }
  }

  private static JsonNode json(Path file) {
    return new JsonMapper().readTree(file.toFile());
  }

  @Test
  void theModelPredictsItsJaccardIndexWhereverItIsUsed() throws Exception {
    Cli.Result result = calibrate();

    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("Calibrated on 12 images", calibrated.toString());
    Model read = ModelFile.read(calibrated);
    assertThat(read.calibration().flatMap(Calibration::predictor)).isPresent();
    assertThat(read.provenance()).containsKeys("config", "calibration_data");
    assertThat(Cli.run("info", "--model", calibrated).out())
        .contains("on 12 held-out images", "fragmentation");

    Path report = temp.resolve("report");
    Cli.Result evaluated = evaluate(report);
    assertThat(evaluated.code()).isZero();
    assertThat(evaluated.out()).contains("ECE", "before calibration", "Pearson", "Spearman");
    assertThat(Cli.tree(report))
        .containsExactly(
            "accepted.csv",
            "accepted.png",
            "cases.png",
            "images.csv",
            "jaccard.png",
            "metrics.json");
    assertThat(PhotoReader.read(report.resolve("accepted.png")).image().width()).isEqualTo(900);

    List<NamedCsvRecord> images = table(report.resolve("images.csv"));
    List<NamedCsvRecord> accepted = table(report.resolve("accepted.csv"));
    assertThat(images).hasSize(12);
    assertThat(accepted).hasSize(12);
    double mean = images.stream().mapToDouble(r -> number(r, "jaccard")).average().orElseThrow();
    double error =
        images.stream()
            .mapToDouble(r -> Math.abs(number(r, "jaccard") - number(r, "predicted_jaccard")))
            .average()
            .orElseThrow();
    assertThat(number(accepted.get(11), "accepted_share")).isEqualTo(1);
    assertThat(number(accepted.get(11), "jaccard")).isCloseTo(mean, within(1e-12));
    assertThat(number(accepted.get(11), "oracle")).isCloseTo(mean, within(1e-12));
    assertThat(accepted)
        .allMatch(r -> number(r, "oracle") >= number(r, "jaccard") - 1e-12)
        .isSortedAccordingTo(
            (a, b) ->
                Double.compare(
                    number(b, "lowest_predicted_jaccard"), number(a, "lowest_predicted_jaccard")));
    JsonNode metrics = json(report.resolve("metrics.json"));
    assertThat(metrics.at("/predicted_jaccard/mean_absolute_error").asDouble())
        .isCloseTo(error, within(1e-12));
    assertThat(metrics.at("/calibration/calibrated").asBoolean()).isTrue();

    Path segmented = temp.resolve("segmented");
    Cli.run(
        "segment", data.resolve("images"), "--model", calibrated, "--out", segmented, "--doubtful");
    String stem = images.get(0).getField("image");
    double predicted = number(images.get(0), "predicted_jaccard");
    assertThat(json(segmented.resolve(stem + ".json")).at("/lesion/predicted_jaccard").asDouble())
        .isEqualTo(predicted);
    assertThat(table(segmented.resolve("summary.csv")))
        .filteredOn(r -> r.getField("image").contains(stem))
        .singleElement()
        .satisfies(r -> assertThat(number(r, "predicted_jaccard")).isEqualTo(predicted));
  }

  private static double number(NamedCsvRecord row, String column) {
    return Double.parseDouble(row.getField(column));
  }

  @Test
  void theCalibrationErrorBeforeIsThatOfTheModelBefore() {
    calibrate();
    Path before = temp.resolve("before");
    Path after = temp.resolve("after");
    Cli.run("evaluate", "--data", data, "--model", model, "--out", before);
    Cli.run("evaluate", "--data", data, "--model", calibrated, "--out", after);

    JsonNode plain = json(before.resolve("metrics.json"));
    JsonNode scaled = json(after.resolve("metrics.json"));
    assertThat(plain.at("/calibration/calibrated").asBoolean()).isFalse();
    assertThat(plain.at("/predicted_jaccard").isNull()).isTrue();
    assertThat(before.resolve("accepted.csv")).doesNotExist();
    assertThat(scaled.at("/calibration/ece_before").asDouble())
        .isCloseTo(plain.at("/calibration/ece").asDouble(), within(1e-4));
    assertThat(scaled.at("/metrics/jaccard/value").asDouble())
        .isCloseTo(plain.at("/metrics/jaccard/value").asDouble(), within(0.01));
  }

  @Test
  void theResultDoesNotDependOnTheThreads() throws Exception {
    calibrate("--threads", 1);
    byte[] one = Files.readAllBytes(calibrated);
    calibrate("--threads", 3, "--overwrite");

    assertThat(calibrated).hasBinaryContent(one);
  }

  @Test
  void postProcessingIsKeptInTheModelAndCanBeOverridden() throws Exception {
    assertThat(calibrate("--post", "largest+fill").code()).isZero();
    assertThat(Cli.run("info", "--model", calibrated).out()).contains("largest+fill");

    Path out = temp.resolve("out");
    Cli.run("segment", data.resolve("images"), "--model", calibrated, "--out", out, "--doubtful");
    assertThat(json(out.resolve("case05.json")).at("/lesion/outlines").asInt())
        .isLessThanOrEqualTo(1);
    assertThat(Masks.read(out.resolve("case05_mask.png")).area())
        .isEqualTo(json(out.resolve("case05.json")).at("/lesion/area_px").asLong());

    Path report = temp.resolve("report");
    Cli.run("evaluate", "--data", data, "--model", calibrated, "--post", "none", "--out", report);
    assertThat(json(report.resolve("metrics.json")).at("/model/post_processing").asString())
        .isEqualTo("none");
    Cli.Result wrong = Cli.run("evaluate", "--data", data, "--model", model, "--post", "most");
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.errors()).singleElement().asString().contains("largest+fill", "most");
  }

  @Test
  void aFileThatExistsIsKeptUnlessToldTo() throws Exception {
    Files.writeString(calibrated, "mine");

    Cli.Result result = calibrate();

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("--overwrite");
    assertThat(calibrated).hasContent("mine");
    assertThat(calibrate("--overwrite").code()).isZero();
  }

  @Test
  void aModelThatDoesNotKnowWhatItHeldOutIsRefused() {
    Cli.writeModel(model);

    Cli.Result result = calibrate();

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("held out");
    assertThat(calibrated).doesNotExist();
  }

  @Test
  void aModelWhoseAccountOfItsTrainingMakesNoSenseIsRefused() throws Exception {
    Map<String, String> odd = new HashMap<>(ModelFile.read(model).provenance());
    odd.put("fold", "2/3");
    Files.write(model, ModelFile.encode(Cli.model().withProvenance(odd)));

    Cli.Result result = calibrate();

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("2/3", "another split");
  }

  @Test
  void theTestImagesOfIsic2016AreRefused() throws Exception {
    // Half of the images are held out, so that one of these is, whichever they are.
    for (int i = 0; i < IMAGES; i++) {
      String stem = String.format(Locale.ROOT, "case%02d", i);
      if (i < TEST_STEMS.size()) {
        Files.move(
            data.resolve("images/" + stem + ".jpg"),
            data.resolve("images/" + TEST_STEMS.get(i) + ".jpg"));
        Files.move(
            data.resolve("masks/" + stem + ".png"),
            data.resolve("masks/" + TEST_STEMS.get(i) + ".png"));
      }
    }
    writeTrainedModel();

    Cli.Result result = calibrate();

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("ISIC 2016 test set");
    assertThat(calibrate("--allow-test-images").code()).isZero();
    assertThat(ModelFile.read(calibrated).provenance()).containsEntry("test_images", "allowed");
    Path photo = temp.resolve("test/images/ISIC_0000003.jpg");
    Pictures.photo(photo, 40, 45);
    Pictures.mask(temp.resolve("test/masks/ISIC_0000003.png"), 40, 45);
    Object[] words = {"evaluate", "--data", temp.resolve("test"), "--model", calibrated};
    assertThat(Cli.run(words).err()).contains("may have learnt from 1 of the 1 images");
    words[4] = model;
    assertThat(Cli.run(words).err()).isEmpty();
  }

  @Test
  void imagesThatTheModelHasLearntFromAreRefused() throws Exception {
    data = temp.resolve("parts");
    PhantomSet.write(data, 30, 3, 64, 48, Layout.ISIC_2017);
    DataSet parts = DataSets.open(data);
    assertThat(calibrate().code()).isZero();

    // As train --extra has it: whatever part its owner put an image in.
    model = peer("all.safetensors", lineage(parts.all()));
    Cli.Result result = calibrate("--overwrite");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .singleElement()
        .asString()
        .contains("may have learnt from 6 of the 6 images", "has not seen");

    // And train --data has its training part, which is not what is calibrated on.
    model = peer("part.safetensors", lineage(parts.forTraining()));
    assertThat(calibrate("--overwrite").code()).isZero();
    Path stranger = peer("stranger.safetensors", Map.of());
    assertThat(calibrate("--overwrite", "--peer", model, "--peer-data", data).code()).isZero();
    assertThat(ModelFile.read(calibrated).provenance())
        .containsEntry(
            "predictor_images", String.valueOf(parts.all().size() - parts.forTraining().size()));
    assertThat(calibrate("--overwrite", "--peer", stranger, "--peer-data", data).code()).isZero();
    assertThat(ModelFile.read(calibrated).provenance())
        .containsEntry("predictor_images", String.valueOf(parts.all().size()));
  }

  private static Map<String, String> lineage(List<Pair> pairs) throws IOException {
    return Map.of(
        Model.LINEAGE, "images of a set, SHA-256 " + DataSets.sha256(pairs).substring(0, 12));
  }

  @Test
  void theLicenceOfThePhotosBinds() throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      String stem = String.format(Locale.ROOT, "case%02d", i);
      String ham = "ISIC_00250" + stem.substring(4);
      Files.move(data.resolve("images/" + stem + ".jpg"), data.resolve("images/" + ham + ".jpg"));
      Files.move(data.resolve("masks/" + stem + ".png"), data.resolve("masks/" + ham + ".png"));
    }
    writeTrainedModel();

    assertThat(calibrate().code()).isZero();

    Model read = ModelFile.read(calibrated);
    assertThat(read.licence()).contains("CC BY-NC 4.0");
    assertThat(read.provenance().get(Model.LINEAGE)).contains("(calibration), SHA-256 ");
  }

  private Path peer(String name, Map<String, String> provenance) throws IOException {
    return Files.write(
        temp.resolve(name), ModelFile.encode(Cli.model().withProvenance(provenance)));
  }

  private Path otherPhotos(int count) {
    Path folder = temp.resolve("others");
    for (int i = 0; i < count; i++) {
      Pictures.photo(folder.resolve("images/other" + i + ".jpg"), 50 + 3 * i, 41);
      Pictures.mask(folder.resolve("masks/other" + i + ".png"), 50 + 3 * i, 41);
    }
    return folder;
  }

  @Test
  void aFoldIsLookedAtOnWhatItHeldOutAlsoWhereThereIsAnOfficialValidationPart() throws Exception {
    data = temp.resolve("parts");
    PhantomSet.write(data, 45, 3, 64, 48, Layout.ISIC_2017);
    DataSet parts = DataSets.open(data);
    assertThat(parts.validation()).hasSizeLessThan(10);
    Map<String, String> trained =
        Map.of(
            "config",
            TrainingConfig.defaults().toYaml(),
            "data_sha256",
            DataSets.sha256(parts.forTraining()),
            "fold",
            "1 of 2");
    Path fold = peer("fold.safetensors", trained);

    Cli.Result result = calibrate("--peer", fold);

    assertThat(result.code()).as(result.err()).isZero();
    int half = parts.forTraining().size() / 2;
    assertThat(Integer.parseInt(ModelFile.read(calibrated).provenance().get("predictor_images")))
        .isBetween(half - 1, half + 2);
  }

  @Test
  void peersLookAtWhatTheyHaveNotSeenAndTheirLicenceBinds() throws Exception {
    Map<String, String> fold = new HashMap<>(ModelFile.read(model).provenance());
    fold.put("fold", "2 of 3");
    fold.put(Model.LICENCE, "Sharp terms");
    Path first = peer("fold.safetensors", fold);
    Path second = peer("stranger.safetensors", Map.of());

    Cli.Result result =
        calibrate("--peer", first, "--peer", second, "--peer-data", otherPhotos(11));

    assertThat(result.code()).as(result.err()).isZero();
    Model read = ModelFile.read(calibrated);
    // A third of the 24 and the 11 by the first peer, the 11 by the second.
    assertThat(read.provenance()).containsEntry("predictor_images", "30");
    assertThat(read.calibration().map(Calibration::images)).contains(12);
    assertThat(read.licence()).contains("Sharp terms");
    assertThat(read.provenance().get(Model.LINEAGE)).contains("predicts its Jaccard index by");
    calibrate("--overwrite");
    Model alone = ModelFile.read(calibrated);
    assertThat(alone.provenance()).containsEntry("predictor_images", "12");
    assertThat(alone.licence()).isEmpty();
    assertThat(alone.calibration().orElseThrow().predictor())
        .isNotEqualTo(read.calibration().orElseThrow().predictor());
    assertThat(alone.calibration().orElseThrow().slope())
        .isEqualTo(read.calibration().orElseThrow().slope());
  }

  @Test
  void thePredictionOfAnotherModelIsTakenOverButForItsLevel() throws Exception {
    Path fold = peer("fold.safetensors", Map.of(Model.LICENCE, "Sharp terms"));
    assertThat(calibrate("--peer", fold, "--peer-data", otherPhotos(11)).code()).isZero();
    Path before = Files.move(calibrated, temp.resolve("before.safetensors"));
    List<Double> taught = coefficients(before);

    Cli.Result result = calibrate("--predictor", before);

    assertThat(result.code()).as(result.err()).isZero();
    Model read = ModelFile.read(calibrated);
    assertThat(coefficients(calibrated).subList(1, taught.size()))
        .isEqualTo(taught.subList(1, taught.size()));
    assertThat(read.provenance()).containsEntry("predictor_images", "11");
    assertThat(read.licence()).contains("Sharp terms");
    assertThat(read.provenance().get(Model.LINEAGE))
        .contains("predicts its Jaccard index by", "images of others");
    Path report = temp.resolve("report");
    evaluate(report);
    List<NamedCsvRecord> images = table(report.resolve("images.csv"));
    double predicted =
        images.stream().mapToDouble(r -> number(r, "predicted_jaccard")).average().orElseThrow();
    double met = images.stream().mapToDouble(r -> number(r, "jaccard")).average().orElseThrow();
    assertThat(predicted).isCloseTo(met, within(1e-4));
  }

  private static List<Double> coefficients(Path file) throws IOException {
    return ModelFile.read(file)
        .calibration()
        .flatMap(Calibration::predictor)
        .orElseThrow()
        .coefficients();
  }

  @Test
  void aPredictionThatCannotBeTakenOverIsRefused() throws Exception {
    Cli.Result none = calibrate("--predictor", model);
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.errors()).singleElement().asString().contains("predicts no Jaccard index");

    assertThat(calibrate().code()).isZero();
    Path before = Files.move(calibrated, temp.resolve("before.safetensors"));
    Cli.Result other = calibrate("--predictor", before, "--post", "largest+fill");
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.errors())
        .singleElement()
        .asString()
        .contains("for masks of none", "largest+fill", "--post none");

    Cli.Result both = calibrate("--predictor", model, "--peer", model);
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.errors()).singleElement().asString().contains("give one of them");
    assertThat(calibrated).doesNotExist();
  }

  @Test
  void aPeerThatHasSeenItAllIsRefused() throws Exception {
    Path others = otherPhotos(3);
    String hash = DataSets.sha256(DataSets.open(others).all());
    Path learnt =
        peer(
            "learnt.safetensors",
            Map.of(Model.LINEAGE, "images of others, SHA-256 " + hash.substring(0, 12)));
    Path idle = peer("idle.safetensors", Map.of());

    assertThat(calibrate("--peer", learnt, "--peer-data", others).errors())
        .singleElement()
        .asString()
        .contains("has learnt from others");
    Cli.Result few = calibrate("--peer", idle, "--peer-data", others);
    assertThat(few.code()).isEqualTo(1);
    assertThat(few.errors()).singleElement().asString().contains("at least 10", "have 3");
    assertThat(calibrate("--peer", idle).errors())
        .singleElement()
        .asString()
        .contains("--peer-data");
    Cli.Result lonely = calibrate("--peer-data", others);
    assertThat(lonely.code()).isEqualTo(2);
    assertThat(lonely.errors()).singleElement().asString().contains("--peer MODEL");
    assertThat(calibrated).doesNotExist();
  }
}
