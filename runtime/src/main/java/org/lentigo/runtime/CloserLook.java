package org.lentigo.runtime;

import java.util.Optional;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.network.PostProcessing;

/**
 * Where the network looks at a photo again when the lesion is small: in the whole photo squeezed
 * into its input a lesion of 3 % is 44 pixels wide at 224, and a pixel more or less all around is a
 * sixth of it. So it is shown the lesion's surroundings alone, in which it is about as large as
 * those that the network learnt from. The photo is laid out as a grid of {@code grid} x {@code
 * grid} cells, and what it is shown is as many of them as its input has pixels: each cell one
 * pixel.
 *
 * @param grid cells along each side of the photo; as many as the network's input has pixels are the
 *     whole photo, more a closer look
 * @param left the first column shown
 * @param top the first row shown
 */
record CloserLook(int grid, int left, int top) {
  /**
   * How many of the pixels shown the lesion is to have, as 15 % of 224 x 224: for an input of fewer
   * pixels that is more of what is shown, up to {@link #MOST}; see docs/experiments.md.
   */
  private static final double PIXELS = 0.15 * 224 * 224;

  /** How much of what is shown the lesion is to be at most: its surroundings say what it is. */
  private static final double MOST = 0.3;

  /** What is shown is wider and higher than the lesion by at least this. */
  private static final double MARGIN = 1.25;

  /** What is shown is at least this part of the photo's width and height. */
  private static final double SMALLEST = 0.2;

  /** From this part of the photo's width and height on there is nothing new to be seen. */
  private static final double WHOLE = 0.93;

  /** Of the closer look where both have something to say. */
  private static final float WEIGHT = 2 / 3f;

  /**
   * Where to look again.
   *
   * @param map of the whole photo, {@code size * size} probabilities
   * @return empty if there is no lesion or it is large enough
   */
  static Optional<CloserLook> at(float[] map, int size, float threshold, PostProcessing post) {
    Found found = Found.in(map, size, threshold, post);
    if (found.area == 0) {
      return Optional.empty();
    }
    double side =
        MARGIN * Math.max(found.right - found.left, found.bottom - found.top) / (double) size;
    double lesion = Math.min(PIXELS, MOST * map.length);
    double part = Math.max(SMALLEST, Math.max(side, Math.sqrt(found.area / lesion)));
    if (part >= WHOLE) {
      return Optional.empty();
    }
    int grid = (int) Math.round(size / part);
    return Optional.of(
        new CloserLook(
            grid,
            first(found.left + found.right, size, grid),
            first(found.top + found.bottom, size, grid)));
  }

  /**
   * The lesion in a map: its pixels, and the columns and rows it lies in.
   *
   * @param right behind its last column
   * @param bottom behind its last row
   */
  private record Found(int area, int left, int top, int right, int bottom) {
    static Found in(float[] map, int size, float threshold, PostProcessing post) {
      Mask inside = Masks.threshold(map, size, size, threshold);
      byte[] lesion = Segmentation.cleaned(inside, map, size, post).data();
      int area = 0;
      int left = size;
      int top = size;
      int right = 0;
      int bottom = 0;
      for (int i = 0; i < lesion.length; i++) {
        if (lesion[i] != 0) {
          area++;
          left = Math.min(left, i % size);
          top = Math.min(top, i / size);
          right = Math.max(right, i % size + 1);
          bottom = Math.max(bottom, i / size + 1);
        }
      }
      return new Found(area, left, top, right, bottom);
    }
  }

  /**
   * Whether the second look helps: not if it finds nothing, nor if what it finds goes on beyond
   * what it was shown, which would end the outline along a straight line there.
   *
   * @param close of what was shown again, {@code size * size} probabilities
   */
  boolean isOfUse(float[] close, int size, float threshold, PostProcessing post) {
    Found found = Found.in(close, size, threshold, post);
    return found.area > 0
        && (found.left > 0 || left == 0)
        && (found.top > 0 || top == 0)
        && (found.right < size || left + size == grid)
        && (found.bottom < size || top + size == grid);
  }

  /** The first of the cells around a middle, all within the photo. */
  private static int first(int twiceTheMiddle, int size, int grid) {
    long middle = Math.round(twiceTheMiddle * (double) grid / (2.0 * size));
    return (int) Math.max(0, Math.min(grid - size, middle - size / 2));
  }

  /**
   * Both looks in one map of the whole photo, {@code grid * grid} probabilities.
   *
   * @param map of the whole photo, {@code size * size}
   * @param close of what was shown again, {@code size * size}
   */
  float[] with(float[] map, float[] close, int size) {
    float[] both = Resampling.resizePlane(map, size, size, grid, grid);
    for (int y = 0; y < size; y++) {
      int at = (top + y) * grid + left;
      for (int x = 0; x < size; x++) {
        both[at + x] += WEIGHT * (close[y * size + x] - both[at + x]);
      }
    }
    return both;
  }
}
