package org.lentigo.imaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhotoReaderTest {
  /** As {@link PhotoBytes#WEBP}, opacities 255 0 128 / 255 255 51. */
  private static final String WEBP_ALPHA =
      "UklGRkgAAABXRUJQVlA4TDsAAAAvAkAAEC8gICHywWLH3SCTtmnf+tczayPItqnJbO5vdIJsm0FNY0xHfwy4z0VZawME"
          + "2bahbVd8RP/DPQA=";

  /** {@link PhotoBytes#WEBP} as the first of two frames. */
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
    BufferedImage image = PhotoBytes.noise(23, 17, BufferedImage.TYPE_INT_RGB);
    Photo photo = PhotoReader.read(file(PhotoBytes.encoded(image, format)));
    assertThat(photo.warnings()).isEmpty();
    assertSamePixels(photo.image(), image);
  }

  @Test
  void readsGreyOfEightAndSixteenBitsWithoutBrighteningIt() throws IOException {
    BufferedImage bytes = new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY);
    bytes.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 100, 255});
    assertThat(read(PhotoBytes.encoded(bytes, "png")).data())
        .containsExactly(rgb(0, 0, 0, 100, 100, 100, -1));

    BufferedImage shorts = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
    // 128.4 and 128.6 in units of 1/255.
    shorts.getRaster().setPixels(0, 0, 3, 1, new int[] {0, 32999, 33050});
    assertThat(read(PhotoBytes.encoded(shorts, "png")).data())
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
    assertThat(read(PhotoBytes.encoded(image, "png")).data())
        .containsExactly(rgb(255, 0, 100, 204, 204, 204));
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
    assertThat(read(PhotoBytes.encoded(image, "png")).data())
        .containsExactly(rgb(10, 20, 30, 255, 255, 255, 227, 177, 127));

    BufferedImage argb = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    argb.setRGB(0, 0, 0xff0a141e);
    argb.setRGB(1, 0, 0x80c86400);
    assertThat(read(PhotoBytes.encoded(argb, "png")).data())
        .containsExactly(rgb(10, 20, 30, 227, 177, 127));
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
      RgbImage read = read(PhotoBytes.jpeg(image, progressive));
      assertThat(read.get(5, 9, 0)).isCloseTo(200, within(2));
      assertThat(read.get(5, 9, 1)).isCloseTo(120, within(2));
      assertThat(read.get(5, 9, 2)).isCloseTo(90, within(2));
      assertThat(read.get(26, 9, 0)).isCloseTo(80, within(2));
    }
    BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setPixels(0, 0, 16, 16, IntStream.generate(() -> 77).limit(256).toArray());
    assertThat(read(PhotoBytes.jpeg(grey, false)).data()).containsOnly((byte) 77);
    byte[] greyProfile = iccSegment(ICC_Profile.getInstance(ColorSpace.CS_GRAY));
    assertThat(read(PhotoBytes.spliced(PhotoBytes.jpeg(grey, false), 2, greyProfile)).data())
        .containsOnly((byte) 77);

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
    Photo plain = PhotoReader.read(file(Base64.getDecoder().decode(PhotoBytes.WEBP)));
    assertThat(plain.image()).extracting(RgbImage::width).isEqualTo(3);
    assertThat(plain.image().data()).containsExactly(expected);
    assertThat(plain.warnings()).isEmpty();

    Path turned = file(Base64.getDecoder().decode(PhotoBytes.WEBP_TURNED));
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

    Photo still = PhotoReader.read(file(PhotoBytes.encoded(first, "gif")));
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
    byte[] png = PhotoBytes.encoded(image, "png");
    byte[] turned = PhotoBytes.spliced(png, 33, PhotoBytes.chunk("eXIf", exif(orientation)));

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
    Path file =
        file(
            PhotoBytes.spliced(
                PhotoBytes.jpeg(image, false), 2, PhotoBytes.segment(0xe1, exifSegment(6))));
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(16, 48));
    RgbImage read = PhotoReader.read(file).image();
    // Turned clockwise, the left end comes to the top.
    assertThat(read.get(8, 4, 0)).isGreaterThan(250);
    assertThat(read.get(8, 40, 0)).isLessThan(5);
  }

  @Test
  void brokenExifLeavesThePhotoUpright() throws IOException {
    BufferedImage image = PhotoBytes.noise(20, 10, BufferedImage.TYPE_INT_RGB);
    byte[] broken = exifSegment(6);
    Arrays.fill(broken, 10, broken.length, (byte) 0xff);
    Path file =
        file(
            PhotoBytes.spliced(PhotoBytes.jpeg(image, false), 2, PhotoBytes.segment(0xe1, broken)));
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(20, 10));
    assertThat(PhotoReader.read(file).warnings()).isEmpty();
  }

  /** A segment or chunk that ends inside the word that makes it EXIF. */
  @Test
  void exifThatIsCutShortLeavesThePhotoUpright() throws IOException {
    byte[] jpeg = PhotoBytes.jpeg(PhotoBytes.noise(20, 10, BufferedImage.TYPE_INT_RGB), false);
    byte[] claimsFour = PhotoBytes.segment(0xe1, exifSegment(6));
    claimsFour[2] = 0;
    claimsFour[3] = 4;
    Path file = file(PhotoBytes.spliced(jpeg, 2, claimsFour));
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(20, 10));
    assertThat(PhotoReader.read(file).image().width()).isEqualTo(20);

    byte[] webp = Base64.getDecoder().decode(PhotoBytes.WEBP_TURNED);
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
    RgbImage jpeg = read(PhotoBytes.spliced(PhotoBytes.jpeg(image, false), 2, iccSegment(linear)));
    assertThat(jpeg.get(8, 8, 0)).isCloseTo(128, within(1));

    ByteArrayOutputStream iccp = new ByteArrayOutputStream();
    iccp.writeBytes("linear\0\0".getBytes(ISO_8859_1));
    iccp.writeBytes(PhotoBytes.deflated(linear.getData()));
    RgbImage png =
        read(
            PhotoBytes.spliced(
                PhotoBytes.encoded(image, "png"),
                33,
                PhotoBytes.chunk("iCCP", iccp.toByteArray())));
    assertThat(png.get(8, 8, 2)).isCloseTo(128, within(1));

    ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
    RgbImage same = read(PhotoBytes.spliced(PhotoBytes.jpeg(image, false), 2, iccSegment(srgb)));
    assertThat(same.data()).containsOnly((byte) 55);
  }

  @Test
  void aDamagedProfileIsSaid() throws IOException {
    byte[] segment = PhotoBytes.segment(0xe2, "ICC_PROFILE\0\1\1 no profile".getBytes(ISO_8859_1));
    BufferedImage image = PhotoBytes.noise(16, 16, BufferedImage.TYPE_INT_RGB);
    Photo photo =
        PhotoReader.read(file(PhotoBytes.spliced(PhotoBytes.jpeg(image, false), 2, segment)));
    assertThat(photo.warnings())
        .containsExactly("JPEG decoder: Embedded color profile is invalid; ignored");

    byte[] chunk = PhotoBytes.chunk("iCCP", "none\0\0 no profile".getBytes(ISO_8859_1));
    assertThat(
            PhotoReader.read(file(PhotoBytes.spliced(PhotoBytes.encoded(image, "png"), 33, chunk)))
                .warnings())
        .containsExactly("its colour profile is damaged, its colours are taken as sRGB");
  }

  @Test
  void readsExtremeShapes() throws IOException {
    assertThat(
            read(PhotoBytes.encoded(PhotoBytes.noise(1, 1, BufferedImage.TYPE_INT_RGB), "jpeg"))
                .data())
        .hasSize(3);
    RgbImage wide =
        read(PhotoBytes.encoded(PhotoBytes.noise(8000, 50, BufferedImage.TYPE_INT_RGB), "jpeg"));
    assertThat(List.of(wide.width(), wide.height())).containsExactly(8000, 50);
  }

  @Test
  void theSizeIsFoundBehindLongMetadata() throws IOException {
    byte[] jpeg = PhotoBytes.jpeg(PhotoBytes.noise(20, 10, BufferedImage.TYPE_INT_RGB), false);
    for (int i = 0; i < 4; i++) {
      jpeg = PhotoBytes.spliced(jpeg, 2, PhotoBytes.segment(0xed, new byte[60000]));
    }
    assertThat(PhotoReader.size(file(jpeg))).isEqualTo(new Size(20, 10));
  }

  @Test
  void readsFromManyThreads() throws IOException {
    BufferedImage image = PhotoBytes.noise(120, 90, BufferedImage.TYPE_INT_RGB);
    Path jpeg = file(PhotoBytes.encoded(image, "jpeg"));
    Path tiff = folder.resolve("tiff");
    Files.write(tiff, PhotoBytes.encoded(image, "tiff"));
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
    return PhotoBytes.spliced(exif(orientation), 0, "Exif\0\0".getBytes(ISO_8859_1));
  }

  private static byte[] iccSegment(ICC_Profile profile) throws IOException {
    return PhotoBytes.segment(
        0xe2, PhotoBytes.spliced(profile.getData(), 0, "ICC_PROFILE\0\1\1".getBytes(ISO_8859_1)));
  }
}
