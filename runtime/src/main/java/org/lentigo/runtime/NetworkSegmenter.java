package org.lentigo.runtime;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.lentigo.imaging.MirrorImages;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;

/** The preparation of an image, the network, and what is made of its map. */
final class NetworkSegmenter implements Segmenter {
  private final Model model;
  private final Inference inference;
  private final boolean closer;

  NetworkSegmenter(Model model, Inference inference) {
    this(model, inference, true);
  }

  private NetworkSegmenter(Model model, Inference inference, boolean closer) {
    this.model = model;
    this.inference = inference;
    this.closer = closer;
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
        : new NetworkSegmenter(model, new MirroredInference(inference), closer);
  }

  @Override
  public int views() {
    return inference instanceof MirroredInference ? MirrorImages.VIEWS : 1;
  }

  @Override
  public Segmenter oneLook() {
    return closer ? new NetworkSegmenter(model, inference, false) : this;
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
    int size = model.preprocessing().size();
    Look whole = look(image, new CloserLook(size, 0, 0));
    float[] map = change.apply(whole.map);
    Optional<CloserLook> closer =
        again ? CloserLook.at(map, size, threshold, model.postProcessing()) : Optional.empty();
    if (closer.isEmpty()) {
      return new Segmentation(
          model, map, map, image, threshold, whole.prepareNanos, whole.networkNanos);
    }
    Look close = look(image, closer.get());
    return new Segmentation(
        model,
        map,
        closer.get().with(map, close.map, size),
        image,
        threshold,
        whole.prepareNanos + close.prepareNanos,
        whole.networkNanos + close.networkNanos);
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
    inference.close();
  }
}
