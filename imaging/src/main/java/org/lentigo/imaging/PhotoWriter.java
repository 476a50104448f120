package org.lentigo.imaging;

import java.io.IOException;
import java.io.OutputStream;
import javax.imageio.IIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes photos. The streams stay open; see {@link AtomicFiles} for files. */
public final class PhotoWriter {
  /** The format has 16 bits for a side, in pixels. */
  public static final int MAX_JPEG_SIDE = 65_535;

  private PhotoWriter() {}

  /** JPEG quality where none is named: no visible loss at a third of the size of 1. */
  public static final float DEFAULT_QUALITY = 0.92f;

  /** Writes a JPEG of {@link #DEFAULT_QUALITY}. */
  public static void writeJpeg(RgbImage image, OutputStream out) throws IOException {
    writeJpeg(image, DEFAULT_QUALITY, out);
  }

  /**
   * Writes a JPEG.
   *
   * @param quality 0 (smallest) to 1 (best)
   * @throws IllegalArgumentException if the quality is outside 0..1 or a side exceeds 65535, the
   *     most a JPEG can hold
   */
  public static void writeJpeg(RgbImage image, float quality, OutputStream out) throws IOException {
    if (!(quality >= 0 && quality <= 1)) {
      throw new IllegalArgumentException("JPEG quality must be from 0 to 1, got " + quality);
    }
    if (image.width() > MAX_JPEG_SIDE || image.height() > MAX_JPEG_SIDE) {
      throw new IllegalArgumentException(
          "a JPEG holds at most 65535 x 65535 pixels, got "
              + image.width()
              + " x "
              + image.height()
              + "; write a PNG, or do without (--no-overlay)");
    }
    ImageWriter writer = Plugins.JPEG_WRITER.createWriterInstance();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(quality);
    write(image, writer, param, out);
  }

  /** Writes a PNG, 8 bits a channel, no alpha. */
  public static void writePng(RgbImage image, OutputStream out) throws IOException {
    ImageWriter writer = Plugins.PNG_WRITER.createWriterInstance();
    write(image, writer, writer.getDefaultWriteParam(), out);
  }

  private static void write(
      RgbImage image, ImageWriter writer, ImageWriteParam param, OutputStream out)
      throws IOException {
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(Pixels.wrap(image), null, null), param);
    } catch (IIOException e) {
      // "I/O error writing PNG file!" hides the full disk behind it.
      throw e.getCause() instanceof IOException cause ? cause : e;
    } finally {
      writer.dispose();
    }
  }
}
