package org.lentigo.training;

import java.util.Arrays;

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
 *
 * <p>Not thread-safe: it keeps its scratch memory.
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

  // Scratch of the present number of cells.
  private boolean[] kept = new boolean[0];
  private float[] share = new float[0];
  private final float[][] factors = new float[3][];
  private float[] next = new float[0];

  /**
   * Changes photo and target where there is room for it.
   *
   * @param size S, a multiple of {@value #CELL}
   * @param reach how far around the lesions the first photo is kept, as a share of S
   * @param photo 3 x S x S values of 0 to 1 from {@code offset}: the lesion's photo
   * @param target S x S values of 0 to 1 from {@code targetOffset}: where the lesion is
   * @param skin 3 x S x S values of 0 to 1: the other photo
   * @param skinTarget S x S values of 0 to 1: where the other photo's lesion is
   * @return whether it did; not so if the lesions leave too little skin to compare
   */
  boolean show(
      int size,
      float reach,
      float[] photo,
      int offset,
      float[] target,
      int targetOffset,
      float[] skin,
      float[] skinTarget) {
    int cells = size / CELL;
    if (kept.length != cells * cells) {
      kept = new boolean[cells * cells];
      share = new float[cells * cells];
      next = new float[cells * cells];
      for (int channel = 0; channel < 3; channel++) {
        factors[channel] = new float[cells * cells];
      }
    }
    int known = cells * cells - keep(size, reach * cells, target, targetOffset, skinTarget);
    if (known < LEAST_SKIN * cells * cells) {
      return false;
    }
    soften(cells);
    for (int channel = 0; channel < 3; channel++) {
      compare(size, photo, offset + channel * size * size, skin, channel);
      carryInwards(cells, factors[channel]);
      for (int i = 0; i < factors[channel].length; i++) {
        factors[channel][i] = (float) Math.exp(factors[channel][i]);
      }
    }
    mix(size, photo, offset, target, targetOffset, skin, skinTarget);
    return true;
  }

  /** Decides which cells show the first photo; returns how many. */
  private int keep(int size, float radius, float[] target, int targetOffset, float[] skinTarget) {
    int cells = size / CELL;
    Arrays.fill(kept, false);
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
    int count = 0;
    for (boolean one : kept) {
      count += one ? 1 : 0;
    }
    return count;
  }

  /** The share of the first photo in each cell: one or none, softened by its neighbours'. */
  private void soften(int cells) {
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
  }

  /** Logarithms of what the second photo is to the first, in the cells where both are skin. */
  private void compare(int size, float[] photo, int plane, float[] skin, int channel) {
    int cells = size / CELL;
    for (int y = 0; y < cells; y++) {
      for (int x = 0; x < cells; x++) {
        int i = y * cells + x;
        factors[channel][i] =
            kept[i]
                ? 0
                : (float)
                    Math.log(
                        Math.max(DARKEST, mean(skin, channel * size * size, size, x, y))
                            / Math.max(DARKEST, mean(photo, plane, size, x, y)));
      }
    }
  }

  /**
   * Fills the kept cells from those around them: first each with the mean of the nearest square of
   * twice, four times, eight times ... the side that knows anything, then evened out.
   */
  private void carryInwards(int cells, float[] values) {
    for (int y = 0; y < cells; y++) {
      for (int x = 0; x < cells; x++) {
        if (kept[y * cells + x]) {
          next[y * cells + x] = meanNearby(cells, values, x, y);
        }
      }
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = kept[i] ? next[i] : values[i];
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

  private float meanNearby(int cells, float[] values, int x, int y) {
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

  private void mix(
      int size,
      float[] photo,
      int offset,
      float[] target,
      int targetOffset,
      float[] skin,
      float[] skinTarget) {
    int cells = size / CELL;
    int pixels = size * size;
    for (int y = 0; y < size; y++) {
      float atY = (y + 0.5f) / CELL - 0.5f;
      int y0 = (int) Math.floor(atY);
      float fy = atY - y0;
      int top = clamp(y0, cells) * cells;
      int bottom = clamp(y0 + 1, cells) * cells;
      for (int x = 0; x < size; x++) {
        float atX = (x + 0.5f) / CELL - 0.5f;
        int x0 = (int) Math.floor(atX);
        float fx = atX - x0;
        int left = clamp(x0, cells);
        int right = clamp(x0 + 1, cells);
        float first =
            between(share, top + left, top + right, bottom + left, bottom + right, fx, fy);
        int i = y * size + x;
        for (int channel = 0; channel < 3; channel++) {
          int o = offset + channel * pixels + i;
          float other = skin[channel * pixels + i];
          if (first > 0) {
            float factor =
                between(
                    factors[channel],
                    top + left,
                    top + right,
                    bottom + left,
                    bottom + right,
                    fx,
                    fy);
            photo[o] = other + first * (Math.min(1, photo[o] * factor) - other);
          } else {
            photo[o] = other;
          }
        }
        int t = targetOffset + i;
        target[t] = skinTarget[i] + first * (target[t] - skinTarget[i]);
      }
    }
  }

  private static float between(
      float[] values, int a, int b, int c, int d, float across, float down) {
    float upper = values[a] + across * (values[b] - values[a]);
    float lower = values[c] + across * (values[d] - values[c]);
    return upper + down * (lower - upper);
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
