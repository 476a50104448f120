package org.lentigo.imaging.measure;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
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

  /** Of the lesion's longer side: shorter lines may be the lesion's own pattern. */
  private static final double LEAST_LENGTH = 0.35;

  /** A line has at most so many pixels for each of its length. */
  private static final double THIN = 3;

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
   * The share of a lesion that lies under long lines, which cross it or nearly so: its own pattern
   * has shorter ones.
   *
   * @param lesion of the same size
   * @return 0 to 1; 0 where the mask is empty
   */
  static double shareOf(Mask lesion, float[] lab) {
    int width = lesion.width();
    int height = lesion.height();
    BitSet lines = lines(lab, width, height, new BitSet());
    double least = LEAST_LENGTH * longerSide(lesion);
    long under = 0;
    for (int first = lines.nextSetBit(0); first >= 0; first = lines.nextSetBit(first)) {
      under += under(lesion, lines, first, least);
    }
    long area = lesion.area();
    return area == 0 ? 0 : (double) under / area;
  }

  /** Takes a connected line out, and counts its pixels in the lesion if it is long and thin. */
  private static long under(Mask lesion, BitSet lines, int first, double least) {
    int width = lesion.width();
    Deque<Integer> open = new ArrayDeque<>();
    open.push(first);
    lines.clear(first);
    int left = width;
    int right = 0;
    int top = lesion.height();
    int bottom = 0;
    int pixels = 0;
    long inside = 0;
    while (!open.isEmpty()) {
      int i = open.pop();
      int x = i % width;
      int y = i / width;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
      pixels++;
      inside += lesion.data()[i];
      for (int dy = -1; dy <= 1; dy++) {
        for (int dx = -1; dx <= 1; dx++) {
          int next = i + dy * width + dx;
          if (x + dx >= 0 && x + dx < width && next >= 0 && lines.get(next)) {
            lines.clear(next);
            open.push(next);
          }
        }
      }
    }
    double length = Math.hypot(right - left + 1, bottom - top + 1);
    return length >= least && pixels <= THIN * length ? inside : 0;
  }

  private static int longerSide(Mask mask) {
    int left = mask.width();
    int right = -1;
    int top = mask.height();
    int bottom = -1;
    for (int i = 0; i < mask.data().length; i++) {
      if (mask.data()[i] != 0) {
        left = Math.min(left, i % mask.width());
        right = Math.max(right, i % mask.width());
        top = Math.min(top, i / mask.width());
        bottom = Math.max(bottom, i / mask.width());
      }
    }
    return Math.max(right - left, bottom - top) + 1;
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
