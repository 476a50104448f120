package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

class SurroundingsTest {
  private static final int SIDE = 200;

  private interface Colour {
    int at(int x, int y);
  }

  private static RgbImage photo(Colour colour) {
    byte[] data = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE; i++) {
      int rgb = colour.at(i % SIDE, i / SIDE);
      data[3 * i] = (byte) (rgb >> 16);
      data[3 * i + 1] = (byte) (rgb >> 8);
      data[3 * i + 2] = (byte) rgb;
    }
    return new RgbImage(SIDE, SIDE, data);
  }

  private static boolean lesion(int x, int y) {
    return Math.hypot(x - 100, y - 100) < 40;
  }

  private static Mask mask() {
    byte[] data = new byte[SIDE * SIDE];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (lesion(i % SIDE, i / SIDE) ? 1 : 0);
    }
    return new Mask(SIDE, SIDE, data);
  }

  /** L* and b* by another program; a brown lesion, and black corners. */
  @Test
  void theAngleIsThatOfTheSkinAlone() {
    // #F0D0B0: L* 85.39, b* 20.03; #A06040: L* 47.25, b* 29.14.
    for (double[] skin : new double[][] {{0xF0D0B0, 85.39, 20.03}, {0xA06040, 47.25, 29.14}}) {
      RgbImage photo =
          photo(
              (x, y) -> {
                boolean corner = Math.hypot(x - 100, y - 100) > 120;
                return corner ? 0x050505 : lesion(x, y) ? 0x301810 : (int) skin[0];
              });
      assertThat(Surroundings.of(photo, mask()).toneAngle())
          .isCloseTo(Math.toDegrees(Math.atan2(skin[1] - 50, skin[2])), within(0.3));
    }
  }

  @Test
  void aLesionThatFillsThePhotoLeavesNoSkin() {
    byte[] all = new byte[SIDE * SIDE];
    Arrays.fill(all, (byte) 1);
    assertThat(Surroundings.of(photo((x, y) -> 0xF0D0B0), new Mask(SIDE, SIDE, all)).toneAngle())
        .isNaN();
  }

  @Test
  void thinDarkLinesAreHairAndTheLesionsBorderIsNot() {
    RgbImage bare = photo((x, y) -> lesion(x, y) ? 0x603020 : 0xF0D0B0);
    RgbImage hairy = photo((x, y) -> x % 20 < 2 ? 0x201010 : lesion(x, y) ? 0x603020 : 0xF0D0B0);

    // But for the pixel at each of the drawn circle's four tips.
    assertThat(Surroundings.of(bare, mask()).hairShare()).isLessThan(0.001);
    // Two columns of twenty.
    assertThat(Surroundings.of(hairy, mask()).hairShare()).isCloseTo(0.1, within(0.015));
  }

  @Test
  void aMaskOfAnotherSizeIsRefused() {
    assertThatThrownBy(() -> Surroundings.of(photo((x, y) -> 0), new Mask(2, 1, new byte[2])))
        .hasMessageContaining("200 x 200")
        .hasMessageContaining("2 x 1");
  }
}
