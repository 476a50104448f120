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
public record StoredPicture(
    Raster samples, int bits, JpegStream.Colours colours, List<String> warnings) {
  public StoredPicture {
    warnings = List.copyOf(warnings);
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
    JpegStream frame = JpegStream.of(jpeg);
    if (frame.process() > 3 || !frame.lossless() && frame.bits() != 8) {
      throw new UnreadableImageException(
          frame.bits()
              + "-bit "
              + (frame.process() > 3 ? "hierarchical or arithmetically coded" : "lossy")
              + " JPEG is not supported; convert it to 8 bits, or to no compression, first");
    }
    Header header = Header.of(jpeg, maxPixels);
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
}
