package org.lentigo.imaging;

import org.jspecify.annotations.Nullable;

/**
 * How much speaks for a part of a mask being the lesion: the sum of its probabilities, each
 * weighted by nearness to the middle of the picture, since whoever takes a photo of a lesion holds
 * the camera at it. The weight is {@code exp(-d^2 / (2 w^2))} with w = {@value #WIDTH} and d the
 * distance to the middle, in which half the picture's width, and half its height, is 1.
 */
public final class Evidence {
  /** Between 0.2 and 1 the width hardly matters; see docs/experiments.md. */
  private static final double WIDTH = 0.35;

  private final float[] map;
  private final int columns;
  private final int rows;

  /**
   * Of each row of the map: what lies left of each of its columns, and of its end. Null until it is
   * needed, which it is for masks of several parts alone.
   */
  private double @Nullable [] sums;

  /**
   * Of a probability map of the whole picture.
   *
   * @param map {@code columns * rows} probabilities, row by row
   * @throws IllegalArgumentException if the sizes do not match
   */
  public Evidence(float[] map, int columns, int rows) {
    if (columns < 1 || rows < 1 || map.length != columns * rows) {
      throw new IllegalArgumentException(
          "a map of %d values, wanted %d x %d".formatted(map.length, columns, rows));
    }
    this.map = map;
    this.columns = columns;
    this.rows = rows;
  }

  private double[] sums() {
    double[] made = sums;
    if (made != null) {
      return made;
    }
    made = new double[rows * (columns + 1)];
    double[] across = nearness(columns);
    double[] down = nearness(rows);
    for (int y = 0; y < rows; y++) {
      double sum = 0;
      for (int x = 0; x < columns; x++) {
        sum += map[y * columns + x] * across[x] * down[y];
        made[y * (columns + 1) + x + 1] = sum;
      }
    }
    sums = made;
    return made;
  }

  private static double[] nearness(int count) {
    double[] nearness = new double[count];
    for (int i = 0; i < count; i++) {
      double distance = (2 * i + 1.0) / count - 1;
      nearness[i] = StrictMath.exp(-distance * distance / (2 * WIDTH * WIDTH));
    }
    return nearness;
  }

  /**
   * Of a piece of a row of a picture that may be larger than the map. Comparable among pieces of
   * one picture.
   *
   * @param from the first pixel, an index into the picture's pixels
   * @param to behind the last, in the same row
   */
  double ofRun(int from, int to, int width, int height) {
    int y = from / width;
    int row = (int) ((2L * y + 1) * rows / (2L * height));
    int left = from - y * width;
    return left(row, (double) (to - from + left) * columns / width)
        - left(row, (double) left * columns / width);
  }

  /** Left of a place between columns, whose own share counts. */
  private double left(int row, double place) {
    int column = Math.min(columns - 1, (int) place);
    int at = row * (columns + 1) + column;
    double[] sums = sums();
    return sums[at] + (place - column) * (sums[at + 1] - sums[at]);
  }
}
