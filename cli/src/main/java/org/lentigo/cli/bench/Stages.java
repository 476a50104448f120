package org.lentigo.cli.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.metrics.Percentile;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;

/**
 * Where the time goes from a photo's bytes to its mask's bytes, one photo at a time.
 *
 * @param contender as in the tables
 * @param threads that work on the network; all else is one thread's
 * @param width of the photo in pixels
 * @param millis the median of each stage, in order
 */
public record Stages(
    String contender, int threads, int width, int height, Map<String, Double> millis) {
  static final String NETWORK = "network";

  private static final int WARM_UP = 60;
  private static final int RUNS = 60;

  /**
   * Measures.
   *
   * @param contender as in the tables
   * @param threads with which the segmenter was opened
   * @param photo the bytes of its file
   * @throws IOException if it cannot be read
   */
  static Stages measure(String contender, int threads, Segmenter segmenter, byte[] photo)
      throws IOException {
    Map<String, double[]> times = new LinkedHashMap<>();
    RgbImage image = PhotoReader.read(photo, PhotoReader.DEFAULT_MAX_PIXELS).image();
    for (int run = -WARM_UP; run < RUNS; run++) {
      long start = System.nanoTime();
      image = PhotoReader.read(photo, PhotoReader.DEFAULT_MAX_PIXELS).image();
      long decoded = System.nanoTime();
      Segmentation lesion = segmenter.segment(image);
      lesion.mask();
      long enlarged = System.nanoTime();
      lesion.contours();
      long contoured = System.nanoTime();
      Masks.writePng(lesion.mask(), new ByteArrayOutputStream());
      long encoded = System.nanoTime();
      if (run >= 0) {
        put(times, "decode", run, decoded - start);
        put(times, "resize", run, lesion.prepareNanos());
        put(times, NETWORK, run, lesion.networkNanos());
        put(
            times,
            "enlarge",
            run,
            enlarged - decoded - lesion.prepareNanos() - lesion.networkNanos());
        put(times, "contour", run, contoured - enlarged);
        put(times, "encode", run, encoded - contoured);
      }
    }
    Map<String, Double> medians = new LinkedHashMap<>();
    times.forEach((stage, values) -> medians.put(stage, Percentile.ofUnsorted(values, 0.5)));
    return new Stages(contender, threads, image.width(), image.height(), medians);
  }

  private static void put(Map<String, double[]> times, String stage, int run, long nanos) {
    times.computeIfAbsent(stage, s -> new double[RUNS])[run] = nanos / 1e6;
  }

  /** Everything but the network, over the network. */
  double aroundNetwork() {
    double network = millis.getOrDefault(NETWORK, Double.NaN);
    return (endToEnd() - network) / network;
  }

  /** All stages together, in milliseconds. */
  double endToEnd() {
    return millis.values().stream().mapToDouble(v -> v).sum();
  }
}
