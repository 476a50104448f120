package org.lentigo.imaging;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A closed polygon along pixel borders.
 *
 * @param xy the corners x0, y0, x1, y1, ... in pixels from the picture's top left corner, the first
 *     not repeated at the end; pixel (x, y) spans x to x + 1 and y to y + 1. Seen on a screen, the
 *     outside of a region runs anticlockwise and a hole clockwise: the region lies on the left. The
 *     array is not copied: whoever makes the contour gives it away.
 * @param hole whether the polygon encloses background
 */
public record Contour(int[] xy, boolean hole) {
  public Contour {
    Objects.requireNonNull(xy, "xy");
    if (xy.length < 8 || xy.length % 2 != 0) {
      throw new IllegalArgumentException(
          "a contour needs x and y of at least 4 corners, got " + xy.length + " numbers");
    }
  }

  /**
   * The smallest upright rectangle around a contour.
   *
   * @param x left border
   * @param y top border
   * @param width pixels across
   * @param height pixels down
   */
  public record Box(int x, int y, int width, int height) {}

  /** How many corners there are. */
  public int size() {
    return xy.length / 2;
  }

  /** The enclosed area in pixels, holes within it not subtracted; positive for a hole, too. */
  public long area() {
    return Math.abs(twiceSignedArea(xy, xy.length)) / 2;
  }

  /** By the shoelace formula; negative if the polygon runs anticlockwise on a screen. */
  static long twiceSignedArea(int[] xy, int length) {
    long sum = 0;
    int lastX = xy[length - 2];
    int lastY = xy[length - 1];
    for (int i = 0; i < length; i += 2) {
      sum += (long) lastX * xy[i + 1] - (long) xy[i] * lastY;
      lastX = xy[i];
      lastY = xy[i + 1];
    }
    return sum;
  }

  /** The smallest upright rectangle around this contour. */
  public Box boundingBox() {
    int left = Integer.MAX_VALUE;
    int top = Integer.MAX_VALUE;
    int right = Integer.MIN_VALUE;
    int bottom = Integer.MIN_VALUE;
    for (int i = 0; i < xy.length; i += 2) {
      left = Math.min(left, xy[i]);
      right = Math.max(right, xy[i]);
      top = Math.min(top, xy[i + 1]);
      bottom = Math.max(bottom, xy[i + 1]);
    }
    return new Box(left, top, right - left, bottom - top);
  }

  /**
   * The polygon with fewer corners, by the method of Douglas and Peucker (Cartographica 10, 1973):
   * no corner left out is further than {@code tolerance} pixels from the line drawn instead. With a
   * tolerance of about a pixel, the steps along pixel borders become straight lines.
   *
   * @return x0, y0, x1, y1, ... of at least two corners, a subset of {@link #xy} in its order
   * @throws IllegalArgumentException if the tolerance is negative or not a number
   */
  public int[] simplified(double tolerance) {
    if (!(tolerance >= 0)) {
      throw new IllegalArgumentException("the tolerance must be at least 0, got " + tolerance);
    }
    int n = size();
    BitSet kept = new BitSet(n);
    // A closed line has no ends: it is cut at its first corner and the one furthest from it.
    int opposite = 0;
    double furthest = -1;
    for (int i = 0; i < n; i++) {
      double distance = Math.hypot(xy[2 * i] - xy[0], xy[2 * i + 1] - xy[1]);
      if (distance > furthest) {
        furthest = distance;
        opposite = i;
      }
    }
    Deque<int[]> open = new ArrayDeque<>();
    open.push(new int[] {0, opposite});
    open.push(new int[] {opposite, n});
    while (!open.isEmpty()) {
      int[] part = open.pop();
      kept.set(part[0]);
      int worst = -1;
      double most = tolerance;
      for (int i = part[0] + 1; i < part[1]; i++) {
        double distance = distance(i, part[0], part[1] % n);
        if (distance > most) {
          most = distance;
          worst = i;
        }
      }
      if (worst >= 0) {
        open.push(new int[] {part[0], worst});
        open.push(new int[] {worst, part[1]});
      }
    }
    return kept.stream().flatMap(i -> IntStream.of(xy[2 * i], xy[2 * i + 1])).toArray();
  }

  /** From corner {@code i} to the line from corner {@code a} to corner {@code b}. */
  private double distance(int i, int a, int b) {
    double dx = xy[2 * b] - xy[2 * a];
    double dy = xy[2 * b + 1] - xy[2 * a + 1];
    double px = xy[2 * i] - xy[2 * a];
    double py = xy[2 * i + 1] - xy[2 * a + 1];
    double length = dx * dx + dy * dy;
    // A border that touches itself passes the same corner twice.
    double t = length == 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length));
    return Math.hypot(px - t * dx, py - t * dy);
  }
}
