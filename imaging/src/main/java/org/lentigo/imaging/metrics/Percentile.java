package org.lentigo.imaging.metrics;

/** Percentiles as NumPy takes them by default. */
final class Percentile {
  private Percentile() {}

  /** The value at {@code share} of the way through sorted values, interpolated between ranks. */
  static double of(double[] sorted, double share) {
    double rank = share * (sorted.length - 1);
    int below = (int) rank;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
  }
}
