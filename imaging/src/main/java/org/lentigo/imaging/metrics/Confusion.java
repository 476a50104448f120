package org.lentigo.imaging.metrics;

import org.lentigo.imaging.Mask;

/**
 * Pixels counted by what was predicted and what is true. Every ratio is from 0 to 1, and {@code 0 /
 * 0} is 1 throughout: where there was nothing to get right, nothing was got wrong. So two empty
 * masks agree fully (Jaccard index 1), one empty mask against a lesion not at all (0), the
 * sensitivity to no lesion is 1, and so is the specificity where the lesion fills the image.
 *
 * @param truePositives lesion, and called so
 * @param falsePositives skin called lesion
 * @param falseNegatives lesion called skin
 * @param trueNegatives skin, and called so
 */
public record Confusion(
    long truePositives, long falsePositives, long falseNegatives, long trueNegatives) {
  /**
   * Counts two masks against each other.
   *
   * @throws IllegalArgumentException if their sizes differ
   */
  public static Confusion of(Mask prediction, Mask truth) {
    requireSameSize(prediction, truth);
    byte[] p = prediction.data();
    byte[] t = truth.data();
    long both = 0;
    long predicted = 0;
    long actual = 0;
    for (int i = 0; i < p.length; i++) {
      both += p[i] & t[i];
      predicted += p[i];
      actual += t[i];
    }
    return new Confusion(
        both, predicted - both, actual - both, p.length - predicted - actual + both);
  }

  static void requireSameSize(Mask prediction, Mask truth) {
    if (prediction.width() != truth.width() || prediction.height() != truth.height()) {
      throw new IllegalArgumentException(
          "the prediction is "
              + prediction.width()
              + " x "
              + prediction.height()
              + " pixels but the truth is "
              + truth.width()
              + " x "
              + truth.height()
              + "; score a prediction at the size of its mask");
    }
  }

  /** The counts of both, as if their pixels were one image's. */
  public Confusion plus(Confusion other) {
    return new Confusion(
        truePositives + other.truePositives,
        falsePositives + other.falsePositives,
        falseNegatives + other.falseNegatives,
        trueNegatives + other.trueNegatives);
  }

  /** Intersection over union of the lesion: {@code TP / (TP + FP + FN)}. */
  public double jaccard() {
    return ratio(truePositives, truePositives + falsePositives + falseNegatives);
  }

  /** {@code 2 TP / (2 TP + FP + FN)}. */
  public double dice() {
    return ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
  }

  /** {@code TP / (TP + FN)}: the share of the lesion that was found. */
  public double sensitivity() {
    return ratio(truePositives, truePositives + falseNegatives);
  }

  /** {@code TN / (TN + FP)}: the share of the skin that was left alone. */
  public double specificity() {
    return ratio(trueNegatives, trueNegatives + falsePositives);
  }

  /** {@code (TP + TN) / all}. */
  public double accuracy() {
    return ratio(
        truePositives + trueNegatives,
        truePositives + trueNegatives + falsePositives + falseNegatives);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? 1 : (double) part / whole;
  }
}
