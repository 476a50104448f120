package org.lentigo.imaging.metrics;

import java.util.List;
import org.lentigo.imaging.Components;
import org.lentigo.imaging.Evidence;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;

/**
 * What a probability map says about how well its mask will fit, without knowing the truth. Cheap: a
 * few passes over the map.
 *
 * @param expectedJaccard the Jaccard index to expect if every pixel's probability were right and
 *     pixels were independent, to first order: the mask's probabilities summed, over the mask's
 *     area plus the probabilities outside it; 0 to 1, and 0 for an empty mask. Small parts count,
 *     also if they are removed: that the network was led astray says something of the rest
 * @param fragmentation the share of the mask that lies outside its largest part, after small parts
 *     were removed, 0 to 1
 * @param areaShare the mask's share of the map, 0 to 1
 * @param steadiness how little the mask depends on where it is cut: its area at a threshold that is
 *     {@value #STEP} higher as a logit, over that at one as much lower; 0 to 1, and 0 where nothing
 *     reaches the lower one
 * @param compactness {@code 4 pi area / perimeter^2} of the mask after small parts were removed,
 *     the perimeter counted along pixel edges, frame included: 0.79 for a square, less for what is
 *     ragged; 0 for an empty mask
 * @param frameShare the share of that perimeter which lies on the map's own frame, 0 to 1: how much
 *     of the lesion is cut off
 */
public record MapFeatures(
    double expectedJaccard,
    double fragmentation,
    double areaShare,
    double steadiness,
    double compactness,
    double frameShare) {
  /**
   * The names of {@link #regressors}, in order. A name stands for one meaning for ever, since model
   * files hold it.
   */
  public static final List<String> NAMES =
      List.of(
          "logit_expected_jaccard",
          "fragmentation",
          "logit_area_share",
          "logit_steadiness",
          "log_compactness",
          "frame_share");

  /** Beyond these shares the logit says no more, and must stay finite. */
  private static final double LEAST = 1e-3;

  private static final double STEP = 1.5;

  /**
   * Measures a map.
   *
   * @param probabilities {@code width * height} values, 0 to 1, row by row
   * @param threshold a pixel belongs to the mask where its probability is at least this; in (0, 1)
   * @param minShare which parts of the mask are removed, see {@link Components#clean}
   * @param byEvidence whether the map says what a part counts, rather than its area
   * @throws IllegalArgumentException if the sizes do not match
   */
  public static MapFeatures of(
      float[] probabilities,
      int width,
      int height,
      float threshold,
      double minShare,
      boolean byEvidence) {
    Mask mask = Masks.threshold(probabilities, width, height, threshold);
    double odds = threshold / (1.0 - threshold);
    double low = odds * Math.exp(-STEP) / (1 + odds * Math.exp(-STEP));
    double high = odds * Math.exp(STEP) / (1 + odds * Math.exp(STEP));
    double inside = 0;
    double outside = 0;
    long reachLow = 0;
    long reachHigh = 0;
    for (float p : probabilities) {
      if (p >= threshold) {
        inside += p;
      } else {
        outside += p;
      }
      reachLow += p >= low ? 1 : 0;
      reachHigh += p >= high ? 1 : 0;
    }
    long area = mask.area();
    Mask cleaned =
        Components.clean(
            mask, minShare, byEvidence ? new Evidence(probabilities, width, height) : null, false);
    Border border = Border.of(cleaned);
    return new MapFeatures(
        area == 0 ? 0 : inside / (area + outside),
        1 - Components.largestShare(cleaned),
        (double) area / probabilities.length,
        reachLow == 0 ? 0 : (double) reachHigh / reachLow,
        border.length == 0
            ? 0
            : 4 * Math.PI * cleaned.area() / ((double) border.length * border.length),
        border.length == 0 ? 0 : (double) border.onFrame / border.length);
  }

  /**
   * The edges between mask and background, in pixels.
   *
   * @param length of all, the map's frame counting as background
   * @param onFrame of those that lie on the frame
   */
  private record Border(long length, long onFrame) {
    static Border of(Mask mask) {
      int width = mask.width();
      int height = mask.height();
      byte[] data = mask.data();
      long inner = 0;
      long frame = 0;
      for (int y = 0; y < height; y++) {
        int row = y * width;
        frame += data[row] + data[row + width - 1];
        for (int x = 0; x < width; x++) {
          inner += x > 0 ? data[row + x] ^ data[row + x - 1] : 0;
          inner += y > 0 ? data[row + x] ^ data[row - width + x] : 0;
          frame += (y == 0 ? data[row + x] : 0) + (y == height - 1 ? data[row + x] : 0);
        }
      }
      return new Border(inner + frame, frame);
    }
  }

  /** Whether there is no lesion in the mask, so that its Jaccard index with any lesion is 0. */
  public boolean empty() {
    return areaShare == 0;
  }

  /**
   * Some of the features as a linear model takes them.
   *
   * @param names of those wanted, such as {@link #NAMES}
   * @throws IllegalArgumentException if one of the names is none of {@link #NAMES}
   */
  public double[] regressors(List<String> names) {
    double[] all = {
      logit(expectedJaccard),
      fragmentation,
      logit(areaShare),
      logit(steadiness),
      Math.log(Math.max(LEAST, compactness)),
      frameShare
    };
    if (!NAMES.containsAll(names)) {
      throw new IllegalArgumentException("features " + names + ", known are " + NAMES);
    }
    return names.stream().mapToDouble(name -> all[NAMES.indexOf(name)]).toArray();
  }

  private static double logit(double share) {
    double inner = Math.min(1 - LEAST, Math.max(LEAST, share));
    return Math.log(inner / (1 - inner));
  }
}
