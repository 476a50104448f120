package org.lentigo.network;

import java.util.Optional;

/**
 * How a trained model was taught to know how sure it may be, on images held out from its training.
 *
 * <p>The probabilities are calibrated by Platt scaling (J. Platt, "Probabilistic outputs for
 * support vector machines", 1999): every logit is multiplied by the slope and moved by the offset.
 * Both are folded into the weights of the network's head already, see {@link Model#calibrated};
 * they are kept so that what the network said before can be told.
 *
 * @param slope above 0; below 1 the network was too sure of itself
 * @param offset added to the logits
 * @param images how many held-out images it was fitted on, at least 1
 * @param predictor of the Jaccard index; empty where the images were too few to fit one
 */
public record Calibration(
    double slope, double offset, int images, Optional<JaccardPredictor> predictor) {
  /**
   * @throws IllegalArgumentException if the slope is not above 0, the offset not finite, or there
   *     is no image
   */
  public Calibration {
    if (!(slope > 0 && Double.isFinite(slope) && Double.isFinite(offset) && images > 0)) {
      throw new IllegalArgumentException(
          "a calibration needs a slope above 0, a finite offset and at least 1 image, got slope "
              + slope
              + ", offset "
              + offset
              + " and "
              + images
              + " images");
    }
  }

  /** The calibrated probability of what was {@code probability} before; both 0 to 1. */
  public double apply(double probability) {
    return sigmoid(slope * logit(probability) + offset);
  }

  /** The probability before the calibration of what is {@code probability} now; both 0 to 1. */
  public double undo(double probability) {
    return sigmoid((logit(probability) - offset) / slope);
  }

  /**
   * Infinite at 0 and 1, from where {@link #sigmoid} leads back. A map that was enlarged may be
   * past them by a rounding.
   */
  private static double logit(double probability) {
    double within = Math.max(0, Math.min(1, probability));
    return Math.log(within / (1 - within));
  }

  private static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }
}
