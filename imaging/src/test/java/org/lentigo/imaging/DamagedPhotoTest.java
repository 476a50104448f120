package org.lentigo.imaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.management.ThreadMXBean;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are damaged, cut, hostile or no photos at all: each is read, or refused in a line. */
class DamagedPhotoTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "bmp", "gif", "tiff", "webp"})
  void noCutFilePassesInSilence(String format) throws IOException {
    BufferedImage image = PhotoBytes.noise(40, 30, BufferedImage.TYPE_INT_RGB);
    byte[] whole =
        format.equals("webp")
            ? Base64.getDecoder().decode(PhotoBytes.WEBP_TURNED)
            : PhotoBytes.encoded(image, format);
    RgbImage expected = read(whole);
    for (int length = 0; length < whole.length; length += 1 + whole.length / 150) {
      Path file = file(Arrays.copyOf(whole, length));
      try {
        Photo photo = PhotoReader.read(file);
        boolean complete = Arrays.equals(photo.image().data(), expected.data());
        boolean said =
            String.join(" ", photo.warnings()).contains("ends after " + length + " bytes");
        assertThat(said || (complete && !format.equals("jpeg"))).as("cut at %d", length).isTrue();
      } catch (UnreadableImageException e) {
        assertThat(e).hasMessageMatching("[^\n]{10,200}");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "bmp", "gif", "tiff", "webp"})
  void noDamageEscapesAsAnythingButUnreadable(String format) throws IOException {
    byte[] whole =
        format.equals("webp")
            ? Base64.getDecoder().decode(PhotoBytes.WEBP)
            : PhotoBytes.encoded(PhotoBytes.noise(24, 18, BufferedImage.TYPE_INT_RGB), format);
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 150; i++) {
      byte[] damaged = whole.clone();
      for (int k = 0; k <= i % 4; k++) {
        damaged[random.nextInt(i % 2 == 0 ? damaged.length : 64)] = (byte) random.nextInt();
      }
      try {
        PhotoReader.read(file(damaged), 1_000_000);
      } catch (UnreadableImageException e) {
        assertThat(e).hasMessageMatching("[^\n]{10,200}");
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aDamagedJpegIsSaid() throws IOException {
    byte[] jpeg = PhotoBytes.jpeg(PhotoBytes.noise(64, 64, BufferedImage.TYPE_INT_RGB), false);
    // Pixel data replaced by what no Huffman table decodes.
    Arrays.fill(jpeg, jpeg.length - 400, jpeg.length - 100, (byte) 0xfe);
    assertThat(PhotoReader.read(file(jpeg)).warnings())
        .singleElement()
        .asString()
        .startsWith("JPEG decoder: ");
  }

  @Test
  void aBombIsRefusedByItsHeader() throws IOException {
    Path file = file(bombOf(40000, 40000));
    assertUnreadable(
        file,
        "40000 x 40000 = 1600 megapixels is over the limit of 100; reduce it, or raise the limit (--max-pixels)");

    Path thread = file(bombOf(1, 1_000_001));
    assertUnreadable(thread, "1 x 1000001 pixels, wanted at most 1000000 a side; cut it first");

    Path small =
        file(PhotoBytes.encoded(PhotoBytes.noise(20, 10, BufferedImage.TYPE_INT_RGB), "jpeg"));
    assertThat(PhotoReader.read(small, 200).warnings()).isEmpty();
    assertThatExceptionOfType(UnreadableImageException.class)
        .isThrownBy(() -> PhotoReader.read(small, 199))
        .withMessageStartingWith("20 x 10 = 0.0002 megapixels is over the limit of 0.000199");
  }

  /** 60 KB of empty scans over 16 megapixels kept the decoder busy for six seconds. */
  @Test
  void aJpegOfCountlessScansIsRefused() throws IOException {
    byte[] jpeg = PhotoBytes.jpeg(PhotoBytes.noise(16, 16, BufferedImage.TYPE_INT_RGB), true);
    int scans = 0;
    int last = 0;
    for (int i = 0; i + 1 < jpeg.length; i++) {
      if ((jpeg[i] & 0xff) == 0xff && (jpeg[i + 1] & 0xff) == 0xda) {
        scans++;
        last = i;
      }
    }
    byte[] scan = Arrays.copyOfRange(jpeg, last, jpeg.length - 2);
    byte[] most = jpeg;
    for (; scans < 100; scans++) {
      most = PhotoBytes.spliced(most, last, scan);
    }
    assertThat(PhotoReader.size(most)).isEqualTo(new Size(16, 16));
    assertThat(PhotoReader.read(most, 1000).image().width()).isEqualTo(16);
    byte[] more = PhotoBytes.spliced(most, last, scan);
    assertThatExceptionOfType(UnreadableImageException.class)
        .isThrownBy(() -> PhotoReader.read(more, 1000))
        .withMessageStartingWith("a JPEG of more than 100 scans");
  }

  /** Each of these 2 KB unpacks to 2 MB. */
  @Test
  void onlyTheFirstProfileOfAPngIsUnpacked() throws IOException {
    ByteArrayOutputStream iccp = new ByteArrayOutputStream();
    iccp.writeBytes("p\0\0".getBytes(ISO_8859_1));
    iccp.writeBytes(PhotoBytes.deflated(new byte[1 << 21]));
    byte[] png = PhotoBytes.encoded(PhotoBytes.noise(8, 8, BufferedImage.TYPE_INT_RGB), "png");
    for (int i = 0; i < 100; i++) {
      png = PhotoBytes.spliced(png, 33, PhotoBytes.chunk("iCCP", iccp.toByteArray()));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(PhotoReader.size(png)).isEqualTo(new Size(8, 8));
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(20_000_000);
  }

  /** Their decoders allocate what these say, whatever the picture's own size. */
  @Test
  void sizesInsideAFileThatItsHeaderDoesNotSayAreRefused() throws IOException {
    byte[] webp = Base64.getDecoder().decode(PhotoBytes.WEBP_TURNED);
    int frame = new String(webp, ISO_8859_1).indexOf("VP8L") + 9;
    webp[frame] = -1;
    webp[frame + 1] = -1;
    assertUnreadable(file(webp), "damaged WebP: a frame of 16384 x 4 in a picture of 3 x 2");

    assertUnreadable(
        file(tiff(10, 10, 3, 700_000_000, 1)),
        "damaged TIFF: a tile of 700000000 x 1 pixels in a picture of 10 x 10");
    assertUnreadable(
        file(tiff(1000, 1000, 1000, 1000, 1000)),
        "a TIFF of 1000 samples a pixel, more than 256 bits; wanted a photo of up to 4 samples");
    assertThat(PhotoReader.size(tiff(10, 10, 3, 256, 256))).isEqualTo(new Size(10, 10));

    byte[] bmp = PhotoBytes.encoded(PhotoBytes.noise(6, 5, BufferedImage.TYPE_INT_RGB), "bmp");
    bmp[30] = 5;
    assertUnreadable(
        file(bmp),
        "a BMP that wraps a PNG is not supported, wanted JPEG, PNG, TIFF, BMP, WebP or GIF; convert"
            + " it first");
  }

  /** The beginning of a TIFF of 8-bit samples in one tile. */
  private static byte[] tiff(int width, int height, int samples, int across, int down)
      throws IOException {
    int[][] tags = {
      {256, 4, 1, width},
      {257, 4, 1, height},
      {258, 3, samples, 8 + 2 + 9 * 12 + 4},
      {259, 3, 1, 1 << 16},
      {262, 3, 1, 2 << 16},
      {277, 3, 1, samples << 16},
      {322, 4, 1, across},
      {323, 4, 1, down},
      {324, 4, 1, 8}
    };
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeBytes("MM\0*");
    data.writeInt(8);
    data.writeShort(tags.length);
    for (int[] tag : tags) {
      data.writeShort(tag[0]);
      data.writeShort(tag[1]);
      data.writeInt(tag[2]);
      data.writeInt(tag[3]);
    }
    data.writeInt(0);
    for (int i = 0; i < samples; i++) {
      data.writeShort(8);
    }
    return out.toByteArray();
  }

  private static byte[] bombOf(int width, int height) throws IOException {
    byte[] signature = "\u0089PNG\r\n\u001a\n".getBytes(ISO_8859_1);
    return PhotoBytes.spliced(signature, 8, PhotoBytes.chunk("IHDR", ihdr(width, height)));
  }

  @Test
  void namesWhatIsNoImage() throws IOException {
    String wanted = ", wanted JPEG, PNG, TIFF, BMP, WebP or GIF";
    assertUnreadable(file(new byte[0]), "empty file (0 bytes)" + wanted);
    assertUnreadable(
        file("hello world,\nthis is no photo".getBytes(ISO_8859_1)),
        "not an image: starts with the text \"hello world, this is no\"" + wanted);
    assertUnreadable(
        file(new byte[] {1, 2, (byte) 0xfe}),
        "not a known image format: starts with the bytes 01 02 fe" + wanted);
    assertUnreadable(
        file("\0\0\0\u0018ftypheic\0\0\0\0".getBytes(ISO_8859_1)),
        "a HEIC image is not supported" + wanted + "; convert it first");
    assertUnreadable(folder.resolve("missing.jpg"), "no such file");
    assertUnreadable(folder, "a folder, wanted a file");
    assertUnreadable(
        file(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xd9}),
        "truncated JPEG: ends after 4 bytes, before the image does");
  }

  @Test
  void namesAFileThatMayNotBeRead() throws IOException {
    Path file = file(PhotoBytes.encoded(PhotoBytes.noise(2, 2, BufferedImage.TYPE_INT_RGB), "png"));
    assertThat(file.toFile().setReadable(false)).isTrue();
    assumeFalse(Files.isReadable(file), "this user reads every file");
    assertUnreadable(file, "may not be read (permission denied)");
  }

  private static byte[] ihdr(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(width);
    data.writeInt(height);
    data.write(new byte[] {8, 2, 0, 0, 0});
    return out.toByteArray();
  }

  private static void assertUnreadable(Path file, String message) {
    assertThatExceptionOfType(UnreadableImageException.class)
        .isThrownBy(() -> PhotoReader.read(file))
        .withMessage(message);
  }

  private RgbImage read(byte[] bytes) throws IOException {
    return PhotoReader.read(file(bytes)).image();
  }

  /** Named as no format is: only the content may count. */
  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("photo.any"), bytes);
  }
}
