package org.lentigo.imaging;

import java.awt.image.SampleModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import javax.imageio.ImageReader;
import org.jspecify.annotations.Nullable;

/**
 * What an image file says of itself before a pixel is decoded. Walking the file's own structure
 * here is what tells a truncated file, since the decoders fill a missing end in silence.
 *
 * @param width pixels across, as stored
 * @param height pixels down, as stored
 * @param exif what its EXIF or TIFF tags say
 * @param pngProfile the colour profile in a PNG, which no decoder heeds
 * @param ordinaryComponents 1 or 3 for a JPEG that the JDK's decoder reads rightly (8 bits, not
 *     lossless), else 0
 * @param warnings see {@link Photo#warnings}
 */
record Header(
    Format format,
    int width,
    int height,
    Exif exif,
    byte @Nullable [] pngProfile,
    int ordinaryComponents,
    List<String> warnings) {

  enum Format {
    JPEG,
    PNG,
    GIF,
    BMP,
    TIFF,
    WEBP;

    /** As written in messages. */
    String label() {
      return this == WEBP ? "WebP" : name();
    }
  }

  static final String READABLE = "JPEG, PNG, TIFF, BMP, WebP or GIF";

  /** No colour profile of a photo comes near this size, compressed or not. */
  private static final int LONGEST_PROFILE = 1 << 22;

  /**
   * A progressive JPEG has some ten scans. Each may cost a pass over all pixels and needs next to
   * no bytes: a thousand of them keep the decoder busy for minutes.
   */
  private static final int MOST_SCANS = 100;

  /** Four samples of 64 bits: what the decoder may hold for each pixel of the limit. */
  private static final int MOST_BITS_PER_PIXEL = 256;

  /** A tile larger than its picture is common in small pictures. */
  private static final int ORDINARY_TILE = 1 << 22;

  private static final int LONGEST_REASON = 160;

  /** The decoders take a while for each row, were it of one pixel: ten seconds for 100 million. */
  private static final int LONGEST_SIDE = 1_000_000;

  /** {@link RgbImage} keeps all in one array. */
  private static final long MOST_PIXELS = (Integer.MAX_VALUE - 8) / 3;

  Size displayed() {
    return exif.orientation() >= 5 ? new Size(height, width) : new Size(width, height);
  }

  /**
   * @param bytes the whole file
   * @throws UnreadableImageException if this is no image of a known format, if it is larger than
   *     {@code maxPixels}, or if its end is missing (a JPEG's missing end is a warning)
   */
  static Header of(byte[] bytes, long maxPixels) throws UnreadableImageException {
    Format format = format(bytes);
    try {
      return switch (format) {
        case JPEG -> jpeg(bytes, maxPixels);
        case PNG -> png(bytes, maxPixels);
        case GIF -> gif(bytes, maxPixels);
        case BMP -> bmp(bytes, maxPixels);
        case TIFF -> tiff(bytes, maxPixels);
        case WEBP -> webp(bytes, maxPixels);
      };
    } catch (IndexOutOfBoundsException e) {
      throw truncated(format, bytes.length, e);
    }
  }

  static boolean isJpeg(byte[] b) {
    return b.length >= 3 && u8(b, 0) == 0xff && u8(b, 1) == 0xd8 && u8(b, 2) == 0xff;
  }

  private static Format format(byte[] b) throws UnreadableImageException {
    if (b.length == 0) {
      throw new UnreadableImageException("empty file (0 bytes), wanted " + READABLE);
    }
    if (isJpeg(b)) {
      return Format.JPEG;
    }
    if (has(b, 0, "\u0089PNG\r\n\u001a\n")) {
      return Format.PNG;
    }
    if (has(b, 0, "GIF87a") || has(b, 0, "GIF89a")) {
      return Format.GIF;
    }
    if (has(b, 0, "II*\0") || has(b, 0, "MM\0*") || has(b, 0, "II+\0") || has(b, 0, "MM\0+")) {
      return Format.TIFF;
    }
    if (has(b, 0, "RIFF") && has(b, 8, "WEBP")) {
      return Format.WEBP;
    }
    if (has(b, 0, "BM") && !looksLikeText(b)) {
      return Format.BMP;
    }
    String other = otherFormat(b);
    if (other != null) {
      throw new UnreadableImageException(
          other + " is not supported, wanted " + READABLE + "; convert it first");
    }
    if (looksLikeText(b)) {
      String start = new String(b, 0, Math.min(b.length, 24), StandardCharsets.US_ASCII);
      throw new UnreadableImageException(
          "not an image: starts with the text \"" + start.strip() + "\", wanted " + READABLE);
    }
    StringBuilder start = new StringBuilder();
    for (int i = 0; i < Math.min(b.length, 8); i++) {
      start.append(String.format(Locale.ROOT, "%s%02x", i == 0 ? "" : " ", u8(b, i)));
    }
    throw new UnreadableImageException(
        "not a known image format: starts with the bytes " + start + ", wanted " + READABLE);
  }

  /** Formats a user may well have, named so that the message says what to do. */
  private static @Nullable String otherFormat(byte[] b) {
    if (has(b, 4, "ftyp")) {
      String brand = new String(b, 8, Math.min(4, b.length - 8), StandardCharsets.US_ASCII);
      return switch (brand) {
        case "heic", "heix", "hevc", "mif1", "msf1" -> "a HEIC image";
        case "avif", "avis" -> "an AVIF image";
        default -> "a video (" + brand.strip() + ")";
      };
    }
    if (has(b, 128, "DICM")) {
      return "a DICOM file";
    }
    if (has(b, 0, "%PDF")) {
      return "a PDF document";
    }
    if (has(b, 0, "\0\0\0\u000cjP  ") || has(b, 0, "\u00ff\u004f\u00ff\u0051")) {
      return "a JPEG 2000 image";
    }
    if (has(b, 0, "8BPS")) {
      return "a Photoshop document";
    }
    if (has(b, 0, "PK\u0003\u0004")) {
      return "a ZIP archive";
    }
    return null;
  }

  private static boolean looksLikeText(byte[] b) {
    for (int i = 0; i < Math.min(b.length, 32); i++) {
      int c = u8(b, i);
      if (c != '\t' && c != '\n' && c != '\r' && (c < 0x20 || c > 0x7e)) {
        return false;
      }
    }
    return true;
  }

  private static Header jpeg(byte[] b, long maxPixels) throws UnreadableImageException {
    int width = 0;
    int height = 0;
    int ordinary = 0;
    Exif exif = Exif.NONE;
    int scans = 0;
    boolean ended = false;
    int at = nextMarker(b, 2);
    while (at < b.length && !ended) {
      int marker = u8(b, at + 1);
      if (marker == 0xd9) {
        ended = true;
        continue;
      }
      int end = at + 4 <= b.length ? at + 2 + u16(b, at + 2) : Integer.MAX_VALUE;
      if (end > b.length) {
        break;
      }
      if (marker == 0xe1 && has(b, at + 4, "Exif\0\0")) {
        exif = Exif.read(b, at + 10, end);
      } else if (marker == 0xda && ++scans > MOST_SCANS) {
        throw new UnreadableImageException(
            "a JPEG of more than "
                + MOST_SCANS
                + " scans, which no camera or program writes: it would take long to decode");
      } else if (isFrame(marker)) {
        height = u16(b, at + 5);
        width = u16(b, at + 7);
        int components = u8(b, at + 9);
        boolean usual = marker <= 0xc2 && u8(b, at + 4) == 8;
        ordinary = usual && (components == 1 || components == 3) ? components : 0;
        checkSize(width, height, maxPixels);
      }
      at = nextMarker(b, end);
    }
    if (width == 0) {
      throw truncated(Format.JPEG, b.length, null);
    }
    List<String> warnings =
        ended
            ? List.of()
            : List.of(
                "truncated JPEG: ends after "
                    + b.length
                    + " bytes without an end marker, the lower part of the photo may be missing");
    return new Header(Format.JPEG, width, height, exif, null, ordinary, warnings);
  }

  /** Start-of-frame markers: 0xc0 to 0xcf but for DHT, JPG and DAC. */
  static boolean isFrame(int marker) {
    return (marker & 0xf0) == 0xc0 && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  /**
   * Where the next marker stands at or after {@code at}, past pixel data, fill bytes and markers
   * without a body; the file's length if there is none.
   */
  private static int nextMarker(byte[] b, int at) {
    for (int i = at; i + 1 < b.length; i++) {
      if (b[i] == (byte) 0xff) {
        int marker = u8(b, i + 1);
        boolean bare = marker <= 1 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd8);
        if (!bare) {
          return i;
        }
      }
    }
    return b.length;
  }

  private static Header png(byte[] b, long maxPixels) throws UnreadableImageException {
    int width = 0;
    int height = 0;
    Exif exif = Exif.NONE;
    byte[] icc = null;
    List<String> warnings = List.of();
    int at = 8;
    while (true) {
      long length = u32(b, at);
      String type = new String(b, at + 4, 4, StandardCharsets.ISO_8859_1);
      int data = at + 8;
      if (at == 8) {
        if (!type.equals("IHDR") || length != 13) {
          throw new UnreadableImageException(
              "damaged PNG: starts with a chunk '" + type + "' of " + length + " bytes, not IHDR");
        }
        width = (int) u32(b, data);
        height = (int) u32(b, data + 4);
        checkSize(width, height, maxPixels);
      }
      if (data + length + 4 > b.length) {
        throw truncated(Format.PNG, b.length, null);
      }
      int end = (int) (data + length);
      CRC32 crc = new CRC32();
      crc.update(b, at + 4, end - at - 4);
      if (crc.getValue() != u32(b, end)) {
        throw new UnreadableImageException("damaged PNG: chunk " + type + " has a wrong checksum");
      }
      switch (type) {
        case "eXIf" -> exif = Exif.read(b, data, end);
        // A second one is not allowed, and each may unpack to a thousand times its size.
        case "iCCP" -> icc = icc == null ? inflatedProfile(b, data, end) : icc;
        case "acTL" -> warnings = List.of("animated PNG: only the still picture is read");
        case "IEND" -> {
          return new Header(Format.PNG, width, height, exif, icc, 0, warnings);
        }
        default -> {}
      }
      at = end + 4;
    }
  }

  /** An iCCP chunk: name, 0, compression method 0, zlib stream. Empty if it cannot be unpacked. */
  private static byte[] inflatedProfile(byte[] b, int from, int end) {
    int zlib = from;
    while (zlib < end && b[zlib] != 0) {
      zlib++;
    }
    zlib += 2;
    if (zlib >= end) {
      return new byte[0];
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(b, zlib, end - zlib);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[1 << 13];
      while (!inflater.finished() && out.size() < LONGEST_PROFILE) {
        int n = inflater.inflate(part);
        if (n == 0) {
          return new byte[0];
        }
        out.write(part, 0, n);
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      return new byte[0];
    } finally {
      inflater.end();
    }
  }

  private static Header gif(byte[] b, long maxPixels) throws UnreadableImageException {
    int at = 13 + colourTable(u8(b, 10));
    int width = 0;
    int height = 0;
    while (true) {
      // Encoders that stop without a trailer are common; a first frame without an end is not.
      int block = at < b.length || width == 0 ? u8(b, at) : 0x3b;
      if (block == 0x21) {
        at = skipSubBlocks(b, at + 2);
      } else if (block == 0x2c && width == 0) {
        width = le16(b, at + 5);
        height = le16(b, at + 7);
        checkSize(width, height, maxPixels);
        at = skipSubBlocks(b, at + 11 + colourTable(u8(b, at + 9)));
      } else if (block == 0x2c) {
        List<String> animated = List.of("animated GIF: only the first frame is read");
        return new Header(Format.GIF, width, height, Exif.NONE, null, 0, animated);
      } else if (block == 0x3b && width != 0) {
        return new Header(Format.GIF, width, height, Exif.NONE, null, 0, List.of());
      } else {
        throw new UnreadableImageException(
            String.format(Locale.ROOT, "damaged GIF: unknown block 0x%02x at byte %d", block, at));
      }
    }
  }

  private static int colourTable(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int skipSubBlocks(byte[] b, int from) {
    int at = from;
    while (u8(b, at) != 0) {
      at += 1 + u8(b, at);
    }
    return at + 1;
  }

  private static Header bmp(byte[] b, long maxPixels) throws UnreadableImageException {
    boolean os2 = le32(b, 14) == 12;
    int width = os2 ? le16(b, 18) : le32(b, 18);
    int height = os2 ? le16(b, 20) : Math.abs(le32(b, 22)); // negative: stored top row first
    checkSize(width, height, maxPixels);
    int bits = le16(b, os2 ? 24 : 28);
    int compression = os2 ? 0 : le32(b, 30);
    if (compression == 4 || compression == 5) {
      // Its decoder would trust the wrapped picture's sizes, whatever stands here.
      throw new UnreadableImageException(
          "a BMP that wraps a "
              + (compression == 4 ? "JPEG" : "PNG")
              + " is not supported, wanted "
              + READABLE
              + "; convert it first");
    }
    boolean runLength = compression == 1 || compression == 2;
    long rowBytes = ((long) width * bits + 31) / 32 * 4;
    if (!runLength && le32(b, 10) + rowBytes * height > b.length) {
      throw truncated(Format.BMP, b.length, null);
    }
    return new Header(Format.BMP, width, height, Exif.NONE, null, 0, List.of());
  }

  private static Header tiff(byte[] b, long maxPixels) throws UnreadableImageException {
    ImageReader reader = Plugins.TIFF_READER.createReaderInstance(null);
    try (BytesInput in = new BytesInput(b)) {
      reader.setInput(in, false, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      checkSize(width, height, maxPixels);
      checkSamples(reader, width, height);
      int pages = reader.getNumImages(true);
      List<String> warnings =
          pages > 1 ? List.of("TIFF of " + pages + " pages: only the first is read") : List.of();
      return new Header(Format.TIFF, width, height, Exif.read(b, 0, b.length), null, 0, warnings);
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new UnreadableImageException("damaged TIFF: " + reason(e), e);
    } finally {
      reader.dispose();
    }
  }

  /** What a TIFF's decoder holds is pixels times samples, and whole tiles. */
  private static void checkSamples(ImageReader reader, int width, int height) throws IOException {
    SampleModel samples = reader.getRawImageType(0).getSampleModel();
    long bits = 0;
    for (int band = 0; band < samples.getNumBands() && bits <= MOST_BITS_PER_PIXEL; band++) {
      bits += samples.getSampleSize(band);
    }
    if (bits > MOST_BITS_PER_PIXEL) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT,
              "a TIFF of %d samples a pixel, more than %d bits; wanted a photo of up to 4 samples",
              samples.getNumBands(),
              MOST_BITS_PER_PIXEL));
    }
    long across = reader.getTileWidth(0);
    // Rows in one strip are often "as many as there can be".
    long down =
        across == width ? Math.min(height, reader.getTileHeight(0)) : reader.getTileHeight(0);
    long most = Math.max(2L * width * height, ORDINARY_TILE);
    if (across < 1 || down < 1 || down > most / across) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT,
              "damaged TIFF: a tile of %d x %d pixels in a picture of %d x %d",
              across,
              down,
              width,
              height));
    }
  }

  private static Header webp(byte[] b, long maxPixels) throws UnreadableImageException {
    long end = 8 + (le32(b, 4) & 0xffffffffL);
    int width = 0;
    int height = 0;
    Exif exif = Exif.NONE;
    List<String> warnings = List.of();
    long at = 12;
    while (at + 8 <= Math.min(end, b.length)) {
      int data = (int) at + 8;
      long length = le32(b, data - 4) & 0xffffffffL;
      String type = new String(b, (int) at, 4, StandardCharsets.ISO_8859_1);
      Size frame = frame(b, type, data);
      if (frame != null && width == 0) {
        width = frame.width();
        height = frame.height();
      }
      checkSize(width, height, maxPixels);
      if (frame != null && (frame.width() > width || frame.height() > height)) {
        throw new UnreadableImageException(
            String.format(
                Locale.ROOT,
                "damaged WebP: a frame of %d x %d in a picture of %d x %d",
                frame.width(),
                frame.height(),
                width,
                height));
      }
      if (type.equals("ANIM")) {
        warnings = List.of("animated WebP: only the first frame is read");
      } else if (type.equals("EXIF") && data + length <= b.length) {
        int tiff = has(b, data, "Exif\0\0") ? data + 6 : data;
        exif = Exif.read(b, tiff, (int) (data + length));
      }
      // The frame in an animation's frame is a chunk of its own.
      at = type.equals("ANMF") ? data + 16 : data + length + (length & 1);
    }
    if (end > b.length || width == 0) {
      throw truncated(Format.WEBP, b.length, null);
    }
    return new Header(Format.WEBP, width, height, exif, null, 0, warnings);
  }

  /** The size that a WebP's chunk says a picture has, or null if it says nothing. */
  private static @Nullable Size frame(byte[] b, String type, int data) {
    return switch (type) {
      case "VP8X" -> new Size(1 + le24(b, data + 4), 1 + le24(b, data + 7));
      case "VP8 " -> new Size(le16(b, data + 6) & 0x3fff, le16(b, data + 8) & 0x3fff);
      case "VP8L" -> {
        int sizes = le32(b, data + 1);
        yield new Size(1 + (sizes & 0x3fff), 1 + (sizes >>> 14 & 0x3fff));
      }
      default -> null;
    };
  }

  private static void checkSize(int width, int height, long maxPixels)
      throws UnreadableImageException {
    if (width < 1 || height < 1) {
      throw new UnreadableImageException(
          "damaged: says it has " + width + " x " + height + " pixels, wanted at least 1 x 1");
    }
    long pixels = (long) width * height;
    if (pixels > maxPixels) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT,
              "%d x %d = %s megapixels is over the limit of %s; reduce it, or raise the limit (--max-pixels)",
              width,
              height,
              megapixels(pixels),
              megapixels(maxPixels)));
    }
    if (Math.max(width, height) > LONGEST_SIDE) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT,
              "%d x %d pixels, wanted at most %d a side; cut it first",
              width,
              height,
              LONGEST_SIDE));
    }
    if (pixels > MOST_PIXELS) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT,
              "%d x %d = %s megapixels, at most %s can be held; reduce it first",
              width,
              height,
              megapixels(pixels),
              megapixels(MOST_PIXELS)));
    }
  }

  private static String megapixels(long pixels) {
    return BigDecimal.valueOf(pixels, 6)
        .round(new MathContext(4))
        .stripTrailingZeros()
        .toPlainString();
  }

  /** The decoder's own words, or its kind of failure where it has none. */
  static String reason(Throwable e) {
    String message = e.getMessage() == null ? "" : oneLine(e.getMessage());
    return message.isEmpty() ? e.getClass().getSimpleName() : message;
  }

  /** A decoder's words, which may hold whatever stands in the file, fit to be shown. */
  static String oneLine(String text) {
    String line = UnreadableImageException.oneLine(text);
    return line.length() <= LONGEST_REASON ? line : line.substring(0, LONGEST_REASON) + "...";
  }

  private static UnreadableImageException truncated(
      Format format, int length, @Nullable Throwable cause) {
    return new UnreadableImageException(
        "truncated " + format.label() + ": ends after " + length + " bytes, before the image does",
        cause);
  }

  /** Whether these bytes, one a character, stand at {@code at}. */
  private static boolean has(byte[] b, int at, String expected) {
    if (b.length < at + expected.length()) {
      return false;
    }
    for (int i = 0; i < expected.length(); i++) {
      if (u8(b, at + i) != expected.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int u8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  private static int u16(byte[] b, int at) {
    return u8(b, at) << 8 | u8(b, at + 1);
  }

  private static long u32(byte[] b, int at) {
    return (long) u16(b, at) << 16 | u16(b, at + 2);
  }

  private static int le16(byte[] b, int at) {
    return u8(b, at) | u8(b, at + 1) << 8;
  }

  private static int le24(byte[] b, int at) {
    return le16(b, at) | u8(b, at + 2) << 16;
  }

  private static int le32(byte[] b, int at) {
    return le16(b, at) | le16(b, at + 2) << 16;
  }
}
