package org.lentigo.runtime.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/** Small pictures of every format and kind that is read, to be damaged. */
final class SeedFiles {
  private SeedFiles() {}

  private static final List<String> WEBP =
      List.of(
          // lossless
          "UklGRkIAAABXRUJQVlA4TDUAAAAvAkAAAC9AkG2zQVz44tMgk7bJX/92Zm0E2TYbyW3ub7T5DzTySNZ8BwIByljxwDYR"
              + "/Y/xAgA=",
          // with EXIF
          "UklGRnYAAABXRUJQVlA4WAoAAAAIAAAAAgAAAQAAVlA4TDUAAAAvAkAAAC9AkG2zQVz44tMgk7bJX/92Zm0E2TYbyW3u"
              + "b7T5DzTySNZ8BwIByljxwDYR/Y/xAgBFWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA",
          // with alpha
          "UklGRkgAAABXRUJQVlA4TDsAAAAvAkAAEC8gICHywWLH3SCTtmnf+tczayPItqnJbO5vdIJsm0FNY0xHfwy4z0VZawME"
              + "2bahbVd8RP/DPQA=",
          // animated
          "UklGRtgAAABXRUJQVlA4WAoAAAACAAAAAgAAAQAAQU5JTQYAAAAAAAAAAABBTk1GUgAAAAAAAAAAAAIAAAEAAGQAAAJW"
              + "UDhMOQAAAC8CQAAAL0CQbTOJSR7j4tMgk7bJXUNzP20EkjasyOI85btu/gMNTP9sl0Ah2whw6F6DI7mI/sfw"
              + "AgBBTk1GUgAAAAAAAAAAAAIAAAEAAGQAAABWUDhMOQAAAC8CQAAAL0CQbTOJSR7j4tMgk7bJXUNzP20Ekjas"
              + "yOI85btu/gMNTP9sl0Ah2whwavcAnMxF9D/uFQA=",
          // lossy
          "UklGRjwAAABXRUJQVlA4IDAAAAAQAgCdASoQABAAAMASJaACdLoB+AH4AAPIAP7nMP/6aKMKY+5N/92ToXNt/QgAAAA=");

  private static final String JPEG_CMYK =
      "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggL"
          + "CAkKCgoKCgYICwwLCgwJCgoK/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgME"
          + "BQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJ"
          + "ChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeY"
          + "mZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBN"
          + "AFkASwAAPwD9/Kjr+f8Ar9/KKKKKKKKKKKKK/9k=";

  /** EXIF with an orientation, a thumbnail's offset and a maker's note. */
  private static final byte[] EXIF =
      ("MM\0*\0\0\0\b\0\3\1\22\0\3\0\0\0\1\0\6\0\0\u0087\151\0\4\0\0\0\1\0\0\0\62\2\1\0\4\0\0\0\1\0\0\0\62"
              + "\0\0\0\0\0\1\u0092\174\0\7\0\0\0\b\0\0\0\100\0\0\0\0Nikon\0\2\0")
          .getBytes(ISO_8859_1);

