package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Resampling;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.Quantization;
import org.lentigo.network.Quantization.Range;

class QuantizerTest {
  private static final int SIZE = 64;

  private static Model quantised(Model model) {
    try (Quantizer quantizer = new Quantizer(model)) {
      for (int seed = 0; seed < 6; seed++) {
        quantizer.show(TestModels.noise(90, 70, seed));
      }
      return quantizer.quantized("int8");
    }
  }

  private static float[] run(Model model, Engine engine) {
    float[] planes = Resampling.toPlanes(TestModels.noise(90, 70, 99), SIZE, SIZE);
    model.preprocessing().normalise(planes);
    float[] map = new float[SIZE * SIZE];
    try (Inference inference = Inference.open(model, 1, engine)) {
      inference.infer(planes, map);
    }
    return map;
  }

  private static double meanDifference(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs(a[i] - b[i]);
    }
    return sum / a.length;
  }

  @ParameterizedTest
  @ValueSource(strings = {"T4-5", "T4-1", "T3-1", "lite"})
  void computesNearlyTheSame(String variant) throws Exception {
    Model model = TestModels.random(variant, SIZE);
    Model int8 = ModelFile.read(ModelFile.encode(quantised(model)));

    float[] exact = run(model, Engine.ONNX_RUNTIME);
    float[] tuned = run(int8, Engine.ONNX_RUNTIME);

    // Random weights give logits of any size: that of a probability's error is bounded all the
    // same.
    assertThat(meanDifference(exact, tuned)).isBetween(1e-7, 0.02);
    assertThat(run(int8, Engine.ONNX_RUNTIME_PLAIN)).containsExactly(tuned, within(0.02f));
    assertThat(run(int8, Engine.ONNX_RUNTIME)).containsExactly(tuned);
  }

  /** Cut off at next to nothing, the maps say nothing: so the ranges are what is computed with. */
  @Test
  void theRangesDecide() {
    Model model = TestModels.random("T4-5", SIZE);
    Model int8 = quantised(model);
    SortedMap<String, Range> narrow = new TreeMap<>();
    int8.quantization()
        .orElseThrow()
        .ranges()
        .keySet()
        .forEach(map -> narrow.put(map, new Range(0, 1e-3f)));
    Model cut = model.quantized("cut", new Quantization(narrow, 1));
    float[] exact = run(model, Engine.ONNX_RUNTIME);
    assertThat(meanDifference(exact, run(cut, Engine.ONNX_RUNTIME)))
        .isGreaterThan(5 * meanDifference(exact, run(int8, Engine.ONNX_RUNTIME)));
  }

  @Test
  void quantisesTheMultiScaleModulesOnly() {
    Model int8 = quantised(TestModels.random("T4-5", SIZE));
    SortedMap<String, Range> ranges = int8.quantization().orElseThrow().ranges();
    assertThat(ranges)
        .containsOnlyKeys(
            "e3.ca.mul",
            "e4.d1.relu",
            "e4.d2.relu",
            "e4.d4.relu",
            "e4.concat",
            "e4.pw.relu",
            "e4.ca.mul",
            "e5.d1.relu",
            "e5.d2.relu",
            "e5.d4.relu",
            "e5.d8.relu",
            "e5.d16.relu",
            "e5.concat",
            "e5.pw.relu");
    // What is concatenated has one range, so that bytes are copied as they are.
    assertThat(ranges.get("e5.d16.relu")).isEqualTo(ranges.get("e5.concat"));
    assertThat(ranges.values()).allMatch(range -> range.low() == 0);
    String onnx = new String(OnnxWriter.encode(int8), StandardCharsets.ISO_8859_1);
    assertThat(onnx).contains("QuantizeLinear", "e5.d16.conv.weight.levels");
    assertThat(onnx).doesNotContain("d1.dw.conv.weight.levels", "head.conv.weight.levels");
  }

  @Test
  void saysWhatItCannotDo() {
    Model model = TestModels.random("T4-5", SIZE);
    try (Quantizer quantizer = new Quantizer(model)) {
      assertThatThrownBy(() -> quantizer.quantized("x")).hasMessageContaining("no photo");
      quantizer.close(); // And again below, which does nothing.
      assertThatThrownBy(() -> quantizer.show(TestModels.noise(90, 70, 1)))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThatThrownBy(() -> new Quantizer(quantised(model))).hasMessageContaining("already");
    assertThatThrownBy(() -> new Quantizer(TestModels.random("T4-2", SIZE)))
        .hasMessageContaining("T4-2")
        .hasMessageContaining("no dense 3x3");
    assertThatThrownBy(() -> Inference.open(quantised(model), 1, Engine.JAVA_PLAIN))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("8-bit");
    assertThatThrownBy(() -> new Range(0.5f, 1)).hasMessageContaining("0.5");
  }

  @Test
  void aLevelIsWhatItIsWorth() {
    Range range = new Range(-0.5f, 2.05f);
    assertThat(range.scale()).isEqualTo(0.01f, within(1e-6f));
    assertThat(range.zeroPoint()).isEqualTo(50);
    assertThat(range.and(new Range(-1, 1))).isEqualTo(new Range(-1, 2.05f));
  }
}
