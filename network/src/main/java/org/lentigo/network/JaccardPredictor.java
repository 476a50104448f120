package org.lentigo.network;

import java.util.List;

/**
 * Predicts the Jaccard index of a mask from features of its probability map, by logistic
 * regression: {@code 1 / (1 + exp(-(c0 + c1 f1 + c2 f2 + ...)))}.
 *
 * @param features their names; whoever computes them must know all of these, in this order
 * @param coefficients the intercept c0, then one for each feature
 * @param correlation Pearson's, of predicted to true Jaccard index on the held-out images it was
 *     fitted on, each predicted by a fit without it (cross-validation); -1 to 1
 */
public record JaccardPredictor(
    List<String> features, List<Double> coefficients, double correlation) {
  /**
   * @throws IllegalArgumentException if there is not one coefficient more than features, or a value
   *     is not finite
   */
  public JaccardPredictor {
    features = List.copyOf(features);
    coefficients = List.copyOf(coefficients);
    if (coefficients.size() != features.size() + 1
        || !coefficients.stream().allMatch(Double::isFinite)
        || !Double.isFinite(correlation)) {
      throw new IllegalArgumentException(
          "a Jaccard predictor of "
              + features
              + " needs "
              + (features.size() + 1)
              + " finite coefficients and a finite correlation, got "
              + coefficients
              + " and "
              + correlation);
    }
  }

  /**
   * The predicted Jaccard index, in (0, 1).
   *
   * @param values of the features, in their order
   * @throws IllegalArgumentException if there are more or fewer values than features
   */
  public double predict(double[] values) {
    if (values.length != features.size()) {
      throw new IllegalArgumentException(
          "wanted the values of " + features + ", got " + values.length + " values");
    }
    double sum = coefficients.get(0);
    for (int i = 0; i < values.length; i++) {
      sum += coefficients.get(i + 1) * values[i];
    }
    return 1 / (1 + Math.exp(-sum));
  }
}
