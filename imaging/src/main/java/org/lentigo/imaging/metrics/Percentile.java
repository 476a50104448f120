package org.lentigo.imaging.metrics;

import java.util.Arrays;

/** Percentiles as NumPy takes them by default. */
public final class Percentile {
  private Percentile() {}

  /** The value at {@code share} of the way through sorted values, interpolated between ranks. */
  public static double of(double[] sorted, double share) {
    double rank = share * (sorted.length - 1);
    int below = (int) rank;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
  }

  /** As {@link #of}, of values in any order, which stay as they are. */
  public static double ofUnsorted(double[] values, double share) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return of(sorted, share);
  }
}
