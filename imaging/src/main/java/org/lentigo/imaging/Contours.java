package org.lentigo.imaging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the outlines of a mask by following the cracks between lesion and background pixels.
 * Filling the polygons by the even-odd rule gives the mask again, pixel by pixel.
 */
public final class Contours {
  private Contours() {}

  // Right, down, left, up: the next one is a right turn.
  private static final int[] STEP_X = {1, 0, -1, 0};
  private static final int[] STEP_Y = {0, 1, 0, -1};
  private static final int RIGHT = 0;
  private static final int LEFT = 2;

  /**
   * Every border of the mask. Lesion pixels that touch at a corner belong together
   * (8-connectivity), background pixels that do are apart (4-connectivity).
   *
   * @return the largest enclosed area first; among equals, the one that starts further up, then
   *     further left
   */
  public static List<Contour> trace(Mask mask) {
    int width = mask.width();
    byte[] data = mask.data();
    byte[] background = new byte[width];
    BitSet seen = new BitSet();
    List<Contour> found = new ArrayList<>();
    for (int y = 0; y <= mask.height(); y++) {
      boolean top = y == 0;
      boolean bottom = y == mask.height();
      byte[] above = top ? background : data;
      byte[] below = bottom ? background : data;
      int aboveStart = top ? 0 : (y - 1) * width;
      int belowStart = bottom ? 0 : y * width;
      for (int x = 0; x < width; x++) {
        // Straight to the next border: most of a mask has none.
        int skip =
            Arrays.mismatch(
                above,
                aboveStart + x,
                aboveStart + width,
                below,
                belowStart + x,
                belowStart + width);
        if (skip < 0) {
          break;
        }
        x += skip;
        if (!seen.get(y * (width + 1) + x)) {
          boolean lesionBelow = below[belowStart + x] != 0;
          found.add(follow(mask, x, y, lesionBelow, seen));
        }
      }
    }
    found.sort(Comparator.comparingLong(Contour::area).reversed());
    return List.copyOf(found);
  }

  /** Walks once around, the lesion on the left, from the crack between (x, y) and (x + 1, y). */
  private static Contour follow(
      Mask mask, int startX, int startY, boolean lesionBelow, BitSet seen) {
    int startHeading = lesionBelow ? LEFT : RIGHT;
    int x = lesionBelow ? startX + 1 : startX;
    int y = startY;
    int firstX = x;
    int heading = startHeading;
    int[] xy = new int[64];
    int length = 0;
    do {
      if (heading == RIGHT || heading == LEFT) {
        seen.set(y * (mask.width() + 1) + (heading == RIGHT ? x : x - 1));
      }
      x += STEP_X[heading];
      y += STEP_Y[heading];
      int next = turn(mask, x, y, heading);
      if (next != heading) {
        if (length == xy.length) {
          xy = Arrays.copyOf(xy, 2 * length);
        }
        xy[length++] = x;
        xy[length++] = y;
      }
      heading = next;
    } while (x != firstX || y != startY || heading != startHeading);
    return new Contour(Arrays.copyOf(xy, length), Contour.twiceSignedArea(xy, length) > 0);
  }

  private static int turn(Mask mask, int x, int y, int heading) {
    // Of the four pixels around the corner, the two ahead.
    int dx = STEP_X[heading];
    int dy = STEP_Y[heading];
    boolean aheadRight = lesion(mask, x, y, dx - dy, dy + dx);
    boolean aheadLeft = lesion(mask, x, y, dx + dy, dy - dx);
    if (aheadRight) {
      return heading + 1 & 3;
    }
    return aheadLeft ? heading : heading + 3 & 3;
  }

  /** The pixel that touches corner (x, y) in the diagonal direction (dx, dy), each -1 or 1. */
  private static boolean lesion(Mask mask, int x, int y, int dx, int dy) {
    int px = dx < 0 ? x - 1 : x;
    int py = dy < 0 ? y - 1 : y;
    return px >= 0 && py >= 0 && px < mask.width() && py < mask.height() && mask.get(px, py);
  }
}
