package org.lentigo.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.DoubleStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Millimetres;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Shape;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.runtime.BundledModel;
import org.lentigo.runtime.Measurement;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.PixelBudget;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.LentigoVersion;
import org.lentigo.runtime.internal.Reasons;

/** From a photo's bytes to a row, with one model a JVM however many tasks run in it. */
final class Outlines {
  /** Measures that are whole numbers. */
  private static final Set<String> COUNTS = Set.of("notches");

  static final StructType BOX =
      struct(
          field("x", DataTypes.IntegerType),
          field("y", DataTypes.IntegerType),
          field("width", DataTypes.IntegerType),
          field("height", DataTypes.IntegerType));

  static final StructType MEASURES =
      numbers(Shape.NAMES).add("colours", numbers(Colours.NAMES), true);

  static final StructType MILLIMETRES =
      addAll(
          struct(
              field("mm_per_pixel", DataTypes.DoubleType),
              field("source", DataTypes.StringType),
              field("doubt", DataTypes.DoubleType)),
          numbers(Millimetres.NAMES));

  static final StructType QUALITY =
      numbers(PhotoQuality.NAMES)
          .add("problem", DataTypes.StringType, true)
          .add("advice", DataTypes.StringType, true);

  static final StructType SCHEMA =
      struct(
          field("width", DataTypes.IntegerType),
          field("height", DataTypes.IntegerType),
          field("mask", DataTypes.BinaryType),
          field("polygon", DataTypes.BinaryType),
          field("area_px", DataTypes.LongType),
          field("area_fraction", DataTypes.DoubleType),
          field("outlines", DataTypes.IntegerType),
          field("bounding_box", BOX),
          field("mean_confidence", DataTypes.DoubleType),
          field("predicted_jaccard", DataTypes.DoubleType),
          field("magnification", DataTypes.DoubleType),
          field("measures", MEASURES),
          field("millimetres", MILLIMETRES),
          field("quality", QUALITY),
          field("threshold", DataTypes.FloatType),
          field("looks", DataTypes.IntegerType),
          field("warnings", DataTypes.createArrayType(DataTypes.StringType, false)),
          field("error", DataTypes.StringType),
          field("model_name", DataTypes.StringType),
          field("model_sha256", DataTypes.StringType),
          field("lentigo_version", DataTypes.StringType));

  /** How many models this JVM has opened; for tests. */
  static final AtomicInteger OPENED = new AtomicInteger();

  /** Half of the memory is Spark's. */
  private static final PixelBudget MEMORY = new PixelBudget(Runtime.getRuntime().maxMemory() / 2);

  private static final String VERSION = LentigoVersion.get();

  /** The models in use in this JVM: one, but for a session that uses several. Never closed. */
  private static final List<Outlines> OPEN = new ArrayList<>();

  private final byte @Nullable [] source;
  private final PhotoOutliner twice;
  private final PhotoOutliner once;

  private Outlines(byte @Nullable [] source) throws IOException {
    this.source = source;
    Segmenter segmenter = Segmenter.of(model(source), 1);
    twice = new PhotoOutliner(segmenter);
    once = new PhotoOutliner(segmenter.oneLook());
    OPENED.incrementAndGet();
  }

  /** The model of these bytes; null for the bundled one. */
  static Model model(byte @Nullable [] source) throws IOException {
    return source == null ? BundledModel.read() : ModelFile.read(source);
  }

