package org.lentigo.cli.scoring;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.lentigo.cli.console.Pictures;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.dataset.Split;
import org.lentigo.imaging.metrics.Confusion;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.imaging.metrics.Histogram;
import org.lentigo.imaging.metrics.ImageScores;
import org.lentigo.imaging.metrics.Metric;
import org.lentigo.imaging.metrics.Summary;
import org.lentigo.network.Model;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Json;
import org.lentigo.runtime.internal.LentigoVersion;
import tools.jackson.core.JsonGenerator;

/**
 * The files that {@code lentigo evaluate --out} and {@code train --folds} write.
 *
 * @param models the one that was scored, or those of a cross-validation
 * @param conditions under which
 */
public record Report(
    String dataSet,
    @Nullable Split split,
    List<Model> models,
    Conditions conditions,
    List<Scoring.Scored> scores,
    Summary summary,
    Confidence confidence,
    List<String> problems) {
  private static final int BINS = 20;
  private static final String ACCEPTED = "accepted";

  /**
   * What else a score depends on.
   *
   * @param engine that computed the network, such as {@code onnx-runtime}
   * @param views mirror images that each photo was shown in
   * @param looks at each photo, 1 or 2
   * @param seenInTraining whether some of the images may be ones that the model has learnt from
   */
  public record Conditions(String engine, int views, int looks, boolean seenInTraining) {
    /** Those that a segmenter scores under. */
    public static Conditions of(Segmenter segmenter, boolean seenInTraining) {
      return new Conditions(
          segmenter.engine().toString(), segmenter.views(), segmenter.looks(), seenInTraining);
    }
  }

  /**
   * Of scored images.
   *
   * @param split as the data set's owner published it; null for the usual one
   * @param problems of the images that could not be scored; grows if no pictures can be drawn
   */
  public static Report of(
      String dataSet,
      @Nullable Split split,
      List<Model> models,
      Conditions conditions,
      List<Scoring.Scored> scores,
      List<String> problems) {
    boolean calibrated = models.stream().anyMatch(model -> model.calibration().isPresent());
    return new Report(
        dataSet,
        split,
        models,
        conditions,
        scores,
        Scoring.summary(scores),
        Confidence.of(scores, calibrated),
        problems);
  }

  /** Prints the scores, and how sure the model may be. */
  public void print(PrintWriter out) {
    Scoring.print(out, summary);
    confidence.print(out);
  }

  /**
   * Writes all files into a folder that is there, with those of the strata and the cases.
   *
   * @param err is told if this machine cannot draw pictures
   */
  public void write(Path folder, Strata strata, CasePanel cases, PrintWriter err)
      throws IOException {
    write(folder);
    strata.write(folder);
    writePictures(
        folder,
        strata,
        cases,
        problem -> {
          problems.add(problem);
          err.println("lentigo: " + problem);
        });
  }

  /** Writes what is no picture. */
  public void write(Path folder) throws IOException {
    AtomicFiles.write(
        folder.resolve("metrics.json"),
        out -> {
          try (JsonGenerator json = Json.generator(out)) {
            writeMetrics(json);
          }
        });
    AtomicFiles.write(
        folder.resolve("images.csv"),
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          writeImages(csv);
          csv.flush();
        });
    // Nothing of an earlier report with another model may stay.
    Files.deleteIfExists(folder.resolve(ACCEPTED + ".csv"));
    Files.deleteIfExists(folder.resolve(ACCEPTED + ".png"));
    if (confidence.prediction().isPresent()) {
      Confidence.writeCsv(
          confidence.prediction().get().accepted(), folder.resolve(ACCEPTED + ".csv"));
    }
  }

  /**
   * The pictures, apart from {@link #write}, since not every machine can draw text.
   *
   * @param problem hears why there are none
   */
  private void writePictures(Path folder, Strata strata, CasePanel cases, Consumer<String> problem)
      throws IOException {
    Pictures.draw(
        folder,
        problem,
        () -> {
          writeCharts(folder);
          strata.writePng(dataSet, folder);
          cases.write(folder.resolve("cases.png"), Scoring.imageScores(scores));
        });
  }

  private void writeCharts(Path folder) throws IOException {
    AtomicFiles.write(
        folder.resolve("jaccard.png"),
        out -> BitmapEncoder.saveBitmap(histogram(), out, BitmapEncoder.BitmapFormat.PNG));
    if (confidence.prediction().isPresent()) {
      Confidence.writePng(
          confidence.prediction().get().accepted(), dataSet, folder.resolve(ACCEPTED + ".png"));
    }
  }

  private void writeMetrics(JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("schema", "lentigo-evaluation/1");
    json.writeStringProperty("lentigo_version", LentigoVersion.get());
    json.writeStringProperty("data_set", dataSet);
    json.writeStringProperty(
        "split", split == null ? "default" : split.name().toLowerCase(Locale.ROOT));
    json.writeNumberProperty("images", summary.images());
    json.writeBooleanProperty("seen_in_training", conditions.seenInTraining);
    json.writeStringProperty("engine", conditions.engine);
    json.writeNumberProperty("views", conditions.views);
    json.writeNumberProperty("looks", conditions.looks);
    if (models.size() == 1) {
      json.writeObjectPropertyStart("model");
      writeModel(json, models.get(0));
    } else {
      json.writeArrayPropertyStart("models");
      for (Model model : models) {
        json.writeStartObject();
        writeModel(json, model);
      }
      json.writeEndArray();
    }
    json.writeObjectPropertyStart("bootstrap");
    json.writeNumberProperty("confidence", 0.95);
    json.writeNumberProperty("resamples", Summary.RESAMPLES);
    json.writeNumberProperty("seed", Summary.DEFAULT_SEED);
    json.writeEndObject();
    json.writeObjectPropertyStart("metrics");
    for (Map.Entry<Metric, Estimate> entry : summary.estimates().entrySet()) {
      json.writeObjectPropertyStart(entry.getKey().name().toLowerCase(Locale.ROOT));
      json.writeNumberProperty("value", entry.getValue().value());
      json.writeNumberProperty("low", entry.getValue().low());
      json.writeNumberProperty("high", entry.getValue().high());
      json.writeStringProperty("taken_as", entry.getKey().convention());
      json.writeEndObject();
    }
    json.writeEndObject();
    confidence.write(json);
    json.writeArrayPropertyStart("problems");
    problems.forEach(json::writeString);
    json.writeEndArray();
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private static void writeModel(JsonGenerator json, Model model) {
    json.writeStringProperty("name", model.name());
    json.writeStringProperty("variant", model.network().name());
    json.writeStringProperty("sha256", model.sha256());
    json.writeNumberProperty("threshold", model.threshold());
    json.writeStringProperty("post_processing", model.postProcessing().describe());
    json.writeEndObject();
  }

  private void writeImages(CsvWriter csv) {
    csv.writeRecord(
        "image",
        "jaccard",
        "dice",
        "sensitivity",
        "specificity",
        "accuracy",
        "hd95_px",
        "thresholded_jaccard",
        "true_positives",
        "false_positives",
        "false_negatives",
        "true_negatives",
        "predicted_jaccard");
    for (Scoring.Scored image : scores) {
      ImageScores s = image.scores();
      Confusion c = s.confusion();
      csv.writeRecord(
          s.stem(),
          Double.toString(s.jaccard()),
          Double.toString(s.dice()),
          Double.toString(s.sensitivity()),
          Double.toString(s.specificity()),
          Double.toString(s.accuracy()),
          Double.toString(s.hd95()),
          Double.toString(s.thresholdedJaccard()),
          Long.toString(c.truePositives()),
          Long.toString(c.falsePositives()),
          Long.toString(c.falseNegatives()),
          Long.toString(c.trueNegatives()),
          image.predicted().isPresent() ? Double.toString(image.predicted().getAsDouble()) : "");
    }
  }

  private CategoryChart histogram() {
    Histogram histogram = Histogram.ofJaccard(Scoring.imageScores(scores), BINS);
    List<String> edges = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      edges.add(String.format(Locale.ROOT, "%.2f", histogram.lowerEdge(bin)));
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(900)
            .height(500)
            .title(
                String.format(
                    Locale.ROOT,
                    "%s: Jaccard index of %d images, mean %.3f",
                    dataSet,
                    summary.images(),
                    summary.get(Metric.JACCARD).value()))
            .xAxisTitle("Jaccard index, from")
            .yAxisTitle("images")
            .build();
    chart.getStyler().setLegendVisible(false).setChartTitleVisible(true);
    chart.getStyler().setAvailableSpaceFill(0.95);
    chart.addSeries("images", edges, histogram.counts());
    return chart;
  }
}
