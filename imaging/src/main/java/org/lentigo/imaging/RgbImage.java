package org.lentigo.imaging;

import java.util.Objects;

/**
 * An 8-bit sRGB image as displayed (orientation applied), no alpha.
 *
 * @param width pixels across, at least 1
 * @param height pixels down, at least 1
 * @param data {@code 3 * width * height} bytes, row by row, each pixel as R, G, B (0 to 255,
 *     unsigned). The array is not copied: whoever makes the image gives it away.
 */
public record RgbImage(int width, int height, byte[] data) {
  public RgbImage {
    Objects.requireNonNull(data, "data");
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "an image needs at least 1 x 1 pixels, got " + width + " x " + height);
    }
    if (data.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "a "
              + width
              + " x "
              + height
              + " RGB image needs "
              + 3L * width * height
              + " bytes, got "
              + data.length);
    }
  }

  /**
   * One channel of one pixel.
   *
   * @param channel 0 red, 1 green, 2 blue
   * @return 0 to 255
   */
  public int get(int x, int y, int channel) {
    return data[3 * (y * width + x) + channel] & 0xff;
  }
}
