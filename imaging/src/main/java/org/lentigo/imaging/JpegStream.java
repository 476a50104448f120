package org.lentigo.imaging;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the markers of a JPEG say, ISO/IEC 10918-1, annex B: for whoever keeps its bytes rather than
 * its pixels.
 *
 * @param process the low digit of its frame marker: 0 baseline, 1 extended, 2 progressive, 3
 *     lossless, and so on
 * @param width pixels across, as stored
 * @param height pixels down, as stored
 * @param bits of a sample
 * @param components of a pixel
 * @param colours what it says of its colours
 * @param turned whether its EXIF tags want it turned or mirrored for display
 * @param taken when, by its EXIF tags; null where they do not say
 */
public record JpegStream(
    int process,
    int width,
    int height,
    int bits,
    int components,
    Colours colours,
    boolean turned,
    @Nullable LocalDateTime taken) {

  /** What a JPEG says of its three components. */
  public enum Colours {
    /** By its Adobe marker or its components' names. */
    RGB,
    /** By its Adobe or JFIF marker, or because some components are stored at a lower resolution. */
    YCBCR,
    UNSAID
  }

  private static final String EXIF = "Exif\0\0";
  private static final String ICC = "ICC_PROFILE\0";

  /**
   * Reads the markers before the pixels.
   *
   * @throws UnreadableImageException if this is no JPEG or ends before its frame marker
   */
  public static JpegStream of(byte[] b) throws UnreadableImageException {
    if (!Header.isJpeg(b)) {
      throw new UnreadableImageException("not a JPEG, where one is wanted");
    }
    boolean jfif = false;
    int adobe = -1;
    Exif exif = Exif.NONE;
    for (int at = next(b, 2); at >= 0; at = next(b, end(b, at))) {
      int marker = b[at + 1] & 0xff;
      if (marker == 0xe0 && starts(b, at + 4, "JFIF")) {
        jfif = true;
      } else if (marker == 0xee && starts(b, at + 4, "Adobe") && at + 15 < b.length) {
        adobe = b[at + 15] & 0xff;
      } else if (marker == 0xe1 && starts(b, at + 4, EXIF)) {
        exif = Exif.read(b, at + 4 + EXIF.length(), end(b, at));
      } else if (Header.isFrame(marker) && at + 10 < b.length) {
        return frame(b, at, jfif, adobe, exif);
      }
    }
    throw new UnreadableImageException("damaged JPEG: it has no frame header");
  }

  private static JpegStream frame(byte[] b, int at, boolean jfif, int adobe, Exif exif) {
    int components = b[at + 9] & 0xff;
    boolean subsampled = false;
    StringBuilder names = new StringBuilder();
    for (int c = 0; c < components && at + 12 + 3 * c < b.length; c++) {
      names.append((char) (b[at + 10 + 3 * c] & 0xff));
      subsampled |= b[at + 11 + 3 * c] != b[at + 11];
    }
    Colours colours;
    if (adobe == 0 || adobe == 1) {
      colours = adobe == 0 ? Colours.RGB : Colours.YCBCR;
    } else if (jfif || subsampled) {
      colours = Colours.YCBCR;
    } else {
      colours = names.toString().equals("RGB") ? Colours.RGB : Colours.UNSAID;
    }
    return new JpegStream(
        b[at + 1] & 0x0f,
        u16(b, at + 7),
        u16(b, at + 5),
        b[at + 4] & 0xff,
        components,
        colours,
        exif.orientation() != 1,
        exif.taken());
  }

  /** Whether it can be decoded without a loss. */
  boolean lossless() {
    return process == 3;
  }

  /** The profile of its colours, put together from its parts. */
  public static Optional<byte[]> profile(byte[] b) {
    ByteArrayOutputStream profile = new ByteArrayOutputStream();
    for (int at = next(b, 2); at >= 0; at = next(b, end(b, at))) {
      int from = at + 4 + ICC.length() + 2;
      if ((b[at + 1] & 0xff) == 0xe2 && starts(b, at + 4, ICC) && from < end(b, at)) {
        profile.write(b, from, end(b, at) - from);
      }
    }
    return profile.size() == 0 ? Optional.empty() : Optional.of(profile.toByteArray());
  }

  /**
   * The same picture without what else its markers tell, such as where and by whom it was taken:
   * comments and application markers go, but for those that say how its colours are meant, also
   * between its scans, and so does what lies behind it, such as a phone's second picture.
   */
  public static byte[] withoutMetadata(byte[] b) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(b.length);
    int from = 0;
    int at = 2;
    while (at + 1 < b.length) {
      int marker = b[at + 1] & 0xff;
      if (b[at] != (byte) 0xff || marker == 0xff) {
        at++; // Pixels, or bytes that fill.
      } else if (marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8) {
        at += 2; // Without a body.
      } else if (marker == 0xd9) {
        out.write(b, from, at + 2 - from);
        return out.toByteArray();
      } else {
        int end = at + 4 <= b.length ? end(b, at) : b.length;
        if (isMetadata(b, at, marker)) {
          out.write(b, from, at - from);
          from = end;
        } else if (marker == 0xe0 && end - at > JFIF_BYTES) {
          out.write(b, from, at - from);
          out.writeBytes(new byte[] {(byte) 0xff, (byte) 0xe0, 0, JFIF_BYTES - 2});
          out.write(b, at + 4, JFIF_BYTES - 6);
          out.writeBytes(new byte[2]); // The thumbnail's width and height.
          from = end;
        }
        at = end;
      }
    }
    out.write(b, from, b.length - from);
    return out.toByteArray();
  }

  /** A JFIF segment without a thumbnail (ITU-T T.871, 10.1), marker included. */
  private static final int JFIF_BYTES = 18;

  private static boolean isMetadata(byte[] b, int at, int marker) {
    boolean application = marker >= 0xe0 && marker <= 0xef;
    boolean colour =
        marker == 0xe0 && starts(b, at + 4, "JFIF\0")
            || marker == 0xe2 && starts(b, at + 4, ICC)
            || marker == 0xee && starts(b, at + 4, "Adobe");
    return marker == 0xfe || application && !colour;
  }

  /** The next marker with a body, before the pixels; -1 if there is none. */
  private static int next(byte[] b, int at) {
    for (int i = at; i + 4 <= b.length && b[i] == (byte) 0xff; i++) {
      int marker = b[i + 1] & 0xff;
      if (marker == 0xda || marker == 0xd9) {
        return -1;
      }
      if (marker != 0xff) {
        return i;
      }
    }
    return -1;
  }

  private static int end(byte[] b, int at) {
    return Math.min(b.length, at + 2 + Math.max(2, u16(b, at + 2)));
  }

  private static int u16(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
  }

  private static boolean starts(byte[] b, int at, String word) {
    return at + word.length() <= b.length
        && new String(b, at, word.length(), StandardCharsets.ISO_8859_1).equals(word);
  }
}
