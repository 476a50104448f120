package org.lentigo.imaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.management.ThreadMXBean;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhotoReaderTest {
  /** 3 x 2 pixels, lossless: red green blue, (10,20,30) (200,150,100) white. */
  private static final String WEBP =
      "UklGRkIAAABXRUJQVlA4TDUAAAAvAkAAAC9AkG2zQVz44tMgk7bJX/92Zm0E2TYbyW3ub7T5DzTySNZ8BwIByljxwDYR"
          + "/Y/xAgA=";

  /** The same, EXIF orientation 6. */
  private static final String WEBP_TURNED =
      "UklGRnYAAABXRUJQVlA4WAoAAAAIAAAAAgAAAQAAVlA4TDUAAAAvAkAAAC9AkG2zQVz44tMgk7bJX/92Zm0E2TYbyW3u"
          + "b7T5DzTySNZ8BwIByljxwDYR/Y/xAgBFWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA";

  /** The same, opacities 255 0 128 / 255 255 51. */
  private static final String WEBP_ALPHA =
      "UklGRkgAAABXRUJQVlA4TDsAAAAvAkAAEC8gICHywWLH3SCTtmnf+tczayPItqnJbO5vdIJsm0FNY0xHfwy4z0VZawME"
          + "2bahbVd8RP/DPQA=";

  /** The same as the first of two frames. */
  private static final String WEBP_ANIMATED =
      "UklGRtgAAABXRUJQVlA4WAoAAAACAAAAAgAAAQAAQU5JTQYAAAAAAAAAAABBTk1GUgAAAAAAAAAAAAIAAAEAAGQAAAJW"
          + "UDhMOQAAAC8CQAAAL0CQbTOJSR7j4tMgk7bJXUNzP20EkjasyOI85btu/gMNTP9sl0Ah2whw6F6DI7mI/sfw"
          + "AgBBTk1GUgAAAAAAAAAAAAIAAAEAAGQAAABWUDhMOQAAAC8CQAAAL0CQbTOJSR7j4tMgk7bJXUNzP20Ekjas"
          + "yOI85btu/gMNTP9sl0Ah2whwavcAnMxF9D/uFQA=";

  /** 16 x 16 pixels of (200,120,90), lossy. */
  private static final String WEBP_LOSSY =
      "UklGRjwAAABXRUJQVlA4IDAAAAAQAgCdASoQABAAAMASJaACdLoB+AH4AAPIAP7nMP/6aKMKY+5N/92ToXNt/QgAAAA=";

  /** 16 x 16 pixels of CMYK (0, 0.5, 1, 0), written by libjpeg with an Adobe marker, inverted. */
  private static final String JPEG_CMYK =
      "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggL"
          + "CAkKCgoKCgYICwwLCgwJCgoK/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgME"
          + "BQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJ"
          + "ChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeY"
          + "mZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBN"
          + "AFkASwAAPwD9/Kjr+f8Ar9/KKKKKKKKKKKKK/9k=";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "tiff"})
  void losslessFormatsKeepEveryPixelWhateverTheNameEndsIn(String format) throws IOException {
    BufferedImage image = noise(23, 17, BufferedImage.TYPE_INT_RGB);
    Photo photo = PhotoReader.read(file(encoded(image, format)));
    assertThat(photo.warnings()).isEmpty();
    assertSamePixels(photo.image(), image);
  }

  @Test
  void readsGreyOfEightAndSixteenBitsWithoutBrighteningIt() throws IOException {
    BufferedImage bytes = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
    bytes.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 100, 255});
    assertThat(read(encoded(bytes, "png")).data()).containsExactly(rgb(0, 0, 0, 100, 100, 100, -1));

    BufferedImage shorts = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    // 128.4 and 128.6 in units of 1/255.
    shorts.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 32999, 33050});
    assertThat(read(encoded(shorts, "png")).data())
        .containsExactly(rgb(0, 0, 0, 128, 128, 128, 129, 129, 129));
  }

  @Test
  void readsSixteenBitsOfColourWithAlpha() throws IOException {
    BufferedImage image =
        ImageTypeSpecifier.createInterleaved(
                ColorSpace.getInstance(ColorSpace.CS_sRGB),
                new int[] {0, 1, 2, 3},
                DataBuffer.TYPE_USHORT,
                true,
                false)
            .createBufferedImage(2, 1);
    image.getRaster().setPixels(0, 0, 2, 1, new int[] {65535, 0, 25700, 65535, 0, 0, 0, 13107});
    // Black at an opacity of 51 leaves 204 of the white behind.
    assertThat(read(encoded(image, "png")).data()).containsExactly(rgb(255, 0, 100, 204, 204, 204));
  }

  @Test
  void readsPalettesAndPutsTransparencyOnWhite() throws IOException {
    IndexColorModel palette =
        new IndexColorModel(
            8,
            3,
            new byte[] {10, 0, (byte) 200},
            new byte[] {20, 0, 100},
            new byte[] {30, 0, 0},
            new byte[] {-1, 0, (byte) 128});
    BufferedImage image = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_INDEXED, palette);
    image.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 1, 2});
    // 200 at 128/255 on white: (200 * 128 + 255 * 127) / 255 = 227.4.
    assertThat(read(encoded(image, "png")).data())
        .containsExactly(rgb(10, 20, 30, 255, 255, 255, 227, 177, 127));

    BufferedImage argb = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    argb.setRGB(0, 0, 0xff0a141e);
    argb.setRGB(1, 0, 0x80c86400);
    assertThat(read(encoded(argb, "png")).data()).containsExactly(rgb(10, 20, 30, 227, 177, 127));
  }

  @Test
  void readsJpegOfEveryKind() throws IOException {
    BufferedImage image = new BufferedImage(32, 16, BufferedImage.TYPE_3BYTE_BGR);
    for (int x = 0; x < 32; x++) {
      for (int y = 0; y < 16; y++) {
        image.setRGB(x, y, x < 16 ? 0xc8785a : 0x503c28);
      }
    }
    for (boolean progressive : new boolean[] {false, true}) {
      RgbImage read = read(jpeg(image, progressive));
      assertThat(read.get(5, 9, 0)).isCloseTo(200, within(2));
      assertThat(read.get(5, 9, 1)).isCloseTo(120, within(2));
      assertThat(read.get(5, 9, 2)).isCloseTo(90, within(2));
      assertThat(read.get(26, 9, 0)).isCloseTo(80, within(2));
    }
    BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setPixels(0, 0, 16, 16, IntStream.generate(() -> 77).limit(256).toArray());
    assertThat(read(jpeg(grey, false)).data()).containsOnly((byte) 77);
    byte[] greyProfile = iccSegment(ICC_Profile.getInstance(ColorSpace.CS_GRAY));
    assertThat(read(spliced(jpeg(grey, false), 2, greyProfile)).data()).containsOnly((byte) 77);

    Photo cmyk = PhotoReader.read(file(Base64.getDecoder().decode(JPEG_CMYK)));
    assertThat(cmyk.image().get(8, 8, 0)).isCloseTo(255, within(2));
    assertThat(cmyk.image().get(8, 8, 1)).isCloseTo(127, within(2));
    assertThat(cmyk.image().get(8, 8, 2)).isCloseTo(0, within(2));
    assertThat(cmyk.warnings()).singleElement().asString().contains("ICC");
  }

  @Test
  void readsWebp() throws IOException {
    byte[] expected =
        rgb(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 200, 150, 100, 255, 255, 255);
    Photo plain = PhotoReader.read(file(Base64.getDecoder().decode(WEBP)));
    assertThat(plain.image()).extracting(RgbImage::width).isEqualTo(3);
    assertThat(plain.image().data()).containsExactly(expected);
    assertThat(plain.warnings()).isEmpty();

    Path turned = file(Base64.getDecoder().decode(WEBP_TURNED));
    assertThat(PhotoReader.size(turned)).isEqualTo(new Size(2, 3));
    assertThat(PhotoReader.read(turned).image().data())
        .containsExactly(
            rgb(10, 20, 30, 255, 0, 0, 200, 150, 100, 0, 255, 0, 255, 255, 255, 0, 0, 255));

    // Blue at 128 leaves 127 of the white.
    assertThat(read(Base64.getDecoder().decode(WEBP_ALPHA)).data())
        .startsWith(rgb(255, 0, 0, 255, 255, 255, 127, 127, 255));

    Photo animated = PhotoReader.read(file(Base64.getDecoder().decode(WEBP_ANIMATED)));
    assertThat(animated.image().data()).containsExactly(expected);
    assertThat(animated.warnings()).containsExactly("animated WebP: only the first frame is read");

    RgbImage lossy = read(Base64.getDecoder().decode(WEBP_LOSSY));
    assertThat(lossy.get(8, 8, 0)).isCloseTo(200, within(3));
    assertThat(lossy.get(8, 8, 1)).isCloseTo(120, within(3));
    assertThat(lossy.get(8, 8, 2)).isCloseTo(90, within(3));
  }

  @Test
  void readsTheFirstFrameOfAGifAndThePageOfATiffAndSaysSo() throws IOException {
    BufferedImage first = new BufferedImage(9, 8, BufferedImage.TYPE_BYTE_INDEXED);
    first.setRGB(1, 2, 0xffffffff);
    BufferedImage second = new BufferedImage(9, 8, BufferedImage.TYPE_BYTE_INDEXED);

    Photo still = PhotoReader.read(file(encoded(first, "gif")));
    assertThat(still.warnings()).isEmpty();
    assertSamePixels(still.image(), first);

    Photo animated = PhotoReader.read(file(sequence("gif", first, second)));
    assertThat(animated.warnings()).containsExactly("animated GIF: only the first frame is read");
    assertSamePixels(animated.image(), first);

    Photo pages = PhotoReader.read(file(sequence("tiff", first, second)));
    assertThat(pages.warnings()).containsExactly("TIFF of 2 pages: only the first is read");
    assertSamePixels(pages.image(), first);
  }

  /** Stored as abc above def. */
  @ParameterizedTest
  @CsvSource({
    "1,abc def",
    "2,cba fed",
    "3,fed cba",
    "4,def abc",
    "5,ad be cf",
    "6,da eb fc",
    "7,fc eb da",
    "8,cf be ad"
  })
  void appliesTheExifOrientation(int orientation, String displayed) throws IOException {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 6; i++) {
      image.setRGB(i % 3, i / 3, 'a' + i);
    }
    byte[] png = encoded(image, "png");
    byte[] turned = spliced(png, 33, chunk("eXIf", exif(orientation)));

    Path file = file(turned);
    RgbImage read = PhotoReader.read(file).image();
    String[] rows = displayed.split(" ", -1);
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(rows[0].length(), rows.length));
    assertThat(read.width()).isEqualTo(rows[0].length());
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < rows[y].length(); x++) {
        assertThat((char) read.get(x, y, 2)).isEqualTo(rows[y].charAt(x));
      }
    }
  }

  @Test
  void appliesTheOrientationOfAJpeg() throws IOException {
    BufferedImage image = new BufferedImage(48, 16, BufferedImage.TYPE_INT_RGB);
    image.createGraphics().fillRect(0, 0, 16, 16);
    Path file = file(spliced(jpeg(image, false), 2, segment(0xe1, exifSegment(6))));
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(16, 48));
    RgbImage read = PhotoReader.read(file).image();
    // Turned clockwise, the left end comes to the top.
    assertThat(read.get(8, 4, 0)).isGreaterThan(250);
    assertThat(read.get(8, 40, 0)).isLessThan(5);
  }

  @Test
  void brokenExifLeavesThePhotoUpright() throws IOException {
    BufferedImage image = noise(20, 10, BufferedImage.TYPE_INT_RGB);
    byte[] broken = exifSegment(6);
    Arrays.fill(broken, 10, broken.length, (byte) 0xff);
    Path file = file(spliced(jpeg(image, false), 2, segment(0xe1, broken)));
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(20, 10));
    assertThat(PhotoReader.read(file).warnings()).isEmpty();
  }

  /** A segment or chunk that ends inside the word that makes it EXIF. */
  @Test
  void exifThatIsCutShortLeavesThePhotoUpright() throws IOException {
    byte[] jpeg = jpeg(noise(20, 10, BufferedImage.TYPE_INT_RGB), false);
    byte[] claimsFour = segment(0xe1, exifSegment(6));
    claimsFour[2] = 0;
    claimsFour[3] = 4;
    Path file = file(spliced(jpeg, 2, claimsFour));
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(20, 10));
    assertThat(PhotoReader.read(file).image().width()).isEqualTo(20);

    byte[] webp = Base64.getDecoder().decode(WEBP_TURNED);
    int exif = new String(webp, ISO_8859_1).indexOf("EXIF");
    byte[] name = "Exif\0\0".getBytes(ISO_8859_1);
    System.arraycopy(name, 0, webp, exif + 8, name.length);
    webp[exif + 4] = 2;
    assertThat(PhotoReader.size(webp)).isEqualTo(new Size(3, 2));
  }

  @Test
  void convertsAnEmbeddedProfileToSrgb() throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      image.setRGB(i % 16, i / 16, 0x373737);
    }
    // Linear 55/255 = 0.2157 is 1.055 * 0.2157^(1/2.4) - 0.055 = 0.5018 = 128/255 in sRGB.
    ICC_Profile linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB);
    RgbImage jpeg = read(spliced(jpeg(image, false), 2, iccSegment(linear)));
    assertThat(jpeg.get(8, 8, 0)).isCloseTo(128, within(1));

    ByteArrayOutputStream iccp = new ByteArrayOutputStream();
    iccp.writeBytes("linear\0\0".getBytes(ISO_8859_1));
    iccp.writeBytes(deflated(linear.getData()));
    RgbImage png = read(spliced(encoded(image, "png"), 33, chunk("iCCP", iccp.toByteArray())));
    assertThat(png.get(8, 8, 2)).isCloseTo(128, within(1));

    ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
    RgbImage same = read(spliced(jpeg(image, false), 2, iccSegment(srgb)));
    assertThat(same.data()).containsOnly((byte) 55);
  }

  @Test
  void aDamagedProfileIsSaid() throws IOException {
    byte[] segment = segment(0xe2, "ICC_PROFILE\0\1\1 no profile".getBytes(ISO_8859_1));
    BufferedImage image = noise(16, 16, BufferedImage.TYPE_INT_RGB);
    Photo photo = PhotoReader.read(file(spliced(jpeg(image, false), 2, segment)));
    assertThat(photo.warnings())
        .containsExactly("JPEG decoder: Embedded color profile is invalid; ignored");

    byte[] chunk = chunk("iCCP", "none\0\0 no profile".getBytes(ISO_8859_1));
    assertThat(PhotoReader.read(file(spliced(encoded(image, "png"), 33, chunk))).warnings())
        .containsExactly("its colour profile is damaged, its colours are taken as sRGB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "bmp", "gif", "tiff", "webp"})
  void noCutFilePassesInSilence(String format) throws IOException {
    BufferedImage image = noise(40, 30, BufferedImage.TYPE_INT_RGB);
    byte[] whole =
        format.equals("webp") ? Base64.getDecoder().decode(WEBP_TURNED) : encoded(image, format);
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
            ? Base64.getDecoder().decode(WEBP)
            : encoded(noise(24, 18, BufferedImage.TYPE_INT_RGB), format);
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
    byte[] jpeg = jpeg(noise(64, 64, BufferedImage.TYPE_INT_RGB), false);
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

    Path small = file(encoded(noise(20, 10, BufferedImage.TYPE_INT_RGB), "jpeg"));
    assertThat(PhotoReader.read(small, 200).warnings()).isEmpty();
    assertThatExceptionOfType(UnreadableImageException.class)
        .isThrownBy(() -> PhotoReader.read(small, 199))
        .withMessageStartingWith("20 x 10 = 0.0002 megapixels is over the limit of 0.000199");
  }

  /** 60 KB of empty scans over 16 megapixels kept the decoder busy for six seconds. */
  @Test
  void aJpegOfCountlessScansIsRefused() throws IOException {
    byte[] jpeg = jpeg(noise(16, 16, BufferedImage.TYPE_INT_RGB), true);
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
      most = spliced(most, last, scan);
    }
    assertThat(PhotoReader.size(most)).isEqualTo(new Size(16, 16));
    assertThat(PhotoReader.read(most, 1000).image().width()).isEqualTo(16);
    byte[] more = spliced(most, last, scan);
    assertThatExceptionOfType(UnreadableImageException.class)
        .isThrownBy(() -> PhotoReader.read(more, 1000))
        .withMessageStartingWith("a JPEG of more than 100 scans");
  }

  /** Each of these 2 KB unpacks to 2 MB. */
  @Test
  void onlyTheFirstProfileOfAPngIsUnpacked() throws IOException {
    ByteArrayOutputStream iccp = new ByteArrayOutputStream();
    iccp.writeBytes("p\0\0".getBytes(ISO_8859_1));
    iccp.writeBytes(deflated(new byte[1 << 21]));
    byte[] png = encoded(noise(8, 8, BufferedImage.TYPE_INT_RGB), "png");
    for (int i = 0; i < 100; i++) {
      png = spliced(png, 33, chunk("iCCP", iccp.toByteArray()));
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(PhotoReader.size(png)).isEqualTo(new Size(8, 8));
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(20_000_000);
  }

  /** Their decoders allocate what these say, whatever the picture's own size. */
  @Test
  void sizesInsideAFileThatItsHeaderDoesNotSayAreRefused() throws IOException {
    byte[] webp = Base64.getDecoder().decode(WEBP_TURNED);
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

    byte[] bmp = encoded(noise(6, 5, BufferedImage.TYPE_INT_RGB), "bmp");
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
    return spliced(signature, 8, chunk("IHDR", ihdr(width, height)));
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
    Path file = file(encoded(noise(2, 2, BufferedImage.TYPE_INT_RGB), "png"));
    assertThat(file.toFile().setReadable(false)).isTrue();
    assumeFalse(Files.isReadable(file), "this user reads every file");
    assertUnreadable(file, "may not be read (permission denied)");
  }

  @Test
  void readsExtremeShapes() throws IOException {
    assertThat(read(encoded(noise(1, 1, BufferedImage.TYPE_INT_RGB), "jpeg")).data()).hasSize(3);
    RgbImage wide = read(encoded(noise(8000, 50, BufferedImage.TYPE_INT_RGB), "jpeg"));
    assertThat(List.of(wide.width(), wide.height())).containsExactly(8000, 50);
  }

  @Test
  void theSizeIsFoundBehindLongMetadata() throws IOException {
    byte[] jpeg = jpeg(noise(20, 10, BufferedImage.TYPE_INT_RGB), false);
    for (int i = 0; i < 4; i++) {
      jpeg = spliced(jpeg, 2, segment(0xed, new byte[60000]));
    }
    assertThat(PhotoReader.size(file(jpeg))).isEqualTo(new Size(20, 10));
  }

  @Test
  void readsFromManyThreads() throws IOException {
    BufferedImage image = noise(120, 90, BufferedImage.TYPE_INT_RGB);
    Path jpeg = file(encoded(image, "jpeg"));
    Path tiff = folder.resolve("tiff");
    Files.write(tiff, encoded(image, "tiff"));
    byte[] once = PhotoReader.read(jpeg).image().data();
    long same =
        IntStream.range(0, 64)
            .parallel()
            .filter(
                i -> {
                  try {
                    assertSamePixels(PhotoReader.read(tiff).image(), image);
                    return Arrays.equals(PhotoReader.read(jpeg).image().data(), once);
                  } catch (IOException e) {
                    return false;
                  }
                })
            .count();
    assertThat(same).isEqualTo(64);
  }

  @Test
  void readsRealPhotos() throws IOException {
    Path data = sharedData();
    assumeFalse(data == null, "no shared/data next to the repository");
    Path photos = data.resolve("isic2016/ISBI2016_ISIC_Part1_Training_Data");
    List<Path> files;
    try (var list = Files.list(photos)) {
      files = list.sorted().limit(5).toList();
    }
    assertThat(files).hasSize(5);
    for (Path file : files) {
      Photo photo = PhotoReader.read(file);
      assertThat(photo.warnings()).isEmpty();
      assertThat(PhotoReader.size(file))
          .isEqualTo(new Size(photo.image().width(), photo.image().height()));
      assertThat(Math.max(photo.image().width(), photo.image().height())).isEqualTo(512);
      assertSamePixels(photo.image(), ImageIO.read(file.toFile()));
    }
  }

  private static @Nullable Path sharedData() {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.isDirectory(p.resolve("shared/data/isic2016"))) {
        return p.resolve("shared/data");
      }
    }
    return null;
  }

  private static void assertUnreadable(Path file, String message) {
    assertThatExceptionOfType(UnreadableImageException.class)
        .isThrownBy(() -> PhotoReader.read(file))
        .withMessage(message);
  }

  private static void assertSamePixels(RgbImage read, BufferedImage expected) {
    assertThat(read.width()).isEqualTo(expected.getWidth());
    assertThat(read.height()).isEqualTo(expected.getHeight());
    for (int y = 0; y < read.height(); y++) {
      for (int x = 0; x < read.width(); x++) {
        int rgb = read.get(x, y, 0) << 16 | read.get(x, y, 1) << 8 | read.get(x, y, 2);
        if (rgb != (expected.getRGB(x, y) & 0xffffff)) {
          assertThat(Integer.toHexString(rgb))
              .as("pixel %d, %d", x, y)
              .isEqualTo(Integer.toHexString(expected.getRGB(x, y) & 0xffffff));
        }
      }
    }
  }

  private RgbImage read(byte[] bytes) throws IOException {
    return PhotoReader.read(file(bytes)).image();
  }

  /** Named as no format is: only the content may count. */
  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("photo.any"), bytes);
  }

  private static BufferedImage noise(int w, int h, int type) {
    BufferedImage image = new BufferedImage(w, h, type);
    Random random = new Random(w);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    return image;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  private static byte[] jpeg(BufferedImage image, boolean progressive) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(1);
    param.setProgressiveMode(
        progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), param);
    }
    writer.dispose();
    return out.toByteArray();
  }

  private static byte[] sequence(String format, BufferedImage... images) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.prepareWriteSequence(null);
      for (BufferedImage image : images) {
        writer.writeToSequence(new IIOImage(image, null, null), null);
      }
      writer.endWriteSequence();
    }
    writer.dispose();
    return out.toByteArray();
  }

  private static byte[] rgb(int... values) {
    byte[] bytes = new byte[(values.length + 2) / 3 * 3];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[Math.min(i, values.length - 1)];
    }
    return bytes;
  }

  private static byte[] spliced(byte[] file, int at, byte[] part) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file, 0, at);
    out.writeBytes(part);
    out.write(file, at, file.length - at);
    return out.toByteArray();
  }

  /** A big-endian TIFF structure with the one tag 0x0112 (orientation), a SHORT. */
  private static byte[] exif(int orientation) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeBytes("MM\0*");
    data.writeInt(8);
    data.writeShort(1);
    data.writeShort(0x0112);
    data.writeShort(3);
    data.writeInt(1);
    data.writeShort(orientation);
    data.writeShort(0);
    data.writeInt(0);
    return out.toByteArray();
  }

  private static byte[] exifSegment(int orientation) throws IOException {
    return spliced(exif(orientation), 0, "Exif\0\0".getBytes(ISO_8859_1));
  }

  private static byte[] segment(int marker, byte[] body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeByte(0xff);
    data.writeByte(marker);
    data.writeShort(body.length + 2);
    data.write(body);
    return out.toByteArray();
  }

  private static byte[] iccSegment(ICC_Profile profile) throws IOException {
    return segment(0xe2, spliced(profile.getData(), 0, "ICC_PROFILE\0\1\1".getBytes(ISO_8859_1)));
  }

  private static byte[] ihdr(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeInt(width);
    data.writeInt(height);
    data.write(new byte[] {8, 2, 0, 0, 0});
    return out.toByteArray();
  }

  private static byte[] chunk(String type, byte[] body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    CRC32 crc = new CRC32();
    crc.update(type.getBytes(ISO_8859_1));
    crc.update(body);
    data.writeInt(body.length);
    data.writeBytes(type);
    data.write(body);
    data.writeInt((int) crc.getValue());
    return out.toByteArray();
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length + 100];
    int n = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, n);
  }
}
