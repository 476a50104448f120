package org.lentigo.cli.scoring;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentSkipListMap;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.Parallel;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.console.Table;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.metrics.Confusion;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.imaging.metrics.ImageScores;
import org.lentigo.imaging.metrics.Metric;
import org.lentigo.imaging.metrics.Reliability;
import org.lentigo.imaging.metrics.Summary;
import org.lentigo.network.Calibration;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.lentigo.training.Calibrator;

/** Holds masks against the experts', photo by photo, several at a time. */
public final class Scoring {
  private Scoring() {}

  /**
   * One image.
   *
   * @param predicted its Jaccard index as the model predicts it; empty if it does not
   * @param reliability of the probabilities, at the network's resolution
   * @param before the same with the model's calibration undone; equal to it where there is none
   */
  public record Scored(
      ImageScores scores, OptionalDouble predicted, Reliability reliability, Reliability before) {}

  /**
   * Scores in the order of the pairs; those that fail are told and added to the problems.
   *
   * @param threads images at a time; the scores do not depend on it
   */
  public static List<Scored> score(
      Segmenter segmenter, List<Pair> pairs, int threads, List<String> problems, PrintWriter err) {
    Optional<Calibration> calibration = segmenter.model().calibration();
    return each(
        segmenter,
        pairs,
        threads,
        problems,
        err,
        (pair, lesion, truth) -> scored(pair, lesion, truth, calibration));
  }

  private static Scored scored(
      Pair pair, Segmentation lesion, Mask truth, Optional<Calibration> calibration) {
    int size = lesion.networkSize();
    float[] probabilities = lesion.networkProbabilities();
    float[] coverage = Masks.coverage(truth, size, size);
    Reliability reliability = Reliability.of(probabilities, coverage);
    Reliability before = reliability;
    if (calibration.isPresent()) {
      for (int i = 0; i < probabilities.length; i++) {
        probabilities[i] = (float) calibration.get().undo(probabilities[i]);
      }
      before = Reliability.of(probabilities, coverage);
    }
    return new Scored(
        ImageScores.of(pair.stem(), lesion.mask(), truth),
        lesion.predictedJaccard(),
        reliability,
        before);
  }

  /**
   * What a model may be calibrated on, in the order of the pairs; those that fail are told and
   * added to the problems.
   *
   * @param pairs that the model's training held out
   * @param threads images at a time; the result does not depend on it
   */
  public static List<Calibrator.HeldOut> heldOut(
      Segmenter segmenter, List<Pair> pairs, int threads, List<String> problems, PrintWriter err) {
    return each(
        segmenter,
        pairs,
        threads,
        problems,
        err,
        (pair, lesion, truth) ->
            Calibrator.HeldOut.ofProbabilities(
                lesion.networkProbabilities(),
                lesion.networkSize(),
                truth,
                Confusion.of(lesion.mask(), truth).jaccard()));
  }

  public static List<ImageScores> imageScores(List<Scored> images) {
    return images.stream().map(Scored::scores).toList();
  }

  public static Summary summary(List<Scored> images) {
    return Summary.of(imageScores(images));
  }

  /** What is wanted of an outlined image. */
  interface Measure<T> {
    T of(Pair pair, Segmentation lesion, Mask truth);
  }

  /** Measures in the order of the pairs; those that fail are told and added to the problems. */
  static <T> List<T> each(
      Segmenter segmenter,
      List<Pair> pairs,
      int threads,
      List<String> problems,
      PrintWriter err,
      Measure<T> measure) {
    return look(
        "Scoring",
        pairs,
        threads,
        problems,
        err,
        (pair, image, truth) -> measure.of(pair, segmenter.segment(image), truth));
  }

  /** What is wanted of an image and its mask, which are of one size. */
  interface Look<T> {
    T at(Pair pair, RgbImage image, Mask truth);
  }

  /**
   * As {@link #each}, without a model.
   *
   * @param task what it is called while it runs
   */
  static <T> List<T> look(
      String task,
      List<Pair> pairs,
      int threads,
      List<String> problems,
      PrintWriter err,
      Look<T> look) {
    Map<Integer, T> results = new ConcurrentSkipListMap<>();
    Map<Integer, String> failures = new ConcurrentSkipListMap<>();
    try (Progress progress = new Progress(err, task, pairs.size())) {
      Parallel.forEach(
          pairs.size(),
          threads,
          () -> false,
          i -> {
            Pair pair = pairs.get(i);
            try {
              results.put(i, looked(pair, look));
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
    return List.copyOf(results.values());
  }

  private static <T> T looked(Pair pair, Look<T> look) throws IOException {
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
    return look.at(pair, image, truth);
  }

  /** Prints a summary as a table. */
  public static void print(PrintWriter stdout, Summary summary) {
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
