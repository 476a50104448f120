package org.lentigo.imaging;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The connected parts of a mask, and what can be done about small ones and about holes. As {@link
 * Contours}: lesion pixels that touch at a corner belong together (8-connectivity), background
 * pixels that do are apart (4-connectivity).
 *
 * <p>Works on runs of equal pixels along rows, joined by a disjoint-set forest (A. Rosenfeld and J.
 * Pfaltz, "Sequential operations in digital picture processing", 1966): time grows with the pixels,
 * memory only with the runs.
 */
public final class Components {
  private Components() {}

  /**
   * The area of the largest part as a share of the mask's area, in (0, 1]; 1 where the mask is
   * empty.
   */
  public static double largestShare(Mask mask) {
    Runs runs = new Runs(mask, 1);
    long[] areas = runs.areas();
    long total = Arrays.stream(areas).sum();
    return total == 0 ? 1 : (double) Arrays.stream(areas).max().orElse(0) / total;
  }

  /**
   * Removes small parts.
   *
   * @param minShare a part stays if its area is at least this share of the largest part's; in [0,
   *     1]. With 1 the largest stays alone, or those that are equally large.
   * @return the mask itself if all of it stays
   * @throws IllegalArgumentException if {@code minShare} is outside [0, 1]
   */
  public static Mask keepLarge(Mask mask, double minShare) {
    return keep(mask, minShare, null);
  }

  private static Mask keep(Mask mask, double minShare, @Nullable Evidence evidence) {
    if (!(minShare >= 0 && minShare <= 1)) {
      throw new IllegalArgumentException("minShare must lie in [0, 1], got " + minShare);
    }
    Runs runs = new Runs(mask, 1);
    if (runs.areOnePiece()) {
      return mask; // As most are: nothing needs to be weighed.
    }
    double[] weights =
        evidence == null
            ? Arrays.stream(runs.areas()).asDoubleStream().toArray()
            : runs.weights(evidence, mask.height());
    double least = minShare * Arrays.stream(weights).max().orElse(0);
    byte[] kept = null;
    for (int i = 0; i < runs.count; i++) {
      if (weights[runs.root(i)] < least) {
        kept = kept == null ? mask.data().clone() : kept;
        Arrays.fill(kept, runs.from[i], runs.to[i], (byte) 0);
      }
    }
    return kept == null ? mask : new Mask(mask.width(), mask.height(), kept);
  }

  /**
   * Fills every piece of background that does not reach the picture's edge.
   *
   * @return the mask itself if it has no hole
   */
  public static Mask fillHoles(Mask mask) {
    Runs runs = new Runs(mask, 0);
    boolean[] outside = new boolean[runs.count];
    int width = mask.width();
    for (int i = 0; i < runs.count; i++) {
      int y = runs.from[i] / width;
      boolean edge =
          y == 0 || y == mask.height() - 1 || runs.from[i] % width == 0 || runs.to[i] % width == 0;
      if (edge) {
        outside[runs.root(i)] = true;
      }
    }
    byte[] filled = null;
    for (int i = 0; i < runs.count; i++) {
      if (!outside[runs.root(i)]) {
        filled = filled == null ? mask.data().clone() : filled;
        Arrays.fill(filled, runs.from[i], runs.to[i], (byte) 1);
      }
    }
    return filled == null ? mask : new Mask(width, mask.height(), filled);
  }

  /**
   * Removes small parts, then fills holes.
   *
   * @param minShare as in {@link #keepLarge}; 0 keeps every part
   * @param fillHoles whether to
   * @return the mask itself if all of it stays
   * @throws IllegalArgumentException if {@code minShare} is outside [0, 1]
   */
  public static Mask clean(Mask mask, double minShare, boolean fillHoles) {
    return clean(mask, minShare, null, fillHoles);
  }

  /**
   * Removes what is unlikely to be the lesion, then fills holes.
   *
   * @param minShare a part stays if as much speaks for it as this share of what speaks for the
   *     likeliest, in [0, 1]; 0 keeps every part
   * @param evidence what speaks for a part; null for its area
   * @param fillHoles whether to
   * @return the mask itself if all of it stays
   * @throws IllegalArgumentException if {@code minShare} is outside [0, 1]
   */
  public static Mask clean(
      Mask mask, double minShare, @Nullable Evidence evidence, boolean fillHoles) {
    Mask kept = minShare == 0 ? mask : keep(mask, minShare, evidence);
    return fillHoles ? fillHoles(kept) : kept;
  }

  /** The runs of one value, in the order of the pixels, each with the component it belongs to. */
  private static final class Runs {
    /** Where run i begins, as an index into the mask's pixels. */
    int[] from = new int[256];

    /** Behind the last pixel of run i; in the same row. */
    int[] to = new int[256];

    int count;
    private int[] parent = new int[256];
    private final int width;

    Runs(Mask mask, int value) {
      // Corners join lesion pixels and not background pixels.
      int reach = value == 1 ? 1 : 0;
      width = mask.width();
      byte[] data = mask.data();
      byte[] zeros = new byte[width];
      byte[] ones = new byte[width];
      Arrays.fill(ones, (byte) 1);
      byte[] other = value == 1 ? zeros : ones;
      byte[] same = value == 1 ? ones : zeros;
      int above = 0;
      for (int y = 0; y < mask.height(); y++) {
        int firstOfRow = count;
        int end = (y + 1) * width;
        for (int i = skip(data, y * width, end, other); i < end; i = skip(data, i, end, other)) {
          int start = i;
          i = skip(data, i, end, same);
          add(start, i);
        }
        int below = firstOfRow;
        while (above < firstOfRow && below < count) {
          int aboveFrom = from[above] + width;
          int aboveTo = to[above] + width;
          if (from[below] < aboveTo + reach && aboveFrom < to[below] + reach) {
            join(above, below);
          }
          if (aboveTo < to[below]) {
            above++;
          } else {
            below++;
          }
        }
        above = firstOfRow;
      }
    }

    /** The first pixel from {@code from} on that differs from those of {@code run}; or the end. */
    private static int skip(byte[] data, int from, int end, byte[] run) {
      int length = Arrays.mismatch(data, from, end, run, 0, end - from);
      return length < 0 ? end : from + length;
    }

    private void add(int start, int end) {
      if (count == from.length) {
        from = Arrays.copyOf(from, 2 * count);
        to = Arrays.copyOf(to, 2 * count);
        parent = Arrays.copyOf(parent, 2 * count);
      }
      from[count] = start;
      to[count] = end;
      parent[count] = count;
      count++;
    }

    private void join(int a, int b) {
      int rootA = root(a);
      int rootB = root(b);
      // The earliest run stands for its component, whatever the order of joining.
      parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
    }

    int root(int run) {
      int i = run;
      while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
      }
      return i;
    }

    /** Also if there are none. */
    boolean areOnePiece() {
      for (int i = 1; i < count; i++) {
        if (root(i) != 0) {
          return false;
        }
      }
      return true;
    }

    /** What speaks for each component, at the index of its root. */
    double[] weights(Evidence evidence, int height) {
      double[] weights = new double[count];
      for (int i = 0; i < count; i++) {
        weights[root(i)] += evidence.ofRun(from[i], to[i], width, height);
      }
      return weights;
    }

    /** The area of each component at the index of its root, 0 elsewhere. */
    long[] areas() {
      long[] areas = new long[count];
      for (int i = 0; i < count; i++) {
        areas[root(i)] += to[i] - from[i];
      }
      return areas;
    }
  }
}
