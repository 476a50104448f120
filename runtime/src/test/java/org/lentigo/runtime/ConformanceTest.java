package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import nu.pattern.OpenCV;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lentigo.network.Model;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.UlrtsNet;
import org.opencv.core.CvType;
import org.opencv.core.Mat;
import org.opencv.core.MatOfByte;
import org.opencv.dnn.Dnn;
import org.opencv.dnn.Net;

/** Two engines that share no code read the exported file alike. */
class ConformanceTest {
  private static final double TOLERANCE = 1e-4;

  @BeforeAll
  static void loadOpenCv() {
    OpenCV.loadLocally();
  }

  static List<String> variants() {
    return UlrtsNet.variants().stream().map(UlrtsNet.Variant::name).toList();
  }

  @ParameterizedTest
  @MethodSource("variants")
  void openCvAndOnnxRuntimeAgree(String variant) {
    assertAgreement(TestModels.random(variant, 96));
  }

  @ParameterizedTest
  @CsvSource({"8", "36", "224"})
  void openCvAndOnnxRuntimeAgreeAtAnyInputSize(int size) {
    assertAgreement(TestModels.random(UlrtsNet.DEFAULT_VARIANT, size));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void theTunedFormIsTheSameFunction(String variant) {
    Model model = TestModels.random(variant, 96);
    float[] planes = noise(96);
    try (OnnxRuntimeSegmenter tuned = new OnnxRuntimeSegmenter(model, 1);
        OnnxRuntimeSegmenter plain = new OnnxRuntimeSegmenter(model, 1, OnnxWriter.Form.PLAIN)) {
      assertThat(tuned.run(planes, 96)).containsExactly(plain.run(planes, 96), within(1e-5f));
    }
  }

  private static float[] noise(int size) {
    float[] planes = new float[3 * size * size];
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) random.nextDouble(-2, 2);
    }
    return planes;
  }

  private static void assertAgreement(Model model) {
    int size = model.preprocessing().size();
    float[] planes = noise(size);

    float[] ours;
    try (OnnxRuntimeSegmenter segmenter = new OnnxRuntimeSegmenter(model, 1)) {
      ours = segmenter.run(planes, size);
    }

    float[] theirs = new float[size * size];
    Net net = Dnn.readNetFromONNX(new MatOfByte(OnnxWriter.encode(model)));
    Mat input = new Mat(new int[] {1, 3, size, size}, CvType.CV_32F);
    input.put(new int[] {0, 0, 0, 0}, planes);
    net.setInput(input, "image");
    net.forward("probability").get(new int[] {0, 0, 0, 0}, theirs);

    double least = 1;
    double most = 0;
    for (int i = 0; i < ours.length; i++) {
      assertThat((double) ours[i]).as("pixel %d", i).isCloseTo(theirs[i], within(TOLERANCE));
      least = Math.min(least, ours[i]);
      most = Math.max(most, ours[i]);
    }
    // Two constant maps would agree as well.
    assertThat(most - least).isGreaterThan(100 * TOLERANCE);
  }
}
