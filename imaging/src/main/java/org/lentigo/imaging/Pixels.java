package org.lentigo.imaging;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.ComponentSampleModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Between {@link RgbImage} and Java2D's images. */
final class Pixels {
  private Pixels() {}

  /** Rows converted at a time by the colour management, so that its copies stay small. */
  private static final int BAND = 64;

  /** A Java2D image over the same array: whatever is drawn on it lands there. */
  static BufferedImage wrap(RgbImage image) {
    return wrap(image, ColorSpace.getInstance(ColorSpace.CS_sRGB));
  }

  /** The same with the samples taken as colours of {@code space}, one of RGB. */
  static BufferedImage wrap(RgbImage image, ColorSpace space) {
    ColorModel rgb =
        new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    return new BufferedImage(rgb, raster(image.width(), image.height(), image.data()), false, null);
  }

  private static WritableRaster raster(int width, int height, byte[] data) {
    return Raster.createInterleavedRaster(
        new DataBufferByte(data, data.length),
        width,
        height,
        3 * width,
        3,
        new int[] {0, 1, 2},
        null);
  }

  /**
   * Any decoded image as 8-bit RGB, transparency on white. RGB samples are taken as they are,
   * whatever profile the image carries; see {@link #profile}. Grey samples are copied to the three
   * channels: Java2D's own conversion would take them as linear light and brighten them.
   */
  static RgbImage toRgb(BufferedImage image) throws UnreadableImageException {
    byte[] data = new byte[3 * image.getWidth() * image.getHeight()];
    ColorModel model = image.getColorModel();
    int space = model.getColorSpace().getType();
    if (model instanceof IndexColorModel palette) {
      copyPalette(image.getRaster(), palette, data);
    } else if (model instanceof ComponentColorModel
        && (space == ColorSpace.TYPE_RGB || space == ColorSpace.TYPE_GRAY)) {
      if (isBytes(image)) {
        copyBytes(image, data);
      } else {
        copySamples(image, data);
      }
    } else {
      copyConverted(image, data);
    }
    return new RgbImage(image.getWidth(), image.getHeight(), data);
  }

  /** Whether every sample is a byte of one array. */
  private static boolean isBytes(BufferedImage image) {
    Raster raster = image.getRaster();
    return raster.getDataBuffer() instanceof DataBufferByte buffer
        && buffer.getNumBanks() == 1
        && raster.getSampleModel() instanceof ComponentSampleModel
        && image.getColorModel().getComponentSize(0) == 8;
  }

