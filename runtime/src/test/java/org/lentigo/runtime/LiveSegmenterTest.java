package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;

/** With a network that takes the red channel for the probability. */
class LiveSegmenterTest {
  private static final int SIZE = 64;
  private final Model model = TestModels.random("lite", SIZE);

  private Segmenter segmenter() {
    return new NetworkSegmenter(model, new Red());
  }

  /** A disc with a soft edge at x, with noise. */
  private static RgbImage disc(double x, double noise, Random random) {
    byte[] data = new byte[3 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      double distance = Math.hypot(i % SIZE - x, i / SIZE - 32);
      double p = 1 / (1 + Math.exp(distance - 14)) + noise * random.nextGaussian();
      data[3 * i] = (byte) Math.round(255 * Math.max(0, Math.min(1, p)));
    }
    return new RgbImage(SIZE, SIZE, data);
  }

  private static double changed(Segmentation a, Segmentation b) {
    byte[] before = a.mask().data();
    byte[] after = b.mask().data();
    int changed = 0;
    for (int i = 0; i < before.length; i++) {
      changed += before[i] == after[i] ? 0 : 1;
    }
    return changed;
  }

  private static double centre(Segmentation lesion) {
    double sum = 0;
    for (int i = 0; i < SIZE * SIZE; i++) {
      sum += lesion.mask().data()[i] * (i % SIZE);
    }
    return sum / lesion.area();
  }

  @Test
  void aStillPictureTremblesLess() {
    try (Segmenter segmenter = segmenter()) {
      LiveSegmenter steady = segmenter.live(true);
      LiveSegmenter raw = segmenter.live(false);
      Random random = new Random(1);
      double steadyChanges = 0;
      double rawChanges = 0;
      Segmentation steadyBefore = null;
      Segmentation rawBefore = null;
      for (int frame = 0; frame < 60; frame++) {
        RgbImage image = disc(30, 0.04, random);
        Segmentation a = steady.next(image);
        Segmentation b = raw.next(image);
        if (steadyBefore != null && rawBefore != null && frame > 10) {
          steadyChanges += changed(steadyBefore, a);
          rawChanges += changed(rawBefore, b);
        }
        steadyBefore = a;
        rawBefore = b;
      }
      assertThat(steadyChanges).isLessThan(0.6 * rawChanges);
    }
  }

  /** At a sixth of its radius a frame, which is fast for a hand-held camera. */
  @Test
  void movementIsNotHeldBack() {
    try (Segmenter segmenter = segmenter()) {
      LiveSegmenter steady = segmenter.live(true);
      Random random = new Random(2);
      double behind = 0;
      for (int frame = 0; frame < 15; frame++) {
        double x = 16 + 2.3 * frame;
        Segmentation lesion = steady.next(disc(x, 0.02, random));
        behind += frame < 2 ? 0 : (x - centre(lesion)) / 2.3 / 13;
      }
      // In frames.
      assertThat(behind).isCloseTo(0, within(0.15));
    }
  }

  @Test
  void aCutIsShownAtOnceAndNothingChangesWithoutSmoothing() {
    try (Segmenter segmenter = segmenter()) {
      LiveSegmenter steady = segmenter.live(true);
      assertThatThrownBy(steady::lastProbabilities).hasMessageContaining("no frame");
      steady.next(disc(20, 0, new Random(3)));
      RgbImage white = new RgbImage(SIZE, SIZE, filled());
      assertThat(steady.next(white).mask().data())
          .isEqualTo(segmenter.oneLook().segment(white).mask().data());

      LiveSegmenter raw = segmenter.live(false);
      raw.next(disc(20, 0, new Random(3)));
      RgbImage noisy = disc(21, 0.1, new Random(4));
      assertThat(raw.next(noisy).networkProbabilities())
          .isEqualTo(segmenter.oneLook().segment(noisy).networkProbabilities())
          .isEqualTo(raw.lastProbabilities());
    }
  }

  private static byte[] filled() {
    byte[] data = new byte[3 * SIZE * SIZE];
    Arrays.fill(data, (byte) 255);
    return data;
  }
}
