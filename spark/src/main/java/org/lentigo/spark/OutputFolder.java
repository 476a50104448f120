package org.lentigo.spark;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.lentigo.network.Model;
import org.lentigo.spark.Job.UsageException;

/** The folder that a job writes to: the rows in it, and what a killed run has left beside them. */
final class OutputFolder {
  /** Within the folder: the rows without an error of files that had some, until they are moved. */
  private static final String KEPT = "_lentigo_kept";

  /** The file a row is in, while rows are sorted into {@link #KEPT}. */
  private static final String FILE = "_lentigo_file";

  private final SparkSession spark;
  private final Path path;
  private final FileSystem files;

  /**
   * @throws UsageException if it is a file
   */
  OutputFolder(SparkSession spark, String folder) throws UsageException, IOException {
    this.spark = spark;
    path = new Path(folder);
    files = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
    if (files.exists(path) && !files.getFileStatus(path).isDirectory()) {
      throw new UsageException(path + " is a file; name a folder with --out");
    }
  }

  /**
   * How many rows there are.
   *
   * @param failed how many of them have an error
   */
  record Rows(long all, long failed) {}

  /** Whether a stream writes here: Spark keeps a log of the files that its batches wrote. */
  boolean isOfAStream() throws IOException {
    return files.exists(new Path(path, "_spark_metadata"));
  }

  boolean holdsRows() throws IOException {
    return files.exists(path) && rowFiles("*.parquet").length > 0;
  }

  private FileStatus[] rowFiles(String glob) throws IOException {
    return files.globStatus(new Path(path, glob));
  }

  /** The rows that are there. */
  Dataset<Row> rows() throws IOException {
    if (isOfAStream()) {
      // Spark goes by the log, and where that is empty it could not tell the columns.
      return spark.read().schema(LentigoSpark.FILE_ROWS).parquet(path.toString());
    }
    return holdsRows()
        ? spark.read().parquet(path.toString())
        : spark.createDataFrame(List.of(), LentigoSpark.FILE_ROWS);
  }

  Rows count() throws IOException {
    Row counts = rows().selectExpr("count(*)", "count(error)").first();
    return new Rows(counts.getLong(0), counts.getLong(1));
  }

  /**
   * Refuses rows that a job's must not be mixed with.
   *
   * @param id the column that says what a photo is called
   * @param settings of the job
   * @throws UsageException if they are of another kind
   * @throws IOException if they are of another model, threshold or number of looks
   */
  void checkRows(String id, OutlineSettings settings) throws UsageException, IOException {
    if (!holdsRows()) {
      return;
    }
    Dataset<Row> rows = rows();
    List<String> columns = List.of(rows.columns());
    for (String column : List.of(id, "error", "model_sha256")) {
      if (!columns.contains(column)) {
        throw new UsageException(
            path
                + " holds rows without a column "
                + column
                + ", not outlines of such a job; name another folder with --out");
      }
    }
    if (!columns.contains("looks")) {
      // Of an earlier version, which is no reason to refuse them.
      rows = rows.withColumn("looks", functions.lit(null).cast(DataTypes.IntegerType));
    }
    Model model = Outlines.model(settings.model());
    Float threshold = settings.threshold();
    for (Row row : rows.select("model_sha256", "threshold", "looks").distinct().collectAsList()) {
      same("model", row.getString(0), model.sha256());
      // A row with an error has neither.
      if (!row.isNullAt(1)) {
        same("threshold", row.getFloat(1), threshold == null ? model.threshold() : threshold);
      }
      if (!row.isNullAt(2)) {
        same("looks", row.getInt(2), settings.oneLook() ? 1 : 2);
      }
    }
  }

  private void same(String what, Object there, Object wanted) throws IOException {
    if (!wanted.equals(there)) {
      throw new IOException(
          path
              + " holds rows with "
              + what
              + " "
              + there
              + ", and this run wants "
              + wanted
              + "; name another folder with --out");
    }
  }

  /**
   * Deletes what a run that was killed has half done, where Spark does not. A stream's batch that
   * did not end is written again; Spark goes by its log and knows which files to read, other
   * readers do not.
   */
  void clear() throws IOException {
    files.delete(new Path(path, KEPT), true);
    if (isOfAStream()) {
      Set<String> logged =
          Arrays.stream(rows().inputFiles())
              .map(file -> new Path(file).getName())
              .collect(Collectors.toSet());
      for (FileStatus part : rowFiles("part-*")) {
        if (!logged.contains(part.getPath().getName())) {
          files.delete(part.getPath(), false);
        }
      }
    }
  }

  /**
   * Takes the rows with an error out: each file that holds some is replaced by one without. A kill
   * on the way can cost the other rows of one file, whose photos are then outlined again as all
   * that have no row, but never leaves a row twice.
   */
  void dropErrors() throws IOException {
    if (!holdsRows()) {
      return;
    }
    Dataset<Row> rows = rows().withColumn(FILE, functions.col("_metadata.file_name"));
    List<String> names =
        rows.filter("error IS NOT NULL")
            .select(FILE)
            .distinct()
            .as(Encoders.STRING())
            .collectAsList();
    if (names.isEmpty()) {
      return;
    }
    Path kept = new Path(path, KEPT);
    rows.filter("error IS NULL")
        .filter(functions.col(FILE).isInCollection(names))
        .repartition(functions.col(FILE)) // So that each file's rows are in one again.
        .write()
        .partitionBy(FILE)
        .parquet(kept.toString());
    for (String name : names) {
      Path file = new Path(path, name);
      // In this order: the other way round there would be a moment with all of its rows twice.
      files.delete(file, false);
      for (FileStatus part : rowFiles(KEPT + "/" + FILE + "=" + name + "/part-*")) {
        if (!files.rename(part.getPath(), file)) {
          throw new IOException(
              part.getPath() + " cannot be moved to " + file + "; start the same command again");
        }
      }
    }
    files.delete(kept, true);
  }

  /** Ends a run that had nothing to write as Spark ends one that had. */
  void settle() throws IOException {
    if (holdsRows()) {
      files.delete(new Path(path, "_temporary"), true);
      Path done = new Path(path, "_SUCCESS");
      if (!files.exists(done)) {
        files.create(done).close();
      }
    }
  }
}
