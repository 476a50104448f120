package org.lentigo.imaging;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A two-valued picture: lesion or not.
 *
 * @param width pixels across, at least 1
 * @param height pixels down, at least 1
 * @param data {@code width * height} bytes, row by row, 1 inside the lesion and 0 outside. The
 *     array is not copied: whoever makes the mask gives it away.
 */
public record Mask(int width, int height, byte[] data) {
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  public Mask {
    Objects.requireNonNull(data, "data");
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException(
          "a mask needs at least 1 x 1 pixels, got " + width + " x " + height);
    }
    if (data.length != (long) width * height) {
      throw new IllegalArgumentException(
          "a "
              + width
              + " x "
              + height
              + " mask needs "
              + (long) width * height
              + " bytes, got "
              + data.length);
    }
  }

  /** Whether the pixel belongs to the lesion. */
  public boolean get(int x, int y) {
    return data[y * width + x] != 0;
  }

  /**
   * That this is the mask of a photo of the same size.
   *
   * @throws IllegalArgumentException if the sizes differ
   */
  public void requireSizeOf(RgbImage photo) {
    if (photo.width() != width || photo.height() != height) {
      throw new IllegalArgumentException(
          "a photo of %d x %d pixels and a mask of %d x %d; wanted one size"
              .formatted(photo.width(), photo.height(), width, height));
    }
  }

  /** The number of lesion pixels. */
  public long area() {
    long area = 0;
    int i = 0;
    // Eight pixels at once, each of which is one bit of its byte.
    for (; i + 8 <= data.length; i += 8) {
      area += Long.bitCount((long) EIGHT.get(data, i));
    }
    for (; i < data.length; i++) {
      area += data[i];
    }
    return area;
  }
}
