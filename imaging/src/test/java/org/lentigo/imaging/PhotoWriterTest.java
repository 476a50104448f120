package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PhotoWriterTest {
  @Test
  void pngKeepsEveryPixel() throws IOException {
    byte[] data = new byte[3 * 31 * 17];
    new Random(1).nextBytes(data);
    RgbImage image = new RgbImage(31, 17, data);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PhotoWriter.writePng(image, out);

    var read = ImageIO.read(new ByteArrayInputStream(out.toByteArray()));
    for (int y = 0; y < 17; y++) {
      for (int x = 0; x < 31; x++) {
        int rgb = image.get(x, y, 0) << 16 | image.get(x, y, 1) << 8 | image.get(x, y, 2);
        assertThat(read.getRGB(x, y) & 0xffffff).isEqualTo(rgb);
      }
    }
  }

  @Test
  void jpegKeepsColoursAndObeysTheQuality() throws IOException {
    RgbImage image = gradient(64, 48);
    byte[] usual = jpeg(image, PhotoWriter.DEFAULT_QUALITY);
    var read = ImageIO.read(new ByteArrayInputStream(usual));
    for (int y = 0; y < 48; y += 5) {
      for (int x = 0; x < 64; x += 5) {
        int rgb = read.getRGB(x, y);
        assertThat(Math.abs((rgb >> 16 & 0xff) - image.get(x, y, 0))).isLessThan(10);
        assertThat(Math.abs((rgb >> 8 & 0xff) - image.get(x, y, 1))).isLessThan(10);
        assertThat(Math.abs((rgb & 0xff) - image.get(x, y, 2))).isLessThan(10);
      }
    }
    assertThat(jpeg(image, 0.3f)).hasSizeLessThan(usual.length);
    assertThat(jpeg(image, PhotoWriter.DEFAULT_QUALITY)).as("deterministic").isEqualTo(usual);
  }

  @Test
  void aFullDiskIsToldNotSwallowed() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    RgbImage image = gradient(64, 48);
    assertThatIOException()
        .isThrownBy(() -> PhotoWriter.writeJpeg(image, full))
        .withMessageContaining("No space left");
    assertThatIOException()
        .isThrownBy(() -> PhotoWriter.writePng(image, full))
        .withMessageContaining("No space left");
  }

  @Test
  void refusesWhatJpegCannotHold() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jpeg(gradient(1, 1), 1.5f))
        .withMessageContaining("got 1.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> jpeg(new RgbImage(65536, 1, new byte[3 * 65536]), 0.9f))
        .withMessageContaining("got 65536 x 1");
  }

  private static byte[] jpeg(RgbImage image, float quality) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(image, quality, out);
    return out.toByteArray();
  }

  private static RgbImage gradient(int w, int h) {
    byte[] data = new byte[3 * w * h];
    for (int i = 0; i < w * h; i++) {
      data[3 * i] = (byte) (60 + 2 * (i % w));
      data[3 * i + 1] = (byte) (200 - 2 * (i / w));
      data[3 * i + 2] = (byte) (90 + i % w + i / w);
    }
    return new RgbImage(w, h, data);
  }
}
