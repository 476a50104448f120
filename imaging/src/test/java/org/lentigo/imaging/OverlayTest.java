package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlayTest {
  private static final Contour SQUARE =
      new Contour(new int[] {20, 20, 20, 80, 80, 80, 80, 20}, false);

  @Test
  void drawsABrightLineBetweenDarkBordersAndNothingElse() {
    RgbImage photo = plain(100, 100, 200);
    RgbImage drawn = Overlay.draw(photo, List.of(SQUARE), Overlay.Style.PREDICTION);

    // Along row 50 the border runs at x = 20: a line from 19 to 21, its borders to 18 and 22.
    int[] red = new int[7];
    for (int i = 0; i < red.length; i++) {
      red[i] = drawn.get(17 + i, 50, 0);
    }
    assertThat(red).containsExactly(200, 0x10, 0xff, 0xff, 0x10, 200, 200);
    assertThat(drawn.get(20, 50, 1)).isEqualTo(0xe0);
    assertThat(drawn.get(20, 50, 2)).isEqualTo(0x00);
    assertThat(drawn.get(50, 50, 0)).isEqualTo(200);
    assertThat(photo.data()).as("the photo itself").containsOnly((byte) 200);
  }

  @ParameterizedTest
  @CsvSource({"0", "60", "130", "255"})
  void standsOutOnAnySkin(int level) {
    RgbImage drawn =
        Overlay.draw(plain(100, 100, level), List.of(SQUARE), Overlay.Style.PREDICTION);
    int most = 0;
    for (int x = 15; x < 25; x++) {
      most = Math.max(most, Math.abs(drawn.get(x, 50, 1) - level));
    }
    assertThat(most).isGreaterThan(90);
  }

  @Test
  void theLineGrowsWithThePhoto() {
    int size = 1600;
    Contour square = new Contour(new int[] {400, 400, 400, 1200, 1200, 1200, 1200, 400}, false);
    RgbImage drawn =
        Overlay.draw(plain(size, size, 128), List.of(square), Overlay.Style.PREDICTION);
    int line = 0;
    int changed = 0;
    for (int x = 380; x < 420; x++) {
      line += drawn.get(x, 800, 0) == 255 ? 1 : 0;
      changed += drawn.get(x, 800, 0) != 128 ? 1 : 0;
    }
    assertThat(line).isEqualTo(4);
    assertThat(changed).isEqualTo(8);
  }

  @Test
  void twoSetsHaveTwoColours() {
    Contour other = new Contour(new int[] {40, 40, 40, 60, 60, 60, 60, 40}, false);
    RgbImage drawn =
        Overlay.draw(
            plain(100, 100, 128),
            List.of(
                new Overlay.Layer(List.of(SQUARE), Overlay.Style.TRUTH),
                new Overlay.Layer(List.of(other), Overlay.Style.PREDICTION)));
    assertThat(drawn.get(20, 50, 2)).isGreaterThan(200);
    assertThat(drawn.get(20, 50, 0)).isEqualTo(0);
    assertThat(drawn.get(40, 50, 0)).isGreaterThan(200);
    assertThat(drawn.get(40, 50, 2)).isEqualTo(0);
  }

  private static RgbImage plain(int w, int h, int level) {
    byte[] data = new byte[3 * w * h];
    Arrays.fill(data, (byte) level);
    return new RgbImage(w, h, data);
  }
}
