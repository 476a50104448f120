package org.lentigo.imaging.metrics;

import org.lentigo.imaging.Mask;

/**
 * How one prediction agrees with its expert mask, at the mask's own size.
 *
 * @param stem the image's name
 * @param confusion the pixels counted; the ratios come from it, with its conventions
 * @param hd95 in pixels of the mask, see {@link HausdorffDistance#hd95}
 */
public record ImageScores(String stem, Confusion confusion, double hd95) {
  /** A Jaccard index below this counts as a failure (ISIC 2018 challenge, task 1). */
  public static final double FAILURE = 0.65;

  /**
   * Scores a prediction.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public static ImageScores of(String stem, Mask prediction, Mask truth) {
    return new ImageScores(
        stem, Confusion.of(prediction, truth), HausdorffDistance.hd95(prediction, truth));
  }

  /** See {@link Confusion#jaccard}. */
  public double jaccard() {
    return confusion.jaccard();
  }

  /** See {@link Confusion#dice}. */
  public double dice() {
    return confusion.dice();
  }

  /** See {@link Confusion#sensitivity}. */
  public double sensitivity() {
    return confusion.sensitivity();
  }

  /** See {@link Confusion#specificity}. */
  public double specificity() {
    return confusion.specificity();
  }

  /** See {@link Confusion#accuracy}. */
  public double accuracy() {
    return confusion.accuracy();
  }

  /** The Jaccard index, or 0 where it is below {@link #FAILURE}. */
  public double thresholdedJaccard() {
    return failed() ? 0 : jaccard();
  }

  /** Whether the Jaccard index is below {@link #FAILURE}. */
  public boolean failed() {
    return jaccard() < FAILURE;
  }
}
