package org.lentigo.imaging;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A photo that could be read.
 *
 * @param image what a viewer shows: orientation applied, sRGB, transparency on white
 * @param warnings what a user should know before trusting the picture, such as a file that ends too
 *     early; one line each, empty for nearly every file
 * @param scale how large its pixels are on the skin, as far as the file says; null where it does
 *     not, or cannot mean the skin
 */
public record Photo(RgbImage image, List<String> warnings, @Nullable Scale scale) {
  public Photo {
    warnings = List.copyOf(warnings);
  }

  /** A photo whose scale is not known. */
  public Photo(RgbImage image, List<String> warnings) {
    this(image, warnings, null);
  }

  /** The same photo in a scale that someone knows better. */
  public Photo in(Scale known) {
    return new Photo(image, warnings, known);
  }
}
