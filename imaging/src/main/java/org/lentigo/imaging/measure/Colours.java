package org.lentigo.imaging.measure;

import java.util.Arrays;
import java.util.List;
import org.lentigo.imaging.Lab;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;

/**
 * Which of the six colours of dermoscopy a lesion has (C of the ABCD rule: W. Stolz et al.,
 * European Journal of Dermatology 4, 1994), as shares of its area, 0 to 1, that sum up to 1.
 *
 * <p>Each pixel of the photo, reduced to at most {@value #SIDE} on its longer side, counts for the
 * colour whose reference is nearest by the CIE 1976 difference in CIELAB (D65). White counts only
 * where the pixel is lighter, by an L* of 5, than the skin around the lesion, as the rule has it:
 * the median of what lies outside within half the lesion's longer side. The references are
 * Lentigo's own, in sRGB: white (240, 235, 235), red (190, 75, 75), light brown (185, 125, 85),
 * dark brown (95, 55, 40), blue-grey (105, 115, 130), black (25, 20, 20). Photos are not
 * calibrated: a lamp or a white balance moves a share from one colour to its neighbour.
 */
public record Colours(
    double white, double red, double lightBrown, double darkBrown, double blueGrey, double black) {
  static final int SIDE = 256;

  /** The colours' names in the order of {@link #shares}, as JSON and tables have them. */
  public static final List<String> NAMES =
      List.of("white", "red", "light_brown", "dark_brown", "blue_grey", "black");

  private static final float[][] REFERENCES = {
    Lab.of(240, 235, 235),
    Lab.of(190, 75, 75),
    Lab.of(185, 125, 85),
    Lab.of(95, 55, 40),
    Lab.of(105, 115, 130),
    Lab.of(25, 20, 20)
  };

  /** What an eye surely sees (L*). */
  private static final double LIGHTER = 5;

  /** Darker than this (L*) is the dermatoscope's tube, not skin. */
  private static final double DARKEST_SKIN = 20;

  /** In the order of {@link #NAMES}. */
  public double[] shares() {
    return new double[] {white, red, lightBrown, darkBrown, blueGrey, black};
  }

  /**
   * Looks at a lesion.
   *
   * @param lesion of the photo's size, with at least one pixel
   * @throws IllegalArgumentException if the sizes differ or the mask is empty
   */
  public static Colours of(RgbImage photo, Mask lesion) {
    lesion.requireSizeOf(photo);
    RgbImage small = Resampling.reduced(photo, SIDE);
    int width = small.width();
    int height = small.height();
    float[] lab = Lab.of(small);
    float[] inside = Masks.coverage(lesion, width, height);
    double skin = skinLightness(lab, inside, width);
    double[] sums = new double[NAMES.size()];
    double all = 0;
    for (int i = 0; i < inside.length; i++) {
      if (inside[i] > 0) {
        sums[nearest(lab, 3 * i, skin)] += inside[i];
        all += inside[i];
      }
    }
    if (all == 0) {
      throw new IllegalArgumentException("no lesion in the mask, so there is no colour to tell");
    }
    return new Colours(
        sums[0] / all, sums[1] / all, sums[2] / all, sums[3] / all, sums[4] / all, sums[5] / all);
  }

  private static int nearest(float[] lab, int at, double skin) {
    int nearest = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int c = lab[at] > skin + LIGHTER ? 0 : 1; c < REFERENCES.length; c++) {
      double l = lab[at] - REFERENCES[c][0];
      double a = lab[at + 1] - REFERENCES[c][1];
      double b = lab[at + 2] - REFERENCES[c][2];
      double distance = l * l + a * a + b * b;
      if (distance < least) {
        least = distance;
        nearest = c;
      }
    }
    return nearest;
  }

  /** The median L* near the lesion; 0, so that white needs no comparison, where no skin is left. */
  private static double skinLightness(float[] lab, float[] inside, int width) {
    int left = width;
    int right = 0;
    int top = inside.length / width;
    int bottom = 0;
    for (int i = 0; i < inside.length; i++) {
      if (inside[i] > 0) {
        left = Math.min(left, i % width);
        right = Math.max(right, i % width);
        top = Math.min(top, i / width);
        bottom = Math.max(bottom, i / width);
      }
    }
    int reach = Math.max(right - left, bottom - top) / 2 + 1;
    double[] light = new double[inside.length];
    int count = 0;
    for (int i = 0; i < inside.length; i++) {
      int x = i % width;
      int y = i / width;
      boolean near =
          x >= left - reach && x <= right + reach && y >= top - reach && y <= bottom + reach;
      if (near && inside[i] == 0 && lab[3 * i] >= DARKEST_SKIN) {
        light[count++] = lab[3 * i];
      }
    }
    Arrays.sort(light, 0, count);
    return count == 0 ? 0 : light[count / 2];
  }
}
