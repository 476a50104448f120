package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class JpegStreamTest {
  @Test
  void aThumbnailInTheFirstSegmentGoesAndTheSegmentStays() throws Exception {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(16, 8, BufferedImage.TYPE_3BYTE_BGR), "jpeg", written);
    byte[] plain = written.toByteArray();
    assertThat(Arrays.copyOf(plain, 11)).endsWith('J', 'F', 'I', 'F', 0);
    assertThat(JpegStream.withoutMetadata(plain)).isEqualTo(plain);

    // The same with a thumbnail of 2 x 1 pixels.
    ByteArrayOutputStream with = new ByteArrayOutputStream();
    with.write(plain, 0, 20);
    with.writeBytes(new byte[] {1, 2, 3, 4, 5, 6});
    with.write(plain, 20, plain.length - 20);
    byte[] thumbnail = with.toByteArray();
    thumbnail[5] += 6;
    thumbnail[18] = 2;
    thumbnail[19] = 1;
    assertThat(JpegStream.withoutMetadata(thumbnail)).isEqualTo(plain);
  }
}
