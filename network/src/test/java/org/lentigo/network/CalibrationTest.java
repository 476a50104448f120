package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CalibrationTest {
  private static Calibration platt(double slope, double offset) {
    return new Calibration(slope, offset, 10, Optional.empty());
  }

  @Test
  void undoingGivesTheProbabilityFromBefore() {
    // logit(0.8) = ln 4; twice that less ln 2 is ln 8.
    assertThat(platt(2, -Math.log(2)).apply(0.8)).isCloseTo(8.0 / 9, within(1e-12));
    Calibration calibration = platt(0.7, 0.3);
    for (double p : new double[] {0, 1e-30, 0.01, 0.5, 0.999, 1}) {
      assertThat(calibration.undo(calibration.apply(p))).isCloseTo(p, within(1e-12));
    }
  }

  @Test
  void theHeadTakesTheSlopeAndTheOffsetAndNothingElseChanges() {
    Model model = ModelFileTest.model("T4-5", 3);

    Model calibrated = model.calibrated(platt(0.5, 0.25));

    float[] weight = model.weights().get("head.conv.weight");
    for (int i = 0; i < weight.length; i++) {
      assertThat(calibrated.weights().get("head.conv.weight")[i]).isEqualTo(0.5f * weight[i]);
    }
    float bias = model.weights().get("head.conv.bias")[0];
    assertThat(calibrated.weights().get("head.conv.bias")).containsExactly(0.5f * bias + 0.25f);
    model
        .weights()
        .tensors()
        .forEach(
            (name, values) -> {
              if (!name.startsWith("head.conv.")) {
                assertThat(calibrated.weights().get(name)).isSameAs(values);
              }
            });
    assertThat(calibrated.threshold())
        .isCloseTo((float) platt(0.5, 0.25).apply(0.45f), within(1e-7f));
    assertThat(Costs.of(calibrated.graph(), 224)).isEqualTo(Costs.of(model.graph(), 224));
  }

  @Test
  void calibratedTwiceItStillKnowsTheFirstProbabilities() {
    Model model = ModelFileTest.model("T4-5", 3);

    Model twice = model.calibrated(platt(0.5, 0.25)).calibrated(platt(3, -1));

    assertThat(twice.calibration()).contains(platt(1.5, -0.25));
    Model undone = twice.uncalibrated();
    assertThat(undone.calibration()).isEmpty();
    assertThat(undone.threshold()).isCloseTo(model.threshold(), within(1e-6f));
    model
        .weights()
        .tensors()
        .forEach(
            (name, values) ->
                assertThat(undone.weights().get(name)).containsExactly(values, within(1e-6f)));
    assertThat(model.uncalibrated()).isSameAs(model);
  }

  @Test
  void thePredictorDoesNotOutliveTheMasksItWasFittedTo() {
    JaccardPredictor predictor = new JaccardPredictor(List.of("a"), List.of(1.0, 2.0), 0.9);
    Model model =
        ModelFileTest.model("T4-5", 3)
            .calibrated(new Calibration(0.5, 0.25, 10, Optional.of(predictor)));

    assertThat(model.withPostProcessing(PostProcessing.NONE)).isSameAs(model);
    assertThat(model.withPostProcessing(new PostProcessing(1, false, false)).calibration())
        .contains(platt(0.5, 0.25));
  }

  @Test
  void aPredictorIsALogisticRegression() {
    JaccardPredictor predictor =
        new JaccardPredictor(List.of("a", "b"), List.of(1.0, 2.0, -0.5), 0.9);

    // 1 + 2 * 0.5 - 0.5 * 4 = 0.
    assertThat(predictor.predict(new double[] {0.5, 4})).isEqualTo(0.5);
    assertThat(predictor.predict(new double[] {1, 4}))
        .isCloseTo(1 / (1 + Math.exp(-1)), within(1e-12));
    assertThatThrownBy(() -> predictor.predict(new double[1])).hasMessageContaining("1 values");
    assertThatThrownBy(() -> new JaccardPredictor(List.of("a"), List.of(1.0), 0))
        .hasMessageContaining("2 finite coefficients");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> platt(0, 0)).hasMessageContaining("slope 0.0");
    assertThatThrownBy(() -> platt(1, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new PostProcessing(1.5, false, false)).hasMessageContaining("1.5");
  }

  /** As an enlarged map may have them. */
  @Test
  void aProbabilityARoundingPastOneIsOne() {
    Calibration calibration = new Calibration(0.75, -0.125, 86, Optional.empty());
    assertThat(calibration.undo(Math.nextUp(1f))).isEqualTo(1);
    assertThat(calibration.apply(Math.nextUp(1f))).isEqualTo(1);
    assertThat(calibration.undo(-Float.MIN_VALUE)).isZero();
  }
}
