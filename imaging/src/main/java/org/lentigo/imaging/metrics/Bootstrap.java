package org.lentigo.imaging.metrics;

import java.util.Arrays;
import java.util.Random;

/**
 * Percentile bootstrap over images (B. Efron, 1979): the set is drawn anew, with replacement,
 * {@link Summary#RESAMPLES} times ({@link #DIFFERENCE_RESAMPLES} for a difference), and the 95 %
 * interval holds the middle of what the draws give. It says what other such images might give, and
 * nothing about another training of the same network.
 */
public final class Bootstrap {
  /** So many that an interval which ends near 0 does so wherever the draws begin. */
  public static final int DIFFERENCE_RESAMPLES = 20_000;

  private Bootstrap() {}

  /** What is measured of a draw. */
  interface Measure {
    /**
     * @param times how often each image is in the set
     * @return as many values for every draw
     */
    double[] of(int[] times);
  }

  /**
   * How two sets of scores of the same images differ.
   *
   * @param estimate the mean difference and its interval
   * @param p how often, of both sides, a draw differs to the other side or not at all: twice the
   *     smaller share, with the scores at hand counted as a draw of their own (A. C. Davison and D.
   *     V. Hinkley, Bootstrap Methods, 1997, section 4.2.1); above 0, up to 1
   */
  public record Difference(Estimate estimate, double p) {
    /** Whether the interval leaves 0 out. */
    public boolean isBeyondChance() {
      return estimate.low() > 0 || estimate.high() < 0;
    }
  }

  /**
   * The mean over images, and its interval: as {@link Summary} has it of the same scores.
   *
   * @param scores one an image, in any order
   * @throws IllegalArgumentException if there is none
   */
  public static Estimate mean(double[] scores) {
    // In Summary's order, so that the draws are the same.
    double[] ascending = sorted(scores);
    double[] draws = draws(ascending, Summary.RESAMPLES);
    return estimate(mean(ascending, once(scores.length)), draws);
  }

  /**
   * The mean of {@code scores} less that of {@code others}, drawn in pairs: an image that is hard
   * is so for both, and does not count as a difference. The other way round, it is the same with
   * the other sign.
   *
   * @param scores one an image
   * @param others of the same images, in the same order
   * @throws IllegalArgumentException if there is none, or not as many of both
   */
  public static Difference difference(double[] scores, double[] others) {
    if (scores.length != others.length) {
      throw new IllegalArgumentException(
          "scores of " + scores.length + " images against those of " + others.length);
    }
    double[] differences = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      differences[i] = scores[i] - others[i];
    }
    double[] draws = draws(differences, DIFFERENCE_RESAMPLES);
    long least =
        Math.min(
            Arrays.stream(draws).filter(draw -> draw <= 0).count(),
            Arrays.stream(draws).filter(draw -> draw >= 0).count());
    return new Difference(
        estimate(mean(differences, once(scores.length)), draws),
        Math.min(1, 2.0 * (least + 1) / (draws.length + 1)));
  }

  private static double[] sorted(double[] values) {
    double[] ascending = values.clone();
    Arrays.sort(ascending);
    return ascending;
  }

  private static int[] once(int images) {
    int[] times = new int[images];
    Arrays.fill(times, 1);
    return times;
  }

  private static double[] draws(double[] scores, int resamples) {
    if (scores.length == 0) {
      throw new IllegalArgumentException("no image was scored, so there is nothing to draw from");
    }
    return draws(
        scores.length,
        resamples,
        Summary.DEFAULT_SEED,
        times -> new double[] {mean(scores, times)})[0];
  }

  private static double mean(double[] scores, int[] times) {
    return sum(scores, times) / scores.length;
  }

  /** The sum over a set that holds image i {@code times[i]} times. */
  static double sum(double[] values, int[] times) {
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += times[i] * values[i];
    }
    return sum;
  }

  /**
   * Draws as many images as there are, again and again, and measures each draw.
   *
   * @param images at least 1
   * @return a row for each of the measure's values
   */
  static double[][] draws(int images, int resamples, long seed, Measure measure) {
    int[] times = new int[images];
    double[][] draws = new double[measure.of(once(images)).length][resamples];
    // Its algorithm is specified, so that a report repeats on any Java.
    Random random = new Random(seed);
    for (int draw = 0; draw < resamples; draw++) {
      Arrays.fill(times, 0);
      for (int i = 0; i < images; i++) {
        times[random.nextInt(images)]++;
      }
      double[] drawn = measure.of(times);
      for (int m = 0; m < drawn.length; m++) {
        draws[m][draw] = drawn[m];
      }
    }
    return draws;
  }

  /** A value with the middle 95 % of what draws gave. */
  static Estimate estimate(double value, double[] draws) {
    double[] sorted = sorted(draws);
    return new Estimate(value, Percentile.of(sorted, 0.025), Percentile.of(sorted, 0.975));
  }
}
