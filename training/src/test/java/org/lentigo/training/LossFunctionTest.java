package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LossFunctionTest {

  /**
   * Two pixels with p = 0.75 and 0.5, truth 1 and 0, weights 3 and 1. Cross-entropy (3 ln(4/3) + ln
   * 2) / 4; I = 0.75, U = 1.75 - 0.75 + 0.5 = 1.5, Jaccard 1 - 1.75 / 2.5 = 0.3.
   */
  @Test
  void agreesWithAnExampleWorkedByHand() {
    float logit = (float) Math.log(3);
    Batch batch = batch(1, new float[] {1, 0, 0, 0}, new float[] {3, 1, 0, 0});
    // The other two pixels of the 2 x 2 image weigh nothing and, far below zero, add no area.
    float[][] logits = {{logit, 0, -60, -60}};

    double entropy = (3 * Math.log(4.0 / 3) + Math.log(2)) / 4;
    assertThat(new LossFunction(new TrainingConfig.Loss(1, 0, 0, 0, 0)).of(logits, batch).loss())
        .isCloseTo(entropy, within(1e-6));
    assertThat(new LossFunction(new TrainingConfig.Loss(0, 1, 0, 0, 0)).of(logits, batch).loss())
        .isCloseTo(0.3, within(1e-6));
    assertThat(new LossFunction(new TrainingConfig.Loss(2, 3, 0, 0, 0)).of(logits, batch).loss())
        .isCloseTo(2 * entropy + 0.9, within(1e-6));
  }

  @Test
  void theDerivativeAgreesWithFiniteDifferences() {
    // With this seed no p is within a step of its m, where the derivative jumps.
    SplittableRandom random = new SplittableRandom(2);
    Batch batch = batch(3, values(random, 12, 0, 1), values(random, 12, 1, 3));
    float[][] logits = {values(random, 12, -3, 3), values(random, 12, -3, 3)};
    LossFunction loss = new LossFunction(new TrainingConfig.Loss(0.7, 1.3, 2, 0.4, 0));
    float[][] gradients = loss.of(logits, batch).gradients();
    for (int output = 0; output < 2; output++) {
      for (int i = 0; i < 12; i++) {
        float kept = logits[output][i];
        float step = 0.01f;
        logits[output][i] = kept + step;
        double plus = loss.of(logits, batch).loss();
        logits[output][i] = kept - step;
        double minus = loss.of(logits, batch).loss();
        logits[output][i] = kept;
        assertThat((double) gradients[output][i])
            .isCloseTo((plus - minus) / (2 * step), within(1e-5));
      }
    }
  }

  @Test
  void aPerfectAnswerCostsNothingAndAHopelessOneStaysFinite() {
    Batch batch = batch(1, new float[] {1, 1, 0, 0}, new float[] {1, 1, 1, 1});
    LossFunction loss = new LossFunction(new TrainingConfig.Loss(1, 1, 0, 0, 0));
    assertThat(loss.of(new float[][] {{90, 90, -90, -90}}, batch).loss())
        .isCloseTo(0, within(1e-9));
    // 200 by cross-entropy, and nothing of the union right: 1 - 1 / 5.
    assertThat(loss.of(new float[][] {{-200, -200, 200, 200}}, batch).loss())
        .isCloseTo(200.8, within(1e-4));
  }

  /** A teacher's truth lies between 0 and 1; each pixel's loss is least where p is the same. */
  @Test
  void theJaccardIsLeastAtATruthInBetween() {
    float[] truth = {0.9f, 0.45f, 0.55f, 0.1f};
    Batch batch = batch(1, truth, new float[] {1, 1, 1, 1});
    LossFunction loss = new LossFunction(new TrainingConfig.Loss(0, 1, 0, 0, 0));
    float[] same = new float[4];
    for (int i = 0; i < 4; i++) {
      same[i] = (float) Math.log(truth[i] / (1 - truth[i]));
    }
    double least = loss.of(new float[][] {same}, batch).loss();
    assertThat(least).isCloseTo(0, within(1e-6));
    for (int i = 0; i < 4; i++) {
      for (float aside : new float[] {-9, -0.1f, 0.1f, 9}) {
        float[] other = same.clone();
        other[i] += aside;
        LossFunction.Value value = loss.of(new float[][] {other}, batch);
        assertThat(value.loss()).isGreaterThan(least + 1e-3);
        assertThat(Math.signum(value.gradients()[0][i])).isEqualTo(Math.signum(aside));
      }
    }
  }

  @Test
  void anOutputWithoutWeightHasNoGradient() {
    Batch batch = batch(1, new float[] {1, 0, 0, 0}, new float[] {1, 1, 1, 1});
    LossFunction loss = new LossFunction(new TrainingConfig.Loss(1, 1, 0, 0, 0));
    float[][] logits = {new float[4], new float[4]};
    assertThat(loss.of(logits, batch).gradients()[1]).containsOnly(0f);
  }

  private static Batch batch(int count, float[] masks, float[] boundary) {
    return new Batch(count, 2, new float[0], masks, boundary);
  }

  private static float[] values(SplittableRandom random, int length, double least, double most) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextDouble(least, most);
    }
    return values;
  }
}
