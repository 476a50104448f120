package org.lentigo.training;

import java.util.Arrays;
import org.lentigo.imaging.Resampling;

/**
 * Shows a photo's lesion in another photo's skin, with that photo's hairs, ruler and dark corners.
 *
 * <p>Around both lesions the first photo is kept, everywhere else the second one is shown. What is
 * kept takes on the colours around it: each channel is multiplied by what the second photo's skin
 * is to the first one's, as seen where both are skin and carried inwards without a step, so that
 * the new border of the two photos cannot be seen and the lesion is as much darker than its skin as
 * it was. (Light that skin absorbs is lost by a factor, hence factors and not differences as in
 * Pérez et al. 2003, "Poisson image editing", whose idea this is.) The second photo's lesion is
 * gone, since it is the first photo's skin, recoloured, that is shown there.
 */
final class OtherSkin {
  /** Pixels of a side of the cells in which colours are compared: hairs and noise average out. */
  private static final int CELL = 4;

  /** A cell with more than this of what is to be learnt belongs to a lesion. */
  private static final float LESION = 0.1f;

  /** Least share of the input that must be skin in both photos. */
  private static final float LEAST_SKIN = 0.2f;

  /** What is darker is compared as if it were this bright: hairs, ink, dark corners. */
  private static final float DARKEST = 0.1f;

  private static final int SWEEPS = 24;

  private OtherSkin() {}

  /**
   * Changes photo and target, unless the lesions leave too little skin to compare.
   *
   * @param size S, a multiple of {@value #CELL}
   * @param reach how far around the lesions the first photo is kept, as a share of S
   * @param photo 3 x S x S values of 0 to 1 from {@code offset}: the lesion's photo
   * @param target S x S values of 0 to 1 from {@code targetOffset}: where the lesion is
   * @param skin 3 x S x S values of 0 to 1: the other photo
   * @param skinTarget S x S values of 0 to 1: where the other photo's lesion is
   */
  static void show(
      int size,
      float reach,
      float[] photo,
      int offset,
      float[] target,
      int targetOffset,
      float[] skin,
      float[] skinTarget) {
    int cells = size / CELL;
    int pixels = size * size;
    boolean[] kept = kept(size, reach * cells, target, targetOffset, skinTarget);
    int known = 0;
    for (boolean one : kept) {
      known += one ? 0 : 1;
    }
    if (known < LEAST_SKIN * cells * cells) {
      return;
    }
    float[] share = Resampling.resizePlane(softened(kept, cells), cells, cells, size, size);
    for (int channel = 0; channel < 3; channel++) {
      int from = channel * pixels;
      float[] factors = compared(size, kept, photo, offset + from, skin, from);
      carryInwards(cells, kept, factors);
      for (int i = 0; i < factors.length; i++) {
        factors[i] = (float) Math.exp(factors[i]);
      }
      float[] factor = Resampling.resizePlane(factors, cells, cells, size, size);
      for (int i = 0; i < pixels; i++) {
        float own = Math.min(1, photo[offset + from + i] * factor[i]);
        float other = skin[from + i];
        photo[offset + from + i] = other + share[i] * (own - other);
      }
    }
    for (int i = 0; i < pixels; i++) {
      target[targetOffset + i] =
          skinTarget[i] + share[i] * (target[targetOffset + i] - skinTarget[i]);
    }
  }

  /** Which cells show the first photo. */
  private static boolean[] kept(
      int size, float radius, float[] target, int targetOffset, float[] skinTarget) {
    int cells = size / CELL;
    boolean[] kept = new boolean[cells * cells];
    int reach = (int) radius;
    for (int y = 0; y < cells; y++) {
      for (int x = 0; x < cells; x++) {
        if (mean(target, targetOffset, size, x, y) <= LESION
            && mean(skinTarget, 0, size, x, y) <= LESION) {
          continue;
        }
        for (int v = Math.max(0, y - reach); v <= Math.min(cells - 1, y + reach); v++) {
          int wide = (int) Math.sqrt(radius * radius - (v - y) * (v - y));
          int left = Math.max(0, x - wide);
          int right = Math.min(cells - 1, x + wide);
          Arrays.fill(kept, v * cells + left, v * cells + right + 1, true);
        }
      }
    }
    return kept;
  }