  /** 8-bit grey, RGB, BGR and their like with alpha, straight from the array. */
  private static void copyBytes(BufferedImage image, byte[] to) {
    Raster raster = image.getRaster();
    byte[] from = ((DataBufferByte) raster.getDataBuffer()).getData();
    ComponentSampleModel layout = (ComponentSampleModel) raster.getSampleModel();
    int[] band = layout.getBandOffsets();
    int grey = image.getColorModel().getNumColorComponents() == 1 ? 0 : 1;
    boolean alpha = image.getColorModel().hasAlpha();
    boolean premultiplied = image.isAlphaPremultiplied();
    int origin =
        raster.getDataBuffer().getOffset()
            - raster.getSampleModelTranslateX() * layout.getPixelStride()
            - raster.getSampleModelTranslateY() * layout.getScanlineStride();
    int o = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      int at = origin + y * layout.getScanlineStride();
      for (int x = 0; x < image.getWidth(); x++, at += layout.getPixelStride()) {
        for (int c = 0; c < 3; c++) {
          byte value = from[at + band[c * grey]];
          if (alpha) {
            int opacity = from[at + band[band.length - 1]] & 0xff;
            value = onWhite(value & 0xff, opacity, premultiplied);
          }
          to[o++] = value;
        }
      }
    }
  }

  /** Any other integer samples, such as 16 bits, scaled to 0..255 and rounded. */
  private static void copySamples(BufferedImage image, byte[] to) throws UnreadableImageException {
    Raster raster = image.getRaster();
    int type = raster.getTransferType();
    if (type != DataBuffer.TYPE_BYTE
        && type != DataBuffer.TYPE_USHORT
        && type != DataBuffer.TYPE_INT) {
      throw new UnreadableImageException(
          "its samples are signed or floating-point numbers, wanted 8 or 16 unsigned bits");
    }
    int bands = raster.getNumBands();
    int grey = image.getColorModel().getNumColorComponents() == 1 ? 0 : 1;
    boolean alpha = image.getColorModel().hasAlpha();
    int width = image.getWidth();
    long[] max = new long[bands];
    for (int c = 0; c < bands; c++) {
      max[c] = (1L << image.getColorModel().getComponentSize(c)) - 1;
    }
    int[] row = new int[bands * width];
    int o = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int at = 0; at < row.length; at += bands) {
        for (int c = 0; c < 3; c++) {
          int value = to8Bits(row[at + c * grey], max[c * grey]);
          int opacity = alpha ? to8Bits(row[at + bands - 1], max[bands - 1]) : 255;
          to[o++] = onWhite(value, opacity, image.isAlphaPremultiplied());
        }
      }
    }
  }

  private static int to8Bits(int sample, long max) {
    return (int) (((sample & 0xffffffffL) * 255 + max / 2) / max);
  }

  private static void copyPalette(Raster raster, IndexColorModel palette, byte[] to) {
    int[] argb = new int[palette.getMapSize()];
    palette.getRGBs(argb);
    int width = raster.getWidth();
    int[] row = new int[width];
    int o = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int index : row) {
        // A damaged file may name a colour its palette lacks: black, as browsers show it.
        o = put(to, o, index < argb.length ? argb[index] : 0xff000000);
      }
    }
  }

  /** The slow way for what is left (packed pixels, CMYK, Lab), by Java2D's colour conversion. */
  private static void copyConverted(BufferedImage image, byte[] to) {
    int[] row = new int[image.getWidth()];
    int o = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, row.length, 1, row, 0, row.length);
      for (int argb : row) {
        o = put(to, o, argb);
      }
    }
  }

  private static int put(byte[] to, int at, int argb) {
    int opacity = argb >>> 24;
    to[at] = onWhite(argb >> 16 & 0xff, opacity, false);
    to[at + 1] = onWhite(argb >> 8 & 0xff, opacity, false);
    to[at + 2] = onWhite(argb & 0xff, opacity, false);
    return at + 3;
  }

  private static byte onWhite(int value, int opacity, boolean premultiplied) {
    if (premultiplied) {
      return (byte) Math.min(255, value + 255 - opacity);
    }
    return (byte) ((value * opacity + 255 * (255 - opacity) + 127) / 255);
  }

  /** The profile whose RGB this image's samples are, or null if none is attached. */
  static @Nullable ICC_Profile profile(BufferedImage image) {
    // toRgb has converted all others.
    return image.getColorModel() instanceof ComponentColorModel model
        ? profile(model.getColorSpace())
        : null;
  }

  /** The profile of a colour space that is not sRGB, or null if it has none. */
  static @Nullable ICC_Profile profile(ColorSpace space) {
    return space instanceof ICC_ColorSpace icc && !space.isCS_sRGB() ? icc.getProfile() : null;
  }

  /**
   * Converts samples of this profile to sRGB in place. A profile that is sRGB already, by its own
   * description, or not one of RGB, costs nothing and changes nothing.
   *
   * @throws RuntimeException if the profile is damaged
   */
  static void toSrgb(RgbImage image, ICC_Profile profile) {
    if (profile.getColorSpaceType() != ColorSpace.TYPE_RGB || describedAsSrgb(profile)) {
      return;
    }
    ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
    ColorConvertOp op = new ColorConvertOp(new ICC_Profile[] {profile, srgb}, null);
    int rowBytes = 3 * image.width();
    for (int y = 0; y < image.height(); y += BAND) {
      int rows = Math.min(BAND, image.height() - y);
      byte[] band = Arrays.copyOfRange(image.data(), y * rowBytes, (y + rows) * rowBytes);
      byte[] converted = new byte[band.length];
      op.filter(raster(image.width(), rows, band), raster(image.width(), rows, converted));
      System.arraycopy(converted, 0, image.data(), y * rowBytes, converted.length);
    }
  }

  /** Loading the colour management to find out costs more than most conversions: ask the name. */
  private static boolean describedAsSrgb(ICC_Profile profile) {
    byte[] tag = profile.getData(ICC_Profile.icSigProfileDescriptionTag);
    if (tag == null) {
      return false;
    }
    // Version 2 keeps the text in ASCII, version 4 in UTF-16.
    String name = new String(tag, StandardCharsets.ISO_8859_1).replace("\0", "");
    return name.contains("sRGB") && !name.toLowerCase(Locale.ROOT).contains("linear");
  }

  /**
   * Turns a stored image the way EXIF says it is displayed.
   *
   * @param orientation 1 to 8, as in EXIF 2.32, tag 274
   * @return {@code stored} itself for 1
   */
  static RgbImage oriented(RgbImage stored, int orientation) {
    if (orientation == 1) {
      return stored;
    }
    boolean turned = orientation >= 5;
    int w = stored.width();
    int h = stored.height();
    int across = turned ? h : w;
    // A stored column runs this far through the result, and a stored row that far.
    boolean columnsReversed =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    boolean rowsReversed =
        orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    int stepX = (columnsReversed ? -1 : 1) * (turned ? across : 1);
    int stepY = (rowsReversed ? -1 : 1) * (turned ? 1 : across);
    int first = (columnsReversed ? -stepX * (w - 1) : 0) + (rowsReversed ? -stepY * (h - 1) : 0);
    byte[] from = stored.data();
    byte[] to = new byte[from.length];
    int i = 0;
    for (int y = 0; y < h; y++) {
      int o = 3 * (first + y * stepY);
      for (int x = 0; x < w; x++, i += 3, o += 3 * stepX) {
        to[o] = from[i];
        to[o + 1] = from[i + 1];
        to[o + 2] = from[i + 2];
      }
    }
    return new RgbImage(across, turned ? w : h, to);
  }
}
