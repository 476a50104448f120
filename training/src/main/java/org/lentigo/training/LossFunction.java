package org.lentigo.training;

import java.util.stream.IntStream;

/**
 * Boundary-weighted binary cross-entropy plus soft Jaccard, with its derivative worked out by hand.
 *
 * <p>With logits x, probabilities {@code p = sigmoid(x)}, truth m in 0..1 and pixel weights w, for
 * each image
 *
 * <pre>
 *   cross-entropy = sum(w * (max(x, 0) - m x + log(1 + exp(-|x|)))) / sum(w)
 *   Jaccard       = 1 - (I + 1) / (U + 1),  I = sum(min(p, m)),  U = sum(max(p, m))
 * </pre>
 *
 * and the loss is the mean over the batch of {@code crossEntropy * cross-entropy + jaccard *
 * Jaccard}. The weighted cross-entropy follows F3Net (Wei et al. 2020, arXiv 1911.11445). The soft
 * Jaccard is that of Rahman and Wang (2016), with 1 added to both sides so that an empty mask is
 * defined, wherever the truth is 0 or 1. Theirs has products, {@code p m}, which for a truth in
 * between, such as a teacher's, are least at 0 or 1 and not at {@code p = m}; minimum and maximum
 * are least there (Jaccard metric losses: Wang et al. 2023, arXiv 2302.05666).
 */
final class LossFunction {
  private static final double SMOOTHING = 1;

  private final TrainingConfig.Loss weights;

  LossFunction(TrainingConfig.Loss weights) {
    this.weights = weights;
  }

  /** The loss of all outputs and its derivatives by each output's logits. */
  record Value(double loss, float[][] gradients) {}

  /**
   * The loss of a training pass: the first output counts fully, each further one (deep supervision)
   * with the weight {@code auxiliary}.
   *
   * @param outputs logits, each batch.count x 1 x size x size
   */
  Value of(float[][] outputs, Batch batch) {
    double loss = 0;
    float[][] gradients = new float[outputs.length][];
    for (int i = 0; i < outputs.length; i++) {
      double share = i == 0 ? 1 : weights.auxiliary();
      gradients[i] = new float[outputs[i].length];
      if (share > 0) {
        loss += share * one(outputs[i], batch, share, gradients[i]);
      }
    }
    return new Value(loss, gradients);
  }

  private double one(float[] logits, Batch batch, double share, float[] gradient) {
    // Summed in the images' order, whichever thread is first.
    double[] losses =
        IntStream.range(0, batch.count())
            .parallel()
            .mapToDouble(n -> image(logits, batch, n, share / batch.count(), gradient))
            .toArray();
    double total = 0;
    for (double loss : losses) {
      total += loss;
    }
    return total / batch.count();
  }

  /** The loss of image n; its derivatives, times {@code scale}, go to its part of the gradient. */
  private double image(float[] logits, Batch batch, int n, double scale, float[] gradient) {
    int pixels = batch.size() * batch.size();
    float[] probability = new float[pixels];
    int start = n * pixels;
    double entropy = 0;
    double weightSum = 0;
    double intersection = 0;
    double union = 0;
    for (int i = 0; i < pixels; i++) {
      float x = logits[start + i];
      float m = batch.masks()[start + i];
      float w = batch.boundary()[start + i];
      double e = Math.exp(-Math.abs(x));
      double p = x >= 0 ? 1 / (1 + e) : e / (1 + e);
      probability[i] = (float) p;
      entropy += w * (Math.max(x, 0) - m * x + Math.log(1 + e));
      weightSum += w;
      intersection += Math.min(p, m);
      union += Math.max(p, m);
    }
    double i1 = intersection + SMOOTHING;
    double u1 = union + SMOOTHING;
    double entropyScale = scale * weights.crossEntropy() / weightSum;
    double jaccardScale = scale * weights.jaccard() / (u1 * u1);
    for (int i = 0; i < pixels; i++) {
      double p = probability[i];
      double m = batch.masks()[start + i];
      double byEntropy = entropyScale * batch.boundary()[start + i] * (p - m);
      double byJaccard = p == m ? 0 : jaccardScale * (p > m ? i1 : -u1) * p * (1 - p);
      gradient[start + i] = (float) (byEntropy + byJaccard);
    }
    return weights.crossEntropy() * entropy / weightSum + weights.jaccard() * (1 - i1 / u1);
  }
}
