package org.lentigo.runtime;

import java.util.function.UnaryOperator;
import org.lentigo.imaging.MirrorImages;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;

/** The preparation of an image, the network, and what is made of its map. */
final class NetworkSegmenter implements Segmenter {
  private final Model model;
  private final Inference inference;

  NetworkSegmenter(Model model, Inference inference) {
    this.model = model;
    this.inference = inference;
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
    return views() > 1 ? this : new NetworkSegmenter(model, new MirroredInference(inference));
  }

  @Override
  public int views() {
    return inference instanceof MirroredInference ? MirrorImages.VIEWS : 1;
  }

  @Override
  public LiveSegmenter live(boolean smooth) {
    return new LiveSegmenter(this, smooth);
  }

  @Override
  public Segmentation segment(RgbImage image, float threshold) {
    return segment(image, threshold, map -> map);
  }

  /**
   * @param change what becomes of the network's map before it is enlarged
   */
  Segmentation segment(RgbImage image, float threshold, UnaryOperator<float[]> change) {
    if (!(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException("the threshold must lie in (0, 1), got " + threshold);
    }
    int size = model.preprocessing().size();
    long start = System.nanoTime();
    float[] planes = Resampling.toPlanes(image, size, size);
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
    return new Segmentation(
        model,
        change.apply(map),
        image.width(),
        image.height(),
        threshold,
        prepared - start,
        ran - prepared);
  }

  @Override
  public void close() {
    inference.close();
  }
}
