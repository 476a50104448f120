package org.lentigo.imaging;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Reads, writes and makes masks. */
public final class Masks {
  /** The largest mask {@link #read(Path)} decodes, in pixels. */
  public static final long DEFAULT_MAX_PIXELS = 100_000_000;

  private static final int OPAQUE = 0xff;

  private static final String TOO_LARGE = "does not fit into Java's memory; raise it with -Xmx";

  private Masks() {}

  /** Reads a mask of at most {@link #DEFAULT_MAX_PIXELS}; see {@link #read(Path, long)}. */
  public static Mask read(Path file) throws UnreadableMaskException {
    return read(file, DEFAULT_MAX_PIXELS);
  }

  /**
   * Reads a two-valued picture: PNG, BMP or any other format that {@link PhotoReader} reads; grey,
   * palette or RGB with equal channels, of any depth. The largest value of the depth (255 in 8
   * bits) is lesion and 0 is not; a picture whose only other value is 1 is read as class labels.
   * Transparent is outside.
   *
   * <p>It is strict: a value between (a resampled mask, or one stored as JPEG) is refused rather
   * than thresholded, because a score against a guessed border is not the score asked for.
   *
   * @param maxPixels refused from the header, before any decoding, when the picture is larger
   * @throws UnreadableMaskException if the file is missing, locked, no picture, damaged, too large
   *     or not two-valued
   */
  public static Mask read(Path file, long maxPixels) throws UnreadableMaskException {
    try {
      byte[] bytes = PhotoReader.bytes(file);
      if (bytes.length == 0) {
        throw new UnreadableMaskException(file, "the file is empty");
      }
      Header header = Header.of(bytes, maxPixels);
      return twoValued(file, decode(file, bytes, header));
    } catch (UnreadableMaskException e) {
      throw e;
    } catch (UnreadableImageException e) {
      throw because(file, String.valueOf(e.getMessage()), e);
    } catch (IOException | RuntimeException e) {
      // ImageIO's decoders answer damaged files with either kind, and wrap what is no fault of
      // theirs.
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof OutOfMemoryError) {
          throw because(file, TOO_LARGE, e);
        }
      }
      throw because(file, "damaged or cut short (" + Header.reason(e) + ")", e);
    } catch (OutOfMemoryError e) {
      throw because(file, TOO_LARGE, e);
    }
  }

  private static BufferedImage decode(Path file, byte[] bytes, Header header) throws IOException {
    try (Decoder decoder = new Decoder(bytes, header)) {
      BufferedImage image = decoder.reader().read(0);
      boolean cut = header.format() == Header.Format.JPEG && !header.warnings().isEmpty();
      if (cut || !decoder.complaints().isEmpty()) {
        String reason = cut ? header.warnings().get(0) : decoder.complaints().get(0);
        throw new UnreadableMaskException(file, "damaged (" + reason + ")");
      }
      return image;
    }
  }

  private static Mask twoValued(Path file, BufferedImage image) throws UnreadableMaskException {
    int width = image.getWidth();
    int height = image.getHeight();
    Raster raster = image.getRaster();
    // Through getRGB a grey picture would be converted from ImageIO's linear grey to sRGB.
    boolean grey = raster.getNumBands() <= 2 && !(image.getColorModel() instanceof IndexColorModel);
    int max = grey ? (1 << Math.min(16, raster.getSampleModel().getSampleSize(0))) - 1 : OPAQUE;

    byte[] data = new byte[width * height];
    int[] firstSeenAt = new int[max + 1];
    Arrays.fill(firstSeenAt, -1);
    int[] row = new int[width];
    int[] alpha = new int[width];
    for (int y = 0; y < height; y++) {
      if (grey) {
        raster.getSamples(0, y, width, 1, 0, row);
        if (raster.getNumBands() == 2) {
          raster.getSamples(0, y, width, 1, 1, alpha);
          for (int x = 0; x < width; x++) {
            row[x] = (int) ((long) row[x] * alpha[x] / max);
          }
        }
      } else {
        image.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++) {
          row[x] = greyOf(file, row[x], x, y);
        }
      }
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        int value = row[x] & max;
        data[i] = (byte) (value == 0 ? 0 : 1);
        if (firstSeenAt[value] < 0) {
          firstSeenAt[value] = i;
        }
      }
    }
    requireTwoValues(file, firstSeenAt, width);
    return new Mask(width, height, data);
  }

  private static int greyOf(Path file, int argb, int x, int y) throws UnreadableMaskException {
    int r = argb >> 16 & 0xff;
    int g = argb >> 8 & 0xff;
    int b = argb & 0xff;
    int a = argb >>> 24;
    if (a != 0 && (r != g || g != b)) {
      throw new UnreadableMaskException(
          file,
          String.format(
              Locale.ROOT,
              "a mask is black and white, but the pixel at (%d, %d) has the colour (%d, %d, %d)",
              x,
              y,
              r,
              g,
              b));
    }
    return r * a / OPAQUE;
  }

  private static void requireTwoValues(Path file, int[] firstSeenAt, int width)
      throws UnreadableMaskException {
    int max = firstSeenAt.length - 1;
    int others = 0;
    int example = 0;
    for (int value = 1; value < max; value++) {
      if (firstSeenAt[value] >= 0) {
        others++;
        example = value;
      }
    }
    boolean labels = others == 1 && example == 1 && firstSeenAt[max] < 0;
    if (others > 0 && !labels) {
      throw new UnreadableMaskException(
          file,
          String.format(
              Locale.ROOT,
              "not two-valued: %d value%s besides 0 and %d, such as %d at (%d, %d); "
                  + "threshold it and save it as PNG",
              others,
              others == 1 ? "" : "s",
              max,
              example,
              firstSeenAt[example] % width,
              firstSeenAt[example] / width));
    }
  }

  private static UnreadableMaskException because(Path file, String reason, Throwable cause) {
    UnreadableMaskException e =
        new UnreadableMaskException(file, UnreadableImageException.oneLine(reason));
    e.initCause(cause);
    return e;
  }

  /**
   * Writes an 8-bit grey PNG, 255 inside the lesion and 0 outside. The same mask gives the same
   * bytes. The stream is not closed.
   */
  public static void writePng(Mask mask, OutputStream out) throws IOException {
    MaskPng.write(mask, out);
  }

  /**
   * The pixels whose probability is at least {@code threshold}.
   *
   * @param probabilities {@code width * height} values from 0 to 1, row by row; NaN is outside
   * @throws IllegalArgumentException if the sizes do not match
   */
  public static Mask threshold(float[] probabilities, int width, int height, float threshold) {
    if (probabilities.length != (long) width * height) {
      throw new IllegalArgumentException(
          "a "
              + width
              + " x "
              + height
              + " probability map needs "
              + (long) width * height
              + " values, got "
              + probabilities.length);
    }
    byte[] data = new byte[probabilities.length];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (probabilities[i] >= threshold ? 1 : 0);
    }
    return new Mask(width, height, data);
  }

  /**
   * A mask at another size as the share of each pixel that is lesion, 0 to 1, where it shrinks, and
   * interpolated where it grows; see {@link Resampling}.
   *
   * @return {@code width * height} values, row by row
   * @throws IllegalArgumentException if a side is below 1
   */
  public static float[] coverage(Mask mask, int width, int height) {
    float[] plane = new float[mask.data().length];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = mask.data()[i];
    }
    return Resampling.resizePlane(plane, mask.width(), mask.height(), width, height);
  }

  /**
   * A mask at another size: lesion where at least half of the pixel is.
   *
   * @throws IllegalArgumentException if a side is below 1
   */
  public static Mask resize(Mask mask, int width, int height) {
    return threshold(coverage(mask, width, height), width, height, 0.5f);
  }
}
