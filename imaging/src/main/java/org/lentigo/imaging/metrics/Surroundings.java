package org.lentigo.imaging.metrics;

import java.util.Arrays;
import org.lentigo.imaging.Lab;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.measure.Hair;

/**
 * What a dermoscopic photo shows beside its lesion, for asking whether a model does as well on one
 * kind of photo as on another. Both numbers are estimates from an uncalibrated photo: a lamp, a
 * white balance or a suntan moves the first, fine vessels and ruler ticks the second. Good enough
 * to sort photos into a few groups; not to say anything of a person.
 *
 * @param toneAngle the individual typology angle (Chardon, Cretois and Hourseau 1991) in degrees,
 *     {@code atan((L* - 50) / b*)} of the median CIELAB colour (D65) of the skin around the lesion:
 *     above 55 very light skin, below -30 dark; NaN where no skin is left around it
 * @param hairShare the share of the photo, dark corners apart, that lies on thin dark lines, 0 to 1
 */
public record Surroundings(double toneAngle, double hairShare) {
  /** Photos are reduced so far: hairs stay a pixel or two wide. */
  private static final int SIDE = 256;

  /** Skin begins this share of the side away from the lesion, behind the fading border. */
  private static final double MARGIN = 0.04;

  /** Darker is the tube of the dermatoscope (L*), lighter is glare. */
  private static final double LEAST_LIGHT = 20;

  private static final double MOST_LIGHT = 97;

  /** With less of the photo left there is no skin to speak of. */
  private static final double LEAST_SKIN = 0.01;

  /**
   * Looks at a photo.
   *
   * @param lesion the expert's mask, of the photo's size
   * @throws IllegalArgumentException if the sizes differ
   */
  public static Surroundings of(RgbImage photo, Mask lesion) {
    lesion.requireSizeOf(photo);
    RgbImage small = Resampling.reduced(photo, SIDE);
    int width = small.width();
    int height = small.height();
    float[] lab = Lab.of(small);
    return new Surroundings(
        toneAngle(lab, Masks.resize(lesion, width, height)), Hair.share(lab, width, height));
  }

  private static double toneAngle(float[] lab, Mask lesion) {
    int pixels = lesion.width() * lesion.height();
    Mask skin = around(lesion);
    double[] light = new double[pixels];
    double[] yellow = new double[pixels];
    int count = 0;
    for (int i = 0; i < pixels; i++) {
      double l = lab[3 * i];
      if (skin.data()[i] == 1 && l >= LEAST_LIGHT && l <= MOST_LIGHT) {
        light[count] = l;
        yellow[count] = lab[3 * i + 2];
        count++;
      }
    }
    return count < LEAST_SKIN * pixels
        ? Double.NaN
        : Math.toDegrees(Math.atan2(median(light, count) - 50, median(yellow, count)));
  }

  /** What is not lesion, nor near it. */
  private static Mask around(Mask lesion) {
    int width = lesion.width();
    int height = lesion.height();
    int margin = (int) Math.ceil(MARGIN * Math.max(width, height));
    // Sums over rectangles tell whether any lesion lies within the margin.
    int[] sums = new int[(width + 1) * (height + 1)];
    for (int y = 0; y < height; y++) {
      int row = 0;
      for (int x = 0; x < width; x++) {
        row += lesion.data()[y * width + x];
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
      }
    }
    byte[] skin = new byte[width * height];
    for (int y = 0; y < height; y++) {
      int top = Math.max(0, y - margin) * (width + 1);
      int bottom = Math.min(height, y + margin + 1) * (width + 1);
      for (int x = 0; x < width; x++) {
        int left = Math.max(0, x - margin);
        int right = Math.min(width, x + margin + 1);
        int near =
            sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
        skin[y * width + x] = (byte) (near == 0 ? 1 : 0);
      }
    }
    return new Mask(width, height, skin);
  }

  private static double median(double[] values, int count) {
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return Percentile.of(sorted, 0.5);
  }
}
