package org.lentigo.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
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

  /** The first value of a map of an image that nobody was asked about; others are not negative. */
  private static final byte SILENT = -1;

  private final int size;
  private final double weight;
  private final Map<String, byte[]> maps = new HashMap<>();

  private Teacher(int size, double weight) {
    this.size = size;
    this.weight = weight;
  }

  /**
   * A trained network with something to say.
   *
   * @param of the stems of the images that it is asked about; null for all
   */
  record Voice(Model model, @Nullable Set<String> of) {
    boolean isAsked(String stem) {
      return of == null || of.contains(stem);
    }
  }

  /** A model that is asked, opened. */
  private record Asked(Voice voice, Engine engine, int size) {
    Model model() {
      return voice.model();
    }
  }

  /**
   * Shows every training image to every model that is asked about it. Maps of models with a smaller
   * input are enlarged to the largest one's.
   *
   * @param voices at least one
   * @param file keeps the maps, for whoever asks again for the same
   * @param key tells the models and the images
   * @param shown hears after each chunk how many images have been shown
   */
  static Teacher of(
      List<Voice> voices,
      TrainingConfig config,
      Engine.Provider provider,
      SampleStore store,
      Path file,
      String key,
      IntConsumer shown)
      throws IOException {
    int largest =
        voices.stream().mapToInt(voice -> voice.model().preprocessing().size()).max().orElseThrow();
    List<String> stems = store.trainingStems();
    TeacherMaps maps = TeacherMaps.open(file, key, largest * largest);
    int first = maps.maps().size();
    if (first > 0) {
      shown.accept(first);
    }
    List<Asked> all = new ArrayList<>();
    try {
      for (Voice voice : first < stems.size() ? voices : List.<Voice>of()) {
        all.add(open(voice, provider, config.threads()));
      }
      for (; first < stems.size(); first += CHUNK) {
        List<String> chunk = stems.subList(first, Math.min(stems.size(), first + CHUNK));
        maps.add(means(chunk, all, store, largest));
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

  private static List<byte[]> means(
      List<String> stems, List<Asked> all, SampleStore store, int largest) throws IOException {
    float[][] sums = new float[stems.size()][largest * largest];
    int[] voices = new int[stems.size()];
    for (Asked asked : all) {
      List<String> its = stems.stream().filter(asked.voice::isAsked).toList();
      List<float[]> planes = store.planes(its, asked.size);
      for (int i = 0; i < its.size(); i++) {
        int image = stems.indexOf(its.get(i));
        add(sums[image], show(asked, planes.get(i)), asked.size, largest);
        voices[image]++;
      }
    }
    List<byte[]> means = new ArrayList<>();
    for (int i = 0; i < sums.length; i++) {
      means.add(mean(sums[i], voices[i]));
    }
    return means;
  }

  /**
   * A model's file holds no heads for deep supervision; they are there at random, and nothing reads
   * them.
   */
  private static Asked open(Voice voice, Engine.Provider provider, int threads) {
    Model model = voice.model();
    Graph graph = model.network().trainingGraph();
    Weights weights = Weights.random(graph, 0).with(model.weights());
    Engine engine = provider.open(graph, threads, Precision.FLOAT32);
    engine.parameters().put(new ParameterLayout(graph).flatten(weights));
    return new Asked(voice, engine, model.preprocessing().size());
  }

  private static void add(float[] sum, float[] map, int size, int largest) {
    float[] enlarged =
        size == largest ? map : Resampling.resizePlane(map, size, size, largest, largest);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += enlarged[i];
    }
  }

  private static byte[] mean(float[] sum, int voices) {
    byte[] map = new byte[sum.length];
    if (voices == 0) {
      Arrays.fill(map, SILENT);
      return map;
    }
    for (int i = 0; i < map.length; i++) {
      map[i] = (byte) Math.round(SoftMask.WHOLE * sum[i] / voices);
    }
    return map;
  }

  /** The mean of the probabilities over the mirror images. */
  private static float[] show(Asked asked, float[] planes) {
    asked.model().preprocessing().normalise(planes);
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

  /**
   * What is to be learnt of a training image: the expert's mask and the teacher's map in one, or
   * the mask alone if nobody was asked about it.
   */
  SoftMask target(String stem, Mask mask) {
    byte[] map = maps.get(stem);
    if (map == null) {
      throw new IllegalArgumentException("the teacher has not been shown '" + stem + "'");
    }
    if (map[0] == SILENT) {
      return SoftMask.of(mask);
    }
    float[] plane = new float[map.length];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = (float) map[i] / SoftMask.WHOLE;
    }
    return SoftMask.blend(
        mask, Resampling.resizePlane(plane, size, size, mask.width(), mask.height()), weight);
  }
}
