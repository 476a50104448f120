package org.lentigo.runtime;

import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.RgbImage;

/**
 * Outlines the lesion in the frames of one camera, one after the other, and steadies the outline: a
 * still picture's noise makes the network's map tremble, and with it the outline.
 *
 * <p>Each pixel of the map moves towards the new frame's by a share that grows with how far it has
 * to go: {@code s += a (p - s)} with {@code a = min(1, REST + |p - s| / FULL)}. Noise is far
 * smaller than what a moving outline changes, so that noise is averaged out and movement comes
 * through in the same frame. After a cut the map is taken as it is.
 *
 * <pre>{@code
 * try (Segmenter segmenter = Segmenter.of(model, 2, Engine.FOR_LONG_RUNS, System.err::println)) {
 *   LiveSegmenter live = segmenter.live(true);
 *   while (camera.isOpen()) {
 *     show(live.next(camera.frame()).contours());
 *   }
 * }
 * }</pre>
 *
 * <p>Made by {@link Segmenter#live}; not thread-safe. The segmenter stays the caller's to close.
 */
public final class LiveSegmenter {
  /** The share of a change far below {@link #FULL} that gets through: about an average over six. */
  private static final float REST = 0.3f;

  /** A change of probability that gets through whole. */
  private static final float FULL = 0.35f;

  /** Pictures whose maps differ by this much on average are not one scene. */
  private static final double CUT = 0.25;

  private final NetworkSegmenter segmenter;
  private final boolean smooth;
  private float @Nullable [] steady;
  private float @Nullable [] raw;

  LiveSegmenter(NetworkSegmenter segmenter, boolean smooth) {
    this.segmenter = segmenter;
    this.smooth = smooth;
  }

  /**
   * Outlines the lesion in the next frame, at the model's threshold.
   *
   * @param frame of any size, which may change from frame to frame
   * @return at the frame's size, steadied if that was asked for
   * @throws IllegalStateException if the segmenter is closed, or the network's output is not finite
   */
  public Segmentation next(RgbImage frame) {
    return segmenter.segmentOnce(frame, segmenter.model().threshold(), this::steadied);
  }

  /**
   * The last frame's own map, before it was steadied: S * S probabilities. A copy.
   *
   * @throws IllegalStateException before the first frame
   */
  public float[] lastProbabilities() {
    if (raw == null) {
      throw new IllegalStateException("no frame was shown; call next first");
    }
    return raw.clone();
  }

  private float[] steadied(float[] map) {
    raw = map;
    float[] before = steady;
    if (!smooth || before == null || isCut(before, map)) {
      steady = map;
      return map;
    }
    float[] next = new float[map.length];
    for (int i = 0; i < map.length; i++) {
      float change = map[i] - before[i];
      next[i] = before[i] + Math.min(1, REST + Math.abs(change) / FULL) * change;
    }
    steady = next;
    return next;
  }

  private static boolean isCut(float[] before, float[] after) {
    double sum = 0;
    for (int i = 0; i < after.length; i++) {
      sum += Math.abs(after[i] - before[i]);
    }
    return sum > CUT * after.length;
  }
}
