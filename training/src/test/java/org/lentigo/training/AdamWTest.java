package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.lentigo.network.Graph;
import org.lentigo.network.GraphBuilder;

class AdamWTest {
  /** A 1x1 convolution (weight, bias) and a BatchNorm (scale, shift, mean, variance). */
  private static Graph graph() {
    GraphBuilder b = new GraphBuilder();
    return b.build(b.batchNorm("bn", b.conv("c", b.input("x", 1), 1, 1)));
  }

  private final ParameterLayout layout = new ParameterLayout(graph());

  /** The first step of Adam moves by the learning rate, whatever the gradient's size. */
  @Test
  void theFirstStepMovesByTheLearningRateAndDecaysOnlyTheConvolution() {
    float[] parameters = {2, 2, 2, 2, 2, 2};
    new AdamW(layout, 0.1, 1e9)
        .step(parameters, new float[] {5, -0.01f, 3, 0, 9, 9}, new float[6], new float[6], 1, 0.01);
    // 2 * (1 - 0.01 * 0.1) - 0.01, then no decay; the running statistics stay.
    assertThat(parameters)
        .containsExactly(new float[] {1.988f, 2.01f, 1.99f, 2, 2, 2}, within(1e-5f));
  }

  /**
   * Gradients 1 then 3 without decay: m = 0.39, v = 0.009999, corrected 0.39/0.19,
   * 0.009999/0.001999.
   */
  @Test
  void theSecondStepUsesBothMoments() {
    float[] parameters = new float[6];
    float[] first = new float[6];
    float[] second = new float[6];
    AdamW optimiser = new AdamW(layout, 0, 1e9);
    optimiser.step(parameters, new float[] {1, 0, 0, 0, 0, 0}, first, second, 1, 0.1);
    float before = parameters[0];
    optimiser.step(parameters, new float[] {3, 0, 0, 0, 0, 0}, first, second, 2, 0.1);
    double move = 0.1 * (0.39 / 0.19) / Math.sqrt(0.009999 / 0.001999);
    assertThat(parameters[0] - before).isCloseTo((float) -move, within(1e-5f));
  }

  @Test
  void aGradientThatIsNoNumberChangesNothing() {
    for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] parameters = {2, 2, 2, 2, 2, 2};
      float[] first = new float[6];
      float[] second = new float[6];
      float[] gradients = {1, wrong, 1, 1, 1, 1};
      AdamW optimiser = new AdamW(layout, 0.1, 1);
      assertThatThrownBy(() -> optimiser.step(parameters, gradients, first, second, 7, 0.01))
          .isInstanceOf(TrainingException.class)
          .hasMessageContainingAll(
              "norm became " + wrong, "step 7", "learningRate (0.01", "gradientClip (now 1.0)");
      assertThat(parameters).containsOnly(2);
      assertThat(first).containsOnly(0);
      assertThat(second).containsOnly(0);
    }
  }

  @Test
  void clipsTheGlobalNormAndReturnsTheOneBefore() {
    float[] first = new float[6];
    double norm =
        new AdamW(layout, 0, 1)
            .step(new float[6], new float[] {3, 4, 0, 0, 50, 50}, first, new float[6], 1, 0.1);
    assertThat(norm).isCloseTo(5, within(1e-6));
    assertThat(first).containsExactly(new float[] {0.06f, 0.08f, 0, 0, 0, 0}, within(1e-6f));
  }
}
