package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.synthetic.PhantomSet;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code lentigo evaluate} end to end, with an untrained model on small drawn photos. */
class EvaluateCommandTest {
  private static final int IMAGES = 23;

  @TempDir private Path temp;
  private Path data;
  private Path out;
  private Path model;

  @BeforeEach
  void prepare() {
    data = temp.resolve("set");
    out = temp.resolve("report");
    model = Cli.writeModel(temp.resolve("model.safetensors"));
    for (int i = 0; i < IMAGES; i++) {
      String stem = String.format(Locale.ROOT, "case%02d", i);
      Pictures.photo(data.resolve("images/" + stem + ".jpg"), 60 + i, 45);
      Pictures.mask(data.resolve("masks/" + stem + ".png"), 60 + i, 45);
    }
  }

  private Cli.Result evaluate(Object... args) {
    Object[] all = new Object[5 + args.length];
    System.arraycopy(new Object[] {"evaluate", "--data", data, "--model", model}, 0, all, 0, 5);
    System.arraycopy(args, 0, all, 5, args.length);
    return Cli.run(all);
  }

  private List<NamedCsvRecord> images() throws IOException {
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder().ofNamedCsvRecord(out.resolve("images.csv"))) {
      return csv.stream().toList();
    }
  }

  private JsonNode metrics() {
    return new JsonMapper().readTree(out.resolve("metrics.json").toFile());
  }

  @Test
  void theScoresAreThoseOfTheMasksThatSegmentWrites() throws Exception {
    Cli.Result result = evaluate("--out", out);

    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(Cli.tree(out))
        .containsExactly("cases.png", "images.csv", "jaccard.png", "metrics.json");

    Path masks = temp.resolve("masks");
    Cli.run("segment", data.resolve("images"), "--model", model, "--out", masks, "--no-overlay");
    double sum = 0;
    for (NamedCsvRecord image : images()) {
      String stem = image.getField("image");
      Mask predicted = Masks.read(masks.resolve(stem + "_mask.png"));
      Mask truth = Masks.read(data.resolve("masks/" + stem + ".png"));
      long both = 0;
      long either = 0;
      for (int i = 0; i < truth.data().length; i++) {
        both += truth.data()[i] & predicted.data()[i];
        either += truth.data()[i] | predicted.data()[i];
      }
      double jaccard = (double) both / either;
      assertThat(Double.parseDouble(image.getField("jaccard"))).isCloseTo(jaccard, within(1e-12));
      sum += jaccard;
    }
    JsonNode jaccard = metrics().at("/metrics/jaccard");
    assertThat(jaccard.at("/value").asDouble()).isCloseTo(sum / IMAGES, within(1e-12));
    assertThat(jaccard.at("/low").asDouble()).isLessThanOrEqualTo(jaccard.at("/value").asDouble());
    assertThat(jaccard.at("/high").asDouble())
        .isGreaterThanOrEqualTo(jaccard.at("/value").asDouble());
    assertThat(metrics().at("/images").asInt()).isEqualTo(IMAGES);
    assertThat(metrics().at("/model/sha256").asString()).isEqualTo(Cli.model().sha256());
    assertThat(result.out())
        .contains(
            "Jaccard index",
            String.format(Locale.ROOT, "%.2f %%", 100 * sum / IMAGES),
            "HD95",
            "95 %");
  }

  @Test
  void strataSortEveryImageOnceByEachKindAndWeighUpToTheWhole() throws Exception {
    Path sites =
        Files.writeString(
            temp.resolve("sites.csv"),
            "isic_id,sex,anatom_site_general\ncase00,f,torso\ncase01,m,torso\ncase02,f,head\n");

    Cli.Result result = evaluate("--out", out, "--strata", "--sites", sites);

    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(out.resolve("strata.png")).exists();
    Map<String, Integer> images = new TreeMap<>();
    Map<String, Double> jaccard = new TreeMap<>();
    Map<String, Integer> bySite = new TreeMap<>();
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder().ofNamedCsvRecord(out.resolve("strata.csv"))) {
      for (NamedCsvRecord row : csv) {
        int count = Integer.parseInt(row.getField("images"));
        images.merge(row.getField("by"), count, Integer::sum);
        jaccard.merge(
            row.getField("by"),
            count * Double.parseDouble(row.getField("jaccard")) / IMAGES,
            Double::sum);
        if (row.getField("by").equals("site")) {
          bySite.put(row.getField("stratum"), count);
        }
      }
    }
    assertThat(images)
        .containsOnlyKeys("lesion size", "skin tone", "hair", "site")
        .allSatisfy((kind, count) -> assertThat(count).isEqualTo(IMAGES));
    double whole = metrics().at("/metrics/jaccard/value").asDouble();
    assertThat(jaccard.values())
        .allSatisfy(mean -> assertThat(mean).isCloseTo(whole, within(1e-9)));
    assertThat(bySite)
        .containsOnly(
            Map.entry("torso", 2), Map.entry("head", 1), Map.entry("not known", IMAGES - 3));
    assertThat(result.out()).contains("lesion size", "torso", "below 0.65");

    // What an earlier report said of another model goes.
    assertThat(evaluate("--out", out).code()).isZero();
    assertThat(out.resolve("strata.csv")).doesNotExist();
    assertThat(out.resolve("strata.png")).doesNotExist();
  }

  @Test
  void aTableWithoutSitesIsToldAndOneWithoutStrataIsWrongUsage() throws Exception {
    Path table = Files.writeString(temp.resolve("t.csv"), "name,colour\ncase00,red\n");

    Cli.Result columns = evaluate("--strata", "--sites", table);
    assertThat(columns.code()).isEqualTo(1);
    assertThat(columns.errors())
        .singleElement()
        .asString()
        .contains("t.csv", "colour", "anatom_site_general");
    Cli.Result alone = evaluate("--sites", table);
    assertThat(alone.code()).isEqualTo(2);
    assertThat(alone.errors()).singleElement().asString().contains("--strata");
  }

  @Test
  void theReportDoesNotDependOnTheThreads() throws Exception {
    evaluate("--out", out, "--threads", 1);
    Path one = out;
    out = temp.resolve("again");
    evaluate("--out", out, "--threads", 3);

    for (String file : Cli.tree(out)) {
      assertThat(out.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
    }
  }

  @Test
  void thePicturesCanBeRead() throws Exception {
    evaluate("--out", out);

    RgbImage cases = PhotoReader.read(out.resolve("cases.png")).image();
    // Two blocks of two rows of five tiles.
    assertThat(cases.width()).isGreaterThan(5 * 300);
    assertThat(cases.height()).isGreaterThan(4 * 200);
    assertThat(PhotoReader.read(out.resolve("jaccard.png")).image().width()).isEqualTo(900);
  }

  @Test
  void problemsAreToldByNameAndTheRestIsScored() throws Exception {
    Files.delete(data.resolve("masks/case03.png"));
    Files.delete(data.resolve("images/case05.jpg"));
    Pictures.mask(data.resolve("masks/case07.png"), 10, 10);
    Pictures.photo(data.resolve("masks/case09.png"), 69, 45);
    Files.writeString(data.resolve("images/case11.jpg"), "text");

    Cli.Result result = evaluate("--out", out);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).hasSize(5);
    assertThat(result.err())
        .contains("case03.jpg", "case05.png", "case07.png", "case09.png", "case11.jpg");
    assertThat(images()).hasSize(IMAGES - 5);
    assertThat(metrics().at("/problems").size()).isEqualTo(5);
  }

  @Test
  void theImagesHeldOutInTrainingAreTheValidationSplit() throws Exception {
    List<Pair> pairs = DataSets.open(data).forTraining();
    TrainingConfig config = TrainingConfig.defaults().with("{seed: 5, validationFraction: 0.3}");
    Model trained =
        Cli.model()
            .withProvenance(
                Map.of("config", config.toYaml(), "data_sha256", DataSets.sha256(pairs)));
    Files.write(model, ModelFile.encode(trained));

    assertThat(evaluate("--split", "validation", "--out", out).code()).isZero();

    assertThat(images())
        .extracting(r -> r.getField("image"))
        .containsExactlyInAnyOrderElementsOf(Trainer.split(pairs, config, null).validation())
        .hasSize(7);

    Pictures.photo(data.resolve("images/case00.jpg"), 60, 44);
    Cli.Result other = evaluate("--split", "validation");
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.errors()).singleElement().asString().contains("not the training images");
  }

  @Test
  void imagesThatTheModelMayHaveLearntFromAreSaid() throws Exception {
    writeTrainedModel(DataSets.open(data));

    Cli.Result result = evaluate("--out", out, "--mirror");
    assertThat(result.code()).isZero();
    assertThat(result.err()).contains("may have learnt from 16 of the 23 images").hasLineCount(1);
    assertThat(result.out()).contains("onnx-runtime, 4 mirror images");
    assertThat(metrics().at("/seen_in_training").asBoolean()).isTrue();
    assertThat(metrics().at("/engine").asString()).isEqualTo("onnx-runtime");
    assertThat(metrics().at("/views").asInt()).isEqualTo(4);

    result = evaluate("--out", out, "--split", "validation");
    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("onnx-runtime\n");
    assertThat(metrics().at("/seen_in_training").asBoolean()).isFalse();
    assertThat(metrics().at("/views").asInt()).isEqualTo(1);
    assertThat(metrics().at("/looks").asInt()).isEqualTo(2);

    result = evaluate("--out", out, "--split", "validation", "--one-look");
    assertThat(result.out()).contains("onnx-runtime, one look\n");
    assertThat(metrics().at("/looks").asInt()).isEqualTo(1);
  }

  /** Training leaves such a pair out, too. */
  @Test
  void aFaultyPairLeavesTheValidationSplitKnown() throws Exception {
    Pictures.mask(data.resolve("masks/case07.png"), 10, 10);
    writeTrainedModel(DataSets.open(data).checked());

    Cli.Result result = evaluate("--split", "validation", "--out", out);

    assertThat(result.code()).as(result.err()).isZero();
    assertThat(metrics().at("/images").asInt()).isEqualTo(7);
  }

  private void writeTrainedModel(DataSet dataSet) throws IOException {
    Map<String, String> trained =
        Map.of(
            "config",
            TrainingConfig.defaults().with("{seed: 5, validationFraction: 0.3}").toYaml(),
            "data_sha256",
            DataSets.sha256(dataSet.forTraining()));
    Files.write(model, ModelFile.encode(Cli.model().withProvenance(trained)));
  }

  @Test
  void aModelThatDoesNotKnowItsSplitHasNoValidationSplit() {
    Cli.Result result = evaluate("--split", "validation");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("held out");
  }

  @Test
  void aFolderThatIsMissingIsWrongUsage() {
    data = temp.resolve("nowhere");

    Cli.Result result = evaluate();

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("nowhere");
  }

  @Test
  void aFolderThatHoldsNoDataSetIsToldWhatIsWanted() throws Exception {
    data = Files.createDirectories(temp.resolve("empty"));

    Cli.Result result = evaluate();

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("empty", "images/", "masks/");
  }

  @Test
  void theQualityGateIsHeldAgainstCopiesInWhichOneThingIsWrong() throws Exception {
    Path phantoms = temp.resolve("phantoms");
    PhantomSet.write(phantoms, 4, 7, 256, 192, Layout.PLAIN);

    Cli.Result result = Cli.run("evaluate", "--quality", "--data", phantoms, "--out", out);

    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(Cli.tree(out)).containsExactly("nothing.csv", "nothing.png", "quality.csv");
    assertThat(result.out()).contains("3 stops less", "skin alone", "No advice at all: ");
    Map<String, Integer> rows = new TreeMap<>();
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder().ofNamedCsvRecord(out.resolve("quality.csv"))) {
      csv.forEach(
          row -> {
            String copy = row.getField("copy");
            rows.merge(copy, 1, Integer::sum);
            List<String> problems = List.of(row.getField("problems").split(" "));
            if (copy.equals("3 stops less")) {
              assertThat(problems).contains("dark");
            } else if (copy.equals("blurred, sigma 4")) {
              assertThat(problems).contains("blurred");
            } else if (copy.equals("2 stops less") || copy.equals("as it is")) {
              assertThat(problems).doesNotContain("bright");
            }
          });
    }
    assertThat(rows).containsEntry("as it is", 4).containsEntry("25 hairs", 4);
    assertThat(Files.readString(out.resolve("nothing.csv")))
        .startsWith("limit,nothing_in_skin,nothing_in_photos")
        .contains("\n0.5,");
    // Another run gives the same.
    byte[] first = Files.readAllBytes(out.resolve("quality.csv"));
    Cli.run("evaluate", "--quality", "--data", phantoms, "--out", out, "--threads", "1");
    assertThat(out.resolve("quality.csv")).hasBinaryContent(first);

    assertThat(evaluate("--quality", "--strata").code()).isEqualTo(2);
  }
}
