package org.lentigo.runtime;

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
  private final Model model;
  private final Inference inference;
  private final boolean closer;

  /** Held by calls under way, for which {@link #close} waits: between two looks, too. */
  private final ReadWriteLock calls;

  NetworkSegmenter(Model model, Inference inference) {
    this(model, inference, true, new ReentrantReadWriteLock());
  }

  private NetworkSegmenter(Model model, Inference inference, boolean closer, ReadWriteLock calls) {
    this.model = model;
    this.inference = inference;
    this.closer = closer;
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
        : new NetworkSegmenter(model, new MirroredInference(inference), closer, calls);
  }

  @Override
  public int views() {
    return inference instanceof MirroredInference ? MirrorImages.VIEWS : 1;
  }

  @Override
  public Segmenter oneLook() {
    return closer ? new NetworkSegmenter(model, inference, false, calls) : this;
  }

  @Override
  public boolean looksCloser() {
    return closer;
  }

  @Override
  public LiveSegmenter live(boolean smooth) {
    return new LiveSegmenter(this, smooth);
  }

  @Override
  public Segmentation segment(RgbImage image, float threshold) {
    return segment(image, threshold, closer, map -> map);
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
    Look whole = look(image, new CloserLook(size, 0, 0));
    float[] map = change.apply(whole.map);
    float[] fine = map;
    long prepareNanos = whole.prepareNanos;
    long networkNanos = whole.networkNanos;
    CloserLook closer = again ? CloserLook.at(map, size, threshold, post).orElse(null) : null;
    if (closer != null) {
      Look close = look(image, closer);
      prepareNanos += close.prepareNanos;
      networkNanos += close.networkNanos;
      if (closer.isOfUse(close.map, size, threshold, post)) {
        fine = closer.with(map, close.map, size);
      }
    }
    return new Segmentation(model, map, fine, image, threshold, prepareNanos, networkNanos);
  }

  /** What the network says of what it is shown. */
  private record Look(float[] map, long prepareNanos, long networkNanos) {}

  private Look look(RgbImage image, CloserLook at) {
    int size = model.preprocessing().size();
    long start = System.nanoTime();
    float[] planes = Resampling.toPlanes(image, at.grid(), at.grid(), at.left(), at.top(), size);
    model.preprocessing().normalise(planes);
    long prepared = System.nanoTime();
    float[] map = new float[size * size];
    inference.infer(planes, map);
    long ran = System.nanoTime();
    for (float p : map) {
      if (!Float.isFinite(p)) {
        throw new IllegalStateException(
            "the model " + model.name() + " gives " + p + " on this image; use another model");
      }
    }
    return new Look(map, prepared - start, ran - prepared);
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
