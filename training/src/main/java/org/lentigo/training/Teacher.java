package org.lentigo.training;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Resampling;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Weights;

/**
 * What a trained network says of the training images, for a smaller one to learn from (knowledge
 * distillation; Hinton et al. 2015, arXiv 1503.02531). Each image is shown as it is and in its
 * three mirror images, and the mean of the four maps is kept: steadier than one, and it costs the
 * small network nothing.
 */
final class Teacher {
  /** Photos decoded and shown at once: enough to keep every core busy. */
  private static final int CHUNK = 8;

  private final int size;
  private final double weight;
  private final Map<String, byte[]> maps = new HashMap<>();

  private Teacher(int size, double weight) {
    this.size = size;
    this.weight = weight;
  }

  /**
   * Shows every training image to the model. A model's file holds no heads for deep supervision;
   * they are there at random, and nothing reads them.
   *
   * @param shown hears after each chunk how many images have been shown
   */
  static Teacher of(
      Model model,
      TrainingConfig config,
      Engine.Provider provider,
      SampleStore store,
      IntConsumer shown)
      throws IOException {
    Graph graph = model.network().trainingGraph();
    Weights weights = Weights.random(graph, 0).with(model.weights());
    int size = model.preprocessing().size();
    Teacher teacher = new Teacher(size, config.loss().teacher());
    List<String> stems = store.trainingStems();
    try (Engine engine = provider.open(graph, config.threads())) {
      engine.parameters().put(new ParameterLayout(graph).flatten(weights));
      for (int first = 0; first < stems.size(); first += CHUNK) {
        List<String> chunk = stems.subList(first, Math.min(stems.size(), first + CHUNK));
        List<float[]> planes = store.planes(chunk, size);
        for (int i = 0; i < chunk.size(); i++) {
          model.preprocessing().normalise(planes.get(i));
          teacher.maps.put(chunk.get(i), show(engine, planes.get(i), size));
        }
        shown.accept(first + chunk.size());
      }
    }
    return teacher;
  }

  private static byte[] show(Engine engine, float[] planes, int size) {
    int pixels = size * size;
    float[] images = new float[4 * planes.length];
    for (int view = 0; view < 4; view++) {
      for (int channel = 0; channel < 3; channel++) {
        for (int i = 0; i < pixels; i++) {
          images[view * planes.length + channel * pixels + i] =
              planes[channel * pixels + mirrored(i, view, size)];
        }
      }
    }
    float[] logits = engine.infer(images, 4, size);
    byte[] map = new byte[pixels];
    for (int i = 0; i < pixels; i++) {
      double sum = 0;
      for (int view = 0; view < 4; view++) {
        sum += 1 / (1 + Math.exp(-logits[view * pixels + mirrored(i, view, size)]));
      }
      map[i] = (byte) Math.round(SoftMask.WHOLE * sum / 4);
    }
    return map;
  }

  /** Where a view has what lies at i: view 1 is mirrored left to right, 2 top to bottom, 3 both. */
  private static int mirrored(int i, int view, int size) {
    int x = i % size;
    int y = i / size;
    return ((view & 2) == 0 ? y : size - 1 - y) * size + ((view & 1) == 0 ? x : size - 1 - x);
  }

  /** What is to be learnt of a training image: the expert's mask and the teacher's map in one. */
  SoftMask target(String stem, Mask mask) {
    byte[] map = maps.get(stem);
    if (map == null) {
      throw new IllegalArgumentException("the teacher has not been shown '" + stem + "'");
    }
    float[] plane = new float[map.length];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = (float) map[i] / SoftMask.WHOLE;
    }
    return SoftMask.blend(
        mask, Resampling.resizePlane(plane, size, size, mask.width(), mask.height()), weight);
  }
}
