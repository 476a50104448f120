package org.lentigo.imaging;

import java.awt.color.CMMException;
import java.awt.color.ICC_Profile;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A JPEG's samples as they are stored, neither turned nor converted: for containers that say
 * themselves what the samples mean, such as DICOM.
 *
 * @param samples a band for each component
 * @param bits of a sample
 * @param colours what the JPEG itself says of its colours
 * @param warnings see {@link Photo#warnings}
 */
public record StoredPicture(Raster samples, int bits, Colours colours, List<String> warnings) {
  public StoredPicture {
    warnings = List.copyOf(warnings);
  }

  /** What a JPEG says of its three components. */
  public enum Colours {
    /** By its Adobe marker or its components' names. */
    RGB,
    /** By its Adobe or JFIF marker, or because some components are stored at a lower resolution. */
    YCBCR,
    UNSAID
  }

  /**
   * Reads a JPEG: baseline, extended and progressive of 8 bits, and lossless of up to 16.
   *
   * @param jpeg from its first marker
   * @param maxPixels refuses larger ones
   * @throws UnreadableImageException if it is damaged, too large, of 12 bits or of arithmetic
   *     coding
   */
  public static StoredPicture jpeg(byte[] jpeg, long maxPixels) throws UnreadableImageException {
    if (!Header.isJpeg(jpeg)) {
      throw new UnreadableImageException("not a JPEG, where one is wanted");
    }
    Header header = Header.of(jpeg, maxPixels);
    JpegFrame frame = JpegFrame.of(jpeg);
    if (frame.lossless() ? frame.arithmetic() : frame.bits() != 8 || frame.arithmetic()) {
      throw new UnreadableImageException(
          frame.bits()
              + "-bit "
              + (frame.arithmetic() ? "arithmetically coded" : "lossy")
              + " JPEG is not supported; convert it to 8 bits, or to no compression, first");
    }
    List<String> warnings = new ArrayList<>(header.warnings());
    try (Decoder decoder = new Decoder(jpeg, header)) {
      Raster samples =
          frame.lossless()
              ? decoder.reader().read(0).getRaster()
              : decoder.reader().readRaster(0, null);
      if (samples.getNumBands() != frame.components()) {
        throw new UnreadableImageException(
            "damaged JPEG: %d components by its header, %d by its data"
                .formatted(frame.components(), samples.getNumBands()));
      }
      if (!decoder.complaints().isEmpty() && warnings.isEmpty()) {
        warnings.add("JPEG decoder: " + decoder.complaints().get(0));
      }
      return new StoredPicture(samples, frame.bits(), frame.colours(), warnings);
    } catch (UnreadableImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw new UnreadableImageException("damaged JPEG: " + Header.reason(e), e);
    } catch (OutOfMemoryError e) {
      throw new UnreadableImageException(
          String.format(
              Locale.ROOT,
              "%d x %d pixels do not fit into Java's memory; raise it with -Xmx",
              header.width(),
              header.height()),
          e);
    }
  }

  /**
   * Converts a picture's samples to sRGB in place.
   *
   * @param profile an ICC profile; one that is not of RGB changes nothing
   * @throws UnreadableImageException if the profile is damaged; the picture is then as it was
   */
  public static void toSrgb(RgbImage image, byte[] profile) throws UnreadableImageException {
    try {
      Pixels.toSrgb(image, ICC_Profile.getInstance(profile));
    } catch (IllegalArgumentException | CMMException e) {
      throw new UnreadableImageException("its colour profile is damaged", e);
    }
  }

  /** What the frame header and the markers before it say. */
  private record JpegFrame(
      int bits, int components, boolean lossless, boolean arithmetic, Colours colours) {
    static JpegFrame of(byte[] b) throws UnreadableImageException {
      boolean jfif = false;
      int adobe = -1;
      int at = 2;
      while (at + 10 < b.length) {
        int marker = b[at + 1] & 0xff;
        if (b[at] != (byte) 0xff || marker == 0xff) {
          at++;
          continue;
        }
        int length = (b[at + 2] & 0xff) << 8 | b[at + 3] & 0xff;
        if (marker == 0xe0 && starts(b, at + 4, "JFIF")) {
          jfif = true;
        } else if (marker == 0xee && starts(b, at + 4, "Adobe") && at + 15 < b.length) {
          adobe = b[at + 15] & 0xff;
        } else if ((marker & 0xf0) == 0xc0 && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
          return frame(b, at, marker, jfif, adobe);
        }
        at += 2 + length;
      }
      throw new UnreadableImageException("damaged JPEG: it has no frame header");
    }

    private static JpegFrame frame(byte[] b, int at, int marker, boolean jfif, int adobe) {
      int components = b[at + 9] & 0xff;
      boolean subsampled = false;
      StringBuilder names = new StringBuilder();
      for (int c = 0; c < components && at + 12 + 3 * c < b.length; c++) {
        names.append((char) (b[at + 10 + 3 * c] & 0xff));
        subsampled |= b[at + 11 + 3 * c] != b[at + 11];
      }
      Colours colours;
      if (adobe >= 0 && adobe <= 1) {
        colours = adobe == 0 ? Colours.RGB : Colours.YCBCR;
      } else if (jfif || subsampled) {
        colours = Colours.YCBCR;
      } else {
        colours = names.toString().equals("RGB") ? Colours.RGB : Colours.UNSAID;
      }
      int kind = marker & 0x0f;
      return new JpegFrame(b[at + 4] & 0xff, components, kind % 4 == 3, kind > 8, colours);
    }

    private static boolean starts(byte[] b, int at, String word) {
      for (int i = 0; i < word.length(); i++) {
        if (at + i >= b.length || b[at + i] != word.charAt(i)) {
          return false;
        }
      }
      return true;
    }
  }
}
