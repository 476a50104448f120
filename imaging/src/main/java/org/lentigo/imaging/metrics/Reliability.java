package org.lentigo.imaging.metrics;

import java.util.Arrays;

/**
 * Whether probabilities mean what they say: of the pixels called lesion with probability 0.7, is
 * 0.7 of the area lesion? Pixels are counted in {@value #BINS} bins of equal width by the
 * probability of lesion. Immutable.
 */
public final class Reliability {
  /** How many bins, as in Guo et al. 2017. */
  public static final int BINS = 15;

  private final long[] counts;
  private final double[] predicted;
  private final double[] actual;

  private Reliability(long[] counts, double[] predicted, double[] actual) {
    this.counts = counts;
    this.predicted = predicted;
    this.actual = actual;
  }

  /** Of no pixel. */
  public static Reliability none() {
    return new Reliability(new long[BINS], new double[BINS], new double[BINS]);
  }

  /**
   * Of the pixels of one image.
   *
   * @param probabilities of lesion, 0 to 1
   * @param truth the share of each pixel that is lesion, 0 to 1; see {@link
   *     org.lentigo.imaging.Masks#coverage}
   * @throws IllegalArgumentException if the lengths differ
   */
  public static Reliability of(float[] probabilities, float[] truth) {
    if (probabilities.length != truth.length) {
      throw new IllegalArgumentException(
          "wanted as many truths as probabilities, got "
              + truth.length
              + " and "
              + probabilities.length);
    }
    Reliability r = none();
    for (int i = 0; i < truth.length; i++) {
      int bin = Math.min(BINS - 1, (int) (probabilities[i] * BINS));
      r.counts[bin]++;
      r.predicted[bin] += probabilities[i];
      r.actual[bin] += truth[i];
    }
    return r;
  }

  /** Of the pixels of both. */
  public Reliability plus(Reliability other) {
    Reliability r = none();
    for (int bin = 0; bin < BINS; bin++) {
      r.counts[bin] = counts[bin] + other.counts[bin];
      r.predicted[bin] = predicted[bin] + other.predicted[bin];
      r.actual[bin] = actual[bin] + other.actual[bin];
    }
    return r;
  }

  /**
   * The expected calibration error: the mean over pixels of how far the probability of lesion and
   * the share of lesion lie apart in their bin, 0 to 1 (M. Naeini et al., AAAI 2015, as in C. Guo
   * et al., "On calibration of modern neural networks", ICML 2017, eq. 3, of the probability of
   * lesion instead of the winning class's); 0 without pixels.
   */
  public double expectedCalibrationError() {
    double sum = 0;
    for (int bin = 0; bin < BINS; bin++) {
      sum += Math.abs(predicted[bin] - actual[bin]);
    }
    return sum / Math.max(1, Arrays.stream(counts).sum());
  }
}
