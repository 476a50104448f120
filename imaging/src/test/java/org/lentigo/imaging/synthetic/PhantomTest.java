package org.lentigo.imaging.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.metrics.Confusion;

class PhantomTest {
  @Test
  void theSameSeedGivesTheSameBitsOnEveryMachine() {
    CRC32 crc = new CRC32();
    for (long seed = 1; seed <= 10; seed++) {
      Phantom phantom = Phantom.draw(seed, 64, 48);
      crc.update(phantom.image().data());
      crc.update(phantom.mask().data());
      crc.update(ByteBuffer.allocate(Long.BYTES).putLong(phantom.seed()).flip());
    }
    // Noted on Linux x86-64, OpenJDK 17. Another value means that existing seeds draw other
    // pictures, so the committed samples have to be drawn anew with it.
    assertThat(Long.toHexString(crc.getValue())).isEqualTo("25e8e1e3");
  }

  @Test
  void everySeedDrawsADarkerLesionOfAUsefulSize() {
    int acrossTheBorder = 0;
    int darker = 0;
    double smallest = 1;
    double largest = 0;
    int phantoms = 100;
    for (long seed = 0; seed < phantoms; seed++) {
      Phantom phantom = Phantom.draw(seed, 48, 36);
      Mask mask = phantom.mask();
      double share = mask.area() / (48.0 * 36);
      smallest = Math.min(smallest, share);
      largest = Math.max(largest, share);
      acrossTheBorder += touchesBorder(mask) ? 1 : 0;
      darker += meanGreen(phantom, 1) < meanGreen(phantom, 0) ? 1 : 0;
    }
    assertThat(smallest).isGreaterThan(0.005);
    assertThat(largest).isBetween(0.4, 0.95);
    assertThat(acrossTheBorder).isBetween(10, 40);
    // The few others are pale lesions in a picture with black corners.
    assertThat(darker).isGreaterThan(85);
  }

  private static boolean touchesBorder(Mask mask) {
    for (int x = 0; x < mask.width(); x++) {
      if (mask.get(x, 0) || mask.get(x, mask.height() - 1)) {
        return true;
      }
    }
    for (int y = 0; y < mask.height(); y++) {
      if (mask.get(0, y) || mask.get(mask.width() - 1, y)) {
        return true;
      }
    }
    return false;
  }

  private static double meanGreen(Phantom phantom, int value) {
    RgbImage image = phantom.image();
    double sum = 0;
    int count = 0;
    for (int i = 0; i < phantom.mask().data().length; i++) {
      if (phantom.mask().data()[i] == value) {
        sum += image.data()[3 * i + 1] & 0xff;
        count++;
      }
    }
    return sum / count;
  }

  @Test
  void anotherSizeShowsTheSameScene() {
    for (long seed = 0; seed < 4; seed++) {
      Phantom small = Phantom.draw(seed, 80, 60);
      Phantom large = Phantom.draw(seed, 240, 180);
      byte[] middles = new byte[80 * 60];
      for (int i = 0; i < middles.length; i++) {
        // Pixel centres of the small picture are those of the middle of three in the large one.
        middles[i] = large.mask().data()[(3 * (i / 80) + 1) * 240 + 3 * (i % 80) + 1];
      }
      Confusion agreement = Confusion.of(small.mask(), new Mask(80, 60, middles));
      assertThat(agreement.jaccard()).as("seed %d", seed).isCloseTo(1, within(0.005));
    }
  }

  @Test
  void seedsDrawDifferentPictures() {
    long[] areas = new long[50];
    for (int seed = 0; seed < areas.length; seed++) {
      areas[seed] = Phantom.draw(seed, 32, 24).mask().area();
    }
    assertThat(Arrays.stream(areas).distinct().count()).isGreaterThan(30);
  }

  @Test
  void smallAndNarrowPicturesAreDrawnAndSmallerOnesRefused() {
    assertThat(Phantom.draw(1, 16, 16).mask().area()).isPositive();
    assertThat(Phantom.draw(1, 300, 16).image().data()).hasSize(3 * 300 * 16);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Phantom.draw(1, 200, 15))
        .withMessage("a phantom needs at least 16 x 16 pixels, got 200 x 15");
  }
}
