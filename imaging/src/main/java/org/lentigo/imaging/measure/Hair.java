package org.lentigo.imaging.measure;

import java.util.BitSet;
import org.lentigo.imaging.Mask;

/**
 * Thin dark lines in a photo that was reduced to some 256 pixels, where hairs are a pixel or two
 * wide: pixels that are darker than both sides, in one direction at least.
 */
public final class Hair {
  /** A line is darker by this (L*) than what lies on both sides of it within so many pixels. */
  private static final double CONTRAST = 7;

  private static final int REACH = 4;

  /** Where all around is darker (L*) there is the dermatoscope's tube. */
  private static final double TUBE = 20;

  private static final int[][] DIRECTIONS = {{1, 0}, {0, 1}, {1, 1}, {1, -1}};

  /** How long a line must go on, in pixels, with how few gaps, and in how many directions. */
  private static final int LENGTH = 25;

  private static final double LONG = 0.9;
  private static final int SLOPES = 16;

  private Hair() {}

  /**
   * The share of a photo, dark corners apart, that lies on lines.
   *
   * @param lab L* a* b* of {@code width * height} pixels, row by row
   * @return 0 to 1
   */
  public static double share(float[] lab, int width, int height) {
    BitSet looked = new BitSet();
    BitSet lines = lines(lab, width, height, looked);
    int area = looked.cardinality();
    return area == 0 ? 0 : (double) lines.cardinality() / area;
  }

  /**
   * The share of a lesion that lies under long straight lines: its own pattern has shorter ones.
   *
   * @param lesion of the same size
   * @return 0 to 1; 0 where the mask is empty
   */
  static double shareOf(Mask lesion, float[] lab) {
    int width = lesion.width();
    int height = lesion.height();
    BitSet lines = lines(lab, width, height, new BitSet());
    BitSet wide = new BitSet(width * height);
    for (int i = lines.nextSetBit(0); i >= 0; i = lines.nextSetBit(i + 1)) {
      // A line of a slope between two directions steps aside by a pixel. None lies at the frame.
      for (int dy = -1; dy <= 1; dy++) {
        wide.set(i + dy * width - 1, i + dy * width + 2);
      }
    }
    long under = 0;
    for (int i = lines.nextSetBit(0); i >= 0; i = lines.nextSetBit(i + 1)) {
      under +=
          lesion.data()[i] != 0 && onLongLine(wide, i % width, i / width, width, height) ? 1 : 0;
    }
    long area = lesion.area();
    return area == 0 ? 0 : (double) under / area;
  }

  private static boolean onLongLine(BitSet wide, int x, int y, int width, int height) {
    for (int direction = 0; direction < SLOPES; direction++) {
      double dx = Math.cos(Math.PI * direction / SLOPES);
      double dy = Math.sin(Math.PI * direction / SLOPES);
      int on = 0;
      for (int step = -LENGTH / 2; step <= LENGTH / 2; step++) {
        int px = (int) Math.round(x + step * dx);
        int py = (int) Math.round(y + step * dy);
        on += px >= 0 && py >= 0 && px < width && py < height && wide.get(py * width + px) ? 1 : 0;
      }
      if (on >= LONG * LENGTH) {
        return true;
      }
    }
    return false;
  }

  private static BitSet lines(float[] lab, int width, int height, BitSet looked) {
    BitSet lines = new BitSet(width * height);
    for (int y = REACH; y < height - REACH; y++) {
      for (int x = REACH; x < width - REACH; x++) {
        double here = lab[3 * (y * width + x)];
        double deepest = 0;
        double lightest = here;
        for (int[] d : DIRECTIONS) {
          double before = 0;
          double after = 0;
          for (int step = 1; step <= REACH; step++) {
            before = Math.max(before, lab[3 * ((y - step * d[1]) * width + x - step * d[0])]);
            after = Math.max(after, lab[3 * ((y + step * d[1]) * width + x + step * d[0])]);
          }
          deepest = Math.max(deepest, Math.min(before, after) - here);
          lightest = Math.max(lightest, Math.max(before, after));
        }
        if (lightest >= TUBE) {
          looked.set(y * width + x);
          if (deepest > CONTRAST) {
            lines.set(y * width + x);
          }
        }
      }
    }
    return lines;
  }
}
