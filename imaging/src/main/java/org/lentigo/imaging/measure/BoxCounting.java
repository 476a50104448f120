package org.lentigo.imaging.measure;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contour.Box;

/** The box-counting dimension of contours; see {@link Shape}. */
final class BoxCounting {
  /** Boxes are this much larger each time. */
  private static final double STEP = Math.sqrt(2);

  private static final int SMALLEST_BOX = 2;

  /** The largest boxes are this share of the lesion. */
  private static final int SHARE = 4;

  private BoxCounting() {}

  /**
   * @param around all contours
   * @param leastSide of that, in pixels
   * @return null if they are smaller
   */
  static @Nullable Double dimension(List<Contour> contours, Box around, int leastSide) {
    int side = Math.max(around.width(), around.height());
    if (side < leastSide) {
      return null;
    }
    double n = 0;
    double sumX = 0;
    double sumY = 0;
    double sumXx = 0;
    double sumXy = 0;
    int last = 0;
    for (double size = SMALLEST_BOX; size <= (double) side / SHARE; size *= STEP) {
      int box = (int) Math.round(size);
      if (box != last) {
        last = box;
        double x = Math.log(box);
        double y = Math.log(fewest(contours, around, box));
        n++;
        sumX += x;
        sumY += y;
        sumXx += x * x;
        sumXy += x * y;
      }
    }
    return -(n * sumXy - sumX * sumY) / (n * sumXx - sumX * sumX);
  }

  /** The boxes that hold a piece of border, where the grid lies best: the cover is then least. */
  private static int fewest(List<Contour> contours, Box around, int box) {
    int fewest = Integer.MAX_VALUE;
    for (int dy = 0; dy < box; dy += Math.max(1, box / 2)) {
      for (int dx = 0; dx < box; dx += Math.max(1, box / 2)) {
        fewest =
            Math.min(
                fewest,
                count(
                    contours,
                    around.x() - dx,
                    around.y() - dy,
                    (around.width() + dx) / box + 2,
                    box));
      }
    }
    return fewest;
  }

  private static int count(List<Contour> contours, int left, int top, int perRow, int box) {
    BitSet boxes = new BitSet();
    for (Contour contour : contours) {
      int[] xy = contour.xy();
      int x = xy[xy.length - 2] - left;
      int y = xy[xy.length - 1] - top;
      for (int i = 0; i < xy.length; i += 2) {
        int toX = xy[i] - left;
        int toY = xy[i + 1] - top;
        // By the cracks between corners, each in the box that holds its middle.
        int stepX = Integer.signum(toX - x);
        int stepY = Integer.signum(toY - y);
        while (x != toX || y != toY) {
          int boxX = (2 * x + stepX) / 2 / box;
          int boxY = (2 * y + stepY) / 2 / box;
          boxes.set(boxY * perRow + boxX);
          x += stepX;
          y += stepY;
        }
      }
    }
    return boxes.cardinality();
  }
}
