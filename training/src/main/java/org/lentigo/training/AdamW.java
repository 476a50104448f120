package org.lentigo.training;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2) over flat arrays, with the
 * gradient clipped to a global L2 norm first.
 *
 * <p>Weight decay shrinks convolution weights only: on BatchNorm's scale and shift and on biases it
 * does harm and no good (He et al. 2019, arXiv 1812.01187, section 3.1).
 */
final class AdamW {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final ParameterLayout layout;
  private final double weightDecay;
  private final double gradientClip;

  AdamW(ParameterLayout layout, double weightDecay, double gradientClip) {
    this.layout = layout;
    this.weightDecay = weightDecay;
    this.gradientClip = gradientClip;
  }

  /**
   * One update in place.
   *
   * @param step counted from 1
   * @param first moving average of the gradient
   * @param second moving average of its square
   * @return the gradient's norm before clipping
   * @throws TrainingException if that is no number, before anything is changed
   */
  double step(
      float[] parameters,
      float[] gradients,
      float[] first,
      float[] second,
      long step,
      double learningRate) {
    double squares = 0;
    for (ParameterLayout.Range range : layout.trainable()) {
      for (int i = range.begin(); i < range.end(); i++) {
        squares += (double) gradients[i] * gradients[i];
      }
    }
    double norm = Math.sqrt(squares);
    if (!Double.isFinite(norm)) {
      // Clipped or not it would end every weight, and the run's checkpoint with them.
      throw new TrainingException(
          "the gradient's norm became "
              + norm
              + " in step "
              + step
              + "; lower learningRate ("
              + learningRate
              + " in that step) or gradientClip (now "
              + gradientClip
              + ") and start anew");
    }
    float scale = norm > gradientClip ? (float) (gradientClip / norm) : 1;
    double correction1 = 1 - Math.pow(BETA1, step);
    double correction2 = 1 - Math.pow(BETA2, step);
    for (ParameterLayout.Range range : layout.trainable()) {
      double keep = range.decays() ? 1 - learningRate * weightDecay : 1;
      for (int i = range.begin(); i < range.end(); i++) {
        double g = gradients[i] * scale;
        first[i] = (float) (BETA1 * first[i] + (1 - BETA1) * g);
        second[i] = (float) (BETA2 * second[i] + (1 - BETA2) * g * g);
        double direction = first[i] / correction1 / (Math.sqrt(second[i] / correction2) + EPSILON);
        parameters[i] = (float) (parameters[i] * keep - learningRate * direction);
      }
    }
    return norm;
  }
}
