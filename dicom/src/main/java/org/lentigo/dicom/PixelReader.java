package org.lentigo.dicom;

import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferUShort;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.JpegStream;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.StoredPicture;
import org.lentigo.imaging.UnreadableImageException;

/**
 * A frame of an object as a picture: PS3.3, C.7.6.3; PS3.5, chapter 8. Sizes are taken from the
 * header and checked before anything is decoded.
 */
final class PixelReader {
  /** More than any object of photos holds: the standard allows 2^31. */
  static final int MOST_FRAMES = 65_535;

  private static final int LONGEST_SIDE = 65_535;

  /**
   * What the header says of the pixels.
   *
   * @param frames how many there are
   * @param samples of a pixel: 1 or 3
   * @param photometric what they mean, such as {@code YBR_FULL_422}
   * @param planar whether the samples lie plane after plane
   * @param allocated bits of a sample as stored: 8 or 16
   * @param stored bits of it in use
   */
  record Form(
      int rows,
      int columns,
      int frames,
      int samples,
      String photometric,
      boolean planar,
      int allocated,
      int stored) {
    long pixels() {
      return (long) rows * columns;
    }
  }

  private final Part10 file;
  private final DataSet data;
  private final Form form;
  private final long maxPixels;
  private final int frame;
  private final List<String> warnings = new ArrayList<>();

  private PixelReader(Part10 file, Form form, long maxPixels, int frame) {
    this.file = file;
    this.data = file.data();
    this.form = form;
    this.maxPixels = maxPixels;
    this.frame = frame;
  }

  /**
   * What the header says, checked.
   *
   * @throws DicomException if it describes no photo
   */
  static Form form(Part10 file) throws DicomException {
    DataSet data = file.data();
    if (file.syntax().pixels == TransferSyntax.Pixels.UNREADABLE) {
      throw new DicomException(
          file.syntax().label
              + " ("
              + file.syntax().uid
              + ") is not supported; convert the file to JPEG Baseline, JPEG 2000 or no compression"
              + " first");
    }
    int rows = wanted(data, Tag.ROWS, "rows", 1, LONGEST_SIDE);
    int columns = wanted(data, Tag.COLUMNS, "columns", 1, LONGEST_SIDE);
    int samples = wanted(data, Tag.SAMPLES, "samples per pixel", 1, 3);
    int allocated = wanted(data, Tag.BITS_ALLOCATED, "bits allocated", 1, 64);
    int stored =
        data.has(Tag.BITS_STORED) ? wanted(data, Tag.BITS_STORED, "bits stored", 1, 64) : allocated;
    int frames =
        data.text(Tag.FRAMES).isEmpty() ? 1 : wanted(data, Tag.FRAMES, "frames", 1, MOST_FRAMES);
    if (allocated != 8 && allocated != 16 || stored > allocated || stored < 2) {
      throw new DicomException(
          "it has "
              + stored
              + " of "
              + allocated
              + " bits in a sample, wanted 8, or up to 16 of 16");
    }
    if (data.integer(Tag.SIGNED).orElse(0) != 0) {
      throw new DicomException("its samples are signed numbers, which no photo's are");
    }
    String photometric = data.text(Tag.PHOTOMETRIC);
    int of =
        switch (photometric) {
          case "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR" -> 1;
          case "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT" -> 3;
          default ->
              throw new DicomException(
                  (photometric.matches("[A-Z0-9_ ]{1,16}")
                          ? "photometric interpretation " + photometric
                          : "its photometric interpretation " + Tag.name(Tag.PHOTOMETRIC))
                      + " is not supported, wanted RGB, YBR_FULL, YBR_FULL_422, YBR_ICT, YBR_RCT,"
                      + " PALETTE COLOR or MONOCHROME");
        };
    if (of != samples) {
      throw new DicomException(
          photometric + " wants " + of + " samples per pixel, and it has " + samples);
    }
    return new Form(
        rows,
        columns,
        frames,
        samples,
        photometric,
        data.integer(Tag.PLANAR).orElse(0) == 1,
        allocated,
        stored);
  }

