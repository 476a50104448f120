package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.imaging.metrics.ImageScores;
import org.lentigo.imaging.metrics.Metric;
import org.lentigo.imaging.metrics.Summary;
import org.lentigo.runtime.Segmenter;

/** Holds masks against the experts', photo by photo, several at a time. */
final class Scoring {
  private Scoring() {}

  /**
   * Scores in the order of the pairs; those that fail are told and added to the problems.
   *
   * @param threads images at a time; the scores do not depend on it
   */
  static List<ImageScores> score(
      Segmenter segmenter, List<Pair> pairs, int threads, List<String> problems, PrintWriter err) {
    Map<Integer, ImageScores> scores = new ConcurrentSkipListMap<>();
    Map<Integer, String> failures = new ConcurrentSkipListMap<>();
    try (Progress progress = new Progress(err, "Scoring", pairs.size())) {
      Parallel.forEach(
          pairs.size(),
          threads,
          () -> false,
          i -> {
            Pair pair = pairs.get(i);
            try {
              scores.put(i, score(segmenter, pair));
            } catch (IOException | RuntimeException e) {
              failures.put(i, Errors.about(pair.image(), e));
            } catch (OutOfMemoryError e) {
              failures.put(i, Errors.outOfMemory(pair.image()));
            }
            progress.step();
          });
    }
    failures.values().forEach(failure -> err.println("lentigo: " + failure));
    problems.addAll(failures.values());
    return List.copyOf(scores.values());
  }

  private static ImageScores score(Segmenter segmenter, Pair pair) throws IOException {
    Mask truth = Masks.read(pair.mask());
    RgbImage image = PhotoReader.read(pair.image()).image();
    if (truth.width() != image.width() || truth.height() != image.height()) {
      throw new IOException(
          pair.mask()
              + ": is "
              + truth.width()
              + " x "
              + truth.height()
              + " pixels, and its image "
              + image.width()
              + " x "
              + image.height());
    }
    return ImageScores.of(pair.stem(), segmenter.segment(image).mask(), truth);
  }

  /** Prints a summary as a table. */
  static void print(PrintWriter stdout, Summary summary) {
    Table table = new Table("metric", ">value", ">95 % interval", "taken as");
    for (Map.Entry<Metric, Estimate> entry : summary.estimates().entrySet()) {
      Metric metric = entry.getKey();
      Estimate e = entry.getValue();
      double scale = metric.isRatio() ? 100 : 1;
      table.row(
          metric.label(),
          String.format(Locale.ROOT, metric.isRatio() ? "%.2f %%" : "%.2f px", scale * e.value()),
          String.format(Locale.ROOT, "%.2f to %.2f", scale * e.low(), scale * e.high()),
          metric.convention());
    }
    table.print(stdout);
  }
}
