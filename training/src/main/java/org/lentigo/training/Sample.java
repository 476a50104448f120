package org.lentigo.training;

import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

/**
 * A photo and its mask in memory, both of one size, in the photo's natural aspect ratio.
 *
 * @param stem the name both share
 */
public record Sample(String stem, RgbImage image, Mask mask) {
  public Sample {
    if (image.width() != mask.width() || image.height() != mask.height()) {
      throw new IllegalArgumentException(
          stem
              + ": the image has "
              + image.width()
              + " x "
              + image.height()
              + " pixels, its mask "
              + mask.width()
              + " x "
              + mask.height()
              + "; wanted the same size");
    }
  }
}
