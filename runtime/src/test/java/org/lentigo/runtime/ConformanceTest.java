package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import nu.pattern.OpenCV;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.Op;
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
    return Networks.all().stream().map(Network::name).toList();
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
    float[] planes = TestModels.planes(96, 3);
    // Untrained, the others' BatchNorms leave logits of some dozens, and rounding is by their size.
    boolean own = UlrtsNet.networks().contains(model.network());
    assertThat(run(model, Engine.ONNX_RUNTIME, planes))
        .containsExactly(
            run(model, Engine.ONNX_RUNTIME_PLAIN, planes), within(own ? 1e-5f : 1e-4f));
  }

  private static float[] run(Model model, Engine engine, float[] planes) {
    float[] map = new float[planes.length / 3];
    try (Inference inference = Inference.open(model, 1, engine)) {
      inference.infer(planes, map);
    }
    return map;
  }

  private static void assertAgreement(Model model) {
    int size = model.preprocessing().size();
    float[] planes = TestModels.planes(size, 3);

    float[] ours = run(model, Engine.ONNX_RUNTIME, planes);

    float[] theirs = new float[size * size];
    Net net = Dnn.readNetFromONNX(new MatOfByte(OnnxWriter.encode(model)));
    Mat input = new Mat(new int[] {1, 3, size, size}, CvType.CV_32F);
    input.put(new int[] {0, 0, 0, 0}, planes);
    net.setInput(input, "image");
    net.forward("probability").get(new int[] {0, 0, 0, 0}, theirs);

    double least = 1;
    double most = 0;
    int apart = 0;
    for (int i = 0; i < ours.length; i++) {
      apart += Math.abs(ours[i] - theirs[i]) <= TOLERANCE ? 0 : 1;
      least = Math.min(least, ours[i]);
      most = Math.max(most, ours[i]);
    }
    // Where two values of a window are equal but for rounding, the maximum is at another place.
    boolean unpools =
        model.graph().nodes().stream().anyMatch(node -> node.op() instanceof Op.Unpool);
    assertThat(apart).as("pixels that differ").isLessThanOrEqualTo(unpools ? ours.length / 100 : 0);
    // Two constant maps would agree as well.
    assertThat(most - least).isGreaterThan(100 * TOLERANCE);
  }
}
