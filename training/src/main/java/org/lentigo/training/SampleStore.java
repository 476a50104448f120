package org.lentigo.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Pair;

/**
 * A run's images, split into training and validation and held in memory at the resolution a stage
 * needs.
 */
final class SampleStore {
  /**
   * How much larger than the network's input the shorter side of a training image is kept: enough
   * that a magnified crop stays sharp.
   */
  private static final double HEADROOM = 1.2;

  private final Map<String, Pair> pairs;
  private final StratifiedSplit split;
  private final List<String> trainingStems;

  private SampleStore(Map<String, Pair> pairs, StratifiedSplit split, List<String> training) {
    this.pairs = pairs;
    this.split = split;
    this.trainingStems = List.copyOf(training);
  }

  /** A held-out image: what the network sees and the mask it is scored by, at the mask's size. */
  record Held(String stem, float[] planes, Mask truth) {}

  /**
   * Whatever the split does not hold out is trained on.
   *
   * @throws IOException if two pairs share a stem
   */
  static SampleStore open(List<Pair> pairs, StratifiedSplit split) throws IOException {
    Map<String, Pair> byStem = byStem(pairs);
    List<String> training = new ArrayList<>(byStem.keySet());
    training.removeAll(Set.copyOf(split.validation()));
    return new SampleStore(byStem, split, training);
  }

  /**
   * Lesion area of each pair as a share of its image's, by stem. Reads every mask.
   *
   * @throws IOException if a mask cannot be read or two pairs share a stem
   */
  static Map<String, Double> areas(List<Pair> pairs) throws IOException {
    List<Map.Entry<String, Double>> areas =
        parallel(
            List.copyOf(byStem(pairs).values()),
            pair -> {
              Mask mask = Masks.read(pair.mask());
              return Map.entry(pair.stem(), mask.area() / ((double) mask.width() * mask.height()));
            });
    return areas.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static Map<String, Pair> byStem(List<Pair> pairs) throws IOException {
    Map<String, Pair> byStem = new TreeMap<>();
    for (Pair pair : pairs) {
      Pair other = byStem.put(pair.stem(), pair);
      if (other != null) {
        throw new IOException(
            "two images are called '"
                + pair.stem()
                + "': "
                + other.image()
                + " and "
                + pair.image()
                + "; rename one");
      }
    }
    return byStem;
  }

  StratifiedSplit split() {
    return split;
  }

  List<Pair> validationPairs() {
    return select(split.validation());
  }

  /** Of every image trained on, also those that no split was made of; ascending. */
  List<String> trainingStems() {
    return trainingStems;
  }

  /**
   * The training images for a network input of this side, by stem.
   *
   * @param teacher who has a say in what is to be learnt; null for the masks alone
   */
  List<Sample> training(int size, @Nullable Teacher teacher) throws IOException {
    return parallel(select(trainingStems), pair -> sample(pair, size, teacher));
  }

  /** Images as the network sees them at inference, 3 x size x size, values 0 to 1, in order. */
  List<float[]> planes(List<String> stems, int size) throws IOException {
    return parallel(select(stems), pair -> planes(pair, size));
  }

  /** The held-out images as the network sees them at inference, values 0..1, by stem. */
  List<Held> validation(int size) throws IOException {
    return parallel(
        select(split.validation()),
        pair -> new Held(pair.stem(), planes(pair, size), Masks.read(pair.mask())));
  }

  private List<Pair> select(List<String> stems) {
    return stems.stream().map(pairs::get).toList();
  }

  private static float[] planes(Pair pair, int size) throws IOException {
    return Resampling.toPlanes(PhotoReader.read(pair.image()).image(), size, size);
  }

  private static Sample sample(Pair pair, int size, @Nullable Teacher teacher) throws IOException {
    RgbImage photo = PhotoReader.read(pair.image()).image();
    Mask mask = Masks.read(pair.mask());
    double scale = Math.min(1, HEADROOM * size / Math.min(photo.width(), photo.height()));
    int width = Math.max(1, (int) Math.round(scale * photo.width()));
    int height = Math.max(1, (int) Math.round(scale * photo.height()));
    Mask resized = Masks.resize(mask, width, height);
    SoftMask target = teacher == null ? SoftMask.of(resized) : teacher.target(pair.stem(), resized);
    return new Sample(pair.stem(), Resampling.resize(photo, width, height), target);
  }

  private interface Load<T, R> {
    R apply(T value) throws IOException;
  }

  /** Applies a function on all cores, keeping the order. */
  private static <T, R> List<R> parallel(List<T> values, Load<T, R> load) throws IOException {
    try {
      return values.parallelStream()
          .map(
              value -> {
                try {
                  return load.apply(value);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
