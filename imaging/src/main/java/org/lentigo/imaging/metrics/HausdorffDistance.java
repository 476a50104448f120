package org.lentigo.imaging.metrics;

import java.util.Arrays;
import org.lentigo.imaging.Mask;

/** How far apart two masks' borders lie. */
public final class HausdorffDistance {
  private HausdorffDistance() {}

  /**
   * HD95, the robust Hausdorff distance, in pixels of the masks: the 95th percentile of the
   * distances from each border pixel of either mask to the nearest border pixel of the other. This
   * is MedPy's {@code hd95}, which most segmentation papers report: both directions are pooled
   * before the percentile is taken (others take the larger of two percentiles), and the percentile
   * is interpolated linearly between ranks. A border pixel is a lesion pixel with a side neighbour
   * outside the lesion or outside the image.
   *
   * <p>MedPy refuses empty masks. Here two empty masks are 0 apart, and an empty mask is the
   * image's diagonal away from a lesion, so that a lesion missed altogether costs more than any
   * other error rather than dropping out of the mean.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public static double hd95(Mask a, Mask b) {
    Confusion.requireSameSize(a, b);
    Box boxA = Box.around(a);
    Box boxB = Box.around(b);
    if (boxA.isEmpty() || boxB.isEmpty()) {
      return boxA.isEmpty() && boxB.isEmpty()
          ? 0
          : Math.sqrt((double) a.width() * a.width() + (double) a.height() * a.height());
    }
    // Nothing outside the box of both lesions is a source or is asked about.
    Box box = boxA.union(boxB);
    boolean[] borderA = border(a, box);
    boolean[] borderB = border(b, box);
    long[] toA = DistanceTransform.squared(borderA, box.width(), box.height());
    long[] toB = DistanceTransform.squared(borderB, box.width(), box.height());
    double[] distances = new double[count(borderA) + count(borderB)];
    int n = 0;
    for (int i = 0; i < toA.length; i++) {
      if (borderA[i]) {
        distances[n++] = Math.sqrt(toB[i]);
      }
      if (borderB[i]) {
        distances[n++] = Math.sqrt(toA[i]);
      }
    }
    Arrays.sort(distances);
    return Percentile.of(distances, 0.95);
  }

  private static boolean[] border(Mask mask, Box box) {
    boolean[] border = new boolean[box.width() * box.height()];
    for (int y = box.top; y <= box.bottom; y++) {
      for (int x = box.left; x <= box.right; x++) {
        border[(y - box.top) * box.width() + x - box.left] =
            mask.get(x, y)
                && (x == 0
                    || y == 0
                    || x == mask.width() - 1
                    || y == mask.height() - 1
                    || !mask.get(x - 1, y)
                    || !mask.get(x + 1, y)
                    || !mask.get(x, y - 1)
                    || !mask.get(x, y + 1));
      }
    }
    return border;
  }

  private static int count(boolean[] border) {
    int count = 0;
    for (boolean b : border) {
      count += b ? 1 : 0;
    }
    return count;
  }

  /** The smallest rectangle around a lesion, edges included; {@code right < left} if none. */
  private record Box(int left, int top, int right, int bottom) {
    static Box around(Mask mask) {
      int left = mask.width();
      int top = mask.height();
      int right = -1;
      int bottom = -1;
      for (int y = 0; y < mask.height(); y++) {
        for (int x = 0; x < mask.width(); x++) {
          if (mask.get(x, y)) {
            left = Math.min(left, x);
            right = Math.max(right, x);
            top = Math.min(top, y);
            bottom = y;
          }
        }
      }
      return new Box(left, top, right, bottom);
    }

    boolean isEmpty() {
      return right < left;
    }

    Box union(Box other) {
      return new Box(
          Math.min(left, other.left),
          Math.min(top, other.top),
          Math.max(right, other.right),
          Math.max(bottom, other.bottom));
    }

    int width() {
      return right - left + 1;
    }

    int height() {
      return bottom - top + 1;
    }
  }
}
