package org.lentigo.imaging.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.measure.PhotoQuality.Problem;

class PhotoQualityTest {
  private static final int WIDTH = 512;
  private static final int HEIGHT = 384;

  /** Grey at each place, 0 to 255. */
  private interface Painter {
    double grey(int x, int y);
  }

  private static RgbImage paint(Painter painter) {
    Random random = new Random(3);
    byte[] rgb = new byte[3 * WIDTH * HEIGHT];
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      double grey = painter.grey(i % WIDTH, i / WIDTH) + random.nextGaussian();
      byte value = (byte) Math.max(0, Math.min(255, Math.round(grey)));
      rgb[3 * i] = value;
      rgb[3 * i + 1] = value;
      rgb[3 * i + 2] = value;
    }
    return new RgbImage(WIDTH, HEIGHT, rgb);
  }

  private static final Mask LESION = Figures.draw(WIDTH, HEIGHT, Figures.disc(256, 192, 100));

  private static PhotoQuality look(RgbImage photo, Mask mask) {
    return PhotoQuality.of(photo, mask, Contours.trace(mask), null);
  }

  /** A disc whose border is an error function: what a Gaussian makes of a step. */
  private static Painter disc(double sigma) {
    return (x, y) -> {
      double distance = Math.hypot(x + 0.5 - 256, y + 0.5 - 192) - 100;
      double t = distance / sigma;
      // The logistic curve with the variance of the normal one's derivative, near enough.
      return 90 + 100 / (1 + Math.exp(-1.702 * t));
    };
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 2, 3, 4})
  void blurIsTheWidthOfTheGaussianThatMadeTheEdges(double sigma) {
    assertThat(look(paint(disc(sigma)), LESION).blur())
        .isCloseTo(sigma, within(Math.max(0.25, 0.15 * sigma)));
  }

  @Test
  void aSharpEdgeIsSharpAndAFlatPhotoIsBlurred() {
    assertThat(look(paint(disc(0.1)), LESION).blur()).isLessThan(0.8);
    RgbImage flat = new RgbImage(20, 20, new byte[1200]);
    PhotoQuality quality = look(flat, new Mask(20, 20, new byte[400]));
    assertThat(quality.has(Problem.BLURRED)).isTrue();
    assertThat(quality.worst()).isEqualTo(Problem.BLURRED);
  }

  @Test
  void lightnessIsThatOfTheMiddle() {
    // L* of grey 119 is 50; 187 is 75.6 (IEC 61966-2-1 and CIE 15).
    PhotoQuality dark = look(paint((x, y) -> 119), LESION);
    assertThat(dark.lightness()).isCloseTo(50.0, within(0.8));
    assertThat(dark.problems()).contains(Problem.DARK);
    PhotoQuality light = look(paint((x, y) -> x < 30 || y > 370 ? 0 : 187), LESION);
    assertThat(light.lightness()).isCloseTo(75.6, within(0.8));
    assertThat(light.problems()).doesNotContain(Problem.DARK, Problem.BRIGHT);
    assertThat(look(paint((x, y) -> 255), LESION).problems()).contains(Problem.BRIGHT);
  }

  @Test
  void glareIsTheShareOfSpots() {
    Painter skin = (x, y) -> 170;
    assertThat(look(paint(skin), LESION).glare()).isZero();
    PhotoQuality spots =
        look(
            paint(
                (x, y) ->
                    Math.hypot(x - 200, y - 150) < 12 || Math.hypot(x - 300, y - 250) < 12
                        ? 255
                        : skin.grey(x, y)),
            LESION);
    assertThat(spots.glare()).isCloseTo(2 * Math.PI * 144 / (WIDTH * HEIGHT), within(0.0002));
    assertThat(spots.problems()).contains(Problem.GLARE);
    // A white photo is no glare.
    assertThat(look(paint((x, y) -> 250), LESION).glare()).isZero();
  }

  @Test
  void hairIsWhatCrossesTheLesionAndNotItsPattern() {
    Painter plain = (x, y) -> LESION.get(x, y) ? 110 : 190;
    assertThat(look(paint(plain), LESION).hair()).isZero();
    PhotoQuality hairy =
        look(paint((x, y) -> Math.floorMod(x + y / 2, 24) < 3 ? 30 : plain.grey(x, y)), LESION);
    assertThat(hairy.hair()).isBetween(0.08, 0.4);
    PhotoQuality dotted =
        look(
            paint(
                (x, y) ->
                    Math.floorMod(x, 24) < 3 && Math.floorMod(y, 40) < 12 ? 30 : plain.grey(x, y)),
            LESION);
    assertThat(dotted.hair()).isZero();
  }

  @Test
  void cutIsTheShareOfTheBorderOnTheFrame() {
    Mask half = Figures.draw(WIDTH, HEIGHT, (x, y) -> x < 100 && y > 50 && y < 250);
    PhotoQuality quality = look(paint((x, y) -> 180), half);
    assertThat(quality.cut()).isEqualTo(200 / 600.0);
    assertThat(quality.problems()).contains(Problem.CUT);
    assertThat(look(paint((x, y) -> 180), LESION).cut()).isZero();
  }

  @Test
  void theWorstComesFirstAndEachHasAnAdvice() {
    PhotoQuality bad = new PhotoQuality(5, 20, 0.1, 0.5, 0.5, 0.1);
    assertThat(bad.problems())
        .containsExactly(
            Problem.NOTHING_FOUND,
            Problem.BLURRED,
            Problem.DARK,
            Problem.GLARE,
            Problem.CUT,
            Problem.HAIR);
    assertThat(bad.worst()).isEqualTo(Problem.NOTHING_FOUND);
    PhotoQuality good = new PhotoQuality(1, 75, 0, 0, 0, 0.9);
    assertThat(good.problems()).isEmpty();
    assertThat(good.worst()).isNull();
    assertThat(new PhotoQuality(1, 75, 0, 0, 0, null).worst()).isNull();
    assertThat(Problem.BLURRED.advice()).isEqualTo("too blurred: hold still and focus");
    assertThat(List.of(Problem.values()))
        .allSatisfy(problem -> assertThat(problem.advice()).isNotBlank().doesNotEndWith("."));
    assertThat(Problem.NOTHING_FOUND.label()).isEqualTo("nothing_found");
  }

  @Test
  void anyPhotoMayBeLookedAt() {
    for (int side : new int[] {1, 2, 3, 9}) {
      RgbImage photo = new RgbImage(side, side, new byte[3 * side * side]);
      PhotoQuality quality = look(photo, new Mask(side, side, new byte[side * side]));
      assertThat(quality.hair()).isZero();
      assertThat(quality.blur()).isBetween(0.0, 9.0);
    }
    assertThatThrownBy(() -> look(paint((x, y) -> 1), new Mask(2, 2, new byte[4])))
        .hasMessageContaining("512 x 384 pixels and a mask of 2 x 2");
  }
}
