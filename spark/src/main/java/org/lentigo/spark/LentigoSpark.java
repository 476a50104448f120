package org.lentigo.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.lentigo.runtime.internal.Reasons;

/**
 * Outlining photos on Spark: a row a photo, with the same mask, byte for byte, as {@code lentigo
 * segment} writes.
 *
 * <pre>{@code
 * Dataset<Row> photos = spark.table("photos");            // id, content
 * LentigoSpark.outline(photos, "content", OutlineSettings.DEFAULT)
 *     .write().parquet("outlines");                        // id, width, height, mask, ...
 *
 * LentigoSpark.register(spark, OutlineSettings.DEFAULT);
 * spark.sql("SELECT id, lentigo_outline(content).area_fraction FROM photos");
 * }</pre>
 *
 * <p>Each JVM opens the model once, however many tasks run in it; each task works on one photo at a
 * time. A photo that cannot be read is a row whose {@code error} says why.
 */
public final class LentigoSpark {
  /** What the SQL function is called. */
  public static final String FUNCTION = "lentigo_outline";

  /** A file of more bytes is not read: no photo within a sane limit of pixels has as many. */
  private static final long MAX_BYTES = 1L << 30;

  private static final StructType FILES =
      new StructType()
          .add("path", DataTypes.StringType, false)
          .add("bytes", DataTypes.LongType, true);

  private static final StructType PACKED =
      new StructType()
          .add("path", DataTypes.StringType, false)
          .add("content", DataTypes.BinaryType, true)
          .add("unreadable", DataTypes.StringType, true);

  /** The columns of {@link #outlineFiles}. */
  static final StructType FILE_ROWS = with(FILES);

  private LentigoSpark() {}

  /**
   * What there is to say of a photo. Where {@code error} is not null, all but it, the model's
   * columns and {@code lentigo_version} are null or empty.
   *
   * <pre>
   * width, height      INT, pixels, as displayed
   * mask               BINARY, a PNG of the photo's size, 255 where lesion is
   * polygon            BINARY, WKB multipolygon, pixels from the top left corner, y downward
   * area_px            BIGINT, the lesion's pixels
   * area_fraction      DOUBLE, the lesion's share of the photo, 0 to 1
   * outlines           INT, how many parts
   * bounding_box       STRUCT of INT x, y, width, height, or null without a lesion
   * mean_confidence    DOUBLE, mean probability inside the mask, or null without a lesion
   * predicted_jaccard  DOUBLE, 0 to 1, or null if the model does not predict it
   * measures           STRUCT of perimeter_px to deepest_notch_px, and a STRUCT colours, or null
   *                    without a lesion
   * millimetres        STRUCT of mm_per_pixel, source, doubt, area_mm2 to smallest_diameter_mm, or
   *                    null where the photo's scale is not known
   * quality            STRUCT of blur_px to likeness, problem, advice
   * threshold          FLOAT, a pixel is lesion where its probability is at least this
   * warnings           ARRAY of STRING, what was odd about the file
   * error              STRING, why there is no outline; null if there is one
   * model_name, model_sha256, lentigo_version   STRING
   * </pre>
   *
   * <p>The fields of the three structs are those of {@link org.lentigo.runtime.Measurement}'s JSON.
   */
  public static StructType schema() {
    return Outlines.SCHEMA;
  }

  /**
   * Outlines the photos in a table, also in a stream.
   *
   * @param photos with a binary column; one photo a row
   * @param content which column that is: the bytes of an image file
   * @return the other columns, then {@link #schema}
   * @throws IllegalArgumentException if there is no such column, it is not binary, or another
   *     column has the name of one of {@link #schema}
   */
  public static Dataset<Row> outline(
      Dataset<Row> photos, String content, OutlineSettings settings) {
    StructType in = photos.schema();
    StructType out = outlined(in, content);
    int at = in.fieldIndex(content);
    int[] kept = IntStream.range(0, in.size()).filter(i -> i != at).toArray();
    MapPartitionsFunction<Row, Row> work =
        rows -> {
          Outlines outlines = Outlines.open(settings);
          return map(
              rows,
              row ->
                  RowFactory.create(
                      Stream.concat(
                              Arrays.stream(kept).mapToObj(row::get),
                              Arrays.stream(outlines.row(row.<byte[]>getAs(at), settings)))
                          .toArray()));
        };
    return photos.mapPartitions(work, Encoders.row(out));
  }

  /**
   * The columns of a table's outlines.
   *
   * @throws IllegalArgumentException as {@link #outline}
   */
  static StructType outlined(StructType photos, String content) {
    if (!Arrays.asList(photos.fieldNames()).contains(content)
        || !photos.apply(content).dataType().equals(DataTypes.BinaryType)) {
      throw new IllegalArgumentException(
          "no binary column " + content + " among " + photos.simpleString());
    }
    StructType kept = new StructType();
    for (StructField field : photos.fields()) {
      if (!field.name().equals(content)) {
        kept = kept.add(field);
      }
    }
    return with(kept);
  }

