package org.lentigo.cli.photos;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Shape;
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

  /** A column and what it says of a photo that was outlined; empty where there is nothing. */
  private record Column(String name, Function<Measurement, @Nullable Object> value) {}

  private static final List<Column> COLUMNS = columns();

  private static List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("width", Measurement::width));
    columns.add(new Column("height", Measurement::height));
    columns.add(new Column("area_px", Measurement::areaPx));
    columns.add(new Column("area_fraction", Measurement::areaFraction));
    columns.add(new Column("outlines", Measurement::outlines));
    columns.add(of("box_x", Measurement::box, Box::x));
    columns.add(of("box_y", Measurement::box, Box::y));
    columns.add(of("box_width", Measurement::box, Box::width));
    columns.add(of("box_height", Measurement::box, Box::height));
    columns.add(new Column("mean_confidence", Measurement::meanConfidence));
    columns.add(new Column("predicted_jaccard", Measurement::predictedJaccard));
    columns.add(of("perimeter_px", Measurement::shape, Shape::perimeterPx));
    columns.add(of("largest_diameter_px", Measurement::shape, Shape::largestDiameterPx));
    columns.add(of("smallest_diameter_px", Measurement::shape, Shape::smallestDiameterPx));
    columns.add(of("axis_angle_degrees", Measurement::shape, Shape::axisAngleDegrees));
    columns.add(of("elongation", Measurement::shape, Shape::elongation));
    columns.add(of("asymmetry_major", Measurement::shape, Shape::asymmetryMajor));
    columns.add(of("asymmetry_minor", Measurement::shape, Shape::asymmetryMinor));
    columns.add(of("compactness", Measurement::shape, Shape::compactness));
    columns.add(of("solidity", Measurement::shape, Shape::solidity));
    columns.add(of("fractal_dimension", Measurement::shape, Shape::fractalDimension));
    columns.add(of("notches", Measurement::shape, Shape::notches));
    columns.add(of("deepest_notch_px", Measurement::shape, Shape::deepestNotchPx));
    for (int i = 0; i < Colours.NAMES.size(); i++) {
      int colour = i;
      columns.add(of(Colours.NAMES.get(i), Measurement::colours, c -> c.shares()[colour]));
    }
    columns.add(of("mm_per_pixel", Measurement::scale, Scale::mmPerPixel));
    columns.add(
        of("scale_source", Measurement::scale, s -> s.source().name().toLowerCase(Locale.ROOT)));
    columns.add(of("scale_doubt", Measurement::scale, Scale::doubt));
    columns.add(
        new Column("area_mm2", m -> m.scale() == null ? null : m.scale().squareMm(m.areaPx())));
    columns.add(new Column("perimeter_mm", m -> mm(m, Shape::perimeterPx)));
    columns.add(new Column("largest_diameter_mm", m -> mm(m, Shape::largestDiameterPx)));
    columns.add(new Column("smallest_diameter_mm", m -> mm(m, Shape::smallestDiameterPx)));
    columns.add(of("blur_px", Measurement::quality, PhotoQuality::blur));
    columns.add(of("lightness", Measurement::quality, PhotoQuality::lightness));
    columns.add(of("glare", Measurement::quality, PhotoQuality::glare));
    columns.add(of("hair", Measurement::quality, PhotoQuality::hair));
    columns.add(of("cut", Measurement::quality, PhotoQuality::cut));
    columns.add(of("likeness", Measurement::quality, PhotoQuality::likeness));
    columns.add(new Column("problem", m -> worst(m, PhotoQuality.Problem::label)));
    columns.add(new Column("advice", m -> worst(m, PhotoQuality.Problem::advice)));
    columns.add(new Column("threshold", Measurement::threshold));
    columns.add(new Column("model", m -> m.model().name()));
    columns.add(new Column("model_sha256", m -> m.model().sha256()));
    columns.add(new Column("warnings", m -> String.join("; ", m.warnings())));
    return List.copyOf(columns);
  }

  /** A column of what may be missing. */
  private static <T> Column of(
      String name, Function<Measurement, @Nullable T> part, Function<T, @Nullable Object> value) {
    return new Column(
        name,
        m -> {
          T there = part.apply(m);
          return there == null ? null : value.apply(there);
        });
  }

  private static @Nullable Object mm(Measurement m, ToDoubleFunction<Shape> length) {
    Scale scale = m.scale();
    Shape shape = m.shape();
    return scale == null || shape == null ? null : scale.mm(length.applyAsDouble(shape));
  }

  private static @Nullable Object worst(
      Measurement m, Function<PhotoQuality.Problem, String> text) {
    PhotoQuality quality = m.quality();
    PhotoQuality.Problem worst = quality == null ? null : quality.worst();
    return worst == null ? null : text.apply(worst);
  }

  public static void write(Path file, List<Row> rows) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          List<String> header = new ArrayList<>(List.of("image", "status", "mask"));
          COLUMNS.forEach(column -> header.add(column.name));
          header.add("message");
          csv.writeRecord(header);
          for (Row row : rows) {
            csv.writeRecord(cells(row));
          }
          csv.flush();
        });
  }

  private static List<String> cells(Row row) {
    Measurement m = row.measurement;
    List<String> cells = new ArrayList<>();
    cells.add(row.photo.toString());
    cells.add(row.status.name().toLowerCase(Locale.ROOT));
    cells.add(m == null ? "" : row.mask);
    for (Column column : COLUMNS) {
      Object value = m == null ? null : column.value.apply(m);
      cells.add(value == null ? "" : value.toString());
    }
    cells.add(row.message);
    return cells;
  }
}
