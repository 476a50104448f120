package org.lentigo.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.jspecify.annotations.Nullable;

/**
 * The program for {@code spark-submit}: photos in files or a table to Parquet. A run that was
 * killed goes on where it stopped when it is started again: each task's rows are put in place in
 * one go, and what has a row is not done again.
 *
 * <p>Exit code 0 when every photo has a row (also one with an error), 1 if the run failed, 2 for
 * wrong usage.
 */
public final class OutlinePhotos {
  /** So many paths are handed on at a time; as many more are listed meanwhile. */
  private static final int LISTED = 1_000_000;

  private static final String USAGE =
      """
      usage: spark-submit --class org.lentigo.spark.OutlinePhotos ... lentigo-spark.jar
        --photos PATH       a folder (with its subfolders), a file or a glob; may be repeated
        --table NAME        instead: a table, or parquet.`PATH`, with two columns:
          --id COLUMN         what a photo is called (default: path)
          --content COLUMN    the bytes of its file (default: content)
        --out PATH          folder of Parquet files; what has a row there is not done again
        --model FILE        default: the bundled model
        --threshold P       default: the model's
        --max-pixels N      refuse larger photos (default: 100000000)
        --per-task N        at most so many photos a task, hence an output file (default: 250)
        --stream            go on with photos that arrive in the folder, until it is stopped
        --once              with --stream: stop when those that are there are done
        --pack              outline nothing, write the photos' path and content to --out, for
                            --table 'parquet.`PATH`'
      """;

  private OutlinePhotos() {}

  /** Wrong usage; the message says what is. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  /**
   * What a run is asked to do.
   *
   * @param photos folders, files and globs; empty if there is a table
   * @param table null if there are photos
   * @param perTask photos a task, at least 1
   */
  record Job(
      List<String> photos,
      @Nullable String table,
      String id,
      String content,
      String out,
      OutlineSettings settings,
      int perTask,
      Work work) {}

  /** What is done with a job's photos. */
  enum Work {
    /** Those that are there are outlined. */
    OUTLINE,
    /** As a stream, until it is stopped. */
    STREAM,
    /** As a stream, which stops when those that are there are done. */
    STREAM_ONCE,
    /** None is outlined: they become a table. */
    PACK;

    boolean isStream() {
      return this == STREAM || this == STREAM_ONCE;
    }
  }

  /**
   * What became of a run.
   *
   * @param done photos that got a row in this run
   * @param failed how many of these rows have an error
   * @param kept photos that had a row before
   */
  record Result(long done, long failed, long kept) {}

  /** See the usage that is printed without arguments. */
  public static void main(String[] args) {
    SparkSession spark = null;
    int code;
    try {
      Map<String, List<String>> options = parse(args);
      spark = SparkSession.builder().appName("lentigo").getOrCreate();
      Job job = job(options, spark.sparkContext().hadoopConfiguration());
      if (job.work == Work.PACK) {
        System.out.printf("%d packed.%n", pack(spark, job));
      } else {
        Result result = run(spark, job);
        System.out.printf(
            "%d outlined, %d of them with an error, %d kept from before. These are outlines, not a"
                + " diagnosis.%n",
            result.done, result.failed, result.kept);
      }
      code = 0;
    } catch (UsageException e) {
      System.err.println("lentigo: " + e.getMessage());
      System.err.print(USAGE);
      code = 2;
    } catch (IOException | StreamingQueryException | TimeoutException e) {
      System.err.println("lentigo: " + e.getMessage());
      code = 1;
    }
    if (spark != null) {
      spark.stop();
    }
    if (code != 0) {
      // Left alone otherwise: in a cluster's mode the JVM is Spark's to end.
      System.exit(code);
    }
  }

  private static Map<String, List<String>> parse(String[] args) throws UsageException {
    List<String> known =
        List.of(
            "--photos",
            "--table",
            "--id",
            "--content",
            "--out",
            "--model",
            "--threshold",
            "--max-pixels",
            "--per-task",
            "--stream",
            "--once",
            "--pack");
    Map<String, List<String>> options = new HashMap<>();
    for (int i = 0; i < args.length; i++) {
      String name = args[i];
      if (!known.contains(name)) {
        throw new UsageException("unknown option " + name);
      }
      List<String> values = options.computeIfAbsent(name, n -> new ArrayList<>());
      if (!values.isEmpty() && !name.equals("--photos")) {
        throw new UsageException(name + " was given twice");
      }
      boolean flag = List.of("--stream", "--once", "--pack").contains(name);
      if (!flag && ++i == args.length) {
        throw new UsageException(name + " needs a value");
      }
      values.add(flag ? "" : args[i]);
    }
    return options;
  }

