package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MasksTest {
  /** 5 x 3, no symmetry, so that a flip or a transposition shows. */
  private static final Mask SHAPE =
      new Mask(5, 3, new byte[] {1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1});

  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({
    "grey, png", "grey, bmp", "grey16, png", "greyAlpha, png", "binary, png", "binary, bmp",
    "palette, png", "inverted, bmp", "inverted, png", "rgb, png", "rgb, bmp", "rgba, png",
    "grey, tif", "binary, tif", "labels, png"
  })
  void readsTheSameMaskFromEveryKindOfPicture(String kind, String format) throws IOException {
    Path file = dir.resolve(kind + "." + format);
    assertThat(ImageIO.write(picture(SHAPE, kind), format, file.toFile())).isTrue();

    assertSame(Masks.read(file), SHAPE);
  }

  private static BufferedImage picture(Mask mask, String kind) {
    int w = mask.width();
    int h = mask.height();
    byte[] blackWhite = {0, (byte) 255};
    byte[] whiteBlack = {(byte) 255, 0};
    BufferedImage image =
        switch (kind) {
          case "grey", "labels" -> new BufferedImage(w, h, BufferedImage.TYPE_BYTE_GRAY);
          case "grey16" -> new BufferedImage(w, h, BufferedImage.TYPE_USHORT_GRAY);
          case "binary" -> new BufferedImage(w, h, BufferedImage.TYPE_BYTE_BINARY);
          case "palette" ->
              new BufferedImage(
                  w,
                  h,
                  BufferedImage.TYPE_BYTE_INDEXED,
                  new IndexColorModel(8, 2, blackWhite, blackWhite, blackWhite));
          case "inverted" ->
              new BufferedImage(
                  w,
                  h,
                  BufferedImage.TYPE_BYTE_BINARY,
                  new IndexColorModel(1, 2, whiteBlack, whiteBlack, whiteBlack));
          case "rgb" -> new BufferedImage(w, h, BufferedImage.TYPE_3BYTE_BGR);
          case "rgba" -> new BufferedImage(w, h, BufferedImage.TYPE_4BYTE_ABGR);
          case "greyAlpha" -> greyAlpha(w, h);
          default -> throw new IllegalArgumentException(kind);
        };
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        boolean lesion = mask.get(x, y);
        if (kind.equals("greyAlpha")) {
          // White throughout: what is transparent is outside.
          image.getRaster().setPixel(x, y, new int[] {255, lesion ? 255 : 0});
        } else if (kind.equals("labels")) {
          image.getRaster().setSample(x, y, 0, lesion ? 1 : 0);
        } else {
          image.setRGB(x, y, lesion ? 0xffffffff : 0xff000000);
        }
      }
    }
    return image;
  }

  private static BufferedImage greyAlpha(int w, int h) {
    ComponentColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_BYTE);
    WritableRaster raster = model.createCompatibleWritableRaster(w, h);
    return new BufferedImage(model, raster, false, null);
  }

  @Test
  void namesTheValuesThatAreNotAllowed() throws IOException {
    BufferedImage image = picture(SHAPE, "grey");
    image.getRaster().setSample(3, 1, 0, 37);
    image.getRaster().setSample(4, 2, 0, 254);
    Path file = dir.resolve("x.png");
    ImageIO.write(image, "png", file.toFile());

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(file))
        .withMessage(
            file
                + ": not two-valued: 2 values besides 0 and 255, such as 254 at (4, 2); "
                + "threshold it and save it as PNG");
  }

  @Test
  void oneIsNoLabelBesideFullWhite() throws IOException {
    BufferedImage image = picture(SHAPE, "grey");
    image.getRaster().setSample(3, 1, 0, 1);
    ImageIO.write(image, "png", dir.resolve("x.png").toFile());

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(dir.resolve("x.png")))
        .withMessageContaining("1 value besides 0 and 255, such as 1 at (3, 1)");
  }

  @Test
  void refusesColour() throws IOException {
    BufferedImage image = picture(SHAPE, "rgb");
    image.setRGB(2, 1, 0xff0000);
    ImageIO.write(image, "png", dir.resolve("x.png").toFile());

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(dir.resolve("x.png")))
        .withMessageContaining("(2, 1) has the colour (255, 0, 0)");
  }

  @Test
  void refusesAMaskStoredAsJpeg() throws IOException {
    byte[] half = new byte[64 * 64];
    for (int i = 0; i < half.length; i++) {
      half[i] = (byte) (i % 64 > i / 64 ? 1 : 0);
    }
    ImageIO.write(picture(new Mask(64, 64, half), "grey"), "jpg", dir.resolve("x.jpg").toFile());

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(dir.resolve("x.jpg")))
        .withMessageContaining("not two-valued");
  }

  @ParameterizedTest
  @ValueSource(strings = {"png", "bmp", "tif"})
  void refusesAFileCutShort(String format) throws IOException {
    Random random = new Random(1);
    byte[] noise = new byte[300 * 200];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) random.nextInt(2);
    }
    Path file = dir.resolve("x." + format);
    ImageIO.write(picture(new Mask(300, 200, noise), "grey"), format, file.toFile());
    byte[] whole = Files.readAllBytes(file);

    for (int tenths = 1; tenths < 10; tenths++) {
      Files.write(file, Arrays.copyOf(whole, whole.length * tenths / 10));
      assertThatExceptionOfType(UnreadableMaskException.class)
          .as("%d tenths", tenths)
          .isThrownBy(() -> Masks.read(file));
    }
  }

  @Test
  void saysWhatIsWrongWithAFileThatIsNoPicture() throws IOException {
    Path empty = Files.createFile(dir.resolve("empty.png"));
    Path text = Files.writeString(dir.resolve("text.png"), "not a picture");
    Path missing = dir.resolve("missing.png");

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(empty))
        .withMessage(empty + ": the file is empty")
        .satisfies(e -> assertThat(e.file()).isEqualTo(empty));
    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(text))
        .withMessageStartingWith(text + ": not an image: starts with the text \"not a picture\"");
    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(missing))
        .withMessage(missing + ": no such file");
  }

  /** The decoder behind a wrapped picture allocated what its header said: two gigabytes. */
  @Test
  void whatHoldsAnotherPictureThanItSaysIsRefused() throws IOException {
    Path file = dir.resolve("wrapped.bmp");
    ImageIO.write(picture(SHAPE, "rgb"), "bmp", file.toFile());
    byte[] bmp = Files.readAllBytes(file);
    bmp[30] = 5;
    Files.write(file, bmp);

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(file))
        .withMessageContaining("a BMP that wraps a PNG is not supported");
  }

  @Test
  void refusesAnEnormousMaskFromItsHeader() throws IOException {
    Path bomb = dir.resolve("bomb.png");
    Files.write(bomb, pngHeader(40_000, 40_000));

    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(bomb))
        .withMessageContaining("40000 x 40000 = 1600 megapixels is over the limit of 100");
    Path small = dir.resolve("small.png");
    ImageIO.write(picture(SHAPE, "grey"), "png", small.toFile());
    assertThatExceptionOfType(UnreadableMaskException.class)
        .isThrownBy(() -> Masks.read(small, 14));
    assertSame(Masks.read(small, 15), SHAPE);
  }

  /** A PNG that ends after its header: all that may be read of one too large. */
  private static byte[] pngHeader(int width, int height) throws IOException {
    ByteArrayOutputStream chunk = new ByteArrayOutputStream();
    DataOutputStream header = new DataOutputStream(chunk);
    header.write("IHDR".getBytes(StandardCharsets.US_ASCII));
    header.writeInt(width);
    header.writeInt(height);
    header.write(new byte[] {8, 0, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(chunk.toByteArray());
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(png);
    out.writeLong(0x89504e470d0a1a0aL);
    out.writeInt(13);
    out.write(chunk.toByteArray());
    out.writeInt((int) crc.getValue());
    return png.toByteArray();
  }

  @Test
  void writesAnEightBitGreyPng() throws IOException {
    Path file = dir.resolve("x.png");
    AtomicFiles.write(file, out -> Masks.writePng(SHAPE, out));

    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image.getType()).isEqualTo(BufferedImage.TYPE_BYTE_GRAY);
    int[] values = image.getRaster().getSamples(0, 0, 5, 3, 0, (int[]) null);
    assertThat(values).containsExactly(255, 255, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 255);
    assertSame(Masks.read(file), SHAPE);
  }

  @Test
  void thresholdIsInclusiveAndLeavesNanOutside() {
    Mask mask = Masks.threshold(new float[] {0.5f, 0.49999f, Float.NaN, 1, 0, 0.7f}, 3, 2, 0.5f);
    assertThat(mask.data()).containsExactly(1, 0, 0, 1, 0, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Masks.threshold(new float[5], 3, 2, 0.5f))
        .withMessage("a 3 x 2 probability map needs 6 values, got 5");
  }

  private static void assertSame(Mask actual, Mask expected) {
    assertThat(actual.width()).isEqualTo(expected.width());
    assertThat(actual.height()).isEqualTo(expected.height());
    assertThat(actual.data()).isEqualTo(expected.data());
  }

  /** Against ImageIO's decoder, which checks the checksums too. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "1, 1, 0",
    "258, 1, 1",
    "259, 3, 1",
    "260, 1, 0",
    "261, 7, 1",
    "1, 900, 1",
    "700, 500, 0",
    "8191, 40, 1",
    "513, 130, 2",
    "300, 200, 3",
    "64, 64, 2",
    "3, 3, 3"
  })
  void whatIsWrittenIsRead(int width, int height, int kind) throws IOException {
    byte[] data = new byte[width * height];
    Random random = new Random(width);
    for (int i = 0; i < data.length; i++) {
      data[i] =
          switch (kind) {
            case 0, 1 -> (byte) kind;
            case 2 -> (byte) random.nextInt(2);
            // Runs of every length.
            default -> (byte) (((int) Math.sqrt(2.0 * i)) & 1);
          };
    }
    Mask mask = new Mask(width, height, data);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Masks.writePng(mask, out);

    BufferedImage image = ImageIO.read(new ByteArrayInputStream(out.toByteArray()));

    assertThat(image.getType()).isEqualTo(BufferedImage.TYPE_BYTE_GRAY);
    byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < data.length; i++) {
      assertThat(pixels[i]).as("pixel %s", i).isEqualTo((byte) -data[i]);
    }
    long area = 0;
    for (byte value : data) {
      area += value;
    }
    assertThat(mask.area()).isEqualTo(area);
  }
}
