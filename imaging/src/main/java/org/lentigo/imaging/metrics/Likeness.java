package org.lentigo.imaging.metrics;

import org.lentigo.imaging.Lab;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;

/**
 * How much what was outlined looks like a lesion at all, rather than a piece of skin in a photo
 * that shows none: a logistic regression on four numbers. {@code docs/quality.md} says on what it
 * was fitted, and how often it is wrong.
 */
public final class Likeness {
  /** Photos are reduced so far for their colours. */
  private static final int SIDE = 128;

  private static final double OF_STEADINESS = 0.329;
  private static final double OF_PEAK = 0.605;
  private static final double OF_CONTRAST = 1.746;
  private static final double OF_FRAME = -9.619;

  /** Moved so that one lesion in fifty of the photos it was fitted on falls below a half. */
  private static final double OFFSET = -6.287 + 1.47;

  /** What lies on the frame beyond this share of the border may be a lesion's, too. */
  private static final double MOST_FRAME = 0.3;

  /** Beyond these a logit says no more, and must stay finite. */
  private static final double LEAST_SHARE = 1e-3;

  private static final double HIGHEST_PEAK = 1 - 1e-4;

  private Likeness() {}

  /**
   * How much a mask looks like a lesion's.
   *
   * @param mask of the photo's size
   * @param map the network's probabilities, {@code size * size}
   * @param features of that map
   * @return 0 to 1; 0 where the mask is empty
   */
  public static double of(RgbImage photo, Mask mask, float[] map, MapFeatures features) {
    if (mask.area() == 0) {
      return 0;
    }
    double peak = 0;
    for (float p : map) {
      peak = Math.max(peak, p);
    }
    double score =
        OFFSET
            + OF_STEADINESS * logit(features.steadiness())
            + OF_PEAK * logit(Math.min(HIGHEST_PEAK, peak))
            + OF_CONTRAST * Math.log1p(contrast(photo, mask))
            + OF_FRAME * Math.min(MOST_FRAME, features.frameShare());
    return 1 / (1 + Math.exp(-score));
  }

  private static double logit(double share) {
    double inner = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, share));
    return Math.log(inner / (1 - inner));
  }

  /**
   * The CIE 1976 difference of the mean colours inside and outside; 0 where one of them is none.
   */
  private static double contrast(RgbImage photo, Mask mask) {
    double scale = Math.min(1, (double) SIDE / Math.max(photo.width(), photo.height()));
    int width = Math.max(1, (int) (scale * photo.width()));
    int height = Math.max(1, (int) (scale * photo.height()));
    float[] lab = Lab.of(Resampling.resize(photo, width, height));
    float[] coverage = Masks.coverage(mask, width, height);
    double[][] sums = new double[2][3];
    int[] counts = new int[2];
    for (int i = 0; i < coverage.length; i++) {
      int side = coverage[i] >= 0.5 ? 1 : 0;
      counts[side]++;
      for (int c = 0; c < 3; c++) {
        sums[side][c] += lab[3 * i + c];
      }
    }
    if (counts[0] == 0 || counts[1] == 0) {
      return 0;
    }
    double square = 0;
    for (int c = 0; c < 3; c++) {
      double difference = sums[0][c] / counts[0] - sums[1][c] / counts[1];
      square += difference * difference;
    }
    return Math.sqrt(square);
  }
}
