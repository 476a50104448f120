package org.lentigo.imaging;

import java.util.Arrays;

/**
 * Changes a picture's size: area averaging along an axis that shrinks, bilinear interpolation along
 * one that grows (pixel centres at half coordinates, edges continued), nothing along one that
 * stays. The axes are independent. Sums run in a fixed order on the calling thread, so equal input
 * gives equal bits.
 */
public final class Resampling {
  private Resampling() {}

  /**
   * @return planes R, G, B of {@code height} rows of {@code width} values each (CHW), 0..1
   * @throws IllegalArgumentException if a side is below 1 or the planes exceed an array
   */
  public static float[] toPlanes(RgbImage image, int width, int height) {
    float[] planes = new float[checkedLength(3, width, height)];
    int plane = width * height;
    resample(
        rows(image),
        new Axis(image.width(), width),
        new Axis(image.height(), height),
        3,
        (y, row) -> {
          int o = y * width;
          for (int i = 0; i < row.length; i += 3, o++) {
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
    if (plane.length != checkedLength(1, fromWidth, fromHeight)) {
      throw new IllegalArgumentException(
          "a plane of %d x %d needs %d values, got %d"
              .formatted(fromWidth, fromHeight, (long) fromWidth * fromHeight, plane.length));
    }
    checkedLength(1, width, height);
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (float value : plane) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    float low = least;
    float high = most;
    resample(
        (y, weight, sum) -> {
          int i = y * fromWidth;
          for (int x = 0; x < fromWidth; x++) {
            sum[x] += weight * plane[i + x];
          }
        },
        new Axis(fromWidth, width),
        new Axis(fromHeight, height),
        1,
        (y, row) -> {
          for (int x = 0; x < width; x++) {
            float value = row[x];
            row[x] = value < low ? low : value > high ? high : value;
          }
          sink.accept(y, row);
        });
  }

  private static int checkedLength(int channels, int width, int height) {
    long length = (long) channels * width * height;
    if (width < 1 || height < 1 || length > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "wanted a size from 1 x 1 to %d pixels, got %d x %d"
              .formatted((Integer.MAX_VALUE - 8) / channels, width, height));
    }
    return (int) length;
  }

  private static Rows rows(RgbImage image) {
    byte[] data = image.data();
    int length = 3 * image.width();
    return (y, weight, sum) -> {
      int i = y * length;
      for (int x = 0; x < length; x++) {
        sum[x] += weight * (data[i + x] & 0xff);
      }
    };
  }

  /** Where the picture comes from. */
  private interface Rows {
    /** Adds {@code weight} times row {@code y}, channels interleaved, to {@code sum}. */
    void add(int y, float weight, float[] sum);
  }

  /** Down first, since whole rows add up quickly; then along each finished row. */
  private static void resample(Rows rows, Axis across, Axis down, int channels, RowSink sink) {
    float[] sum = new float[across.from * channels];
    float[] row = new float[across.to * channels];
    for (int y = 0; y < down.to; y++) {
      Arrays.fill(sum, 0);
      for (int k = 0; k < down.count[y]; k++) {
        rows.add(down.first[y] + k, down.weight[y * down.taps + k], sum);
      }
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
    final int taps;
    final int[] first;
    final int[] count;
    final float[] weight;

    Axis(int from, int to) {
      this.from = from;
      this.to = to;
      // Also repeats a single sample and keeps an axis that stays.
      averaging = from >= to || from == 1;
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
      long end = start + from;
      first[i] = (int) (start / to);
      int last = (int) ((end - 1) / to);
      count[i] = last - first[i] + 1;
      for (int k = 0; k < count[i]; k++) {
        long old = (long) (first[i] + k) * to;
        long overlap = Math.min(end, old + to) - Math.max(start, old);
        weight[i * taps + k] = (float) ((double) overlap / from);
      }
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

    void apply(float[] old, float[] fresh, int channels) {
      if (!averaging) {
        applyPairs(old, fresh, channels);
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
