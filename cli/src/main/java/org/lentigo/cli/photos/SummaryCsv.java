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
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Millimetres;
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
    columns.add(new Column("magnification", Measurement::magnification));
    columns.add(new Column("mean_confidence", Measurement::meanConfidence));
    columns.add(new Column("predicted_jaccard", Measurement::predictedJaccard));
    columns.addAll(of(Shape.NAMES, Measurement::shape, Shape::values));
    columns.addAll(
        of(
            Colours.NAMES,
            Measurement::colours,
            colours -> DoubleStream.of(colours.shares()).boxed().toList()));
    columns.add(of("mm_per_pixel", Measurement::scale, Scale::mmPerPixel));
    columns.add(of("scale_source", Measurement::scale, scale -> scale.source().label()));
    columns.add(of("scale_doubt", Measurement::scale, Scale::doubt));
    columns.addAll(of(Millimetres.NAMES, Measurement::millimetres, Millimetres::values));
    columns.addAll(of(PhotoQuality.NAMES, Measurement::quality, PhotoQuality::values));
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

  /** A column for each name of what may be missing. */
  private static <T> List<Column> of(
      List<String> names,
      Function<Measurement, @Nullable T> part,
      Function<T, List<? extends @Nullable Object>> values) {
    return IntStream.range(0, names.size())
        .mapToObj(i -> of(names.get(i), part, there -> values.apply(there).get(i)))
        .toList();
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
