package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;
import org.lentigo.network.PostProcessing;

class TwoLooksTest {
  private static final int SIZE = 32;

  /** Takes for lesion what is red, each column to the right a little less. */
  private static final class Leaning extends Red {
    @Override
    public void infer(float[] planes, float[] probabilities) {
      super.infer(planes, probabilities);
      for (int i = 0; i < probabilities.length; i++) {
        probabilities[i] = probabilities[i] > 0.5f ? 0.9f - 0.01f * (i % SIZE) : 0.1f;
      }
    }
  }

  /** Its left half has the one value of red, its right half the other; green and blue are even. */
  private static RgbImage halves(int left, int right, int others) {
    byte[] data = new byte[3 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      data[3 * i] = (byte) (i % SIZE < SIZE / 2 ? left : right);
      data[3 * i + 1] = (byte) others;
      data[3 * i + 2] = (byte) others;
    }
    return new RgbImage(SIZE, SIZE, data);
  }

  private static Model model() {
    return TestModels.random("T4-5", SIZE).withPostProcessing(PostProcessing.LIKELIEST);
  }

  @Test
  void theSecondLookIsInTheMirror() {
    Leaning network = new Leaning();
    try (Segmenter segmenter = new NetworkSegmenter(model(), network)) {
      Segmentation lesion = segmenter.segment(halves(255, 0, 255));

      assertThat(network.shown).hasSize(2);
      assertThat(network.shown.get(0)[0]).isCloseTo(1, within(1e-5f));
      assertThat(network.shown.get(0)[SIZE - 1]).isCloseTo(0, within(1e-5f));
      assertThat(network.shown.get(1)[0]).isCloseTo(0, within(1e-5f));
      assertThat(network.shown.get(1)[SIZE - 1]).isCloseTo(1, within(1e-5f));
      // In column x the first says 0.9 - 0.01 x, the second 0.9 - 0.01 (31 - x): 0.745 in the mean.
      float[] map = lesion.probabilities();
      for (int x = 0; x < SIZE / 2; x++) {
        assertThat(map[x]).isCloseTo(0.745f, within(1e-5f));
      }
      assertThat(lesion.networkProbabilities()[3]).isCloseTo(0.87f, within(1e-5f));
      assertThat(lesion.magnification()).isEqualTo(1);
    }
  }

  @Test
  void aDarkPhotoIsBrightenedForTheFirstLookAlone() {
    Leaning network = new Leaning();
    try (Segmenter segmenter = new NetworkSegmenter(model(), network)) {
      // 0.36 to the power of ln 0.6 / ln 0.36 = 1/2 is 0.6.
      segmenter.segment(halves(92, 92, 92));
      float dark = 92 / 255f;

      assertThat(network.shown.get(0)[0]).isCloseTo(0.6f, within(1e-4f));
      assertThat(network.shown.get(1)[0]).isCloseTo(dark, within(1e-4f));

      network.shown.clear();
      segmenter.oneLook().segment(halves(92, 92, 92));
      segmenter.live(false).next(halves(92, 92, 92));
      assertThat(network.shown).hasSize(2);
      for (float[] red : network.shown) {
        assertThat(red[0]).isCloseTo(dark, within(1e-4f));
      }
    }
  }

  @Test
  void inAllMirrorImagesAPhotoIsLookedAtAgainOnlyIfItIsDark() {
    Leaning network = new Leaning();
    try (Segmenter segmenter = new NetworkSegmenter(model(), network).mirrored()) {
      segmenter.segment(halves(255, 0, 255));
      assertThat(network.shown).hasSize(4);

      network.shown.clear();
      segmenter.segment(halves(255, 0, 40));
      assertThat(network.shown).hasSize(8);
    }
  }

  @Test
  void exposureIsMadeUpForInDarkPhotosAlone() {
    assertThat(brightened(0.7f)).isEqualTo(0.7f);
    assertThat(brightened(0.6f)).isEqualTo(0.6f);
    assertThat(brightened(0.36f)).isCloseTo(0.6f, within(1e-4f));
    // The exponent ends at 0.3: 0.01 to the power of 0.3.
    assertThat(brightened(0.01f)).isCloseTo(0.2512f, within(1e-3f));
    assertThat(brightened(0)).isZero();

    // In the mean 0.25, so the exponent is ln 0.6 / ln 0.25 = 0.36848; black and white stay.
    float[] mixed = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0.5f, 0.5f, 1};
    assertThat(Exposure.brighten(mixed)).isTrue();
    assertThat(mixed[0]).isZero();
    assertThat(mixed[8]).isEqualTo(1);
    assertThat(mixed[9]).isCloseTo(0.77460f, within(1e-4f));
  }

  private static float brightened(float value) {
    float[] planes = new float[12];
    Arrays.fill(planes, value);
    assertThat(Exposure.brighten(planes)).isEqualTo(value < 0.6f);
    return planes[0];
  }
}