  private static int wanted(DataSet data, int tag, String what, int least, int most)
      throws DicomException {
    var value = data.integer(tag);
    if (value.isEmpty()) {
      throw new DicomException(
          "its number of "
              + what
              + " "
              + Tag.name(tag)
              + " is "
              + (data.has(tag) ? "damaged" : "missing"));
    }
    int number = value.getAsInt();
    if (number < least || number > most) {
      throw new DicomException(
          "it has " + number + " " + what + ", wanted " + least + " to " + most);
    }
    return number;
  }

  /** A picture and what was odd about it. */
  record Read(RgbImage image, List<String> warnings) {}

  /**
   * Decodes a frame.
   *
   * @param frame from 0
   * @throws DicomException if it is larger than the limit, damaged, or of a kind that is not read
   */
  static Read read(Part10 file, long maxPixels, int frame) throws DicomException {
    Form form = form(file);
    if (form.pixels() > maxPixels) {
      throw new DicomException(
          String.format(
              Locale.ROOT,
              "%d x %d pixels are more than the limit of %d; raise it with --max-pixels",
              form.columns(),
              form.rows(),
              maxPixels));
    }
    if (3 * form.pixels() > Integer.MAX_VALUE - 8) {
      throw new DicomException(form.columns() + " x " + form.rows() + " pixels fit in no array");
    }
    PixelReader reader = new PixelReader(file, form, maxPixels, frame);
    try {
      RgbImage image = reader.decode();
      return new Read(image, List.copyOf(reader.warnings));
    } catch (DicomException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      String reason =
          e instanceof UnreadableImageException ? e.getMessage() : "damaged: " + reason(e);
      throw new DicomException("its pixel data: " + reason, e);
    } catch (StackOverflowError e) {
      throw new DicomException("its pixel data: damaged: " + reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new DicomException(
          form.columns()
              + " x "
              + form.rows()
              + " pixels do not fit into Java's memory; raise it with -Xmx",
          e);
    }
  }

  private static String reason(Throwable e) {
    String message = e.getMessage();
    return message == null
        ? e.getClass().getSimpleName()
        : message.substring(0, Math.min(80, message.length()));
  }

  private RgbImage decode() throws IOException {
    Element pixels = data.get(Tag.PIXEL_DATA);
    if (pixels == null) {
      throw new DicomException(
          data.has(Tag.FLOAT_PIXELS) || data.has(Tag.DOUBLE_PIXELS)
              ? "its pixels are floating-point numbers, which no photo's are"
              : "it has no pixel data " + Tag.name(Tag.PIXEL_DATA));
    }
    boolean encapsulated = file.syntax().pixels != TransferSyntax.Pixels.NATIVE;
    if (encapsulated != (pixels.fragments != null)) {
      throw new DicomException(
          "its pixels are "
              + (encapsulated ? "not compressed" : "compressed")
              + ", against its transfer syntax "
              + file.syntax().label);
    }
    return switch (file.syntax().pixels) {
      case NATIVE -> nativeFrame(pixels);
      case RLE ->
          planes(
              Rle.decode(frame(pixels), (int) form.pixels(), form.samples(), form.allocated() / 8));
      case JPEG -> jpeg(frame(pixels));
      case JPEG_2000 -> jpeg2000(frame(pixels));
      case UNREADABLE -> throw new IllegalStateException("refused by its form");
    };
  }

  private RgbImage nativeFrame(Element pixels) throws DicomException {
    int bytes = form.allocated() / 8;
    boolean halved = form.photometric().equals("YBR_FULL_422");
    long wanted = form.pixels() * (halved ? 2 : form.samples()) * bytes;
    if (pixels.length() < (frame + 1) * wanted) {
      throw new DicomException(
          "truncated: "
              + pixels.length()
              + " bytes of pixels, wanted "
              + (frame + 1) * wanted
              + " for "
              + (frame == 0 ? "a frame" : frame + 1 + " frames")
              + " of "
              + form.columns()
              + " x "
              + form.rows());
    }
    if (frame == 0 && pixels.length() < wanted * form.frames()) {
      warnings.add("the file has fewer frames than it says");
    }
    byte[] b = pixels.array();
    int from = pixels.offset() + (int) (frame * wanted);
    if (halved) {
      return toRgb(raster(doubled(b, from), 0, false), form.photometric());
    }
    return toRgb(raster(b, from, form.planar()), form.photometric());
  }

  /** Y, Y, Cb, Cr of each two pixels as Y, Cb, Cr of each: PS3.3, C.7.6.3.1.2. */
  private byte[] doubled(byte[] b, int from) throws DicomException {
    if (form.columns() % 2 == 1 || form.allocated() != 8) {
      throw new DicomException("YBR_FULL_422 without compression wants even columns of 8 bits");
    }
    byte[] out = new byte[(int) (3 * form.pixels())];
    for (int i = 0, o = 0; o < out.length; i += 4, o += 6) {
      out[o] = b[from + i];
      out[o + 3] = b[from + i + 1];
      out[o + 1] = out[o + 4] = b[from + i + 2];
      out[o + 2] = out[o + 5] = b[from + i + 3];
    }
    return out;
  }

  private RgbImage planes(byte[] planes) throws DicomException {
    return toRgb(raster(planes, 0, true), form.photometric());
  }

  private Raster raster(byte[] b, int from, boolean planar) {
    int n = (int) form.pixels();
    int samples = form.samples();
    DataBuffer buffer;
    if (form.allocated() == 8) {
      buffer = new DataBufferByte(b, b.length - from, from);
    } else {
      // Above and, in old files, below the bits stored there may be an overlay: PS3.5, 8.1.1.
      int high = data.integer(Tag.HIGH_BIT).orElse(form.stored() - 1);
      int unused = high < form.stored() || high > 15 ? 0 : high + 1 - form.stored();
      short[] shorts = new short[n * samples];
      for (int i = 0; i < shorts.length; i++) {
        int sample = b[from + 2 * i] & 0xff | (b[from + 2 * i + 1] & 0xff) << 8;
        shorts[i] = (short) (sample >> unused & (1 << form.stored()) - 1);
      }
      buffer = new DataBufferUShort(shorts, shorts.length);
    }
    int width = form.columns();
    int height = form.rows();
    if (samples == 1) {
      return Raster.createInterleavedRaster(buffer, width, height, width, 1, new int[1], null);
    }
    return planar
        ? Raster.createBandedRaster(
            buffer, width, height, width, new int[3], new int[] {0, n, 2 * n}, null)
        : Raster.createInterleavedRaster(
            buffer, width, height, 3 * width, 3, new int[] {0, 1, 2}, null);
  }

  private RgbImage jpeg(byte[] jpeg) throws IOException {
    StoredPicture picture = StoredPicture.jpeg(jpeg, maxPixels);
    warnings.addAll(picture.warnings());
    checkSize(picture.samples());
    String photometric = form.photometric();
    if (form.samples() == 3) {
      boolean rgb = photometric.equals("RGB");
      JpegStream.Colours said = picture.colours();
      if (said == JpegStream.Colours.YCBCR && rgb || said == JpegStream.Colours.RGB && !rgb) {
        warnings.add(
            "its header says " + photometric + " and its JPEG " + said + "; the JPEG is believed");
        photometric = said == JpegStream.Colours.RGB ? "RGB" : "YBR_FULL";
      }
    }
    int most = Math.max(form.stored(), picture.bits());
    return toRgb(picture.samples(), photometric, picture.bits() > 8 ? most : 8);
  }

  private RgbImage jpeg2000(byte[] j2k) throws IOException {
    Raster raster = Jpeg2000.decode(j2k, form);
    checkSize(raster);
    // The decoder has undone the standard's own transforms.
    String photometric =
        form.photometric().equals("YBR_ICT") || form.photometric().equals("YBR_RCT")
            ? "RGB"
            : form.photometric();
    int bits = raster.getSampleModel().getSampleSize(0);
    return toRgb(raster, photometric, bits <= 8 ? bits : Math.min(16, Math.max(form.stored(), 9)));
  }

  private void checkSize(Raster raster) throws DicomException {
    if (raster.getWidth() != form.columns()
        || raster.getHeight() != form.rows()
        || raster.getNumBands() != form.samples()) {
      throw new DicomException(
          "its compressed picture is %d x %d of %d components, its header says %d x %d of %d"
              .formatted(
                  raster.getWidth(),
                  raster.getHeight(),
                  raster.getNumBands(),
                  form.columns(),
                  form.rows(),
                  form.samples()));
    }
  }

  /** The bytes of the frame, which may lie in several fragments: PS3.5, A.4. */
  private byte[] frame(Element pixels) throws DicomException {
    List<Element> all = pixels.fragments;
    if (all == null || all.size() < 2) {
      throw new DicomException("its pixel data holds no frame");
    }
    Element table = all.get(0);
    List<Element> fragments = all.subList(1, all.size());
    int from = beginning(table, fragments, frame);
    int to = frame + 1 < form.frames() ? beginning(table, fragments, frame + 1) : fragments.size();
    if (from >= fragments.size()) {
      throw new DicomException("its pixel data holds fewer frames than " + (frame + 1));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Element fragment : fragments.subList(from, Math.max(to, from + 1))) {
      bytes.write(fragment.array(), fragment.offset(), fragment.length());
      if (form.frames() > 1 && ends(fragment)) {
        break;
      }
    }
    return bytes.toByteArray();
  }

  /** The fragment that a frame begins with, which is behind the last if there is none. */
  private int beginning(Element table, List<Element> fragments, int of) {
    if (of == 0) {
      return 0;
    }
    long offset = offset(table, of);
    int i = 0;
    if (offset > 0) {
      for (long at = 0; i < fragments.size() && at < offset; i++) {
        at += 8 + fragments.get(i).length();
      }
      return i;
    }
    if (fragments.size() == form.frames() || file.syntax().pixels == TransferSyntax.Pixels.RLE) {
      return of;
    }
    for (int ended = 0; i < fragments.size() && ended < of; i++) {
      ended += ends(fragments.get(i)) ? 1 : 0;
    }
    return i;
  }

  /** Where a frame begins, by either table of offsets; 0 if neither says. */
  private long offset(Element table, int of) {
    if (table.length() >= 4L * (of + 1)) {
      return u32(table.array(), table.offset() + 4 * of);
    }
    Element extended = data.get(Tag.OFFSET_TABLE);
    return extended != null && extended.length() >= 8L * (of + 1)
        ? u32(extended.array(), extended.offset() + 8 * of)
        : 0;
  }

  /** Whether a fragment ends with the end marker of JPEG or JPEG 2000, both FFD9. */
  private static boolean ends(Element fragment) {
    int end = fragment.offset() + fragment.length();
    byte[] b = fragment.array();
    return fragment.length() > 2
        && (b[end - 2] == (byte) 0xff && b[end - 1] == (byte) 0xd9
            || b[end - 3] == (byte) 0xff && b[end - 2] == (byte) 0xd9 && b[end - 1] == 0);
  }

  private static long u32(byte[] b, int i) {
    return (b[i] & 0xffL)
        | (b[i + 1] & 0xffL) << 8
        | (b[i + 2] & 0xffL) << 16
        | (b[i + 3] & 0xffL) << 24;
  }

  private RgbImage toRgb(Raster raster, String photometric) throws DicomException {
    return toRgb(raster, photometric, form.stored());
  }

  private RgbImage toRgb(Raster raster, String photometric, int bits) throws DicomException {
    int width = form.columns();
    int bands = form.samples();
    byte[] to = new byte[3 * width * form.rows()];
    int[] row = new int[bands * width];
    Palette palette = photometric.equals("PALETTE COLOR") ? Palette.of(data) : null;
    int max = (1 << bits) - 1;
    int o = 0;
    for (int y = 0; y < form.rows(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      if (palette == null && bits != 8) {
        for (int i = 0; i < row.length; i++) {
          row[i] = (int) ((Math.min(row[i] & max, max) * 255L + max / 2) / max);
        }
      }
      for (int at = 0; at < row.length; at += bands) {
        switch (photometric) {
          case "RGB" -> {
            to[o++] = (byte) row[at];
            to[o++] = (byte) row[at + 1];
            to[o++] = (byte) row[at + 2];
          }
          case "MONOCHROME1", "MONOCHROME2" -> {
            int grey = photometric.equals("MONOCHROME1") ? 255 - row[at] : row[at];
            to[o++] = (byte) grey;
            to[o++] = (byte) grey;
            to[o++] = (byte) grey;
          }
          default ->
              o =
                  palette == null
                      ? putYcbcr(row[at], row[at + 1], row[at + 2], to, o)
                      : palette.put(row[at], to, o);
        }
      }
    }
    if (photometric.startsWith("MONOCHROME")) {
      warnings.add("a grey picture: the models have learnt from photos in colour");
    }
    RgbImage image = new RgbImage(width, form.rows(), to);
    Element profile = data.get(Tag.ICC_PROFILE);
    if (bands == 3 && profile != null && profile.length() > 0) {
      try {
        StoredPicture.toSrgb(image, profile.bytes());
      } catch (UnreadableImageException e) {
        warnings.add("its colour profile is damaged, its colours are taken as sRGB");
      }
    }
    return image;
  }

  /**
   * PS3.3, C.7.6.3.1.2, in the whole numbers of libjpeg's conversion, so that a photo has the same
   * values in and out of DICOM.
   */
  private static int putYcbcr(int y, int cb, int cr, byte[] to, int o) {
    int b = cb - 128;
    int r = cr - 128;
    to[o] = clamp(y + (91881 * r + 32768 >> 16));
    to[o + 1] = clamp(y + (-22554 * b - 46802 * r + 32768 >> 16));
    to[o + 2] = clamp(y + (116130 * b + 32768 >> 16));
    return o + 3;
  }

  private static byte clamp(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }

  /** The colours of a palette, 8 bits each: PS3.3, C.7.6.3.1.5. */
  private record Palette(int first, byte[][] colours) {
    static Palette of(DataSet data) throws DicomException {
      int first = 0;
      byte[][] colours = new byte[3][];
      for (int c = 0; c < 3; c++) {
        var count = data.integer(Tag.PALETTE_DESCRIPTOR + c, 0);
        var bits = data.integer(Tag.PALETTE_DESCRIPTOR + c, 2);
        Element table = data.get(Tag.PALETTE_DATA + c);
        if (count.isEmpty() || bits.isEmpty() || table == null || table.items != null) {
          throw new DicomException("PALETTE COLOR without a whole palette of its own");
        }
        first = data.integer(Tag.PALETTE_DESCRIPTOR + c, 1).orElse(0);
        int n = count.getAsInt() & 0xffff;
        n = n == 0 ? 1 << 16 : n;
        int bytes = table.length() >= 2 * n ? 2 : 1;
        if (table.length() < n * bytes) {
          throw new DicomException("its palette has " + table.length() + " bytes, wanted " + n);
        }
        colours[c] = new byte[n];
        for (int i = 0; i < n; i++) {
          // The high byte of 16 bits; tables of 8 bits that take 16 have it low.
          int high = bytes == 2 && bits.getAsInt() > 8 ? 1 : 0;
          colours[c][i] = table.array()[table.offset() + bytes * i + high];
        }
      }
      return new Palette(first, colours);
    }

    int put(int value, byte[] to, int o) {
      for (int c = 0; c < 3; c++) {
        int i = Math.max(0, Math.min(colours[c].length - 1, value - first));
        to[o + c] = colours[c][i];
      }
      return o + 3;
    }
  }
}
