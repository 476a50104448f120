package org.lentigo.cli.live;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.metrics.Confusion;

/**
 * What steadying an outline over the frames gains and costs, measured on the network's maps.
 *
 * <ul>
 *   <li>Overlap: the mean Jaccard index of each frame's mask with that of the frame before. Of a
 *       still lesion it would be 1 but for noise.
 *   <li>Lag, in frames: how far the steadied mask's centre is behind that of the frame's own, over
 *       how far that moves a frame, fitted over all frames by least squares. An outline that shows
 *       where the lesion was a frame ago has 1.
 * </ul>
 */
public final class Steadiness {
  /** The movement a frame is that between so many frames before and after: noise averages out. */
  private static final int REACH = 2;

  /** Lesions that move less a frame, in pixels of the map, stand still. */
  private static final double STILL = 0.2;

  private final float threshold;
  private final List<double[]> rawCentres = new ArrayList<>();
  private final List<double[]> steadyCentres = new ArrayList<>();
  private final double[] overlap = new double[2];
  private int pairs;
  private @Nullable Mask rawBefore;
  private @Nullable Mask steadyBefore;

  public Steadiness(float threshold) {
    this.threshold = threshold;
  }

  /**
   * Adds a frame.
   *
   * @param raw its own map, size x size
   * @param steady its map as steadied
   */
  public void add(float[] raw, float[] steady, int size) {
    Mask rawMask = Masks.threshold(raw, size, size, threshold);
    Mask steadyMask = Masks.threshold(steady, size, size, threshold);
    rawCentres.add(centre(rawMask));
    steadyCentres.add(centre(steadyMask));
    if (rawBefore != null && steadyBefore != null) {
      overlap[0] += Confusion.of(rawMask, rawBefore).jaccard();
      overlap[1] += Confusion.of(steadyMask, steadyBefore).jaccard();
      pairs++;
    }
    rawBefore = rawMask;
    steadyBefore = steadyMask;
  }

  /** NaN if the mask is empty. */
  private static double[] centre(Mask mask) {
    double x = 0;
    double y = 0;
    for (int i = 0; i < mask.data().length; i++) {
      if (mask.data()[i] != 0) {
        x += i % mask.width();
        y += i / mask.width();
      }
    }
    double count = mask.area();
    return new double[] {x / count, y / count};
  }

  /** Of the frames' own masks; empty before the second frame. */
  public OptionalDouble rawOverlap() {
    return pairs == 0 ? OptionalDouble.empty() : OptionalDouble.of(overlap[0] / pairs);
  }

  /** Of the steadied masks; empty before the second frame. */
  public OptionalDouble steadyOverlap() {
    return pairs == 0 ? OptionalDouble.empty() : OptionalDouble.of(overlap[1] / pairs);
  }

  /** In frames; empty if the lesion stands still, when there is nothing to lag behind. */
  public OptionalDouble lag() {
    double behind = 0;
    double squares = 0;
    int frames = 0;
    for (int i = REACH; i + REACH < rawCentres.size(); i++) {
      double[] before = rawCentres.get(i - REACH);
      double[] after = rawCentres.get(i + REACH);
      double[] raw = rawCentres.get(i);
      double[] steady = steadyCentres.get(i);
      double vx = (after[0] - before[0]) / (2 * REACH);
      double vy = (after[1] - before[1]) / (2 * REACH);
      double part = (raw[0] - steady[0]) * vx + (raw[1] - steady[1]) * vy;
      if (Double.isFinite(part)) {
        behind += part;
        squares += vx * vx + vy * vy;
        frames++;
      }
    }
    return frames == 0 || squares / frames < STILL * STILL
        ? OptionalDouble.empty()
        : OptionalDouble.of(behind / squares);
  }
}