  /**
   * Opens the model in this JVM, if no task has done so before.
   *
   * @throws UncheckedIOException if it cannot be read
   * @throws IllegalStateException if no engine starts on this machine
   */
  static Outlines open(OutlineSettings settings) {
    synchronized (OPEN) {
      for (Outlines open : OPEN) {
        if (Arrays.equals(open.source, settings.model())) {
          return open;
        }
      }
      try {
        Outlines opened = new Outlines(settings.model());
        OPEN.add(opened);
        return opened;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Outlines a photo.
   *
   * @param photo the bytes of its file; null gives a row that says so
   * @return the values of {@link #SCHEMA}. Whatever goes wrong with the photo is in its {@code
   *     error}.
   */
  Object[] row(byte @Nullable [] photo, OutlineSettings settings) {
    if (photo == null) {
      return failed("no bytes: the column is null here");
    }
    try {
      Size size = PhotoReader.size(photo);
      try (PixelBudget.Share share = MEMORY.take((long) size.width() * size.height())) {
        PhotoOutliner outliner = settings.oneLook() ? once : twice;
        return row(outliner.outline(photo, settings.maxPixels(), settings.threshold()));
      }
    } catch (InterruptedException e) {
      // Spark ends the task.
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (OutOfMemoryError e) {
      return failed(
          "does not fit into the memory of an executor ("
              + (Runtime.getRuntime().maxMemory() >> 20)
              + " MiB); raise spark.executor.memory");
    } catch (IOException | RuntimeException | StackOverflowError e) {
      return failed(Reasons.reason(e));
    }
  }

  private Object[] row(OutlinedPhoto photo) throws IOException {
    Measurement is = photo.measurement();
    return new Object[] {
      is.width(),
      is.height(),
      photo.mask(),
      Wkb.multiPolygon(photo.contours()),
      is.areaPx(),
      is.areaFraction(),
      is.outlines(),
      box(is.box()),
      is.meanConfidence(),
      is.predictedJaccard(),
      is.magnification(),
      measures(is.shape(), is.colours()),
      millimetres(is.scale(), is.millimetres()),
      quality(is.quality()),
      is.threshold(),
      is.model().looks(),
      is.warnings().toArray(String[]::new),
      null,
      is.model().name(),
      is.model().sha256(),
      VERSION
    };
  }

  /** The values of {@link #SCHEMA} for a photo that could not be outlined. */
  Object[] failed(String error) {
    @Nullable Object[] row = new @Nullable Object[SCHEMA.size()];
    row[SCHEMA.fieldIndex("warnings")] = new String[0];
    row[SCHEMA.fieldIndex("error")] = error;
    row[SCHEMA.fieldIndex("model_name")] = twice.model().name();
    row[SCHEMA.fieldIndex("model_sha256")] = twice.model().sha256();
    row[SCHEMA.fieldIndex("lentigo_version")] = VERSION;
    return row;
  }

  private static @Nullable Row box(@Nullable Box box) {
    return box == null ? null : RowFactory.create(box.x(), box.y(), box.width(), box.height());
  }

  private static @Nullable Row measures(@Nullable Shape shape, @Nullable Colours colours) {
    if (shape == null || colours == null) {
      return null;
    }
    Object[] shares = DoubleStream.of(colours.shares()).boxed().toArray();
    return row(shape.values(), RowFactory.create(shares));
  }

  private static @Nullable Row millimetres(@Nullable Scale scale, @Nullable Millimetres lesion) {
    if (scale == null || lesion == null) {
      return null;
    }
    List<@Nullable Object> values = new ArrayList<>();
    values.add(scale.mmPerPixel());
    values.add(scale.source().label());
    values.add(scale.doubt());
    values.addAll(lesion.values());
    return row(values);
  }

  private static @Nullable Row quality(@Nullable PhotoQuality quality) {
    if (quality == null) {
      return null;
    }
    PhotoQuality.Problem worst = quality.worst();
    return row(
        quality.values(),
        worst == null ? null : worst.label(),
        worst == null ? null : worst.advice());
  }

  private static Row row(List<? extends @Nullable Object> values, @Nullable Object... more) {
    List<@Nullable Object> all = new ArrayList<>(values);
    all.addAll(Arrays.asList(more));
    return RowFactory.create(all.toArray());
  }

  /** A DOUBLE for each name, but for a count. */
  private static StructType numbers(List<String> names) {
    StructType all = new StructType();
    for (String name : names) {
      all = all.add(name, COUNTS.contains(name) ? DataTypes.IntegerType : DataTypes.DoubleType);
    }
    return all;
  }

  private static StructType addAll(StructType before, StructType more) {
    StructType all = before;
    for (StructField field : more.fields()) {
      all = all.add(field);
    }
    return all;
  }

  private static StructType struct(StructField... fields) {
    return DataTypes.createStructType(fields);
  }

  private static StructField field(String name, DataType type) {
    return DataTypes.createStructField(name, type, true);
  }
}
