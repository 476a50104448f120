package org.lentigo.runtime;

/**
 * A dark photo's own exposure made up for: the networks here learnt from photos that are mostly
 * bright, and outline dark ones worse (docs/experiments.md).
 */
final class Exposure {
  /** A photo whose values are less than this in the mean is dark: a third of ISIC 2016's are. */
  static final double BRIGHT = 0.6;

  /** So that black is not made grey: what is darker than 0.18 in the mean stays darker. */
  private static final double LEAST_EXPONENT = 0.3;

  private static final int STEPS = 1 << 12;

  private Exposure() {}

  /**
   * Brightens a dark photo in place, by the exponent that takes its mean to {@value #BRIGHT};
   * others stay as they are.
   *
   * @param planes values of all channels, 0 to 1
   * @return whether it was dark
   */
  static boolean brighten(float[] planes) {
    double sum = 0;
    for (float value : planes) {
      sum += value;
    }
    double mean = sum / planes.length;
    if (mean >= BRIGHT) {
      return false;
    }
    // Those of StrictMath are the same everywhere, and so then are masks.
    double exponent =
        mean > 0
            ? Math.max(LEAST_EXPONENT, StrictMath.log(BRIGHT) / StrictMath.log(mean))
            : LEAST_EXPONENT;
    float[] curve = new float[STEPS + 2];
    for (int i = 0; i < curve.length; i++) {
      curve[i] = (float) StrictMath.pow((double) i / STEPS, exponent);
    }
    for (int i = 0; i < planes.length; i++) {
      float at = Math.max(0, Math.min(1, planes[i])) * STEPS;
      int below = (int) at;
      planes[i] = curve[below] + (at - below) * (curve[below + 1] - curve[below]);
    }
    return true;
  }
}
