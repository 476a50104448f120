package org.lentigo.training;

import java.util.List;
import java.util.stream.IntStream;
import org.lentigo.imaging.Components;
import org.lentigo.imaging.Evidence;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.metrics.Confusion;
import org.lentigo.network.PostProcessing;
import org.lentigo.network.Preprocessing;

/** How well weights do on held-out images. */
final class Validation {
  private static final int BATCH = 16;

  private Validation() {}

  /**
   * Mean JI over the held-out images, each at its mask's own size; 0 to 1.
   *
   * @param engine whose parameters are replaced by these
   * @param threshold probability from which on a pixel is lesion
   */
  static double jaccard(
      Engine engine,
      float[] parameters,
      List<SampleStore.Held> held,
      Preprocessing preprocessing,
      float threshold,
      PostProcessing postProcessing) {
    engine.parameters().put(parameters);
    int size = preprocessing.size();
    double sum = 0;
    for (int first = 0; first < held.size(); first += BATCH) {
      List<SampleStore.Held> part = held.subList(first, Math.min(held.size(), first + BATCH));
      float[] images = new float[part.size() * 3 * size * size];
      for (int i = 0; i < part.size(); i++) {
        float[] planes = part.get(i).planes().clone();
        preprocessing.normalise(planes);
        System.arraycopy(planes, 0, images, i * planes.length, planes.length);
      }
      float[] logits = engine.infer(images, part.size(), size);
      double[] scores =
          IntStream.range(0, part.size())
              .parallel()
              .mapToDouble(
                  i -> jaccard(logits, i, size, part.get(i).truth(), threshold, postProcessing))
              .toArray();
      for (double score : scores) {
        sum += score;
      }
    }
    return sum / held.size();
  }

  private static double jaccard(
      float[] logits,
      int index,
      int size,
      Mask truth,
      float threshold,
      PostProcessing postProcessing) {
    float[] probability = new float[size * size];
    for (int i = 0; i < probability.length; i++) {
      probability[i] = (float) (1 / (1 + Math.exp(-logits[index * probability.length + i])));
    }
    return jaccard(probability, size, truth, threshold, postProcessing);
  }

  /** JI of the mask that a probability map of size x size makes, at the size of the expert's. */
  static double jaccard(float[] map, int size, Mask truth, float threshold, PostProcessing post) {
    float[] enlarged = Resampling.resizePlane(map, size, size, truth.width(), truth.height());
    Mask mask =
        Components.clean(
            Masks.threshold(enlarged, truth.width(), truth.height(), threshold),
            post.minShare(),
            post.byEvidence() ? new Evidence(map, size, size) : null,
            post.fillHoles());
    return Confusion.of(mask, truth).jaccard();
  }
}
