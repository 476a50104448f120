package org.lentigo.imaging.measure;

import java.util.Arrays;
import java.util.List;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Lab;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;

/**
 * How good a photo is for outlining, in numbers; {@code docs/quality.md} has how often their limits
 * are right.
 *
 * @param blur by F. Crete, T. Dolmiere, P. Ladret and M. Nicolas ("The blur effect", SPIE 6492,
 *     2007), on the photo at {@value #FINE} pixels: how little neighbouring pixels' differences
 *     lose when the photo is blurred once more; 0 sharp to 1
 * @param lightness the L* that nine in ten pixels of the photo's middle (the ellipse within its
 *     frame) stay below; 0 to 100
 * @param glare the share of the photo that is nearly white and much lighter than what lies around
 *     it; 0 to 1
 * @param hair the share of the lesion under long dark lines; 0 to 1
 * @param cut the share of the lesion's border that lies on the photo's frame; 0 to 1
 */
public record PhotoQuality(double blur, double lightness, double glare, double hair, double cut) {
  private static final int FINE = 512;
  private static final int COARSE = 256;

  /** Nearly white, of 255 in all channels. */
  private static final int WHITE = 235;

  /** And so much lighter than the mean around it. */
  private static final int STANDS_OUT = 25;

  /** Around is a square of this share of the longer side. */
  private static final int AROUND = 12;

  /** Of Crete's low-pass: a mean of nine. */
  private static final int HALF_WINDOW = 4;

  /**
   * Looks at a photo.
   *
   * @param lesion the outlined lesion, of the photo's size
   * @param contours of this mask
   * @throws IllegalArgumentException if the sizes differ
   */
  public static PhotoQuality of(RgbImage photo, Mask lesion, List<Contour> contours) {
    if (photo.width() != lesion.width() || photo.height() != lesion.height()) {
      throw new IllegalArgumentException(
          "a photo of %d x %d pixels and a mask of %d x %d; wanted one size"
              .formatted(photo.width(), photo.height(), lesion.width(), lesion.height()));
    }
    RgbImage fine = reduced(photo, FINE);
    RgbImage coarse = reduced(fine, COARSE);
    float[] lab = Lab.of(coarse);
    return new PhotoQuality(
        blur(fine),
        lightness(lab, coarse.width(), coarse.height()),
        glare(fine),
        Hair.shareOf(Masks.resize(lesion, coarse.width(), coarse.height()), lab),
        cut(contours, photo.width(), photo.height()));
  }

  private static RgbImage reduced(RgbImage photo, int side) {
    double scale = (double) side / Math.max(photo.width(), photo.height());
    return scale >= 1
        ? photo
        : Resampling.resize(
            photo,
            Math.max(1, (int) Math.round(scale * photo.width())),
            Math.max(1, (int) Math.round(scale * photo.height())));
  }

  private static double blur(RgbImage photo) {
    int width = photo.width();
    int height = photo.height();
    float[] grey = new float[width * height];
    float[] turned = new float[width * height];
    for (int i = 0; i < grey.length; i++) {
      float value = photo.get(i % width, i / width, 1);
      grey[i] = value;
      turned[i % width * height + i / width] = value;
    }
    return Math.max(blurAlongRows(grey, width), blurAlongRows(turned, height));
  }

  private static double blurAlongRows(float[] grey, int width) {
    double all = 0;
    double lost = 0;
    for (int row = 0; row < grey.length; row += width) {
      float sum = 0;
      float before = 0;
      for (int x = -HALF_WINDOW; x < width; x++) {
        // The mean of the window around x, clipped to the row.
        int enters = x + HALF_WINDOW;
        int leaves = x - HALF_WINDOW - 1;
        sum += enters < width ? grey[row + enters] : 0;
        sum -= leaves >= 0 ? grey[row + leaves] : 0;
        if (x < 0) {
          continue;
        }
        int count = Math.min(width - 1, enters) - Math.max(-1, leaves);
        float mean = sum / count;
        if (x > 0) {
          float sharp = Math.abs(grey[row + x] - grey[row + x - 1]);
          all += sharp;
          lost += Math.max(0, sharp - Math.abs(mean - before));
        }
        before = mean;
      }
    }
    return all == 0 ? 1 : 1 - lost / all;
  }

  private static double lightness(float[] lab, int width, int height) {
    double[] light = new double[width * height];
    int count = 0;
    for (int i = 0; i < light.length; i++) {
      double u = (i % width + 0.5) / width * 2 - 1;
      double v = (i / width + 0.5) / height * 2 - 1;
      if (u * u + v * v <= 1) {
        light[count++] = lab[3 * i];
      }
    }
    if (count == 0) {
      return lab[0];
    }
    Arrays.sort(light, 0, count);
    return light[(int) (0.9 * (count - 1))];
  }

  private static double glare(RgbImage photo) {
    int width = photo.width();
    int height = photo.height();
    long[] sums = new long[(width + 1) * (height + 1)];
    for (int y = 0; y < height; y++) {
      long row = 0;
      for (int x = 0; x < width; x++) {
        row += photo.get(x, y, 1);
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
      }
    }
    int reach = Math.max(width, height) / AROUND;
    long glare = 0;
    for (int y = 0; y < height; y++) {
      int top = Math.max(0, y - reach);
      int bottom = Math.min(height, y + reach + 1);
      for (int x = 0; x < width; x++) {
        if (photo.get(x, y, 0) >= WHITE
            && photo.get(x, y, 1) >= WHITE
            && photo.get(x, y, 2) >= WHITE) {
          int left = Math.max(0, x - reach);
          int right = Math.min(width, x + reach + 1);
          double mean =
              (double)
                      (sums[bottom * (width + 1) + right]
                          - sums[bottom * (width + 1) + left]
                          - sums[top * (width + 1) + right]
                          + sums[top * (width + 1) + left])
                  / ((bottom - top) * (right - left));
          glare += photo.get(x, y, 1) - mean >= STANDS_OUT ? 1 : 0;
        }
      }
    }
    return (double) glare / ((long) width * height);
  }

  private static double cut(List<Contour> contours, int width, int height) {
    long onFrame = 0;
    long all = 0;
    for (Contour contour : contours) {
      int[] xy = contour.xy();
      int x = xy[xy.length - 2];
      int y = xy[xy.length - 1];
      for (int i = 0; i < xy.length; i += 2) {
        int length = Math.abs(xy[i] - x) + Math.abs(xy[i + 1] - y);
        boolean upright = xy[i] == x;
        boolean frame = upright ? x == 0 || x == width : y == 0 || y == height;
        all += length;
        onFrame += frame ? length : 0;
        x = xy[i];
        y = xy[i + 1];
      }
    }
    return all == 0 ? 0 : (double) onFrame / all;
  }
}
