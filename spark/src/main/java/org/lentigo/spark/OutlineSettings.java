package org.lentigo.spark;

import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.PhotoReader;

/**
 * How photos are outlined. Travels with each stage's tasks, the model's bytes included (1.6 MB).
 *
 * @param model the bytes of a model file; null for the bundled model. The array is not copied:
 *     whoever makes the settings gives it away.
 * @param threshold a pixel is lesion where its probability is at least this, in (0, 1); null for
 *     the model's
 * @param maxPixels larger photos are refused, at least 1
 * @param oneLook whether the network looks at each photo once: half its work, and a little worse
 *     (see {@link org.lentigo.runtime.Segmenter#oneLook})
 */
public record OutlineSettings(
    byte @Nullable [] model, @Nullable Float threshold, long maxPixels, boolean oneLook)
    implements Serializable {
  private static final long serialVersionUID = 1;

  /** The bundled model at its own threshold: as {@code lentigo segment} without options. */
  public static final OutlineSettings DEFAULT =
      new OutlineSettings(null, null, PhotoReader.DEFAULT_MAX_PIXELS, false);

  public OutlineSettings {
    if (threshold != null && !(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException(
          "the threshold must lie between 0 and 1, got " + threshold);
    }
    if (maxPixels < 1) {
      throw new IllegalArgumentException(
          "the limit of pixels must be at least 1, got " + maxPixels);
    }
  }

  /** These, with another model. */
  public OutlineSettings withModel(byte[] file) {
    return new OutlineSettings(Objects.requireNonNull(file), threshold, maxPixels, oneLook);
  }

  /** These, with another threshold, in (0, 1). */
  public OutlineSettings withThreshold(float other) {
    return new OutlineSettings(model, other, maxPixels, oneLook);
  }

  /** These, with another limit of pixels, at least 1. */
  public OutlineSettings withMaxPixels(long other) {
    return new OutlineSettings(model, threshold, other, oneLook);
  }

  /** These, with one look at each photo. */
  public OutlineSettings withOneLook() {
    return new OutlineSettings(model, threshold, maxPixels, true);
  }
}
