package org.lentigo.training;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.lentigo.imaging.AtomicFiles;

/**
 * The course of a training run: a row an epoch in a CSV file, and a picture of it. The file grows
 * by whole rows; a kill leaves the rows before it.
 */
public final class Curves {
  private static final List<String> COLUMNS =
      List.of(
          "epoch",
          "size",
          "images_seen",
          "learning_rate",
          "training_loss",
          "validation_ji_raw",
          "validation_ji_averaged",
          "images_per_second",
          "seconds");

  private final Path csv;
  private final List<Row> rows;

  /**
   * What an epoch did.
   *
   * @param epoch counted from 1, rising from row to row
   * @param size pixels across and down of the training input
   * @param images seen since the run began
   * @param learningRate of the epoch's last step
   * @param loss mean over the epoch's steps
   * @param rawJaccard mean validation Jaccard index of the weights, 0 to 1; NaN when not validated
   * @param averagedJaccard the same of the weights' moving average
   * @param imagesPerSecond of the epoch's training, without validation
   * @param seconds since the run began, resumptions left out
   */
  public record Row(
      int epoch,
      int size,
      long images,
      double learningRate,
      double loss,
      double rawJaccard,
      double averagedJaccard,
      double imagesPerSecond,
      double seconds) {}

  private Curves(Path csv, List<Row> rows) {
    this.csv = csv;
    this.rows = rows;
  }

  /**
   * Opens the curves of a run, keeping what a checkpoint knows of: later rows are removed, for the
   * resumed run will write them again. With 0 a run starts afresh.
   *
   * @param csv need not exist
   * @param epochs rows up to and with this epoch stay
   * @throws IOException if the file cannot be read or written, or a row to be kept is not one of
   *     this class's
   */
  public static Curves open(Path csv, int epochs) throws IOException {
    List<Row> rows = new ArrayList<>();
    if (epochs > 0 && Files.exists(csv)) {
      try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(csv)) {
        for (NamedCsvRecord line : reader) {
          Row row = parse(csv, line);
          if (row.epoch() > epochs) {
            break;
          }
          rows.add(row);
        }
      }
    }
    Curves curves = new Curves(csv, rows);
    curves.write();
    return curves;
  }

  /** The rows so far, oldest first. */
  public List<Row> rows() {
    return List.copyOf(rows);
  }

  /**
   * Adds a row to the file.
   *
   * @throws IllegalArgumentException if its epoch does not come after the last row's
   */
  public void add(Row row) throws IOException {
    if (!rows.isEmpty() && row.epoch() <= rows.get(rows.size() - 1).epoch()) {
      throw new IllegalArgumentException(
          "epoch: got " + row.epoch() + ", wanted one after " + rows.get(rows.size() - 1).epoch());
    }
    rows.add(row);
    write();
  }

  /**
   * Draws loss and validation Jaccard index side by side, 1400 x 520 pixels.
   *
   * @param title of the picture, such as the run's name
   * @throws IllegalStateException if there is no row yet
   */
  public void writePng(Path png, String title) throws IOException {
    if (rows.isEmpty()) {
      throw new IllegalStateException("no epoch to draw yet");
    }
    XYChart loss = chart("Training loss", "loss");
    series(loss, "training loss", new Color(0x1f5fa8), Row::loss);
    XYChart jaccard = chart("Validation Jaccard index", "JI, %");
    series(jaccard, "raw weights", new Color(0xe08a1e), row -> 100 * row.rawJaccard());
    series(jaccard, "moving average", new Color(0x1b7f4b), row -> 100 * row.averagedJaccard());
    int width = 700;
    int height = 480;
    int head = 40;
    BufferedImage picture = new BufferedImage(2 * width, head + height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    try {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, picture.getWidth(), picture.getHeight());
      graphics.setColor(Color.DARK_GRAY);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setFont(graphics.getFont().deriveFont(Font.BOLD, 18f));
      graphics.drawString(title, 20, 28);
      graphics.translate(0, head);
      loss.paint(graphics, width, height);
      graphics.translate(width, 0);
      jaccard.paint(graphics, width, height);
    } finally {
      graphics.dispose();
    }
    AtomicFiles.write(png, out -> ImageIO.write(picture, "png", out));
  }

  private static XYChart chart(String title, String axis) {
    XYChart chart =
        new XYChartBuilder()
            .width(700)
            .height(480)
            .title(title)
            .xAxisTitle("epoch")
            .yAxisTitle(axis)
            .build();
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    return chart;
  }

  private void series(XYChart chart, String name, Color colour, ToDoubleFunction<Row> value) {
    List<Row> known =
        rows.stream().filter(row -> Double.isFinite(value.applyAsDouble(row))).toList();
    if (known.isEmpty()) {
      return;
    }
    XYSeries series =
        chart.addSeries(
            name,
            known.stream().mapToDouble(Row::epoch).toArray(),
            known.stream().mapToDouble(value).toArray());
    series.setLineColor(colour);
    series.setMarkerColor(colour);
    series.setMarker(known.size() < 30 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
  }

  // The whole file each time: a few hundred short rows, and never half a row.
  private void write() throws IOException {
    AtomicFiles.write(
        csv,
        out -> {
          CsvWriter writer =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          writer.writeRecord(COLUMNS);
          for (Row row : rows) {
            writer.writeRecord(
                List.of(
                    Integer.toString(row.epoch()),
                    Integer.toString(row.size()),
                    Long.toString(row.images()),
                    number(row.learningRate()),
                    number(row.loss()),
                    number(row.rawJaccard()),
                    number(row.averagedJaccard()),
                    number(row.imagesPerSecond()),
                    number(row.seconds())));
          }
          writer.flush();
        });
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Float.toString((float) value);
  }

  private static Row parse(Path csv, NamedCsvRecord line) throws IOException {
    try {
      return new Row(
          Integer.parseInt(line.getField("epoch")),
          Integer.parseInt(line.getField("size")),
          Long.parseLong(line.getField("images_seen")),
          parsed(line, "learning_rate"),
          parsed(line, "training_loss"),
          parsed(line, "validation_ji_raw"),
          parsed(line, "validation_ji_averaged"),
          parsed(line, "images_per_second"),
          parsed(line, "seconds"));
    } catch (IllegalArgumentException | NoSuchElementException e) {
      throw new IOException(
          csv
              + ": line "
              + line.getStartingLineNumber()
              + " is not a row of training curves: got "
              + line.getFields()
              + ", wanted "
              + String.join(",", COLUMNS)
              + "; move the file away to start it anew",
          e);
    }
  }

  private static double parsed(NamedCsvRecord line, String column) {
    String field = line.getField(column);
    return field.isEmpty() ? Double.NaN : Double.parseDouble(field);
  }
}
