package org.lentigo.imaging;

import java.util.Objects;

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
}