  /** Photos, at most some 30 pixels a side. */
  static List<byte[]> photos() throws IOException {
    List<byte[]> files = new ArrayList<>();
    BufferedImage colour = picture(24, 18, BufferedImage.TYPE_INT_RGB);
    BufferedImage grey = picture(17, 13, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage palette = picture(20, 11, BufferedImage.TYPE_BYTE_INDEXED);
    BufferedImage bits = picture(31, 9, BufferedImage.TYPE_BYTE_BINARY);

    byte[] jpeg = written("jpeg", colour, null, ImageWriteParam.MODE_DISABLED, false);
    files.add(jpeg);
    files.add(written("jpeg", colour, null, ImageWriteParam.MODE_DEFAULT, false));
    files.add(written("jpeg", grey, null, ImageWriteParam.MODE_DISABLED, false));
    byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    files.add(
        spliced(
            spliced(jpeg, 2, segment(0xe2, "ICC_PROFILE\0\1\1", profile)),
            2,
            segment(0xe1, "Exif\0\0", EXIF)));
    files.add(Base64.getDecoder().decode(JPEG_CMYK));

    byte[] png = written("png", colour, null, ImageWriteParam.MODE_DISABLED, false);
    files.add(png);
    files.add(written("png", colour, null, ImageWriteParam.MODE_DEFAULT, false));
    for (int type :
        new int[] {
          BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_USHORT_GRAY,
        }) {
      files.add(written("png", picture(9, 14, type), null, ImageWriteParam.MODE_DISABLED, false));
    }
    files.add(written("png", palette, null, ImageWriteParam.MODE_DISABLED, false));
    files.add(written("png", bits, null, ImageWriteParam.MODE_DEFAULT, false));
    byte[] iccp = Mutator.joined("p\0\0".getBytes(ISO_8859_1), deflated(profile));
    files.add(
        Mutator.withPngChecksums(
            spliced(spliced(png, 33, chunk("iCCP", iccp)), 33, chunk("eXIf", EXIF))));

    files.add(written("gif", palette, null, ImageWriteParam.MODE_DISABLED, false));
    files.add(written("gif", palette, null, ImageWriteParam.MODE_DEFAULT, false));
    files.add(sequence("gif", palette, palette));

    files.add(written("bmp", colour, "BI_RGB", ImageWriteParam.MODE_DISABLED, false));
    files.add(written("bmp", palette, "BI_RGB", ImageWriteParam.MODE_DISABLED, false));
    files.add(written("bmp", palette, "BI_RLE8", ImageWriteParam.MODE_DISABLED, false));
    files.add(written("bmp", fourBits(), "BI_RLE4", ImageWriteParam.MODE_DISABLED, false));
    files.add(written("bmp", bits, "BI_RGB", ImageWriteParam.MODE_DISABLED, false));
    files.add(written("bmp", colour, "BI_JPEG", ImageWriteParam.MODE_DISABLED, false));
    files.add(written("bmp", colour, "BI_PNG", ImageWriteParam.MODE_DISABLED, false));
    files.add(
        written(
            "bmp",
            picture(12, 7, BufferedImage.TYPE_USHORT_565_RGB),
            "BI_BITFIELDS",
            ImageWriteParam.MODE_DISABLED,
            false));

    for (String compression : List.of("LZW", "ZLib", "PackBits", "JPEG", "Deflate")) {
      files.add(written("tiff", colour, compression, ImageWriteParam.MODE_DISABLED, false));
    }
    for (String compression : List.of("CCITT RLE", "CCITT T.4", "CCITT T.6")) {
      files.add(written("tiff", bits, compression, ImageWriteParam.MODE_DISABLED, false));
    }
    files.add(written("tiff", colour, null, ImageWriteParam.MODE_DISABLED, false));
    files.add(written("tiff", colour, null, ImageWriteParam.MODE_DISABLED, true));
    files.add(written("tiff", palette, "LZW", ImageWriteParam.MODE_DISABLED, true));
    files.add(
        written(
            "tiff",
            picture(10, 10, BufferedImage.TYPE_USHORT_GRAY),
            null,
            ImageWriteParam.MODE_DISABLED,
            false));
    files.add(sequence("tiff", grey, palette));

    for (String webp : WEBP) {
      files.add(Base64.getDecoder().decode(webp));
    }
    return files;
  }

  /** Masks as data sets have them. */
  static List<byte[]> masks() throws IOException {
    List<byte[]> files = new ArrayList<>();
    for (int type :
        new int[] {
          BufferedImage.TYPE_BYTE_GRAY,
          BufferedImage.TYPE_BYTE_BINARY,
          BufferedImage.TYPE_BYTE_INDEXED,
          BufferedImage.TYPE_USHORT_GRAY,
          BufferedImage.TYPE_INT_RGB,
          BufferedImage.TYPE_INT_ARGB
        }) {
      BufferedImage image = new BufferedImage(24, 18, type);
      for (int i = 0; i < 24 * 18; i++) {
        image.setRGB(i % 24, i / 24, i / 24 > 5 && i % 24 > 7 ? 0xffffffff : 0xff000000);
      }
      files.add(written("png", image, null, ImageWriteParam.MODE_DISABLED, false));
      if (type != BufferedImage.TYPE_INT_ARGB) {
        for (String format : List.of("bmp", "gif", "tiff")) {
          if (!(type == BufferedImage.TYPE_USHORT_GRAY && format.equals("bmp"))) {
            files.add(written(format, image, null, ImageWriteParam.MODE_DISABLED, false));
          }
        }
      }
    }
    return files;
  }

  private static BufferedImage fourBits() {
    byte[] levels = new byte[16];
    for (int i = 0; i < 16; i++) {
      levels[i] = (byte) (17 * i);
    }
    IndexColorModel sixteen = new IndexColorModel(4, 16, levels, levels, levels);
    BufferedImage image = new BufferedImage(15, 8, BufferedImage.TYPE_BYTE_BINARY, sixteen);
    for (int i = 0; i < 15 * 8; i++) {
      image.getRaster().setSample(i % 15, i / 15, 0, i * 7 / 5 % 16);
    }
    return image;
  }

  /** Half smooth, half noise. */
  private static BufferedImage picture(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    Random random = new Random(type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(
            x, y, y < height / 2 ? 0xff000000 | x * 8 << 16 | y * 9 << 8 | 90 : random.nextInt());
      }
    }
    return image;
  }

  private static byte[] written(
      String format,
      BufferedImage image,
      @Nullable String compression,
      int progressive,
      boolean tiles)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    if (compression != null) {
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionType(compression);
    }
    if (param.canWriteProgressive()) {
      param.setProgressiveMode(progressive);
    }
    if (tiles && param.canWriteTiles()) {
      param.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
      param.setTiling(16, 16, 0, 0);
    }
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

  private static byte[] spliced(byte[] file, int at, byte[] part) {
    return Mutator.joined(
        Mutator.joined(Arrays.copyOf(file, at), part), Arrays.copyOfRange(file, at, file.length));
  }

  private static byte[] segment(int marker, String name, byte[] body) {
    ByteBuffer out = ByteBuffer.allocate(4 + name.length() + body.length);
    out.putShort((short) (0xff00 | marker)).putShort((short) (2 + name.length() + body.length));
    return out.put(name.getBytes(ISO_8859_1)).put(body).array();
  }

  /** With a checksum of 0: {@link Mutator#withPngChecksums} sets it. */
  private static byte[] chunk(String type, byte[] body) {
    ByteBuffer out = ByteBuffer.allocate(12 + body.length);
    return out.putInt(body.length).put(type.getBytes(ISO_8859_1)).put(body).array();
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
