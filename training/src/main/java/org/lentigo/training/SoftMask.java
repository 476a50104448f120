package org.lentigo.training;

import java.util.Locale;
import org.lentigo.imaging.Mask;

/**
 * What a network learns to say of an image: for each pixel how much of it, or how surely it, is
 * lesion.
 *
 * @param width pixels across
 * @param height pixels down
 * @param data {@code width * height} values, row by row, from 0 (not lesion) to {@value #WHOLE}
 *     (lesion). The array is not copied.
 */
public record SoftMask(int width, int height, byte[] data) {
  /** The value of a pixel that is all lesion: a power of two, so that dividing by it is exact. */
  static final int WHOLE = 64;

  public SoftMask {
    if (data.length != (long) width * height) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a %d x %d mask needs %d values, got %d",
              width,
              height,
              (long) width * height,
              data.length));
    }
  }

  /** An expert's mask, which leaves nothing in between. */
  public static SoftMask of(Mask mask) {
    byte[] data = mask.data().clone();
    for (int i = 0; i < data.length; i++) {
      data[i] *= WHOLE;
    }
    return new SoftMask(mask.width(), mask.height(), data);
  }

  /**
   * An expert's mask and a teacher's map in one.
   *
   * @param teacher probabilities, 0 to 1, one for each of the mask's pixels
   * @param weight of the teacher, 0 to 1; the expert has the rest
   */
  static SoftMask blend(Mask mask, float[] teacher, double weight) {
    byte[] data = new byte[mask.data().length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) Math.round(WHOLE * (weight * teacher[i] + (1 - weight) * mask.data()[i]));
    }
    return new SoftMask(mask.width(), mask.height(), data);
  }

  /** The lesion's share of the image, 0 to 1. */
  double share() {
    long sum = 0;
    for (byte value : data) {
      sum += value;
    }
    return (double) sum / WHOLE / data.length;
  }
}
