package org.lentigo.spark;

import java.io.IOException;
import java.io.PrintStream;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
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
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.jspecify.annotations.Nullable;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.spark.Job.UsageException;
import org.lentigo.spark.Job.Work;
import scala.Option;
import scala.Tuple2;

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

  private OutlinePhotos() {}

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
    int code =
        execute(args, System.err, () -> SparkSession.builder().appName("lentigo").getOrCreate());
    Option<SparkSession> started = SparkSession.getDefaultSession();
    if (started.isDefined()) {
      started.get().stop();
    }
    if (code != 0) {
      // Left alone otherwise: in a cluster's mode the JVM is Spark's to end.
      System.exit(code);
    }
  }

  /**
   * Does what a command line asks.
   *
   * @param session called once the command line is known to be right
   * @return the exit code
   */
  static int execute(String[] args, PrintStream err, Supplier<SparkSession> session) {
    try {
      Job job = Job.of(args, hadoop());
      SparkSession spark = session.get();
      if (job.work() == Work.PACK) {
        Result packed = pack(spark, job);
        System.out.printf(
            "%d packed, %d of them unreadable%s.%n",
            packed.done,
            packed.failed,
            packed.failed == 0 ? "" : " (the column unreadable says why)");
      } else {
        Result result = run(spark, job);
        System.out.printf(
            "%d outlined, %d of them with an error, %d kept from before. These are outlines, not a"
                + " diagnosis.%n",
            result.done, result.failed, result.kept);
      }
      return 0;
    } catch (UsageException e) {
      err.println("lentigo: " + e.getMessage());
      err.print(Job.USAGE);
      return 2;
    } catch (Exception e) {
      // Spark's, too, some of which Java's compiler does not know of.
      err.println("lentigo: " + reason(e));
      return 1;
    }
  }

  /** As the session will have it, which takes half a minute to start. */
  private static Configuration hadoop() {
    Configuration hadoop = new Configuration();
    for (Tuple2<String, String> setting : new SparkConf().getAllWithPrefix("spark.hadoop.")) {
      hadoop.set(setting._1, setting._2);
    }
    return hadoop;
  }

  /** What it began with: Spark puts names of its own around that, and plans and traces below it. */
  private static String reason(Throwable e) {
    Throwable first = e;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    String message = first.getMessage();
    return message == null || message.isBlank()
        ? Reasons.reason(first)
        : message.strip().lines().findFirst().orElseThrow();
  }

  /**
   * Does a job, but for what was done before.
   *
   * @throws UsageException if the job cannot be done as asked: the table or the output is not of
   *     the kind that it wants
   * @throws IOException if photos cannot be listed, or the output holds rows of another model
   */
  static Result run(SparkSession spark, Job job)
      throws UsageException, IOException, StreamingQueryException, TimeoutException {
    OutputFolder out = new OutputFolder(spark, job.out());
    boolean streamed = out.isOfAStream();
    if (streamed != job.work().isStream() && (streamed || out.holdsRows())) {
      throw new UsageException(
          job.out()
              + (streamed ? " belongs to a stream" : " was not written by a stream")
              + "; name another folder with --out");
    }
    out.checkRows(job.id(), job.settings());
    out.clear();
    if (job.work() == Work.RETRY_ERRORS) {
      out.dropErrors();
    }
    OutputFolder.Rows before = out.count();
    long kept;
    if (job.work().isStream()) {
      stream(spark, job);
      kept = before.all();
    } else {
      kept = job.table() == null ? files(spark, job, out) : table(spark, job, out);
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
        consumer -> PhotoPaths.find(job.photos(), hadoop, consumer),
        LISTED,
        path -> {
          boolean wanted = done.add(path);
          counts[wanted ? 0 : 1]++;
          return wanted;
        },
        paths -> append(outlined(spark, job, paths), job.out()));
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
    return LentigoSpark.outlineFiles(inTasks(spark, job, paths), job.settings());
  }

  private static Dataset<String> inTasks(SparkSession spark, Job job, Set<String> paths) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    // A few photos are still work for all cores.
    int tasks =
        Math.max(
            (paths.size() + job.perTask() - 1) / job.perTask(),
            Math.min(paths.size(), context.defaultParallelism()));
    return spark.createDataset(
        context.parallelize(List.copyOf(paths), tasks).rdd(), Encoders.STRING());
  }

  /**
   * Writes photos' paths and bytes to a folder of Parquet files that does not exist yet, {@link
   * Job#perTask} to a file.
   *
   * @return how many, and how many of them could not be read
   */
  static Result pack(SparkSession spark, Job job) throws UsageException, IOException {
    Path out = new Path(job.out());
    Configuration hadoop = spark.sparkContext().hadoopConfiguration();
    if (out.getFileSystem(hadoop).exists(out)) {
      throw new UsageException(job.out() + " exists; name another folder with --out");
    }
    long[] count = new long[1];
    inBatches(
        consumer -> PhotoPaths.find(job.photos(), hadoop, consumer),
        LISTED,
        path -> true,
        paths -> {
          count[0] += paths.size();
          LentigoSpark.readFiles(inTasks(spark, job, paths))
              .write()
              .mode(SaveMode.Append)
              .parquet(job.out());
        });
    long failed =
        count[0] == 0
            ? 0
            : spark.read().parquet(job.out()).filter("unreadable IS NOT NULL").count();
    return new Result(count[0], failed, 0);
  }

  /** Outlines what has no row yet; returns how many have one. */
  private static long table(SparkSession spark, Job job, OutputFolder out)
      throws UsageException, IOException {
    Dataset<Row> photos = columns(spark, job);
    long all = photos.select(job.id()).count();
    long wanted = all;
    if (out.holdsRows()) {
      Dataset<Row> done = out.rows().select(job.id());
      // Null is an id, too: otherwise it would have no row, and get another in each run.
      photos = photos.join(done, photos.col(job.id()).eqNullSafe(done.col(job.id())), "left_anti");
      wanted = photos.select(job.id()).count();
    }
    if (wanted == 0) {
      out.settle();
      return all;
    }
    append(LentigoSpark.outline(photos, job.content(), job.settings()), job.out());
    return all - wanted;
  }

  /** A table's two columns. */
  private static Dataset<Row> columns(SparkSession spark, Job job) throws UsageException {
    try {
      Dataset<Row> photos =
          spark.table(String.valueOf(job.table())).select(job.id(), job.content());
      LentigoSpark.outlined(photos.schema(), job.content());
      return photos;
    } catch (Exception e) {
      if (e instanceof AnalysisException || e instanceof IllegalArgumentException) {
        throw new UsageException("--table " + job.table() + ": " + reason(e));
      }
      throw e;
    }
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
        LentigoSpark.stream(spark, job.photos().get(0), job.perTask(), job.settings())
            .writeStream()
            .format("parquet")
            .option("path", job.out())
            .option("checkpointLocation", new Path(job.out(), "_lentigo").toString())
            .trigger(
                job.work() == Work.STREAM_ONCE
                    ? Trigger.AvailableNow()
                    : Trigger.ProcessingTime("2 seconds"))
            .start();
    query.awaitTermination();
  }
}
