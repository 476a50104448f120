package org.lentigo.runtime;

import java.util.List;
import java.util.OptionalDouble;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Resampling;

/**
 * The outlined lesion in one photo, at the photo's own size. Immutable.
 *
 * <p>The network's probabilities are enlarged (bilinearly) to the photo's size and then cut at the
 * threshold; enlarging a mask instead would leave its outline in steps.
 */
public final class Segmentation {
  private final float[] map;
  private final int size;
  private final float threshold;
  private final Mask mask;
  private final long area;
  private final OptionalDouble meanConfidence;
  private final long prepareNanos;
  private final long networkNanos;

  /**
   * @param map the network's output, {@code size * size} probabilities
   */
  Segmentation(
      float[] map,
      int size,
      int width,
      int height,
      float threshold,
      long prepareNanos,
      long networkNanos) {
    this.map = map;
    this.size = size;
    this.threshold = threshold;
    this.prepareNanos = prepareNanos;
    this.networkNanos = networkNanos;
    byte[] inside = new byte[Math.multiplyExact(width, height)];
    double[] sum = {0};
    // A row at a time: all the probabilities of a photo of 100 megapixels would take 400 MB.
    Resampling.resizePlane(
        map,
        size,
        size,
        width,
        height,
        (y, row) -> {
          for (int x = 0; x < width; x++) {
            if (row[x] >= threshold) {
              inside[y * width + x] = 1;
              sum[0] += row[x];
            }
          }
        });
    mask = new Mask(width, height, inside);
    area = mask.area();
    meanConfidence = area == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum[0] / area);
  }

  /** The photo's width in pixels. */
  public int width() {
    return mask.width();
  }

  /** The photo's height in pixels. */
  public int height() {
    return mask.height();
  }

  /** A pixel is lesion where its probability is at least this. */
  public float threshold() {
    return threshold;
  }

  /**
   * The probability of lesion at each pixel of the photo, 0 to 1: {@code width * height} values,
   * row by row. Made anew at each call, since it takes four bytes a pixel.
   */
  public float[] probabilities() {
    return Resampling.resizePlane(map, size, size, width(), height());
  }

  /** The pixels whose probability is at least the threshold. */
  public Mask mask() {
    return mask;
  }

  /** The outlines of the mask, outer ones and holes. Traced anew at each call. */
  public List<Contour> contours() {
    return Contours.trace(mask);
  }

  /** The lesion's pixels. */
  public long area() {
    return area;
  }

  /** The lesion's share of the photo, 0 to 1. */
  public double areaFraction() {
    return (double) area / ((long) width() * height());
  }

  /**
   * The mean probability over the pixels of the mask, from the threshold to 1; empty if the mask
   * is. The network's own confidence: no measure of how well the outline fits.
   */
  public OptionalDouble meanConfidence() {
    return meanConfidence;
  }

  /** The time to resize and normalise the photo, in nanoseconds. */
  public long prepareNanos() {
    return prepareNanos;
  }

  /** The time in the network, in nanoseconds. */
  public long networkNanos() {
    return networkNanos;
  }
}
