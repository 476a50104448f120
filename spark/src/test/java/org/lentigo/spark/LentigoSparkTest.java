package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;
import org.lentigo.spark.Job.UsageException;
import org.lentigo.spark.Job.Work;
import org.lentigo.spark.OutlinePhotos.Result;

/** In one JVM. */
class LentigoSparkTest {
  private static SparkSession spark;

  @TempDir private Path temp;

  @BeforeAll
  static void start(@TempDir Path warehouse) throws IOException {
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    spark =
        Photos.session("local[2]")
            .config("spark.sql.warehouse.dir", warehouse.toUri().toString())
            .getOrCreate();
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private Path photos(int count) throws IOException {
    Path photos = temp.resolve("photos");
    Photos.copy(photos, count);
    return photos;
  }

  private static Row take(Map<String, Row> rows, String name) {
    return Objects.requireNonNull(rows.remove(name), name);
  }

  /** Packed, a photo is what its file is, and one that cannot be read is still a row. */
  @Test
  void packedPhotosAreOutlinedAsTheirFilesAre() throws Exception {
    Path photos = photos(5);
    Files.writeString(photos.resolve("text.jpg"), "no photo");
    Path packed = temp.resolve("packed");
    Job pack = to(Work.PACK, Photos.job(photos, packed, 4));

    assertThat(OutlinePhotos.pack(spark, pack)).isEqualTo(new Result(6, 0, 0));
    assertThatThrownBy(() -> OutlinePhotos.pack(spark, pack))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("exists");

    Path out = temp.resolve("out");
    Job table = ofTable("parquet.`" + packed + "`", "path", out, OutlineSettings.DEFAULT);
    assertThat(OutlinePhotos.run(spark, table)).isEqualTo(new Result(6, 1, 0));
    Map<String, Row> rows = Photos.rows(spark, out);
    assertThat(take(rows, "text.jpg").<String>getAs("error")).isNotBlank();
    Photos.assertEveryPhotoOnce(rows, 5);

    Dataset<String> gone =
        spark.createDataset(List.of(temp.resolve("gone.jpg").toString()), Encoders.STRING());
    Row row = LentigoSpark.readFiles(gone).first();
    assertThat(row.isNullAt(1)).isTrue();
    assertThat(row.<String>getAs("unreadable")).isEqualTo("no such file");
  }

  @Test
  void packingCountsWhatCannotBeRead() throws Exception {
    Path photos = photos(1);
    try (RandomAccessFile tooLarge = new RandomAccessFile(photos + "/large.jpg", "rw")) {
      tooLarge.setLength((1L << 30) + 1);
    }
    Path packed = temp.resolve("packed");
    assertThat(OutlinePhotos.pack(spark, to(Work.PACK, Photos.job(photos, packed, 2))))
        .isEqualTo(new Result(2, 1, 0));
    assertThat(
            spark.read().parquet(packed.toString()).filter("content IS NULL").first().getString(2))
        .contains("1073741825 bytes");
  }

  /** Two photos to a file of rows: one of them with an error, none, and both. */
  @Test
  void rowsWithAnErrorAreDoneAgainWhereThatIsAsked() throws Exception {
    Path photos = photos(6);
    for (String broken : List.of("0001.jpg", "0004.jpg", "0005.jpg")) {
      Files.writeString(photos.resolve(broken), "not there yet");
    }
    Path out = temp.resolve("out");
    Job job =
        new Job(
            IntStream.range(0, 6).mapToObj(i -> photos + "/000" + i + ".jpg").toList(),
            null,
            "path",
            "content",
            out.toString(),
            OutlineSettings.DEFAULT,
            2,
            Work.OUTLINE);
    assertThat(OutlinePhotos.run(spark, job)).isEqualTo(new Result(6, 3, 0));
    Path untouched = parts(out).get(1);
    FileTime before = Files.getLastModifiedTime(untouched);
    for (int i : List.of(1, 5)) {
      Files.copy(
          Photos.samples().get(i % Photos.samples().size()),
          photos.resolve("000" + i + ".jpg"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    assertThat(OutlinePhotos.run(spark, job)).isEqualTo(new Result(0, 0, 6));

    Job again = to(Work.RETRY_ERRORS, job);
    // As a kill leaves it, with rows of an attempt before that were not moved.
    Files.createDirectories(out.resolve("_lentigo_kept/_lentigo_file=part"));
    assertThat(OutlinePhotos.run(spark, again)).isEqualTo(new Result(3, 1, 3));
    Map<String, Row> rows = Photos.rows(spark, out);
    assertThat(take(rows, "0004.jpg").<Object>getAs("error")).isNotNull();
    Photos.assertEveryPhotoOnce(rows, 5);
    assertThat(Files.getLastModifiedTime(untouched)).isEqualTo(before);
    assertThat(out.resolve("_lentigo_kept")).doesNotExist();
  }

  private static List<Path> parts(Path out) throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.filter(f -> f.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private static Job to(Work work, Job job) {
    return new Job(
        job.photos(),
        job.table(),
        job.id(),
        job.content(),
        job.out(),
        job.settings(),
        job.perTask(),
        work);
  }

  private static Job with(OutlineSettings settings, Job job) {
    return new Job(
        job.photos(),
        job.table(),
        job.id(),
        job.content(),
        job.out(),
        settings,
        job.perTask(),
        job.work());
  }

  private static Job streaming(Job job) {
    return to(Work.STREAM_ONCE, job);
  }

  private static Job ofTable(String table, String id, Path out, OutlineSettings settings) {
    return new Job(List.of(), table, id, "content", out.toString(), settings, 2, Work.OUTLINE);
  }

  @Test
  void aPhotoThatCannotBeReadIsARowAndTheOthersHaveTheMasksOfSegment() throws Exception {
    Path photos = photos(8);
    Files.writeString(photos.resolve("text.jpg"), "no photo");
    Files.createFile(photos.resolve("empty.png"));
    Files.writeString(photos.resolve("notes.txt"), "not looked at");
    Path out = temp.resolve("out");

    Result result = OutlinePhotos.run(spark, Photos.job(photos, out, 3));

    assertThat(result).isEqualTo(new Result(10, 2, 0));
    Map<String, Row> rows = Photos.rows(spark, out);
    Row text = take(rows, "text.jpg");
    assertThat(text.<String>getAs("error")).isNotBlank().doesNotContain("\n");
    assertThat(text.<Object>getAs("mask")).isNull();
    assertThat(text.<Long>getAs("bytes")).isEqualTo(8);
    assertThat(take(rows, "empty.png").<String>getAs("error")).isNotBlank();
    Photos.assertEveryPhotoOnce(rows, 8);
    Row first = take(rows, "0000.jpg");
    assertThat(first.<Integer>getAs("width")).isEqualTo(400);
    assertThat(first.<Object>getAs("error")).isNull();
    assertThat(first.<Double>getAs("area_fraction"))
        .isEqualTo(first.<Long>getAs("area_px") / (400.0 * 300));
    assertThat(first.<String>getAs("model_sha256")).hasSize(64);

    assertThat(OutlinePhotos.run(spark, Photos.job(photos, out, 3)))
        .isEqualTo(new Result(0, 0, 10));
  }

  /** A sample whose tags say how large its pixels are, and a black photo, against their JSON. */
  @Test
  void theMeasuresAreThoseOfTheJsonByNameAndValue() throws Exception {
    Path photos = Files.createDirectories(temp.resolve("photos"));
    byte[] sample = Files.readAllBytes(Photos.samples().get(1));
    byte[] tags = Photos.resolution(187);
    Files.write(
        photos.resolve("0000.jpg"),
        ByteBuffer.allocate(sample.length + tags.length)
            .put(sample, 0, 2)
            .put(tags)
            .put(sample, 2, sample.length - 2)
            .array());
    BufferedImage black = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(black, "png", photos.resolve("0001.png").toFile());
    Path out = temp.resolve("out");
    OutlinePhotos.run(spark, Photos.job(photos, out, 2));
    Map<String, Row> rows = Photos.rows(spark, out);

    for (String name : List.of("0000.jpg", "0001.png")) {
      Row row = take(rows, name);
      Path json = temp.resolve(name + ".json");
      try (Segmenter segmenter = Segmenter.bundled()) {
        Files.write(
            json,
            new PhotoOutliner(segmenter).outline(photos.resolve(name), null).json("photo.jpg"));
      }
      Row file = spark.read().option("multiLine", true).json(json.toString()).first();
      Row lesion = file.getAs("lesion");
      for (String part : List.of("measures", "millimetres")) {
        assertThat(flat(row.getAs(part))).as(name + " " + part).isEqualTo(flat(lesion.getAs(part)));
      }
      assertThat(flat(row.getAs("quality"))).as(name).isEqualTo(flat(file.getAs("quality")));
      assertThat(row.<Object>getAs("area_px")).isEqualTo(lesion.getAs("area_px"));
      assertThat(row.<Object>getAs("magnification")).isEqualTo(file.getAs("magnification"));
      assertThat(row.<Integer>getAs("looks")).isEqualTo(2);
      boolean outlined = name.equals("0000.jpg");
      assertThat(row.<Object>getAs("measures") != null).isEqualTo(outlined);
      assertThat(row.<Object>getAs("millimetres") != null).isEqualTo(outlined);
    }
  }

  /** Each value by its path; counts as JSON's readers have them; what is null is left out. */
  private static Map<String, Object> flat(@Nullable Row row) {
    Map<String, Object> values = new TreeMap<>();
    for (int i = 0; row != null && i < row.size(); i++) {
      String name = row.schema().fieldNames()[i];
      Object value = row.get(i);
      if (value instanceof Row inner) {
        flat(inner).forEach((key, of) -> values.put(name + "." + key, of));
      } else if (value instanceof Number number) {
        values.put(name, number.doubleValue());
      } else if (value != null) {
        values.put(name, value);
      }
    }
    return values;
  }

  @Test
  void aFileThatIsNotThereIsARow() {
    Row row =
        LentigoSpark.outlineFiles(
                spark.createDataset(
                    List.of(temp.resolve("gone.jpg").toString(), "nofs://x/y.jpg"),
                    Encoders.STRING()),
                OutlineSettings.DEFAULT)
            .collectAsList()
            .get(0);
    assertThat(row.<String>getAs("error")).isEqualTo("no such file");
    assertThat(row.<Object>getAs("bytes")).isNull();
  }

  /**
   * As a kill leaves it: rows of the tasks that had ended, and the rubble of those that had not.
   */
  @Test
  void aRunThatWasKilledGoesOn() throws Exception {
    Path photos = photos(8);
    Path out = temp.resolve("out");
    OutlinePhotos.run(spark, Photos.job(photos, out, 2));
    List<Path> parts = parts(out);
    assertThat(parts).hasSize(4);
    Path rubble = out.resolve("_temporary/0/_temporary/attempt_1");
    Files.createDirectories(rubble);
    Files.move(parts.get(1), rubble.resolve("part-00001.snappy.parquet"));
    Files.delete(parts.get(2));
    Files.delete(out.resolve("_SUCCESS"));

    assertThat(OutlinePhotos.run(spark, Photos.job(photos, out, 2))).isEqualTo(new Result(4, 0, 4));
    Photos.assertEveryPhotoOnce(Photos.rows(spark, out), 8);
    assertThat(out.resolve("_temporary")).doesNotExist();

    Files.createDirectories(rubble);
    Files.delete(out.resolve("_SUCCESS"));
    assertThat(OutlinePhotos.run(spark, Photos.job(photos, out, 2))).isEqualTo(new Result(0, 0, 8));
    assertThat(out.resolve("_temporary")).doesNotExist();
    assertThat(out.resolve("_SUCCESS")).exists();
  }

  /** The exit code, and the line on standard error. */
  private static Map.Entry<Integer, String> execute(String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        OutlinePhotos.execute(
            args, new PrintStream(err, true, StandardCharsets.UTF_8), () -> spark);
    return Map.entry(code, err.toString(StandardCharsets.UTF_8).lines().findFirst().orElseThrow());
  }

  @Test
  void whatTheTableOrTheOutputHasNotGotIsWrongUsage() throws Exception {
    spark.sql("SELECT 'a' AS id, 'text' AS content").createOrReplaceTempView("texts");
    String out = temp.resolve("out").toString();
    assertThat(execute("--table", "nosuch", "--out", out))
        .matches(is -> is.getKey() == 2)
        .matches(
            is ->
                is.getValue().contains("--table nosuch: ")
                    && is.getValue().contains("TABLE_OR_VIEW_NOT_FOUND"));
    assertThat(execute("--table", "texts", "--id", "name", "--out", out))
        .matches(is -> is.getKey() == 2 && is.getValue().contains("`name`"));
    assertThat(execute("--table", "texts", "--id", "id", "--out", out))
        .matches(is -> is.getKey() == 2 && is.getValue().contains("no binary column content"));

    Path photos = photos(1);
    OutlinePhotos.pack(spark, to(Work.PACK, Photos.job(photos, Path.of(out), 1)));
    assertThat(execute("--photos", photos.toString(), "--out", out))
        .matches(is -> is.getKey() == 2 && is.getValue().contains("without a column error"));
    assertThat(execute("--photos", photos.toString(), "--out", photos + "/0000.jpg"))
        .matches(is -> is.getKey() == 2 && is.getValue().contains("is a file"));
  }

  @Test
  void aRunThatFailsSaysWhyInALine() {
    String out = temp.resolve("out").toString();
    spark
        .sql("SELECT 'a' AS path, CAST(raise_error('the disk is full') AS BINARY) AS content")
        .createOrReplaceTempView("failing");
    assertThat(execute("--table", "failing", "--out", out))
        .matches(is -> is.getKey() == 1 && is.getValue().contains("the disk is full"));
    assertThat(execute("--photos", temp + "/nosuch", "--out", out))
        .isEqualTo(Map.entry(1, "lentigo: " + temp + "/nosuch: no such file or folder"));
  }

  @Test
  void rowsOfTwoModelsThresholdsOrNumbersOfLooksAreNotMixed() throws Exception {
    Path photos = photos(1);
    Path out = temp.resolve("out");
    Job job = Photos.job(photos, out, 1);
    OutlinePhotos.run(spark, job);
    byte[] lite =
        Files.readAllBytes(Path.of("../models/ulrts-net-lite/ulrts-net-lite.safetensors"));
    for (OutlineSettings other :
        List.of(
            job.settings().withModel(lite),
            job.settings().withThreshold(0.75f),
            job.settings().withOneLook())) {
      assertThatThrownBy(() -> OutlinePhotos.run(spark, with(other, job)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("name another folder");
    }
  }

  @Test
  void oneLookIsAsTheLibraryHasIt() throws Exception {
    Path photos = photos(Photos.samples().size());
    Path out = temp.resolve("out");
    Job job = Photos.job(photos, out, 9);
    OutlinePhotos.run(spark, with(job.settings().withOneLook(), job));
    List<byte[]> twice = Photos.masks();
    int others = 0;
    try (Segmenter segmenter = Segmenter.bundled()) {
      PhotoOutliner outliner = new PhotoOutliner(segmenter.oneLook());
      int i = 0;
      for (Row row : Photos.rows(spark, out).values()) {
        byte[] mask = row.getAs("mask");
        assertThat(mask).isEqualTo(outliner.outline(Photos.samples().get(i), null).mask());
        assertThat(row.<Integer>getAs("looks")).isEqualTo(1);
        assertThat(row.<Double>getAs("magnification")).isEqualTo(1);
        others += Arrays.equals(mask, twice.get(i)) ? 0 : 1;
        i++;
      }
    }
    assertThat(others).isPositive();
  }

  @Test
  void aTableIsOutlinedAndGoesOnToo() throws Exception {
    Path photos = photos(4);
    Dataset<Row> table =
        spark
            .read()
            .format("binaryFile")
            .load(photos.toString())
            .selectExpr("regexp_extract(path, '([0-9]+)[.]jpg', 1) AS id", "content");
    Path packed = temp.resolve("packed");
    table.write().parquet(packed.toString());
    table.filter("id < '0003'").createOrReplaceTempView("some");
    Path out = temp.resolve("out");

    assertThat(OutlinePhotos.run(spark, ofTable("some", "id", out, OutlineSettings.DEFAULT)))
        .isEqualTo(new Result(3, 0, 0));
    String all = "parquet.`" + packed + "`";
    assertThat(OutlinePhotos.run(spark, ofTable(all, "id", out, OutlineSettings.DEFAULT)))
        .isEqualTo(new Result(1, 0, 3));
    Dataset<Row> rows = spark.read().parquet(out.toString()).withColumnRenamed("id", "path");
    Photos.assertEveryPhotoOnce(Photos.byName(rows), 4);

    assertThatThrownBy(() -> LentigoSpark.outline(table, "id", OutlineSettings.DEFAULT).schema())
        .hasMessageContaining("no binary column id");
    assertThatThrownBy(
            () ->
                LentigoSpark.outline(
                    table.withColumnRenamed("id", "mask"), "content", OutlineSettings.DEFAULT))
        .hasMessageContaining("mask");
  }

  @Test
  void aRowWithoutAnIdIsDoneOnceAndAnotherTableIsCountedForItself() throws Exception {
    Path out = temp.resolve("out");
    spark
        .sql("SELECT * FROM VALUES (NULL, X'00'), ('a', X'01') AS t(id, content)")
        .createOrReplaceTempView("first");
    spark.sql("SELECT 'b' AS id, X'02' AS content").createOrReplaceTempView("second");
    Job first = ofTable("first", "id", out, OutlineSettings.DEFAULT);
    assertThat(OutlinePhotos.run(spark, first)).isEqualTo(new Result(2, 2, 0));
    assertThat(OutlinePhotos.run(spark, first)).isEqualTo(new Result(0, 0, 2));
    assertThat(OutlinePhotos.run(spark, ofTable("second", "id", out, OutlineSettings.DEFAULT)))
        .isEqualTo(new Result(1, 1, 0));
  }

  @Test
  void theSqlFunctionGivesTheSameAndNullForNoPhoto() throws Exception {
    LentigoSpark.register(spark, OutlineSettings.DEFAULT);
    spark.read().format("binaryFile").load(photos(4).toString()).createOrReplaceTempView("photos");
    Dataset<Row> rows =
        spark.sql(
            "SELECT path, o.mask AS mask, o.error AS error FROM"
                + " (SELECT path, lentigo_outline(content) AS o FROM photos)");
    Photos.assertEveryPhotoOnce(Photos.byName(rows), 4);
    Row none = spark.sql("SELECT lentigo_outline(CAST(NULL AS BINARY)).error").first();
    assertThat(none.getString(0)).contains("no bytes");
  }

  /** Runs a stream over the photos that are there, and again when another has arrived. */
  private void assertOneMoreIsOutlined(Path photos, Path out, int there) throws Exception {
    Job job = streaming(Photos.job(photos, out, 2));
    assertThat(OutlinePhotos.run(spark, job)).isEqualTo(new Result(there, 0, 0));
    Files.copy(Photos.samples().get(there), photos.resolve("000" + there + ".jpg"));
    assertThat(OutlinePhotos.run(spark, job)).isEqualTo(new Result(1, 0, there));
  }

  @Test
  void aStreamDoesWhatArrivesAndKeepsApartFromOtherRuns() throws Exception {
    Path photos = photos(3);
    Path out = temp.resolve("out");
    assertOneMoreIsOutlined(photos, out, 3);
    Photos.assertEveryPhotoOnce(Photos.rows(spark, out), 4);
    assertThatThrownBy(() -> OutlinePhotos.run(spark, Photos.job(photos, out, 2)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("belongs to a stream");
  }

  /** As a kill leaves it: the files of a batch that Spark's logs do not name yet. */
  @Test
  void aStreamThatWasKilledInItsFirstBatchGoesOn() throws Exception {
    Path photos = photos(3);
    Path out = temp.resolve("out");
    Job job = streaming(Photos.job(photos, out, 3));
    OutlinePhotos.run(spark, job);
    for (String log : List.of("_spark_metadata/0", "_lentigo/commits/0")) {
      Files.delete(out.resolve(log));
      Files.deleteIfExists(out.resolve(log).resolveSibling(".0.crc"));
    }
    Files.createFile(out.resolve("part-00009-of-a-task-that-was-killed.snappy.parquet"));

    assertThat(OutlinePhotos.run(spark, job)).isEqualTo(new Result(3, 0, 0));
    Photos.assertEveryPhotoOnce(Photos.rows(spark, out), 3);
    // For readers who do not know Spark's log, too.
    Photos.assertEveryPhotoOnce(
        Photos.byName(spark.read().parquet(out.resolve("part-*").toString())), 3);
  }

  @Test
  void aFileThatVanishesDoesNotEndAStream() throws Exception {
    Path photos = photos(3);
    List<Row> rows = new ArrayList<>();
    LentigoSpark.stream(spark, photos.toString(), 9, OutlineSettings.DEFAULT)
        .writeStream()
        .option("checkpointLocation", temp.resolve("checkpoint").toString())
        .trigger(Trigger.AvailableNow())
        .foreachBatch(
            (VoidFunction2<Dataset<Row>, Long>)
                (batch, id) -> {
                  // By now Spark has listed it.
                  Files.delete(photos.resolve("0001.jpg"));
                  rows.addAll(batch.select("path").collectAsList());
                })
        .start()
        .awaitTermination();
    assertThat(rows).hasSize(2);
  }

  @Test
  void aStreamMayStartBeforeThereIsAPhoto() throws Exception {
    assertOneMoreIsOutlined(photos(0), temp.resolve("out"), 0);
  }

  @Test
  void aJvmOpensAModelOnce() {
    Outlines first = Outlines.open(OutlineSettings.DEFAULT);
    int opened = Outlines.OPENED.get();
    LentigoSpark.register(spark, OutlineSettings.DEFAULT);
    spark.range(8).repartition(8).selectExpr("lentigo_outline(CAST('x' AS BINARY))").collect();
    assertThat(Outlines.OPENED).hasValue(opened);
    assertThat(Outlines.open(OutlineSettings.DEFAULT)).isSameAs(first);
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> OutlineSettings.DEFAULT.withThreshold(1.5f))
        .hasMessageContaining("1.5");
    assertThatThrownBy(() -> OutlineSettings.DEFAULT.withMaxPixels(0)).hasMessageContaining("0");
  }
}
