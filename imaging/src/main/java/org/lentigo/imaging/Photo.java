package org.lentigo.imaging;

import java.util.List;

/**
 * A photo that could be read.
 *
 * @param image what a viewer shows: orientation applied, sRGB, transparency on white
 * @param warnings what a user should know before trusting the picture, such as a file that ends too
 *     early; one line each, empty for nearly every file
 */
public record Photo(RgbImage image, List<String> warnings) {
  public Photo {
    warnings = List.copyOf(warnings);
  }
}
