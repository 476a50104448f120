package org.lentigo.training;

import java.util.List;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

/**
 * A photo and what is to be learnt of it, both of one size, in the photo's natural aspect ratio.
 *
 * @param stem the photo's name
 */
public record Sample(String stem, RgbImage image, SoftMask target) {
  /** Of an expert's mask. */
  public Sample(String stem, RgbImage image, Mask mask) {
    this(stem, image, SoftMask.of(mask));
  }

  public Sample {
    if (image.width() != target.width() || image.height() != target.height()) {
      throw new IllegalArgumentException(
          stem
              + ": the image has "
              + image.width()
              + " x "
              + image.height()
              + " pixels, its mask "
              + target.width()
              + " x "
              + target.height()
              + "; wanted the same size");
    }
  }

  /**
   * Mean and deviation of each channel over all pixels of the images, values 0 to 1, to 4 digits.
   *
   * @param mean 3 numbers, to be filled
   * @param std 3 numbers, to be filled
   */
  static void normalisation(List<Sample> samples, float[] mean, float[] std) {
    for (int channel = 0; channel < 3; channel++) {
      double sum = 0;
      double squares = 0;
      long count = 0;
      for (Sample sample : samples) {
        byte[] data = sample.image().data();
        for (int i = channel; i < data.length; i += 3) {
          double value = (data[i] & 0xff) / 255.0;
          sum += value;
          squares += value * value;
          count++;
        }
      }
      double average = sum / count;
      mean[channel] = rounded(average);
      // A data set of one flat colour has no deviation, and dividing by it would end the run.
      std[channel] =
          Math.max(0.01f, rounded(Math.sqrt(Math.max(0, squares / count - average * average))));
    }
  }

  private static float rounded(double value) {
    return Math.round(value * 1e4) / 1e4f;
  }
}
