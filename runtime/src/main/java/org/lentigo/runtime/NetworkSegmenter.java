package org.lentigo.runtime;

import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.UnaryOperator;
import org.lentigo.imaging.MirrorImages;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;
import org.lentigo.network.PostProcessing;

/** The preparation of an image, the network, and what is made of its map. */
final class NetworkSegmenter implements Segmenter {
  /** Left to right, among the {@link MirrorImages}. */
  private static final int MIRRORED = 1;

  private final Model model;
  private final Inference inference;
  private final boolean twice;

  /** Held by calls under way, for which {@link #close} waits: between two looks, too. */
  private final ReadWriteLock calls;

  NetworkSegmenter(Model model, Inference inference) {
    this(model, inference, true, new ReentrantReadWriteLock());
  }

  private NetworkSegmenter(Model model, Inference inference, boolean twice, ReadWriteLock calls) {
    this.model = model;
    this.inference = inference;
    this.twice = twice;
    this.calls = calls;
  }

  @Override
  public Model model() {
    return model;
  }

  @Override
  public Engine engine() {
    return inference.engine();
  }

  @Override
  public Segmenter mirrored() {
    return views() > 1
        ? this
        : new NetworkSegmenter(model, new MirroredInference(inference), twice, calls);
  }

  @Override
  public int views() {
    return inference instanceof MirroredInference ? MirrorImages.VIEWS : 1;
  }

  @Override
  public Segmenter oneLook() {
    return twice ? new NetworkSegmenter(model, inference, false, calls) : this;
  }

  @Override
  public int looks() {
    return twice ? 2 : 1;
  }

  @Override
  public LiveSegmenter live(boolean smooth) {
    return new LiveSegmenter(this, smooth);
  }

  @Override
  public Segmentation segment(RgbImage image, float threshold) {
    return segment(image, threshold, twice, map -> map);
  }

  /**
   * @param change what becomes of the network's map before it is enlarged
   */
  Segmentation segmentOnce(RgbImage image, float threshold, UnaryOperator<float[]> change) {
    return segment(image, threshold, false, change);
  }

  private Segmentation segment(
      RgbImage image, float threshold, boolean again, UnaryOperator<float[]> change) {
    if (!(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException("the threshold must lie in (0, 1), got " + threshold);
    }
    calls.readLock().lock();
    try {
      return looked(image, threshold, again, change);
    } finally {
      calls.readLock().unlock();
    }
  }

  private Segmentation looked(
      RgbImage image, float threshold, boolean again, UnaryOperator<float[]> change) {
    int size = model.preprocessing().size();
    PostProcessing post = model.postProcessing();
    CloserLook whole = new CloserLook(size, 0, 0);
    Look first = look(image, whole, again, false);
    float[] map = change.apply(first.map);
    float[] fine = map;
    long prepareNanos = first.prepareNanos;
    long networkNanos = first.networkNanos;
    Optional<CloserLook> closer =
        again ? CloserLook.at(map, size, threshold, post) : Optional.empty();
    // In all its mirror images and as it was taken, the whole photo has been seen.
    if (again && (closer.isPresent() || first.brightened || views() == 1)) {
      Look second = look(image, closer.orElse(whole), false, true);
      prepareNanos += second.prepareNanos;
      networkNanos += second.networkNanos;
      if (closer.isEmpty()) {
        fine = mean(map, second.map);
      } else if (closer.get().isOfUse(second.map, size, threshold, post)) {
        fine = closer.get().with(map, second.map, size);
      }
    }
    return new Segmentation(model, map, fine, image, threshold, prepareNanos, networkNanos);
  }

  private static float[] mean(float[] map, float[] other) {
    float[] mean = new float[map.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (map[i] + other[i]) / 2;
    }
    return mean;
  }

  /** What the network says of what it is shown. */
  private record Look(float[] map, boolean brightened, long prepareNanos, long networkNanos) {}

  /**
   * @param brighten whether to, if the photo is dark
   * @param mirrored whether it is shown from left to right; what is said of it is mirrored back
   */
  private Look look(RgbImage image, CloserLook at, boolean brighten, boolean mirrored) {
    int size = model.preprocessing().size();
    long start = System.nanoTime();
    float[] planes = Resampling.toPlanes(image, at.grid(), at.grid(), at.left(), at.top(), size);
    boolean brightened = brighten && Exposure.brighten(planes);
    model.preprocessing().normalise(planes);
    float[] shown = mirrored ? inTheMirror(planes, size) : planes;
    long prepared = System.nanoTime();
    float[] map = new float[size * size];
    inference.infer(shown, map);
    if (mirrored) {
      map = inTheMirror(map, size);
    }
    long ran = System.nanoTime();
    for (float p : map) {
      if (!Float.isFinite(p)) {
        throw new IllegalStateException(
            "the model " + model.name() + " gives " + p + " on this image; use another model");
      }
    }
    return new Look(map, brightened, prepared - start, ran - prepared);
  }

  /** Of what is in the mirror already, as it was. */
  private static float[] inTheMirror(float[] planes, int size) {
    float[] mirrored = new float[planes.length];
    MirrorImages.show(planes, size, MIRRORED, mirrored, 0);
    return mirrored;
  }

  @Override
  public void close() {
    calls.writeLock().lock();
    try {
      inference.close();
    } finally {
      calls.writeLock().unlock();
    }
  }
}
