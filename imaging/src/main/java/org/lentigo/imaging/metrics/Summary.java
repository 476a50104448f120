package org.lentigo.imaging.metrics;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Scores over a set of images, each with a 95 % interval, see {@link Bootstrap}. It says what
 * another sample of such images might score, and nothing about another hospital's.
 *
 * @param images how many
 * @param estimates a value and interval for every {@link Metric}, in the enum's order
 */
public record Summary(int images, Map<Metric, Estimate> estimates) {
  /** How often the set is drawn anew. */
  public static final int RESAMPLES = 2000;

  /** As a rule the seed of the draws, so that a report can be repeated. */
  public static final long DEFAULT_SEED = 1;

  public Summary {
    estimates = Collections.unmodifiableMap(new EnumMap<>(estimates));
  }

  /** Summarises with {@link #DEFAULT_SEED}. */
  public static Summary of(Collection<ImageScores> scores) {
    return of(scores, DEFAULT_SEED);
  }

  /**
   * Summarises. The same scores and seed give the same numbers, in whatever order they come.
   *
   * @throws IllegalArgumentException if there is no score
   */
  public static Summary of(Collection<ImageScores> scores, long seed) {
    if (scores.isEmpty()) {
      throw new IllegalArgumentException("no image was scored, so there is nothing to summarise");
    }
    // From the worst image up, so that the worst decile of any draw is where the counting starts.
    List<ImageScores> ascending =
        scores.stream()
            .sorted(Comparator.comparing(ImageScores::jaccard).thenComparing(ImageScores::stem))
            .toList();
    Table table = new Table(ascending);
    int n = ascending.size();

    int[] times = new int[n];
    Arrays.fill(times, 1);
    double[] values = table.measure(times);

    double[][] draws = Bootstrap.draws(n, RESAMPLES, seed, table::measure);
    Map<Metric, Estimate> estimates = new EnumMap<>(Metric.class);
    for (Metric metric : Metric.values()) {
      int m = metric.ordinal();
      estimates.put(metric, Bootstrap.estimate(values[m], draws[m]));
    }
    return new Summary(n, estimates);
  }

  /** One metric's value and interval. */
  public Estimate get(Metric metric) {
    Estimate estimate = estimates.get(metric);
    if (estimate == null) {
      throw new IllegalArgumentException("this summary has no " + metric.label());
    }
    return estimate;
  }

  /** The scores as columns of numbers, measured once and then drawn from many times. */
  private static final class Table {
    private static final Metric[] METRICS = Metric.values();

    private final int images;

    /** A row a metric that is a mean over images; the others' rows stay 0. */
    private final double[][] perImage;

    private final double[] truePositives;
    private final double[] union;

    Table(List<ImageScores> ascending) {
      images = ascending.size();
      perImage = new double[METRICS.length][images];
      truePositives = new double[images];
      union = new double[images];
      for (int i = 0; i < images; i++) {
        ImageScores s = ascending.get(i);
        Confusion c = s.confusion();
        perImage[Metric.JACCARD.ordinal()][i] = s.jaccard();
        perImage[Metric.DICE.ordinal()][i] = s.dice();
        perImage[Metric.SENSITIVITY.ordinal()][i] = s.sensitivity();
        perImage[Metric.SPECIFICITY.ordinal()][i] = s.specificity();
        perImage[Metric.ACCURACY.ordinal()][i] = s.accuracy();
        perImage[Metric.HD95.ordinal()][i] = s.hd95();
        perImage[Metric.THRESHOLDED_JACCARD.ordinal()][i] = s.thresholdedJaccard();
        perImage[Metric.FAILURE_SHARE.ordinal()][i] = s.failed() ? 1 : 0;
        truePositives[i] = c.truePositives();
        union[i] = c.truePositives() + c.falsePositives() + c.falseNegatives();
      }
    }

    /** Every metric, by ordinal, of the set that holds image i {@code times[i]} times. */
    double[] measure(int[] times) {
      double[] values = new double[METRICS.length];
      for (int m = 0; m < METRICS.length; m++) {
        values[m] = Bootstrap.sum(perImage[m], times) / images;
      }
      double pooledUnion = Bootstrap.sum(union, times);
      values[Metric.POOLED_JACCARD.ordinal()] =
          pooledUnion == 0 ? 1 : Bootstrap.sum(truePositives, times) / pooledUnion;
      values[Metric.WORST_DECILE_JACCARD.ordinal()] = worstDecile(times);
      return values;
    }

    private double worstDecile(int[] times) {
      double[] jaccard = perImage[Metric.JACCARD.ordinal()];
      int decile = (images + 9) / 10;
      int left = decile;
      double sum = 0;
      for (int i = 0; left > 0; i++) {
        int taken = Math.min(left, times[i]);
        sum += taken * jaccard[i];
        left -= taken;
      }
      return sum / decile;
    }
  }
}