  /**
   * Outlines photos in files, also in a stream. Each is read by the task that outlines it, so that
   * one which cannot be read is a row with its error.
   *
   * @param paths on any file system that Hadoop knows
   * @return {@code path} as given, {@code bytes} (BIGINT, the file's size; null if it could not be
   *     read), then {@link #schema}
   */
  public static Dataset<Row> outlineFiles(Dataset<String> paths, OutlineSettings settings) {
    SerializableConfiguration hadoop =
        new SerializableConfiguration(paths.sparkSession().sparkContext().hadoopConfiguration());
    MapPartitionsFunction<String, Row> work =
        files -> {
          Outlines outlines = Outlines.open(settings);
          return map(files, file -> outlineFile(file, hadoop.value(), outlines, settings));
        };
    return paths.mapPartitions(work, Encoders.row(FILE_ROWS));
  }

  /**
   * Reads photos in files as they are: many small files become a table that is quick to list and to
   * open, for {@link #outline}.
   *
   * @param paths on any file system that Hadoop knows
   * @return {@code path} as given, {@code content} (BINARY, the file's bytes; null if it could not
   *     be read), {@code unreadable} (STRING, why it could not; null if it could)
   */
  public static Dataset<Row> readFiles(Dataset<String> paths) {
    SerializableConfiguration hadoop =
        new SerializableConfiguration(paths.sparkSession().sparkContext().hadoopConfiguration());
    MapPartitionsFunction<String, Row> work =
        files ->
            map(
                files,
                file -> {
                  try {
                    return RowFactory.create(file, read(new Path(file), hadoop.value()), null);
                  } catch (IOException | IllegalArgumentException | OutOfMemoryError e) {
                    return RowFactory.create(file, null, unreadable(e));
                  }
                });
    return paths.mapPartitions(work, Encoders.row(PACKED));
  }

  /**
   * Outlines what arrives in a folder, as a stream: {@link #outlineFiles} of files that were not
   * there before. A file is read once, as it is then, so move files in when they are whole; one
   * that is gone by its turn has no row.
   *
   * @param folder or a glob of folders, on any file system that Hadoop knows
   * @param filesATime at most so many are in one of the stream's batches, at least 1
   */
  public static Dataset<Row> stream(
      SparkSession spark, String folder, int filesATime, OutlineSettings settings) {
    SerializableConfiguration hadoop =
        new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
    Dataset<String> paths =
        spark
            .readStream()
            .format("binaryFile")
            .schema(
                new StructType()
                    .add("path", DataTypes.StringType)
                    .add("modificationTime", DataTypes.TimestampType)
                    .add("length", DataTypes.LongType)
                    .add("content", DataTypes.BinaryType))
            .option("maxFilesPerTrigger", filesATime)
            .option("recursiveFileLookup", true)
            // Spark looks each up, although it does not read it: one that is gone would end all.
            .option("ignoreMissingFiles", true)
            .load(folder)
            // Spark does not read what is not asked for: the content.
            .select("path")
            .as(Encoders.STRING())
            .filter((FilterFunction<String>) path -> PhotoPaths.arrives(path, hadoop.value()));
    return outlineFiles(paths, settings);
  }

  /**
   * Makes {@value #FUNCTION} known to a session's SQL: from a photo's bytes to a struct of {@link
   * #schema}.
   */
  public static void register(SparkSession spark, OutlineSettings settings) {
    spark.udf().register(FUNCTION, new OutlineFunction(settings), schema());
  }

  private static Row outlineFile(
      String file, Configuration hadoop, Outlines outlines, OutlineSettings settings) {
    Long length = null;
    Object[] outline;
    try {
      byte[] bytes = read(new Path(file), hadoop);
      length = (long) bytes.length;
      outline = outlines.row(bytes, settings);
    } catch (IOException | IllegalArgumentException | OutOfMemoryError e) {
      outline = outlines.failed(unreadable(e));
    }
    return RowFactory.create(
        Stream.concat(Stream.of(file, length), Arrays.stream(outline)).toArray());
  }

  private static String unreadable(Throwable e) {
    if (e instanceof FileNotFoundException) {
      return "no such file";
    }
    return e instanceof OutOfMemoryError
        ? "the file does not fit into memory"
        : "cannot be read: " + Reasons.reason(e);
  }

  private static byte[] read(Path file, Configuration hadoop) throws IOException {
    FileSystem files = file.getFileSystem(hadoop);
    long length = files.getFileStatus(file).getLen();
    if (length > MAX_BYTES) {
      throw new IOException(length + " bytes are more than the limit of " + MAX_BYTES);
    }
    byte[] bytes = new byte[(int) length];
    try (FSDataInputStream in = files.open(file)) {
      in.readFully(bytes);
    }
    return bytes;
  }

  private static StructType with(StructType before) {
    List<String> names = List.of(before.fieldNames());
    StructType all = before;
    for (StructField field : schema().fields()) {
      if (names.contains(field.name())) {
        throw new IllegalArgumentException(
            "the column " + field.name() + " is one of Lentigo's too; rename yours");
      }
      all = all.add(field);
    }
    return all;
  }

  private static <A, B> Iterator<B> map(Iterator<A> from, Function<A, B> function) {
    Iterable<A> once = () -> from;
    return StreamSupport.stream(once.spliterator(), false).map(function).iterator();
  }
}
