package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;

/** Folders of photos, what is to come of them, and jobs over them. */
final class Photos {
  private static final Path SAMPLES = Path.of("../samples/images");

  private Photos() {}

  static List<Path> samples() throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES)) {
      return files.filter(f -> f.toString().endsWith(".jpg")).sorted().toList();
    }
  }

  /** Copies of the samples, {@code 0000.jpg} and so on, the samples in turn. */
  static void copy(Path folder, int count) throws IOException {
    Files.createDirectories(folder);
    List<Path> samples = samples();
    for (int i = 0; i < count; i++) {
      Files.copy(samples.get(i % samples.size()), folder.resolve(String.format("%04d.jpg", i)));
    }
  }

  /** The masks of the samples, by the library alone: what {@code lentigo segment} writes. */
  static List<byte[]> masks() throws IOException {
    try (Segmenter segmenter = Segmenter.bundled()) {
      PhotoOutliner outliner = new PhotoOutliner(segmenter);
      List<byte[]> masks = new java.util.ArrayList<>();
      for (Path sample : samples()) {
        masks.add(outliner.outline(sample, null).mask());
      }
      return masks;
    }
  }

  /**
   * A JPEG's APP1 segment whose EXIF tags (XResolution, YResolution, ResolutionUnit; EXIF 2.32,
   * section 4.6.4) say how many pixels a centimetre has.
   */
  static byte[] resolution(int pixelsPerCm) {
    int rationals = 8 + 2 + 3 * 12 + 4;
    ByteBuffer tiff = ByteBuffer.allocate(rationals + 16).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) 3);
    tiff.putShort((short) 0x011a).putShort((short) 5).putInt(1).putInt(rationals);
    tiff.putShort((short) 0x011b).putShort((short) 5).putInt(1).putInt(rationals + 8);
    tiff.putShort((short) 0x0128).putShort((short) 3).putInt(1).putInt(3).putInt(0);
    tiff.putInt(pixelsPerCm).putInt(1).putInt(pixelsPerCm).putInt(1);
    byte[] name = {'E', 'x', 'i', 'f', 0, 0};
    return ByteBuffer.allocate(4 + name.length + tiff.capacity())
        .putShort((short) 0xffe1)
        .putShort((short) (2 + name.length + tiff.capacity()))
        .put(name)
        .put(tiff.array())
        .array();
  }

  static Job job(Path photos, Path out, int perTask) {
    return new Job(
        List.of(photos.toString()),
        null,
        "path",
        "content",
        out.toString(),
        OutlineSettings.DEFAULT,
        perTask,
        Job.Work.OUTLINE);
  }

  /** The rows of a folder by the photo's file name; fails if a photo has two. */
  static Map<String, Row> rows(SparkSession spark, Path out) {
    return byName(spark.read().parquet(out.toString()));
  }

  static Map<String, Row> byName(Dataset<Row> rows) {
    Map<String, Row> byName = new TreeMap<>();
    for (Row row : rows.collectAsList()) {
      String path = row.getAs("path");
      String name = path.substring(path.lastIndexOf('/') + 1);
      assertThat(byName.put(name, row)).as("a second row of " + name).isNull();
    }
    return byName;
  }

  /** That there is a row for each of the copies, with the very mask of its sample. */
  static void assertEveryPhotoOnce(Map<String, Row> rows, int count) throws IOException {
    assertThat(rows).hasSize(count);
    List<byte[]> masks = masks();
    rows.forEach(
        (name, row) -> {
          int i = Integer.parseInt(name.substring(0, 4)) % masks.size();
          assertThat(row.<byte[]>getAs("mask")).as(name).isEqualTo(masks.get(i));
        });
  }

  /** A session on this master that hands its own class path on, and no more. */
  static SparkSession.Builder session(String master) {
    return SparkSession.builder()
        .master(master)
        .appName("lentigo tests")
        .config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.executor.extraClassPath", System.getProperty("java.class.path"));
  }
}
