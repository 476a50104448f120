package org.lentigo.imaging;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * Changes a picture's size: area averaging along an axis that shrinks, bilinear interpolation along
 * one that grows (pixel centres at half coordinates, edges continued), nothing along one that
 * stays. The axes are independent. Sums run in a fixed order on the calling thread, so equal input
 * gives equal bits.
 */
public final class Resampling {
  /** 0 to 255: looking a byte's value up is quicker than turning it into a float. */
  private static final float[] LEVELS = new float[256];

  static {
    for (int i = 0; i < LEVELS.length; i++) {
      LEVELS[i] = i;
    }
  }

  private Resampling() {}

  /**
   * @return planes R, G, B of {@code height} rows of {@code width} values each (CHW), 0..1
   * @throws IllegalArgumentException if a side is below 1 or the planes exceed an array
   */
  public static float[] toPlanes(RgbImage image, int width, int height) {
    return toPlanes(image, width, height, 0, 0, width, height);
  }

  /**
   * A square piece of what {@link #toPlanes(RgbImage, int, int)} gives, with the same bits, without
   * the rest.
   *
   * @param left the piece's first column
   * @param top its first row
   * @param side its columns and rows
   * @return planes R, G, B of {@code side} rows of {@code side} values each (CHW), 0..1
   * @throws IllegalArgumentException if a side is below 1, the planes exceed an array, or the piece
   *     the image
   */
  public static float[] toPlanes(
      RgbImage image, int width, int height, int left, int top, int side) {
    if (left < 0 || top < 0 || side > width - left || side > height - top) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a piece of %d x %d from column %d and row %d on is not within %d x %d",
              side,
              side,
              left,
              top,
              width,
              height));
    }
    return toPlanes(image, width, height, left, top, side, side);
  }

  private static float[] toPlanes(
      RgbImage image, int width, int height, int left, int top, int columns, int rows) {
    float[] planes = new float[checkedLength(3, columns, rows)];
    int plane = columns * rows;
    resample(
        rows(image),
        new Axis(image.width(), width),
        new Axis(image.height(), height),
        top,
        top + rows,
        3,
        (y, row) -> {
          int o = (y - top) * columns;
          for (int i = 3 * left; i < 3 * (left + columns); i += 3, o++) {
            planes[o] = unit(row[i]);
            planes[o + plane] = unit(row[i + 1]);
            planes[o + 2 * plane] = unit(row[i + 2]);
          }
        });
    return planes;
  }

  private static float unit(float value) {
    // A sum of weights may be off by an ulp.
    return Math.min(value * (1 / 255f), 1);
  }

  /** The image at another size, each channel rounded to the nearest of 0..255. */
  public static RgbImage resize(RgbImage image, int width, int height) {
    byte[] data = new byte[checkedLength(3, width, height)];
    resample(
        rows(image),
        new Axis(image.width(), width),
        new Axis(image.height(), height),
        3,
        (y, row) -> {
          int o = y * row.length;
          for (float value : row) {
            data[o++] = (byte) Math.min((int) (value + 0.5f), 255);
          }
        });
    return new RgbImage(width, height, data);
  }

  /**
   * The same picture, its longer side at most so many pixels: the very picture given where that
   * holds already.
   *
   * @param side at least 1
   */
  public static RgbImage reduced(RgbImage image, int side) {
    double scale = (double) side / Math.max(image.width(), image.height());
    return scale >= 1
        ? image
        : resize(
            image,
            Math.max(1, (int) Math.round(scale * image.width())),
            Math.max(1, (int) Math.round(scale * image.height())));
  }

  /** Takes the rows of a picture, from the top down; channels interleaved if there are several. */
  @FunctionalInterface
  public interface RowSink {
    /**
     * Takes a finished row.
     *
     * @param y the row's number
     * @param row its values; the array is used again for the next row
     */
    void accept(int y, float[] row);
  }

  /**
   * One plane at another size.
   *
   * @param plane {@code fromHeight} rows of {@code fromWidth} values, row by row
   * @return {@code height} rows of {@code width} values, none outside the range of {@code plane}
   * @throws IllegalArgumentException if a side is below 1 or {@code plane} has another length
   */
  public static float[] resizePlane(
      float[] plane, int fromWidth, int fromHeight, int width, int height) {
    float[] result = new float[checkedLength(1, width, height)];
    resizePlane(
        plane,
        fromWidth,
        fromHeight,
        width,
        height,
        (y, row) -> System.arraycopy(row, 0, result, y * width, width));
    return result;
  }

  /** As {@link #resizePlane(float[], int, int, int, int)}, a row at a time: large planes fit. */
  public static void resizePlane(
      float[] plane, int fromWidth, int fromHeight, int width, int height, RowSink sink) {
    checkPlane(plane, fromWidth, fromHeight);
    checkedLength(1, width, height);
    Range range = Range.of(plane);
    resample(
        rows(plane, fromWidth),
        new Axis(fromWidth, width),
        new Axis(fromHeight, height),
        1,
        (y, row) -> {
          for (int x = 0; x < width; x++) {
            row[x] = range.clamp(row[x]);
          }
          sink.accept(y, row);
        });
  }

  /**
   * Where an enlarged plane reaches a threshold.
   *
   * @param mask the pixels that do
   * @param sum of their values, which is that of {@link #resizePlane}'s values but for the rounding
   *     of each
   */
  public record Cut(Mask mask, double sum) {}

  /**
   * The pixels that {@link #resizePlane} and then a threshold give, the same ones, in a fraction of
   * the time: of a photo's pixels, most lie between two samples that are both far above the
   * threshold, or both far below.
   *
   * @param plane {@code fromHeight} rows of {@code fromWidth} finite values, row by row
   * @throws IllegalArgumentException as {@link #resizePlane}
   */
  public static Cut cut(
      float[] plane, int fromWidth, int fromHeight, int width, int height, float threshold) {
    checkPlane(plane, fromWidth, fromHeight);
    byte[] inside = new byte[checkedLength(1, width, height)];
    double[] sum = {0};
    Axis across = new Axis(fromWidth, width);
    Axis down = new Axis(fromHeight, height);
    if (across.averaging || down.averaging) {
      resizePlane(
          plane,
          fromWidth,
          fromHeight,
          width,
          height,
          (y, row) -> {
            for (int x = 0; x < width; x++) {
              if (row[x] >= threshold) {
                inside[y * width + x] = 1;
                sum[0] += row[x];
              }
            }
          });
      return new Cut(new Mask(width, height, inside), sum[0]);
    }
    Range range = Range.of(plane);
    // Rounding moves a mixture of two values by less than this out of their range.
    float margin = 1e-5f * Math.max(1, Math.abs(threshold));
    int[] ends = across.ends();
    double[] shares = across.shares();
    int[] kinds = new int[fromWidth - 1];
    resample(
        rows(plane, fromWidth),
        new Axis(fromWidth, fromWidth),
        down,
        1,
        (y, samples) -> {
          if (y == 0 || down.first[y] != down.first[y - 1]) {
            int at = down.first[y] * fromWidth;
            for (int i = 0; i < kinds.length; i++) {
              int upper = kind(plane, at + i, threshold, margin);
              kinds[i] = upper == kind(plane, at + fromWidth + i, threshold, margin) ? upper : 0;
            }
          }
          double total = sum[0];
          int x = 0;
          for (int i = 0; i < kinds.length; ) {
            int start = i;
            int kind = kinds[i];
            do {
              i++;
            } while (i < kinds.length && kinds[i] == kind);
            int end = ends[i - 1];
            if (kind > 0) {
              Arrays.fill(inside, y * width + x, y * width + end, (byte) 1);
              for (int k = start; k < i; k++) {
                total += shares[2 * k] * samples[k] + shares[2 * k + 1] * samples[k + 1];
              }
            } else if (kind == 0) {
              for (; x < end; x++) {
                float value = range.clamp(across.at(samples, x));
                if (value >= threshold) {
                  inside[y * width + x] = 1;
                  total += value;
                }
              }
            }
            x = end;
          }
          sum[0] = total;
        });
    return new Cut(new Mask(width, height, inside), sum[0]);
  }

  /**
   * Whether all between sample i and the next is above the threshold (1), below (-1) or neither.
   */
  private static int kind(float[] samples, int i, float threshold, float margin) {
    float left = samples[i];
    float right = samples[i + 1];
    float above = threshold + margin;
    float below = threshold - margin;
    return left >= above && right >= above ? 1 : left < below && right < below ? -1 : 0;
  }

  /**
   * By how much the sum of an enlarged plane's values over a mask, values as {@link #resizePlane}
   * gives them, grows from one mask to another. Takes little time where they differ little.
   *
   * @param plane {@code fromHeight} rows of {@code fromWidth} values, row by row
   * @throws IllegalArgumentException as {@link #resizePlane}, or if the masks differ in size
   */
  public static double sumGrowth(
      float[] plane, int fromWidth, int fromHeight, Mask before, Mask after) {
    int width = before.width();
    int height = before.height();
    if (after.width() != width || after.height() != height) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "wanted two masks of one size, got %d x %d and %d x %d",
              width,
              height,
              after.width(),
              after.height()));
    }
    byte[] old = before.data();
    byte[] fresh = after.data();
    double[] sum = {0};
    Range range = Range.of(plane);
    Axis across = new Axis(fromWidth, width);
    boolean whole = across.averaging;
    resample(
        rows(plane, fromWidth),
        whole ? across : new Axis(fromWidth, fromWidth),
        new Axis(fromHeight, height),
        1,
        (y, row) -> {
          int start = y * width;
          int end = start + width;
          int i = start;
          int equal = Arrays.mismatch(old, i, end, fresh, i, end);
          while (equal >= 0) {
            i += equal;
            float value = whole ? row[i - start] : across.at(row, i - start);
            sum[0] += (fresh[i] - old[i]) * range.clamp(value);
            i++;
            equal = Arrays.mismatch(old, i, end, fresh, i, end);
          }
        });
    return sum[0];
  }

  /** Of a plane's values: interpolation's rounding must not leave it. */
  private record Range(float low, float high) {
    static Range of(float[] plane) {
      float low = Float.POSITIVE_INFINITY;
      float high = Float.NEGATIVE_INFINITY;
      for (float value : plane) {
        // Math.min would take most of the time of an enlargement: it also has to mind NaN and -0.
        low = value < low ? value : low;
        high = value > high ? value : high;
      }
      return new Range(low, high);
    }

    float clamp(float value) {
      return value < low ? low : value > high ? high : value;
    }
  }

  private static void checkPlane(float[] plane, int width, int height) {
    if (plane.length != checkedLength(1, width, height)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a plane of %d x %d needs %d values, got %d",
              width,
              height,
              (long) width * height,
              plane.length));
    }
  }

  private static int checkedLength(int channels, int width, int height) {
    long length = (long) channels * width * height;
    if (width < 1 || height < 1 || length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "wanted a size from 1 x 1 to %d pixels, got %d x %d",
              (Integer.MAX_VALUE - 8) / channels,
              width,
              height));
    }
    return (int) length;
  }

  private static Rows rows(RgbImage image) {
    byte[] data = image.data();
    int length = 3 * image.width();
    return (down, y, sum) -> {
      int first = down.first[y];
      int count = down.count[y];
      if (down.exact && count > 1) {
        meanOfBytes(data, length, first, count, down, y, sum);
        return;
      }
      Arrays.fill(sum, 0);
      for (int k = 0; k < count; k++) {
        int a = (first + k) * length;
        float weight = down.weight[y * down.taps + k];
        for (int x = 0; x < length; x++) {
          sum[x] += weight * LEVELS[data[a + x] & 0xff];
        }
      }
    };
  }

  /** Eight bytes as a long, the first the lowest. */
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Every second byte of a long: 16 bits to add up in. */
  private static final long BYTES = 0x00ff00ff00ff00ffL;

  /** Every second 16 bits of a long: 32 bits to add up in. */
  private static final long SHORTS = 0x0000ffff0000ffffL;

  /** So many times 255 are below 2 to the 16. */
  private static final int MOST_WHOLE = 257;

  /**
   * Sets {@code sum} to the mean of the rows that make up new row {@code y}, of which the first and
   * the last may lie in it in part. Whole numbers, eight bytes at a time, since C2 does not turn
   * bytes into floats by vectors.
   */
  private static void meanOfBytes(
      byte[] data, int length, int first, int count, Axis down, int y, float[] sum) {
    int top = down.overlap(y, first);
    int bottom = down.overlap(y, first + count - 1);
    int whole = down.to;
    float scale = 1f / down.from;
    int start = first * length;
    int last = start + (count - 1) * length;
    int x = 0;
    for (; x + 8 <= length; x += 8) {
      long even = 0;
      long odd = 0;
      for (int at = start + length + x; at < last; at += length) {
        long eight = (long) EIGHT.get(data, at);
        even += eight & BYTES;
        odd += eight >>> 8 & BYTES;
      }
      long a = (long) EIGHT.get(data, start + x);
      long b = (long) EIGHT.get(data, last + x);
      // The sums of bytes 0 and 4, 1 and 5, 2 and 6, 3 and 7.
      long s = whole * (even & SHORTS) + top * (a & LOW) + bottom * (b & LOW);
      long t = whole * (odd & SHORTS) + top * (a >>> 8 & LOW) + bottom * (b >>> 8 & LOW);
      long u = whole * (even >>> 16 & SHORTS) + top * (a >>> 16 & LOW) + bottom * (b >>> 16 & LOW);
      long v = whole * (odd >>> 16 & SHORTS) + top * (a >>> 24 & LOW) + bottom * (b >>> 24 & LOW);
      sum[x] = (int) s * scale;
      sum[x + 1] = (int) t * scale;
      sum[x + 2] = (int) u * scale;
      sum[x + 3] = (int) v * scale;
      sum[x + 4] = (int) (s >>> 32) * scale;
      sum[x + 5] = (int) (t >>> 32) * scale;
      sum[x + 6] = (int) (u >>> 32) * scale;
      sum[x + 7] = (int) (v >>> 32) * scale;
    }
    for (; x < length; x++) {
      int total = top * (data[start + x] & 0xff) + bottom * (data[last + x] & 0xff);
      for (int at = start + length + x; at < last; at += length) {
        total += whole * (data[at] & 0xff);
      }
      sum[x] = total * scale;
    }
  }

  /** The lowest byte of each half of a long. */
  private static final long LOW = 0x000000ff000000ffL;

  private static Rows rows(float[] plane, int width) {
    return (down, y, sum) -> {
      Arrays.fill(sum, 0);
      for (int k = 0; k < down.count[y]; k++) {
        int i = (down.first[y] + k) * width;
        float weight = down.weight[y * down.taps + k];
        for (int x = 0; x < width; x++) {
          sum[x] += weight * plane[i + x];
        }
      }
    };
  }

  /** Where the picture comes from. */
  private interface Rows {
    /** Sets {@code sum} to new row {@code y}, still of the old width; channels interleaved. */
    void mix(Axis down, int y, float[] sum);
  }

  /** Down first, since whole rows add up quickly; then along each finished row. */
  private static void resample(Rows rows, Axis across, Axis down, int channels, RowSink sink) {
    resample(rows, across, down, 0, down.to, channels, sink);
  }

  /** The new rows from one on to before another. */
  private static void resample(
      Rows rows, Axis across, Axis down, int top, int bottom, int channels, RowSink sink) {
    float[] sum = new float[across.from * channels];
    float[] row = new float[across.to * channels];
    for (int y = top; y < bottom; y++) {
      rows.mix(down, y, sum);
      if (across.from == across.to) {
        sink.accept(y, sum);
      } else {
        across.apply(sum, row, channels);
        sink.accept(y, row);
      }
    }
  }

  /**
   * Which old samples make up each new one. New sample {@code i} is the sum over {@code k <
   * count[i]} of {@code weight[i * taps + k]} times old sample {@code first[i] + k}.
   */
  private static final class Axis {
    final int from;
    final int to;
    final boolean averaging;

    /** Whether the mean of so many bytes is exact in whole numbers; see {@link #meanOfBytes}. */
    final boolean exact;

    final int taps;
    final int[] first;
    final int[] count;
    final float[] weight;

    Axis(int from, int to) {
      this.from = from;
      this.to = to;
      // Also repeats a single sample and keeps an axis that stays.
      averaging = from >= to || from == 1;
      exact = from > to && from < Integer.MAX_VALUE / 255 && from / to < MOST_WHOLE;
      taps = averaging ? (from + to - 1) / to + 1 : 2;
      first = new int[to];
      count = new int[to];
      weight = new float[to * taps];
      for (int i = 0; i < to; i++) {
        if (averaging) {
          average(i);
        } else {
          interpolate(i);
        }
      }
    }

    /** In units of 1/to of an old sample, new sample i spans [i from, (i + 1) from). */
    private void average(int i) {
      long start = (long) i * from;
      first[i] = (int) (start / to);
      int last = (int) ((start + from - 1) / to);
      count[i] = last - first[i] + 1;
      for (int k = 0; k < count[i]; k++) {
        weight[i * taps + k] = (float) ((double) overlap(i, first[i] + k) / from);
      }
    }

    /** How much of an old sample lies in new sample i, in the same units. */
    int overlap(int i, int sample) {
      long start = (long) i * from;
      long old = (long) sample * to;
      return (int) (Math.min(start + from, old + to) - Math.max(start, old));
    }

    /** The centre of new sample i, seen from the centre of old sample 0, at the edge at most. */
    private void interpolate(int i) {
      // Whole numbers up to the one division, so that both ends are treated alike.
      long centre = (2L * i + 1) * from - to;
      double at = Math.max(0, Math.min(from - 1, (double) centre / (2L * to)));
      first[i] = Math.min((int) at, from - 2);
      count[i] = 2;
      weight[2 * i] = (float) (first[i] + 1 - at);
      weight[2 * i + 1] = (float) (at - first[i]);
    }

    /** The new sample {@code i} of an axis that grows. */
    float at(float[] old, int i) {
      int left = first[i];
      return weight[2 * i] * old[left] + weight[2 * i + 1] * old[left + 1];
    }

    /** For each pair of old neighbours the first new sample beyond those between them. */
    int[] ends() {
      int[] ends = new int[from - 1];
      for (int i = 0; i < to; i++) {
        ends[first[i]] = i + 1;
      }
      // Enlarged by less than two, a pair may have no sample between.
      for (int i = 1; i < ends.length; i++) {
        ends[i] = Math.max(ends[i], ends[i - 1]);
      }
      return ends;
    }

    /**
     * For each pair of old neighbours how much of the left and of the right one is in all the new
     * samples between them.
     */
    double[] shares() {
      double[] shares = new double[2 * (from - 1)];
      for (int i = 0; i < to; i++) {
        shares[2 * first[i]] += weight[2 * i];
        shares[2 * first[i] + 1] += weight[2 * i + 1];
      }
      return shares;
    }

    void apply(float[] old, float[] fresh, int channels) {
      if (!averaging) {
        applyPairs(old, fresh, channels);
        return;
      }
      if (channels == 3) {
        averageColours(old, fresh);
        return;
      }
      for (int i = 0; i < to; i++) {
        int w = i * taps;
        for (int c = 0; c < channels; c++) {
          int at = first[i] * channels + c;
          float sum = 0;
          for (int k = 0; k < count[i]; k++) {
            sum += weight[w + k] * old[at + k * channels];
          }
          fresh[i * channels + c] = sum;
        }
      }
    }

    /** The same for three channels side by side, which share weights and loops. */
    private void averageColours(float[] old, float[] fresh) {
      for (int i = 0; i < to; i++) {
        int at = 3 * first[i];
        float red = 0;
        float green = 0;
        float blue = 0;
        for (int w = i * taps, end = w + count[i]; w < end; w++, at += 3) {
          float share = weight[w];
          red += share * old[at];
          green += share * old[at + 1];
          blue += share * old[at + 2];
        }
        fresh[3 * i] = red;
        fresh[3 * i + 1] = green;
        fresh[3 * i + 2] = blue;
      }
    }

    /** The same for interpolation: a mask grows to the millions of pixels of a photo. */
    private void applyPairs(float[] old, float[] fresh, int channels) {
      int o = 0;
      for (int i = 0; i < to; i++) {
        float left = weight[2 * i];
        float right = weight[2 * i + 1];
        int at = first[i] * channels;
        for (int c = 0; c < channels; c++) {
          fresh[o++] = left * old[at + c] + right * old[at + channels + c];
        }
      }
    }
  }
}
