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
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.lentigo.spark.Job.UsageException;

/** The folder that a job writes to: the rows in it, and what a killed run has left beside them. */
final class OutputFolder {
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
   * @throws UsageException if they are of another kind
   * @throws IOException if they are of another model
   */
  void checkRows(String id, String sha256) throws UsageException, IOException {
    List<String> columns = List.of(rows().columns());
    for (String column : List.of(id, "error", "model_sha256")) {
      if (holdsRows() && !columns.contains(column)) {
        throw new UsageException(
            path
                + " holds rows without a column "
                + column
                + ", not outlines of such a job; name another folder with --out");
      }
    }
    for (Row row : rows().select("model_sha256").distinct().collectAsList()) {
      if (!sha256.equals(row.getString(0))) {
        throw new IOException(
            path
                + " holds rows of the model "
                + row.getString(0)
                + ", and this run's is "
                + sha256
                + "; name another folder with --out");
      }
    }
  }

  /**
   * Deletes what a stream that was killed has written of a batch that did not end. Its rows are
   * written again; Spark goes by the log and knows which to read, other readers do not.
   */
  void clearStream() throws IOException {
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
