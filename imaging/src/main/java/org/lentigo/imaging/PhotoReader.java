package org.lentigo.imaging;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import org.jspecify.annotations.Nullable;

/**
 * Reads photos: JPEG (also progressive, grey, CMYK), PNG, TIFF (first page), BMP, WebP and GIF
 * (first frame), told apart by their content, never by their name. The result is what a viewer
 * shows: EXIF orientation applied, an embedded RGB profile converted to sRGB, 16 bits rounded to 8,
 * transparency on white.
 *
 * <p>A file whose end is missing is refused, but for a JPEG that still decodes: that comes with a
 * warning. Sizes are checked before anything is decoded: at most a million pixels a side, and for
 * each pixel of the limit no more than 40 bytes of Java's memory, beside 64 for each of the file's
 * and some 64 MB. Every failure is an {@link UnreadableImageException} with one line that says what
 * was seen. All methods may be called from many threads at once.
 */
public final class PhotoReader {
  private PhotoReader() {}

  /** The largest photo read unless the caller says otherwise: 100 megapixels. */
  public static final long DEFAULT_MAX_PIXELS = 100_000_000;

  /** A JPEG's size and orientation nearly always stand within this many bytes. */
  private static final int JPEG_PREFIX = 1 << 17;

  private static final int ALL = Integer.MAX_VALUE;

  /** Reads a photo of at most {@link #DEFAULT_MAX_PIXELS}. */
  public static Photo read(Path file) throws UnreadableImageException {
    return read(file, DEFAULT_MAX_PIXELS);
  }

  /**
   * @param maxPixels the largest width times height to decode
   * @throws UnreadableImageException if there is no such file, it may not be read, is no image, is
   *     damaged, or is larger than {@code maxPixels} or than memory holds
   */
  public static Photo read(Path file, long maxPixels) throws UnreadableImageException {
    return read(bytes(file), maxPixels);
  }

  /**
   * As {@link #read(Path, long)}, from memory.
   *
   * @param bytes the whole file
   */
  public static Photo read(byte[] bytes, long maxPixels) throws UnreadableImageException {
    Header header = Header.of(bytes, maxPixels);
    String format = header.format().label();
    List<String> warnings = new ArrayList<>(header.warnings());
    try {
      RgbImage stored = decode(bytes, header, warnings);
      return new Photo(
          Pixels.oriented(stored, header.exif().orientation()),
          warnings,
          header.exif().scale(header.width(), header.height()));
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The JDK's PNG reader wraps also what is no fault of the file.
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof OutOfMemoryError memory) {
          throw tooLarge(header, memory);
        }
      }
      throw new UnreadableImageException("damaged " + format + ": " + Header.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(header, e);
    }
  }

  private static UnreadableImageException tooLarge(Header header, OutOfMemoryError e) {
    return new UnreadableImageException(
        String.format(
            Locale.ROOT,
            "%d x %d pixels do not fit into Java's memory of %d MB; raise it with -Xmx",
            header.width(),
            header.height(),
            Runtime.getRuntime().maxMemory() >> 20),
        e);
  }

  /**
   * The size of the photo as displayed, from the file's header: nothing is decoded, and there is no
   * limit.
   *
   * @throws UnreadableImageException as {@link #read(Path, long)}, as far as the header tells
   */
  public static Size size(Path file) throws UnreadableImageException {
    byte[] start = bytes(file, JPEG_PREFIX);
    if (start.length == JPEG_PREFIX && Header.isJpeg(start)) {
      try {
        return Header.of(start, Long.MAX_VALUE).displayed();
      } catch (UnreadableImageException e) {
        // Long metadata may stand in front of the size: look at all of it.
      }
    }
    return Header.of(start.length < JPEG_PREFIX ? start : bytes(file), Long.MAX_VALUE).displayed();
  }

  /** As {@link #size(Path)}, from memory. */
  public static Size size(byte[] bytes) throws UnreadableImageException {
    return Header.of(bytes, Long.MAX_VALUE).displayed();
  }

  /** A whole file. */
  static byte[] bytes(Path file) throws UnreadableImageException {
    return bytes(file, ALL);
  }

  private static byte[] bytes(Path file, int most) throws UnreadableImageException {
    try (InputStream in = Files.newInputStream(file)) {
      return most == ALL ? in.readAllBytes() : in.readNBytes(most);
    } catch (NoSuchFileException e) {
      throw new UnreadableImageException("no such file", e);
    } catch (AccessDeniedException e) {
      throw new UnreadableImageException("may not be read (permission denied)", e);
    } catch (IOException e) {
      throw new UnreadableImageException(
          Files.isDirectory(file) ? "a folder, wanted a file" : Header.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new UnreadableImageException("too large a file for Java's memory", e);
    }
  }

  private static RgbImage decode(byte[] bytes, Header header, List<String> warnings)
      throws IOException {
    try (Decoder decoder = new Decoder(bytes, header)) {
      ImageReader reader = decoder.reader();
      int width = header.width();
      int height = header.height();
      RgbImage image;
      ICC_Profile profile;
      if (header.ordinaryComponents() == 3) {
        // Decoded straight into our array: no second copy of the photo.
        image = new RgbImage(width, height, new byte[3 * width * height]);
        ColorSpace space = colours(reader);
        ImageReadParam param = reader.getDefaultReadParam();
        param.setDestination(Pixels.wrap(image, space));
        reader.read(0, param);
        profile = Pixels.profile(space);
      } else {
        BufferedImage decoded = reader.read(0);
        image = Pixels.toRgb(decoded);
        profile = Pixels.profile(decoded);
      }
      convert(image, header.pngProfile(), profile, warnings);
      // One line is enough: that of a missing end says it better.
      boolean told = header.format() == Header.Format.JPEG && !warnings.isEmpty();
      if (!decoder.complaints().isEmpty() && !told) {
        warnings.add(header.format().label() + " decoder: " + decoder.complaints().get(0));
      }
      return image;
    }
  }

  /**
   * The colours a JPEG's samples are: those of its profile if it has one. Asked for any others, the
   * JDK's reader would convert each row on its own, slowly, also from one sRGB to another.
   */
  private static ColorSpace colours(ImageReader reader) throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    while (types.hasNext()) {
      ColorSpace space = types.next().getColorModel().getColorSpace();
      if (space.getType() == ColorSpace.TYPE_RGB && !space.isCS_sRGB()) {
        return space;
      }
    }
    return ColorSpace.getInstance(ColorSpace.CS_sRGB);
  }

  private static void convert(
      RgbImage image,
      byte @Nullable [] ofHeader,
      @Nullable ICC_Profile ofDecoder,
      List<String> warnings) {
    try {
      ICC_Profile profile = ofHeader == null ? ofDecoder : ICC_Profile.getInstance(ofHeader);
      if (profile != null) {
        Pixels.toSrgb(image, profile);
      }
    } catch (IllegalArgumentException | CMMException e) {
      warnings.add("its colour profile is damaged, its colours are taken as sRGB");
    }
  }
}
