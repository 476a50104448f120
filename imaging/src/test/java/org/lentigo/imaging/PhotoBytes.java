package org.lentigo.imaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** The bytes of photos' files, whole and in parts, for tests. */
final class PhotoBytes {
  /** 3 x 2 pixels, lossless: red green blue, (10,20,30) (200,150,100) white. */
  static final String WEBP =
      "UklGRkIAAABXRUJQVlA4TDUAAAAvAkAAAC9AkG2zQVz44tMgk7bJX/92Zm0E2TYbyW3ub7T5DzTySNZ8BwIByljxwDYR"
          + "/Y/xAgA=";

  /** The same, EXIF orientation 6. */
  static final String WEBP_TURNED =
      "UklGRnYAAABXRUJQVlA4WAoAAAAIAAAAAgAAAQAAVlA4TDUAAAAvAkAAAC9AkG2zQVz44tMgk7bJX/92Zm0E2TYbyW3u"
          + "b7T5DzTySNZ8BwIByljxwDYR/Y/xAgBFWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA";

  private PhotoBytes() {}

  static BufferedImage noise(int w, int h, int type) {
    BufferedImage image = new BufferedImage(w, h, type);
    Random random = new Random(w);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    return image;
  }

  static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(ImageIO.write(image, format, out)).isTrue();
    return out.toByteArray();
  }

  static byte[] jpeg(BufferedImage image, boolean progressive) throws IOException {
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

  static byte[] spliced(byte[] file, int at, byte[] part) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(file, 0, at);
    out.writeBytes(part);
    out.write(file, at, file.length - at);
    return out.toByteArray();
  }

  static byte[] segment(int marker, byte[] body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(out);
    data.writeByte(0xff);
    data.writeByte(marker);
    data.writeShort(body.length + 2);
    data.write(body);
    return out.toByteArray();
  }

  static byte[] chunk(String type, byte[] body) throws IOException {
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

  static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater();
    deflater.setInput(bytes);
    deflater.finish();
    byte[] out = new byte[bytes.length + 100];
    int n = deflater.deflate(out);
    deflater.end();
    return Arrays.copyOf(out, n);
  }
}
