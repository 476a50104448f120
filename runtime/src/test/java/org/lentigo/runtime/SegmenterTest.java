package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Components;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.metrics.MapFeatures;
import org.lentigo.network.Calibration;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.ModelFormatException;
import org.lentigo.network.PostProcessing;

class SegmenterTest {
  private static final int SIZE = 64;
  private static final Model MODEL = TestModels.random("T4-5", SIZE);

  @TempDir private Path temp;

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 200", "200, 3", "64, 64", "63, 65", "500, 400"})
  void theResultHasTheImagesOwnSize(int width, int height) {
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      Segmentation s = segmenter.segment(TestModels.noise(width, height, 1));

      assertThat(s.width()).isEqualTo(width);
      assertThat(s.height()).isEqualTo(height);
      float[] p = s.probabilities();
      assertThat(p).hasSize(width * height);
      long area = 0;
      double sum = 0;
      for (int i = 0; i < p.length; i++) {
        assertThat(p[i]).isBetween(0f, 1f);
        boolean lesion = p[i] >= s.threshold();
        assertThat(s.mask().data()[i]).isEqualTo((byte) (lesion ? 1 : 0));
        area += lesion ? 1 : 0;
        sum += lesion ? p[i] : 0;
      }
      assertThat(s.area()).isEqualTo(area);
      assertThat(s.areaFraction()).isEqualTo((double) area / p.length);
      assertThat(s.meanConfidence().isPresent()).isEqualTo(area > 0);
      if (area > 0) {
        assertThat(s.meanConfidence().getAsDouble()).isEqualTo(sum / area, within(1e-7));
      }
    }
  }

  /** Slope and offset are folded into the head; what ONNX Runtime then says is checked here. */
  @Test
  void calibrationScalesTheProbabilitiesAndKeepsTheMask() {
    Calibration calibration = new Calibration(0.6, 0.3, 10, Optional.empty());
    Model calibrated = MODEL.calibrated(calibration);
    RgbImage image = TestModels.noise(SIZE, SIZE, 3);
    try (Segmenter plain = Segmenter.of(MODEL, 1);
        Segmenter scaled = Segmenter.of(calibrated, 1)) {
      Segmentation before = plain.segment(image);
      Segmentation after = scaled.segment(image);

      float[] p = before.networkProbabilities();
      float[] q = after.networkProbabilities();
      int differing = 0;
      for (int i = 0; i < p.length; i++) {
        assertThat((double) q[i]).isCloseTo(calibration.apply(p[i]), within(1e-5));
        assertThat(calibration.undo(q[i])).isCloseTo(p[i], within(1e-4));
        differing += before.mask().data()[i] == after.mask().data()[i] ? 0 : 1;
      }
      assertThat(before.area()).isBetween(1L, SIZE * SIZE - 1L);
      // Rounding may move a pixel that lies on the threshold.
      assertThat(differing).isLessThanOrEqualTo(SIZE * SIZE / 1000);
    }
  }

  @Test
  void theJaccardIndexIsPredictedByModelsThatCan() {
    RgbImage image = TestModels.noise(90, 70, 3);
    JaccardPredictor known =
        new JaccardPredictor(
            List.of("logit_steadiness", "fragmentation"), List.of(0.5, 0.25, -2.0), 0.8);
    JaccardPredictor unknown = new JaccardPredictor(List.of("colour"), List.of(0.5, 1.0), 0.8);
    try (Segmenter plain = Segmenter.of(MODEL, 1);
        Segmenter able = Segmenter.of(calibrated(known), 1);
        Segmenter newer = Segmenter.of(calibrated(unknown), 1)) {
      assertThat(plain.segment(image).predictedJaccard()).isEmpty();
      assertThat(newer.segment(image).predictedJaccard()).isEmpty();

      Segmentation s = able.segment(image);
      MapFeatures features =
          MapFeatures.of(s.networkProbabilities(), SIZE, SIZE, s.threshold(), 0, false);
      assertThat(s.predictedJaccard())
          .hasValue(known.predict(features.regressors(known.features())));
      float most = 0;
      for (float p : s.networkProbabilities()) {
        most = Math.max(most, p);
      }
      assertThat(able.segment(image, Math.nextUp(most)).predictedJaccard()).hasValue(0);
    }
  }

  private static Model calibrated(JaccardPredictor predictor) {
    return MODEL.calibrated(new Calibration(1, 0, 10, Optional.of(predictor)));
  }

  @Test
  void theMaskIsPostProcessedAsTheModelSays() {
    RgbImage image = TestModels.noise(100, 80, 2);
    try (Segmenter plain = Segmenter.of(MODEL, 1).oneLook();
        Segmenter cleaning =
            Segmenter.of(MODEL.withPostProcessing(new PostProcessing(1, false, true)), 1)
                .oneLook()) {
      float[] sorted = plain.segment(image).probabilities();
      Arrays.sort(sorted);
      float cut = sorted[sorted.length / 2];
      Mask raw = plain.segment(image, cut).mask();
      Segmentation s = cleaning.segment(image, cut);

      assertThat(s.mask().data()).isEqualTo(Components.clean(raw, 1, true).data());
      // Noise leaves crumbs, or this test shows nothing.
      assertThat(Arrays.equals(s.mask().data(), raw.data())).isFalse();
      assertThat(s.contours()).hasSize(1);
      double sum = 0;
      float[] p = s.probabilities();
      for (int i = 0; i < p.length; i++) {
        sum += s.mask().data()[i] * p[i];
      }
      assertThat(s.meanConfidence().getAsDouble()).isEqualTo(sum / s.area(), within(1e-7));
      assertThat(s.area()).isEqualTo(s.mask().area());
    }
  }

  @Test
  void anyNumberOfThreadsGetsWhatOneGets() throws Exception {
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      images.add(TestModels.noise(90 + i, 70, i));
    }
    List<float[]> alone = new ArrayList<>();
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      images.forEach(image -> alone.add(segmenter.segment(image).probabilities()));
    }
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      List<Future<float[]>> together = new ArrayList<>();
      for (int round = 0; round < 4; round++) {
        for (RgbImage image : images) {
          together.add(executor.submit(() -> segmenter.segment(image).probabilities()));
        }
      }
      for (int i = 0; i < together.size(); i++) {
        assertThat(together.get(i).get()).isEqualTo(alone.get(i % images.size()));
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void twoThreadsOnOneImageDrawTheSameMask() {
    RgbImage image = TestModels.noise(120, 90, 5);
    try (Segmenter one = Segmenter.of(MODEL, 1);
        Segmenter two = Segmenter.of(MODEL, 2)) {
      assertThat(two.segment(image).mask().data()).isEqualTo(one.segment(image).mask().data());
    }
  }

  @Test
  void aHigherThresholdDrawsASmallerLesion() {
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      RgbImage image = TestModels.noise(100, 100, 2);
      float[] sorted = segmenter.segment(image).probabilities().clone();
      Arrays.sort(sorted);
      float low = sorted[sorted.length / 4];
      float high = sorted[3 * sorted.length / 4];

      assertThat(segmenter.segment(image, low).area())
          .isGreaterThan(segmenter.segment(image, high).area());
      assertThat(segmenter.segment(image, high).area()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 1, -1, Float.NaN})
  void aThresholdOutsideZeroToOneIsRefused(float threshold) {
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      assertThatThrownBy(() -> segmenter.segment(TestModels.noise(4, 4, 1), threshold))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("threshold");
    }
  }

  @Test
  void closingTwiceIsFineAndUseAfterClosingIsToldSo() {
    Segmenter segmenter = Segmenter.of(MODEL, 1);
    segmenter.close();
    segmenter.close();

    assertThatThrownBy(() -> segmenter.segment(TestModels.noise(8, 8, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void closingWaitsForTheCallsUnderWay() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 10; round++) {
        Segmenter segmenter = Segmenter.of(MODEL, 1);
        List<Future<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          calls.add(
              executor.submit(
                  () -> {
                    try {
                      return segmenter.segment(TestModels.noise(64, 64, 1)).width() == 64;
                    } catch (IllegalStateException e) {
                      return String.valueOf(e.getMessage()).contains("closed");
                    }
                  }));
        }
        segmenter.close();
        for (Future<Boolean> call : calls) {
          assertThat(call.get()).isTrue();
        }
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void fewerThanOneThreadIsRefused() {
    assertThatThrownBy(() -> Segmenter.of(MODEL, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
  }

  @Test
  void opensWhatWasWritten() throws Exception {
    Path file = temp.resolve("model.safetensors");
    Files.write(file, ModelFile.encode(MODEL));
    RgbImage image = TestModels.noise(80, 60, 4);
    try (Segmenter memory = Segmenter.of(MODEL, 1);
        Segmenter disk = Segmenter.open(file)) {
      assertThat(disk.segment(image).probabilities())
          .isEqualTo(memory.segment(image).probabilities());
      assertThat(disk.model().sha256()).isEqualTo(MODEL.sha256());
    }
  }

  @Test
  void weightsThatAreNotNumbersAreRefusedWhenOpened() throws Exception {
    byte[] bytes = ModelFile.encode(MODEL);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NaN);
    Path file = temp.resolve("nan.safetensors");
    Files.write(file, bytes);

    assertThatThrownBy(() -> Segmenter.open(file)).isInstanceOf(ModelFormatException.class);
  }

  @Test
  void aModelCutShortIsRefusedWhenOpened() throws Exception {
    byte[] bytes = ModelFile.encode(MODEL);
    Path file = temp.resolve("short.safetensors");
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));

    assertThatThrownBy(() -> Segmenter.open(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("cut short");
  }

  /** Without the thread of its own that starts ONNX Runtime, the child dies of a signal. */
  @Test
  void opensAlsoWhereTheCommandLineIsLong() throws Exception {
    String classPath =
        System.getProperty("java.class.path")
            + (File.pathSeparator + "/no/such/library.jar").repeat(4_000);
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                OpensTheBundledModel.class.getName())
            .inheritIO()
            .start();

    assertThat(child.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(child.exitValue()).isZero();
  }

  /** Run by the test above in a Java of its own. */
  static final class OpensTheBundledModel {
    public static void main(String[] args) throws IOException {
      Segmenter.bundled().close();
    }
  }

  /** Whatever side a photo is seen from, the mean over its mirror images is the same. */
  @Test
  void mirroredItSeesAPhotoAsItSeesItsMirrorImage() {
    RgbImage image = TestModels.noise(SIZE, SIZE, 5);
    byte[] flipped = new byte[image.data().length];
    for (int i = 0; i < SIZE * SIZE; i++) {
      int other = i - i % SIZE + SIZE - 1 - i % SIZE;
      System.arraycopy(image.data(), 3 * i, flipped, 3 * other, 3);
    }
    try (Segmenter plain = Segmenter.of(MODEL, 1);
        Segmenter mirrored = plain.mirrored()) {
      float[] seen = mirrored.segment(image).probabilities();
      float[] fromTheOtherSide =
          mirrored.segment(new RgbImage(SIZE, SIZE, flipped)).probabilities();
      float[] once = plain.segment(image).probabilities();
      float[] onceFromTheOtherSide =
          plain.segment(new RgbImage(SIZE, SIZE, flipped)).probabilities();

      assertThat(plain.views()).isEqualTo(1);
      assertThat(mirrored.views()).isEqualTo(4);
      assertThat(mirrored.mirrored()).isSameAs(mirrored);
      double apart = 0;
      for (int i = 0; i < seen.length; i++) {
        int other = i - i % SIZE + SIZE - 1 - i % SIZE;
        assertThat(fromTheOtherSide[other]).isEqualTo(seen[i], within(1e-5f));
        apart = Math.max(apart, Math.abs(onceFromTheOtherSide[other] - once[i]));
      }
      assertThat(apart).as("the network itself prefers a side").isGreaterThan(1e-3);
    }
  }
}
