package org.lentigo.cli.scoring;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.awt.Color;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.metrics.AcceptedShare;
import org.lentigo.imaging.metrics.Correlation;
import org.lentigo.imaging.metrics.Reliability;
import tools.jackson.core.JsonGenerator;

/**
 * Whether a model knows how sure it may be: the calibration error of its probabilities, and how its
 * predicted Jaccard index goes with the true one.
 *
 * @param reliability of the probabilities
 * @param before the same without the model's calibration; equal to it where there is none
 * @param calibrated whether the model is
 * @param prediction empty if the model does not predict
 */
public record Confidence(
    Reliability reliability,
    Reliability before,
    boolean calibrated,
    Optional<Prediction> prediction) {

  /**
   * The predicted Jaccard index against the true one.
   *
   * @param pearson correlation, NaN where either does not vary
   * @param spearman rank correlation, likewise
   */
  public record Prediction(
      double pearson, double spearman, double meanAbsoluteError, AcceptedShare accepted) {}

  public static Confidence of(List<Scoring.Scored> images, boolean calibrated) {
    Reliability reliability = Reliability.none();
    Reliability before = Reliability.none();
    for (Scoring.Scored image : images) {
      reliability = reliability.plus(image.reliability());
      before = before.plus(image.before());
    }
    return new Confidence(reliability, before, calibrated, predictionOf(images));
  }

  private static Optional<Prediction> predictionOf(List<Scoring.Scored> images) {
    if (images.isEmpty() || images.stream().anyMatch(image -> image.predicted().isEmpty())) {
      return Optional.empty();
    }
    double[] predicted =
        images.stream().mapToDouble(image -> image.predicted().getAsDouble()).toArray();
    double[] actual = images.stream().mapToDouble(image -> image.scores().jaccard()).toArray();
    double error = 0;
    for (int i = 0; i < actual.length; i++) {
      error += Math.abs(predicted[i] - actual[i]);
    }
    return Optional.of(
        new Prediction(
            Correlation.pearson(predicted, actual),
            Correlation.spearman(predicted, actual),
            error / actual.length,
            AcceptedShare.of(predicted, actual)));
  }

  public void print(PrintWriter out) {
    double error = 100 * reliability.expectedCalibrationError();
    if (calibrated) {
      out.printf(
          Locale.ROOT,
          "Calibration error of the probabilities (ECE): %.2f %%, before calibration %.2f %%%n",
          error,
          100 * before.expectedCalibrationError());
    } else {
      out.printf(
          Locale.ROOT,
          "Calibration error of the probabilities (ECE): %.2f %%, not calibrated%n",
          error);
    }
    prediction.ifPresent(
        p -> {
          out.printf(
              Locale.ROOT,
              "Predicted JI: correlation with the true one %.3f (Pearson), %.3f (Spearman); mean"
                  + " absolute error %.2f %%%n",
              p.pearson,
              p.spearman,
              100 * p.meanAbsoluteError);
          out.printf(
              Locale.ROOT,
              "JI of the images predicted best: %.2f %% of 90 %%, %.2f %% of 80 %%, %.2f %% of"
                  + " half%n",
              100 * p.accepted.at(0.9).jaccard(),
              100 * p.accepted.at(0.8).jaccard(),
              100 * p.accepted.at(0.5).jaccard());
        });
  }

  /** Two properties of an object that is open. */
  public void write(JsonGenerator json) {
    json.writeObjectPropertyStart("calibration");
    json.writeBooleanProperty("calibrated", calibrated);
    json.writeNumberProperty("ece", reliability.expectedCalibrationError());
    json.writeNumberProperty("ece_before", before.expectedCalibrationError());
    json.writeNumberProperty("bins", Reliability.BINS);
    json.writeStringProperty(
        "taken_as", "all images' pixels at the network's resolution counted together");
    json.writeEndObject();
    if (prediction.isEmpty()) {
      json.writeNullProperty("predicted_jaccard");
      return;
    }
    Prediction p = prediction.get();
    json.writeObjectPropertyStart("predicted_jaccard");
    writeNumber(json, "pearson", p.pearson);
    writeNumber(json, "spearman", p.spearman);
    json.writeNumberProperty("mean_absolute_error", p.meanAbsoluteError);
    json.writeEndObject();
  }

  /** JSON has no NaN. */
  private static void writeNumber(JsonGenerator json, String name, double value) {
    if (Double.isNaN(value)) {
      json.writeNullProperty(name);
    } else {
      json.writeNumberProperty(name, value);
    }
  }

  /** The curve "JI of the accepted share" as a table. */
  static void writeCsv(AcceptedShare accepted, Path file) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          csv.writeRecord("accepted_share", "lowest_predicted_jaccard", "jaccard", "oracle");
          for (AcceptedShare.Point point : accepted.points()) {
            csv.writeRecord(
                Double.toString(point.share()),
                Double.toString(point.lowestPrediction()),
                Double.toString(point.jaccard()),
                Double.toString(point.oracle()));
          }
          csv.flush();
        });
  }

  /**
   * The same values, the first off by nothing to speak of: XChart puts its ticks on the values
   * themselves where they lie at equal distances, and writes 1 beside 1.11.
   */
  static double[] uneven(double[] values) {
    double[] uneven = values.clone();
    uneven[0] += 1e-9;
    return uneven;
  }

  /** The same curve as a picture; not every machine can draw text. */
  static void writePng(AcceptedShare accepted, String dataSet, Path file) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(500)
            .title(dataSet + ": Jaccard index of the accepted share")
            .xAxisTitle("accepted share of the images, %")
            .yAxisTitle("mean JI, %")
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisMin(0.0).setXAxisMax(100.0).setXAxisDecimalPattern("0");
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    List<AcceptedShare.Point> points = accepted.points();
    double[] shares = uneven(points.stream().mapToDouble(point -> 100 * point.share()).toArray());
    double[] jaccard = points.stream().mapToDouble(point -> 100 * point.jaccard()).toArray();
    double[] oracle = points.stream().mapToDouble(point -> 100 * point.oracle()).toArray();
    line(chart.addSeries("by predicted JI", shares, jaccard), new Color(0x1f5fa8));
    line(chart.addSeries("by true JI (oracle)", shares, oracle), new Color(0x9a9a9a));
    AtomicFiles.write(
        file, out -> BitmapEncoder.saveBitmap(chart, out, BitmapEncoder.BitmapFormat.PNG));
  }

  private static void line(XYSeries series, Color colour) {
    series.setLineColor(colour);
    series.setMarker(SeriesMarkers.NONE);
  }
}