  private static Job job(Map<String, List<String>> options, Configuration hadoop)
      throws UsageException, IOException {
    List<String> photos = options.getOrDefault("--photos", List.of());
    String table = one(options, "--table");
    String out = one(options, "--out");
    boolean stream = options.containsKey("--stream");
    if (photos.isEmpty() == (table == null)) {
      throw new UsageException("name either --photos or a --table");
    }
    if (out == null) {
      throw new UsageException("name the output with --out");
    }
    if (stream && photos.size() != 1) {
      throw new UsageException("--stream needs one folder: --photos PATH");
    }
    boolean once = options.containsKey("--once");
    if (once && !stream) {
      throw new UsageException("--once goes with --stream");
    }
    boolean pack = options.containsKey("--pack");
    if (pack && (photos.isEmpty() || stream)) {
      throw new UsageException("--pack goes with --photos, and without --stream");
    }
    Work work = pack ? Work.PACK : once ? Work.STREAM_ONCE : stream ? Work.STREAM : Work.OUTLINE;
    String modelFile = one(options, "--model");
    OutlineSettings settings;
    try {
      String threshold = one(options, "--threshold");
      settings =
          new OutlineSettings(
              modelFile == null ? null : bytes(new Path(modelFile), hadoop),
              threshold == null ? null : Float.valueOf(threshold),
              Long.parseLong(
                  or(options, "--max-pixels", "" + OutlineSettings.DEFAULT.maxPixels())));
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    int perTask;
    try {
      perTask = Integer.parseInt(or(options, "--per-task", "250"));
    } catch (NumberFormatException e) {
      throw new UsageException("--per-task needs a number");
    }
    if (perTask < 1) {
      throw new UsageException("--per-task must be at least 1, got " + perTask);
    }
    return new Job(
        photos,
        table,
        or(options, "--id", "path"),
        or(options, "--content", "content"),
        out,
        settings,
        perTask,
        work);
  }

  private static @Nullable String one(Map<String, List<String>> options, String name) {
    List<String> values = options.get(name);
    return values == null ? null : values.get(0);
  }

  private static String or(Map<String, List<String>> options, String name, String otherwise) {
    return options.getOrDefault(name, List.of(otherwise)).get(0);
  }

  private static byte[] bytes(Path file, Configuration hadoop) throws IOException {
    FileSystem files = file.getFileSystem(hadoop);
    try (FSDataInputStream in = files.open(file)) {
      return in.readAllBytes();
    }
  }

  /**
   * Does a job, but for what was done before.
   *
   * @throws UsageException if the job cannot be done as asked
   * @throws IOException if photos cannot be listed, or the output holds rows of another model
   */
  static Result run(SparkSession spark, Job job)
      throws UsageException, IOException, StreamingQueryException, TimeoutException {
    OutputFolder out = new OutputFolder(spark, job.out);
    boolean streamed = out.isOfAStream();
    if (streamed != job.work.isStream() && (streamed || out.holdsRows())) {
      throw new UsageException(
          job.out
              + (streamed ? " belongs to a stream" : " was not written by a stream")
              + "; name another folder with --out");
    }
    out.checkModel(Outlines.model(job.settings.model()).sha256());
    if (streamed) {
      out.clearStream();
    }
    OutputFolder.Rows before = out.count();
    long kept;
    if (job.work.isStream()) {
      stream(spark, job);
      kept = before.all();
    } else {
      kept = job.table == null ? files(spark, job, out) : table(spark, job, out);
    }
    OutputFolder.Rows after = out.count();
    return new Result(after.all() - before.all(), after.failed() - before.failed(), kept);
  }

  /** Outlines what has no row yet; returns how many have one. */
  private static long files(SparkSession spark, Job job, OutputFolder out) throws IOException {
    Set<String> done = new HashSet<>();
    out.rows().select("path").as(Encoders.STRING()).toLocalIterator().forEachRemaining(done::add);
    long[] counts = new long[2];
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    inBatches(
        consumer -> PhotoPaths.find(job.photos, hadoop, consumer),
        LISTED,
        path -> {
          boolean wanted = done.add(path);
          counts[wanted ? 0 : 1]++;
          return wanted;
        },
        paths -> append(outlined(spark, job, paths), job.out));
    if (counts[0] == 0) {
      out.settle();
    }
    return counts[1];
  }

  /** Names files one after the other. */
  interface Listing {
    void forEach(Consumer<String> found) throws IOException;
  }

  /**
   * Lists photos, and hands on those that are wanted, some at a time, each once. While some are
   * worked on, the next are listed: millions of names take a while wherever they are.
   *
   * @throws RuntimeException what {@code work} threw; nothing more is handed on then
   */
  static void inBatches(
      Listing listing, int atATime, Predicate<String> wanted, Consumer<Set<String>> work)
      throws IOException {
    ExecutorService worker = Executors.newSingleThreadExecutor();
    try {
      Batches batches = new Batches(worker, atATime, wanted, work);
      listing.forEach(batches::offer);
      batches.handOn();
      batches.await();
    } finally {
      worker.shutdownNow();
    }
  }

  private static final class Batches {
    private final ExecutorService worker;
    private final int atATime;
    private final Predicate<String> wanted;
    private final Consumer<Set<String>> work;
    private Set<String> listed = new LinkedHashSet<>();
    private Future<?> underWay = CompletableFuture.completedFuture(null);

    private Batches(
        ExecutorService worker, int atATime, Predicate<String> wanted, Consumer<Set<String>> work) {
      this.worker = worker;
      this.atATime = atATime;
      this.wanted = wanted;
      this.work = work;
    }

    private void offer(String path) {
      if (!listed.contains(path) && wanted.test(path)) {
        listed.add(path);
      }
      if (underWay.isDone()) {
        await();
      }
      if (listed.size() == atATime) {
        handOn();
      }
    }

    /** Hands on what is listed, once that before it is done. */
    private void handOn() {
      await();
      Set<String> batch = listed;
      if (!batch.isEmpty()) {
        listed = new LinkedHashSet<>();
        underWay = worker.submit(() -> work.accept(batch));
      }
    }

    /** Waits for what is worked on, and throws what it threw. */
    private void await() {
      try {
        underWay.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      } catch (ExecutionException e) {
        throwAsItWas(e.getCause());
      }
    }

    /** Spark throws checked exceptions that Java's compiler does not know of. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void throwAsItWas(@Nullable Throwable cause) throws E {
      throw (E) Objects.requireNonNull(cause);
    }
  }

  private static Dataset<Row> outlined(SparkSession spark, Job job, Set<String> paths) {
    return LentigoSpark.outlineFiles(inTasks(spark, job, paths), job.settings);
  }

  private static Dataset<String> inTasks(SparkSession spark, Job job, Set<String> paths) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    // A few photos are still work for all cores.
    int tasks =
        Math.max(
            (paths.size() + job.perTask - 1) / job.perTask,
            Math.min(paths.size(), context.defaultParallelism()));
    return spark.createDataset(
        context.parallelize(List.copyOf(paths), tasks).rdd(), Encoders.STRING());
  }

  /**
   * Writes photos' paths and bytes to a folder of Parquet files that does not exist yet, {@link
   * Job#perTask} to a file.
   *
   * @return how many
   */
  static long pack(SparkSession spark, Job job) throws UsageException, IOException {
    Path out = new Path(job.out);
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    if (out.getFileSystem(hadoop).exists(out)) {
      throw new UsageException(job.out + " exists; name another folder with --out");
    }
    long[] count = new long[1];
    inBatches(
        consumer -> PhotoPaths.find(job.photos, hadoop, consumer),
        LISTED,
        path -> true,
        paths -> {
          count[0] += paths.size();
          LentigoSpark.readFiles(inTasks(spark, job, paths))
              .write()
              .mode(SaveMode.Append)
              .parquet(job.out);
        });
    return count[0];
  }

  /** Outlines what has no row yet; returns how many have one. */
  private static long table(SparkSession spark, Job job, OutputFolder out)
      throws UsageException, IOException {
    Dataset<Row> photos = spark.table(String.valueOf(job.table)).select(job.id, job.content);
    long all = photos.select(job.id).count();
    if (out.holdsRows()) {
      Dataset<Row> done = out.rows().select(job.id);
      // Null is an id, too: otherwise it would have no row, and get another in each run.
      photos = photos.join(done, photos.col(job.id).eqNullSafe(done.col(job.id)), "left_anti");
    }
    long wanted = photos.select(job.id).count();
    if (wanted == 0) {
      out.settle();
      return all;
    }
    try {
      append(LentigoSpark.outline(photos, job.content, job.settings), job.out);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
    return all - wanted;
  }

  /**
   * Appends rows so that each task's come into place when it ends, in one renaming, and stay if the
   * run is killed later. A task that is done twice, its worker lost in between, replaces its file.
   */
  private static void append(Dataset<Row> rows, String out) {
    rows.write()
        .mode(SaveMode.Append)
        .option("mapreduce.fileoutputcommitter.algorithm.version", "2")
        .parquet(out);
  }

  private static void stream(SparkSession spark, Job job)
      throws StreamingQueryException, TimeoutException {
    var query =
        LentigoSpark.stream(spark, job.photos.get(0), job.perTask, job.settings)
            .writeStream()
            .format("parquet")
            .option("path", job.out)
            .option("checkpointLocation", new Path(job.out, "_lentigo").toString())
            .trigger(
                job.work == Work.STREAM_ONCE
                    ? Trigger.AvailableNow()
                    : Trigger.ProcessingTime("2 seconds"))
            .start();
    query.awaitTermination();
  }
}