  /** The share of the first photo in each cell: one or none, softened by its neighbours'. */
  private static float[] softened(boolean[] kept, int cells) {
    float[] share = new float[cells * cells];
    for (int y = 0; y < cells; y++) {
      for (int x = 0; x < cells; x++) {
        int sum = 0;
        for (int v = -1; v <= 1; v++) {
          for (int u = -1; u <= 1; u++) {
            sum += kept[clamp(y + v, cells) * cells + clamp(x + u, cells)] ? 1 : 0;
          }
        }
        share[y * cells + x] = sum / 9f;
      }
    }
    return share;
  }

  /** Logarithms of what the second photo is to the first, in the cells where both are skin. */
  private static float[] compared(
      int size, boolean[] kept, float[] photo, int photoPlane, float[] skin, int skinPlane) {
    int cells = size / CELL;
    float[] logarithms = new float[cells * cells];
    for (int y = 0; y < cells; y++) {
      for (int x = 0; x < cells; x++) {
        if (!kept[y * cells + x]) {
          float seen = Math.max(DARKEST, mean(skin, skinPlane, size, x, y));
          float before = Math.max(DARKEST, mean(photo, photoPlane, size, x, y));
          logarithms[y * cells + x] = (float) Math.log(seen / before);
        }
      }
    }
    return logarithms;
  }

  /**
   * Fills the kept cells from those around them: first each with the mean of the nearest square of
   * twice, four times, eight times ... the side that knows anything, then evened out.
   */
  private static void carryInwards(int cells, boolean[] kept, float[] values) {
    for (int y = 0; y < cells; y++) {
      for (int x = 0; x < cells; x++) {
        if (kept[y * cells + x]) {
          values[y * cells + x] = meanNearby(cells, kept, values, x, y);
        }
      }
    }
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int y = 0; y < cells; y++) {
        for (int x = 0; x < cells; x++) {
          int i = y * cells + x;
          if (kept[i]) {
            // In place (Gauss-Seidel), which converges faster than in turns.
            values[i] =
                (values[clamp(y - 1, cells) * cells + x]
                        + values[clamp(y + 1, cells) * cells + x]
                        + values[y * cells + clamp(x - 1, cells)]
                        + values[y * cells + clamp(x + 1, cells)])
                    / 4;
          }
        }
      }
    }
  }

  private static float meanNearby(int cells, boolean[] kept, float[] values, int x, int y) {
    for (int reach = 2; ; reach *= 2) {
      float sum = 0;
      int count = 0;
      // At most some hundred looks a square.
      int stride = Math.max(1, reach / 4);
      for (int v = Math.max(0, y - reach); v <= Math.min(cells - 1, y + reach); v += stride) {
        for (int u = Math.max(0, x - reach); u <= Math.min(cells - 1, x + reach); u += stride) {
          if (!kept[v * cells + u]) {
            sum += values[v * cells + u];
            count++;
          }
        }
      }
      if (count > 0) {
        return sum / count;
      }
      if (reach > 2 * cells) {
        return 0;
      }
    }
  }

  private static float mean(float[] plane, int offset, int size, int cellX, int cellY) {
    float sum = 0;
    for (int y = CELL * cellY; y < CELL * (cellY + 1); y++) {
      for (int x = CELL * cellX; x < CELL * (cellX + 1); x++) {
        sum += plane[offset + y * size + x];
      }
    }
    return sum / (CELL * CELL);
  }

  private static int clamp(int i, int length) {
    return Math.max(0, Math.min(length - 1, i));
  }
}
