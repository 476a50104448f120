package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

class AugmenterTest {
  private static final float[] ZERO = {0, 0, 0};
  private static final float[] ONE = {1, 1, 1};

  /** What one call gave. */
  @SuppressWarnings("ArrayRecordComponent") // read here, never shared
  private record Output(int size, float[] image, float[] mask) {
    double meanOfMask() {
      double sum = 0;
      for (float value : mask) {
        sum += value;
      }
      return sum / mask.length;
    }
  }

  private static Output run(
      TrainingConfig.Augmentation strengths, Sample sample, long seed, int size) {
    float[] image = new float[3 * size * size];
    float[] mask = new float[size * size];
    new Augmenter(strengths, ZERO, ONE).fill(sample, sample, seed, size, image, 0, mask, 0);
    return new Output(size, image, mask);
  }

  /** An ellipse whose red channel is the mask itself, off the middle, on a field of even colour. */
  private static Sample ellipse(int width, int height) {
    byte[] colours = new byte[3 * width * height];
    byte[] inside = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double dx = (x + 0.5 - 0.45 * width) / (0.2 * width);
        double dy = (y + 0.5 - 0.55 * height) / (0.15 * height);
        int i = y * width + x;
        inside[i] = (byte) (dx * dx + dy * dy < 1 ? 1 : 0);
        colours[3 * i] = (byte) (255 * inside[i]);
        colours[3 * i + 1] = (byte) 102;
        colours[3 * i + 2] = (byte) 51;
      }
    }
    return new Sample(
        "ellipse", new RgbImage(width, height, colours), new Mask(width, height, inside));
  }

  private static TrainingConfig.Augmentation with(String yaml) {
    TrainingConfig none =
        TrainingConfig.defaults()
            .with(
                "augmentation: {flips: false, rotation: 0, scaleMin: 1, scaleMax: 1, shift: 0,"
                    + " aspect: 0, brightness: 0, contrast: 0, saturation: 0, hue: 0, gamma: 0,"
                    + " illumination: 0, colourCast: 0, blur: 0, noise: 0, hairs: 0, ruler: 0,"
                    + " vignette: 0, otherSkin: 0}");
    assertThat(none.augmentation()).isEqualTo(TrainingConfig.Augmentation.none());
    return none.with("augmentation: {" + yaml + "}").augmentation();
  }

  private static void assertWithinUnit(float[] values) {
    float least = 1;
    float most = 0;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    assertThat(least).isGreaterThanOrEqualTo(0);
    assertThat(most).isLessThanOrEqualTo(1);
  }

  private static final String GEOMETRY =
      "flips: true, rotation: 180, scaleMin: 0.7, scaleMax: 1.4, shift: 0.1, aspect: 0.2";

  @Test
  void withoutStrengthsAWholeReductionIsTheMeanOfEachCell() {
    Sample sample = ellipse(96, 64);
    Output output = run(with(""), sample, 5, 32);

    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        // 96 x 64 to 32 x 32: cells of 3 x 2.
        int red = 0;
        for (int sy = 2 * y; sy < 2 * y + 2; sy++) {
          for (int sx = 3 * x; sx < 3 * x + 3; sx++) {
            red += sample.image().get(sx, sy, 0);
          }
        }
        float expected = red / 255f / 6;
        int i = y * 32 + x;
        assertThat(output.image()[i]).isCloseTo(expected, within(1e-3f));
        assertThat(output.mask()[i]).isCloseTo(expected, within(1e-5f));
        assertThat(output.image()[32 * 32 + i]).isCloseTo(0.4f, within(1e-3f));
        assertThat(output.image()[2 * 32 * 32 + i]).isCloseTo(0.2f, within(1e-3f));
      }
    }
  }

  @Test
  void normalisesAndWritesAtTheOffsets() {
    Sample sample = ellipse(64, 64);
    float[] image = new float[10 + 3 * 32 * 32];
    float[] mask = new float[20 + 32 * 32];
    new Augmenter(with(""), new float[] {0.5f, 0.1f, 0.2f}, new float[] {0.5f, 0.3f, 2})
        .fill(sample, sample, 1, 32, image, 10, mask, 20);

    assertThat(image[9]).isZero();
    assertThat(image[10]).isCloseTo(-1, within(1e-3f));
    assertThat(image[10 + 32 * 32]).isCloseTo(1, within(1e-2f));
    assertThat(image[10 + 2 * 32 * 32]).isCloseTo(0, within(1e-3f));
    assertThat(mask[19]).isZero();
    assertThat(mask[20 + 17 * 32 + 14]).isEqualTo(1);
  }

  /** The label must lie where the lesion does: here the red channel is the lesion. */
  @ParameterizedTest
  @CsvSource({"512, 384, 112", "300, 400, 224", "64, 48, 96", "8, 500, 64"})
  void photoAndMaskMoveTogether(int width, int height, int size) {
    Sample sample = ellipse(width, height);
    for (long seed = 0; seed < 20; seed++) {
      Output output = run(with(GEOMETRY), sample, seed, size);
      float apart = 0;
      for (int i = 0; i < size * size; i++) {
        apart = Math.max(apart, Math.abs(output.image()[i] - output.mask()[i]));
      }
      assertThat(apart).isLessThan(1e-3f);
      assertWithinUnit(output.mask());
    }
  }

  @Test
  void aTurnKeepsTheAreaOfALesionInTheMiddle() {
    Sample sample = ellipse(256, 192);
    double share = sample.target().share();
    for (long seed = 0; seed < 20; seed++) {
      double mean = run(with("rotation: 180, flips: true"), sample, seed, 128).meanOfMask();
      assertThat(mean).isCloseTo(share, within(0.03 * share));
    }
  }

  @Test
  void aScaleOfTwoQuadruplesTheArea() {
    Sample sample = ellipse(256, 192);
    double share = sample.target().share();
    double mean = run(with("scaleMin: 2, scaleMax: 2"), sample, 1, 128).meanOfMask();
    assertThat(mean).isCloseTo(4 * share, within(0.05 * share));
  }

  @Test
  void flipsComeInFourKinds() {
    Sample sample = ellipse(64, 64);
    float[] plain = run(with(""), sample, 0, 64).mask();
    boolean[] seen = new boolean[4];
    for (long seed = 0; seed < 40; seed++) {
      float[] mask = run(with("flips: true"), sample, seed, 64).mask();
      for (int kind = 0; kind < 4; kind++) {
        boolean same = true;
        for (int y = 0; y < 64; y++) {
          for (int x = 0; x < 64; x++) {
            int fromX = (kind & 1) == 0 ? x : 63 - x;
            int fromY = (kind & 2) == 0 ? y : 63 - y;
            same &= Math.abs(mask[y * 64 + x] - plain[fromY * 64 + fromX]) < 1e-4;
          }
        }
        seen[kind] |= same;
      }
    }
    assertThat(seen).containsOnly(true);
  }

  /** A speck in a corner would be lost by most turns. */
  @Test
  void theLesionStaysInSight() {
    byte[] inside = new byte[160 * 80];
    for (int y = 0; y < 8; y++) {
      for (int x = 0; x < 8; x++) {
        inside[y * 160 + x] = 1;
      }
    }
    Sample sample =
        new Sample(
            "corner", new RgbImage(160, 80, new byte[3 * 160 * 80]), new Mask(160, 80, inside));
    for (long seed = 0; seed < 50; seed++) {
      assertThat(run(with("rotation: 180"), sample, seed, 64).meanOfMask())
          .isGreaterThan(0.4 * 64 / (160 * 80));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "brightness: 1", "contrast: 0.9", "saturation: 1", "hue: 0.5", "gamma: 2",
            "colourCast: 0.9",
        "illumination: 1", "blur: 3", "noise: 0.5", "hairs: 1", "ruler: 1", "vignette: 1"
      })
  void whatIsNotGeometryChangesThePhotoAndLeavesTheMask(String strength) {
    Sample sample = ellipse(128, 96);
    Output plain = run(with(""), sample, 0, 64);
    int changed = 0;
    for (long seed = 0; seed < 10; seed++) {
      Output output = run(with(strength), sample, seed, 64);
      assertThat(output.mask()).isEqualTo(plain.mask());
      boolean differs = false;
      for (int i = 0; i < output.image().length; i++) {
        differs |= Math.abs(output.image()[i] - plain.image()[i]) > 0.02;
      }
      assertWithinUnit(output.image());
      changed += differs ? 1 : 0;
    }
    // The blur takes a third of the photos, everything else all of them (but for a faint draw).
    assertThat(changed).isGreaterThanOrEqualTo(strength.startsWith("blur") ? 1 : 7);
  }

  @Test
  void saturationAndHueLeaveGreyGrey() {
    byte[] grey = new byte[3 * 32 * 32];
    Arrays.fill(grey, (byte) 120);
    Sample sample =
        new Sample("grey", new RgbImage(32, 32, grey), new Mask(32, 32, new byte[32 * 32]));
    for (long seed = 0; seed < 10; seed++) {
      for (float value : run(with("saturation: 1, hue: 0.5"), sample, seed, 32).image()) {
        assertThat(value).isCloseTo(120 / 255f, within(1.5e-3f));
      }
    }
  }

  @Test
  void theSeedDecidesWhateverWasMadeBefore() {
    TrainingConfig.Augmentation strengths =
        TrainingConfig.defaults()
            .with("augmentation: {hairs: 1, ruler: 1, vignette: 1, otherSkin: 1}")
            .augmentation();
    Sample sample = ellipse(200, 150);
    Output first = run(strengths, sample, 42, 96);

    Augmenter used = new Augmenter(strengths, ZERO, ONE);
    float[] image = new float[3 * 128 * 128];
    float[] mask = new float[128 * 128];
    Sample larger = ellipse(400, 390);
    used.fill(larger, sample, 1, 128, image, 0, mask, 0);
    used.fill(sample, sample, 42, 96, image, 0, mask, 0);

    assertThat(Arrays.copyOf(image, first.image().length)).isEqualTo(first.image());
    assertThat(Arrays.copyOf(mask, first.mask().length)).isEqualTo(first.mask());
    assertThat(run(strengths, sample, 43, 96).image()).isNotEqualTo(first.image());
  }

  /** A disc on even skin, all of it of one colour and the disc {@code darker} times as bright. */
  private static Sample disc(double centreX, double radius, int[] skin, double darker) {
    int side = 128;
    byte[] colours = new byte[3 * side * side];
    byte[] inside = new byte[side * side];
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        int i = y * side + x;
        boolean lesion = Math.hypot(x + 0.5 - centreX, y + 0.5 - 64) < radius;
        inside[i] = (byte) (lesion ? 1 : 0);
        for (int channel = 0; channel < 3; channel++) {
          colours[3 * i + channel] = (byte) Math.round(skin[channel] * (lesion ? darker : 1));
        }
      }
    }
    return new Sample("disc", new RgbImage(side, side, colours), new Mask(side, side, inside));
  }

  /** Even skins leave no doubt of what is right: the other skin everywhere, times the contrast. */
  @Test
  void theLesionIsShownInTheOtherSkinAsMuchDarkerAsItWas() {
    Sample sample = disc(40, 16, new int[] {200, 160, 140}, 0.5);
    Sample skin = disc(90, 24, new int[] {120, 80, 60}, 0.3);
    Output plain = run(with(""), sample, 1, 128);
    float[] image = new float[5 + 3 * 128 * 128];
    float[] mask = new float[7 + 128 * 128];
    new Augmenter(with("otherSkin: 1"), ZERO, ONE).fill(sample, skin, 1, 128, image, 5, mask, 7);

    for (int i = 0; i < 128 * 128; i++) {
      float lesion = plain.mask()[i];
      assertThat(mask[7 + i]).isCloseTo(lesion, within(1e-6f));
      float contrast = lesion == 1 ? 0.5f : 1;
      assertThat(image[5 + i]).isCloseTo(contrast * 120 / 255, within(0.01f));
      assertThat(image[5 + 128 * 128 + i]).isCloseTo(contrast * 80 / 255, within(0.01f));
      assertThat(image[5 + 2 * 128 * 128 + i]).isCloseTo(contrast * 60 / 255, within(0.01f));
    }
  }

  @Test
  void whereTheLesionsLeaveNoSkinThePhotoStaysAsItIs() {
    Sample sample = disc(64, 40, new int[] {200, 160, 140}, 0.5);
    Sample filled = disc(64, 128, new int[] {120, 80, 60}, 0.3);
    Output plain = run(with(""), sample, 1, 128);
    float[] image = new float[3 * 128 * 128];
    float[] mask = new float[128 * 128];
    new Augmenter(with("otherSkin: 1"), ZERO, ONE).fill(sample, filled, 1, 128, image, 0, mask, 0);

    assertThat(image).isEqualTo(plain.image());
    assertThat(mask).isEqualTo(plain.mask());
  }

  /** What lies on the other photo's skin, far from both lesions, comes along. */
  @Test
  void theOtherPhotoIsShownFarFromTheLesions() {
    Sample sample = disc(30, 10, new int[] {200, 160, 140}, 0.5);
    Sample skin = disc(98, 10, new int[] {120, 80, 60}, 0.3);
    for (int x = 0; x < 128; x++) {
      skin.image().data()[3 * (8 * 128 + x)] = 0; // a ruler's line, without red
    }
    float[] image = new float[3 * 128 * 128];
    float[] mask = new float[128 * 128];
    new Augmenter(with("otherSkin: 1"), ZERO, ONE).fill(sample, skin, 1, 128, image, 0, mask, 0);

    for (int x = 0; x < 128; x++) {
      assertThat(image[8 * 128 + x]).isLessThan(0.01f);
    }
  }

  @Test
  void sizesThatDifferAreRefused() {
    assertThatThrownBy(
            () -> new Sample("x", new RgbImage(2, 1, new byte[6]), new Mask(1, 2, new byte[2])))
        .hasMessageContaining("x: the image has 2 x 1 pixels, its mask 1 x 2");
    assertThatThrownBy(() -> new Augmenter(with(""), ZERO, ZERO)).hasMessageContaining("std");
  }
}
