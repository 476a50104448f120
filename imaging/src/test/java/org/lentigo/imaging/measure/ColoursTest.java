package org.lentigo.imaging.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

class ColoursTest {
  private static final int[] SKIN = {205, 165, 145};

  private static final int[][] SIX = {
    {245, 235, 230}, {200, 70, 70}, {180, 120, 80}, {90, 50, 40}, {95, 110, 130}, {20, 15, 15}
  };

  /** Stripes of the six colours within skin. */
  private static RgbImage stripes(int[] widths, int[] skin) {
    int width = 100;
    int height = 60;
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int[] colour = skin;
      int x = i % width - 20;
      for (int c = 0; c < 6 && i / width >= 20 && i / width < 40 && x >= 0; c++) {
        if (x < widths[c]) {
          colour = SIX[c];
        }
        x -= widths[c];
        if (colour != skin) {
          break;
        }
      }
      for (int k = 0; k < 3; k++) {
        rgb[3 * i + k] = (byte) colour[k];
      }
    }
    return new RgbImage(width, height, rgb);
  }

  private static Mask band(int from, int to) {
    return Figures.draw(100, 60, (x, y) -> x > from && x < to && y > 20 && y < 40);
  }

  @Test
  void sharesAreThoseOfTheStripes() {
    Colours colours = Colours.of(stripes(new int[] {3, 6, 12, 15, 9, 15}, SKIN), band(20, 80));
    assertThat(colours.shares())
        .containsExactly(
            new double[] {3 / 60.0, 6 / 60.0, 12 / 60.0, 15 / 60.0, 9 / 60.0, 15 / 60.0},
            within(1e-6));
  }

  /** The ABCD rule counts white only where it is lighter than the skin. */
  @Test
  void whiteIsLighterThanSkin() {
    int[] light = {250, 245, 240};
    Colours colours = Colours.of(stripes(new int[] {30, 0, 0, 30, 0, 0}, light), band(20, 80));
    assertThat(colours.white()).isZero();
    assertThat(colours.darkBrown()).isCloseTo(0.5, within(1e-6));
  }

  @Test
  void aLesionWithoutSkinAroundItHasColoursToo() {
    Mask all = Figures.draw(100, 60, (x, y) -> true);
    Colours colours = Colours.of(stripes(new int[] {0, 0, 0, 60, 0, 0}, SIX[5]), all);
    assertThat(colours.darkBrown()).isCloseTo(60 * 20 / 6000.0, within(1e-6));
    assertThat(colours.black()).isCloseTo(1 - 0.2, within(1e-6));
  }

  @Test
  void whatCannotBeTold() {
    RgbImage photo = stripes(new int[] {10, 10, 10, 10, 10, 10}, SKIN);
    assertThatThrownBy(() -> Colours.of(photo, new Mask(100, 60, new byte[6000])))
        .hasMessageContaining("no lesion in the mask");
    assertThatThrownBy(() -> Colours.of(photo, new Mask(2, 2, new byte[4])))
        .hasMessageContaining("100 x 60 pixels and a mask of 2 x 2");
  }
}
