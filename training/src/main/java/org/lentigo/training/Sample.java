package org.lentigo.training;

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
}
