package org.lentigo.cli.photos;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.runtime.Measurement;

/** {@code summary.csv}: a row for each photo of a run, done or not. */
public final class SummaryCsv {
  public static final String NAME = "summary.csv";

  private SummaryCsv() {}

  /** What became of a photo. */
  public enum Status {
    DONE,
    /** All its outputs were there before. */
    KEPT,
    FAILED
  }

  /**
   * One photo.
   *
   * @param photo as the command line reaches it
   * @param mask its mask, relative to the output folder, with {@code /} between folders
   * @param measurement null if it failed
   * @param message why it failed; empty otherwise
   */
  public record Row(
      Path photo, String mask, Status status, @Nullable Measurement measurement, String message) {}

  public static void write(Path file, List<Row> rows) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          csv.writeRecord(
              "image",
              "status",
              "mask",
              "width",
              "height",
              "area_px",
              "area_fraction",
              "outlines",
              "box_x",
              "box_y",
              "box_width",
              "box_height",
              "mean_confidence",
              "predicted_jaccard",
              "threshold",
              "model",
              "model_sha256",
              "warnings",
              "message");
          for (Row row : rows) {
            write(csv, row);
          }
          csv.flush();
        });
  }

  private static void write(CsvWriter csv, Row row) {
    String status = row.status.name().toLowerCase(Locale.ROOT);
    Measurement m = row.measurement;
    if (m == null) {
      csv.writeRecord(
          row.photo.toString(),
          status,
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          "",
          row.message);
      return;
    }
    Box box = m.box();
    csv.writeRecord(
        row.photo.toString(),
        status,
        row.mask,
        Integer.toString(m.width()),
        Integer.toString(m.height()),
        Long.toString(m.areaPx()),
        Double.toString(m.areaFraction()),
        Integer.toString(m.outlines()),
        box == null ? "" : Integer.toString(box.x()),
        box == null ? "" : Integer.toString(box.y()),
        box == null ? "" : Integer.toString(box.width()),
        box == null ? "" : Integer.toString(box.height()),
        m.meanConfidence() == null ? "" : m.meanConfidence().toString(),
        m.predictedJaccard() == null ? "" : m.predictedJaccard().toString(),
        Float.toString(m.threshold()),
        m.model().name(),
        m.model().sha256(),
        String.join("; ", m.warnings()),
        row.message);
  }
}
