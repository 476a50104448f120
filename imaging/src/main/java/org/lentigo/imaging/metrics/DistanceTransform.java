package org.lentigo.imaging.metrics;

import java.util.Arrays;

/**
 * The exact Euclidean distance transform in time linear in the pixels: P. F. Felzenszwalb and D. P.
 * Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8 (2012), the lower
 * envelope of parabolas, once down the columns and once along the rows.
 */
final class DistanceTransform {
  /** Stands for "no source in this column"; far above any squared distance, safe to add to. */
  private static final long NONE = 1L << 48;

  private DistanceTransform() {}

  /**
   * The squared distance in pixels from each pixel's centre to the nearest source's.
   *
   * @param sources {@code width * height} values, row by row, true at a source
   * @return as many values; {@link Long#MAX_VALUE} throughout if there is no source
   */
  static long[] squared(boolean[] sources, int width, int height) {
    long[] distance = new long[width * height];
    for (int i = 0; i < distance.length; i++) {
      distance[i] = sources[i] ? 0 : NONE;
    }
    int longer = Math.max(width, height);
    Envelope envelope = new Envelope(longer);
    long[] line = new long[longer];
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        line[y] = distance[y * width + x];
      }
      envelope.transform(line, height);
      for (int y = 0; y < height; y++) {
        distance[y * width + x] = line[y];
      }
    }
    for (int y = 0; y < height; y++) {
      System.arraycopy(distance, y * width, line, 0, width);
      envelope.transform(line, width);
      System.arraycopy(line, 0, distance, y * width, width);
    }
    if (distance[0] >= NONE) {
      Arrays.fill(distance, Long.MAX_VALUE);
    }
    return distance;
  }

  /** The one-dimensional transform, with the room it works in. */
  private static final class Envelope {
    /** Where the parabolas of the lower envelope have their lowest points, left to right. */
    private final int[] vertex;

    /** Parabola k is the lowest from {@code start[k]} on. */
    private final double[] start;

    private final long[] values;

    Envelope(int length) {
      vertex = new int[length];
      start = new double[length + 1];
      values = new long[length];
    }

    /** Replaces each {@code line[q]} by the minimum over p of {@code (q - p)^2 + line[p]}. */
    void transform(long[] line, int n) {
      System.arraycopy(line, 0, values, 0, n);
      int last = 0;
      vertex[0] = 0;
      start[0] = Double.NEGATIVE_INFINITY;
      start[1] = Double.POSITIVE_INFINITY;
      for (int q = 1; q < n; q++) {
        double crossing = crossing(q, vertex[last]);
        while (crossing <= start[last]) {
          last--;
          crossing = crossing(q, vertex[last]);
        }
        last++;
        vertex[last] = q;
        start[last] = crossing;
        start[last + 1] = Double.POSITIVE_INFINITY;
      }
      int k = 0;
      for (int q = 0; q < n; q++) {
        while (start[k + 1] < q) {
          k++;
        }
        long d = q - vertex[k];
        line[q] = d * d + values[vertex[k]];
      }
    }

    private double crossing(int q, int p) {
      return (double) (values[q] + (long) q * q - values[p] - (long) p * p) / (2.0 * (q - p));
    }
  }
}
