package org.lentigo.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.MirrorImages;
import org.lentigo.imaging.Resampling;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Weights;

/**
 * What trained networks say of the training images, for another one to learn from (knowledge
 * distillation; Hinton et al. 2015, arXiv 1503.02531). Each image is shown to each of them as it is
 * and in its three mirror images, and the mean of all maps is kept: steadier than one, and it costs
 * the network that learns nothing.
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

  /** A model that is asked, opened. */
  private record Asked(Model model, Engine engine, int size) {}

  /**
   * Shows every training image to every model. Maps of models with a smaller input are enlarged to
   * the largest one's.
   *
   * @param models at least one
   * @param file keeps the maps, for whoever asks again for the same
   * @param key tells the models and the images
   * @param shown hears after each chunk how many images have been shown
   */
  static Teacher of(
      List<Model> models,
      TrainingConfig config,
      Engine.Provider provider,
      SampleStore store,
      Path file,
      String key,
      IntConsumer shown)
      throws IOException {
    int largest =
        models.stream().mapToInt(model -> model.preprocessing().size()).max().orElseThrow();
    List<String> stems = store.trainingStems();
    TeacherMaps maps = TeacherMaps.open(file, key, largest * largest);
    int first = maps.maps().size();
    if (first > 0) {
      shown.accept(first);
    }
    List<Asked> all = new ArrayList<>();
    try {
      for (Model model : first < stems.size() ? models : List.<Model>of()) {
        all.add(open(model, provider, config.threads()));
      }
      for (; first < stems.size(); first += CHUNK) {
        List<String> chunk = stems.subList(first, Math.min(stems.size(), first + CHUNK));
        float[][] sums = new float[chunk.size()][largest * largest];
        for (Asked asked : all) {
          List<float[]> planes = store.planes(chunk, asked.size);
          for (int i = 0; i < chunk.size(); i++) {
            add(sums[i], show(asked, planes.get(i)), asked.size, largest);
          }
        }
        maps.add(Arrays.stream(sums).map(sum -> mean(sum, all.size())).toList());
        shown.accept(first + chunk.size());
      }
    } finally {
      all.forEach(asked -> asked.engine.close());
    }
    Teacher teacher = new Teacher(largest, config.loss().teacher());
    for (int i = 0; i < stems.size(); i++) {
      teacher.maps.put(stems.get(i), maps.maps().get(i));
    }
    return teacher;
  }

  /**
   * A model's file holds no heads for deep supervision; they are there at random, and nothing reads
   * them.
   */
  private static Asked open(Model model, Engine.Provider provider, int threads) {
    Graph graph = model.network().trainingGraph();
    Weights weights = Weights.random(graph, 0).with(model.weights());
    Engine engine = provider.open(graph, threads, Precision.FLOAT32);
    engine.parameters().put(new ParameterLayout(graph).flatten(weights));
    return new Asked(model, engine, model.preprocessing().size());
  }

  private static void add(float[] sum, float[] map, int size, int largest) {
    float[] enlarged =
        size == largest ? map : Resampling.resizePlane(map, size, size, largest, largest);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += enlarged[i];
    }
  }

  private static byte[] mean(float[] sum, int models) {
    byte[] map = new byte[sum.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = (byte) Math.round(SoftMask.WHOLE * sum[i] / models);
    }
    return map;
  }

  /** The mean of the probabilities over the mirror images. */
  private static float[] show(Asked asked, float[] planes) {
    asked.model.preprocessing().normalise(planes);
    int size = asked.size;
    float[] images = new float[MirrorImages.VIEWS * planes.length];
    for (int view = 0; view < MirrorImages.VIEWS; view++) {
      MirrorImages.show(planes, size, view, images, view * planes.length);
    }
    float[] maps = asked.engine.infer(images, MirrorImages.VIEWS, size);
    for (int i = 0; i < maps.length; i++) {
      maps[i] = (float) (1 / (1 + Math.exp(-maps[i])));
    }
    float[] mean = new float[size * size];
    for (int view = 0; view < MirrorImages.VIEWS; view++) {
      MirrorImages.addBack(maps, view * mean.length, size, view, mean);
    }
    for (int i = 0; i < mean.length; i++) {
      mean[i] /= MirrorImages.VIEWS;
    }
    return mean;
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
