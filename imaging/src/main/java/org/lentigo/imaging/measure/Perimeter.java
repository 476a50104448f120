package org.lentigo.imaging.measure;

import org.lentigo.imaging.Contour;

/** The length of a line that was there before it was cut into pixels; see {@link Shape}. */
final class Perimeter {
  private static final double EVEN = 0.980;
  private static final double ODD = 1.406;
  private static final double CORNER = -0.091;

  private Perimeter() {}

  /**
   * The length of one contour. A line from one crack's middle to the next's is a step of 1 straight
   * on, or half a diagonal around a corner; for a straight line of any slope there are as many of
   * the former, and half as many of the latter, as in Freeman's code of it.
   */
  static double of(Contour contour) {
    int[] xy = contour.xy();
    int n = contour.size();
    long straight = 0;
    long changes = 0;
    for (int i = 0; i < n; i++) {
      int[] before = side(xy, (i + n - 1) % n, n);
      int[] here = side(xy, i, n);
      int length = Math.abs(here[0] + here[1]);
      straight += length - 1;
      if (length > 1) {
        changes += 2;
      } else {
        int[] after = side(xy, (i + 1) % n, n);
        boolean staircase =
            Integer.signum(before[0]) == Integer.signum(after[0])
                && Integer.signum(before[1]) == Integer.signum(after[1]);
        changes += staircase ? 0 : 1;
      }
    }
    return EVEN * straight + ODD * n / 2 + CORNER * changes;
  }

  /** From corner i to the next: one of the two is 0. */
  private static int[] side(int[] xy, int i, int n) {
    int next = (i + 1) % n;
    return new int[] {xy[2 * next] - xy[2 * i], xy[2 * next + 1] - xy[2 * i + 1]};
  }
}
