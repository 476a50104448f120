package org.lentigo.imaging.metrics;

import java.util.List;
import org.lentigo.imaging.Components;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;

/**
 * What a probability map says about how well its mask will fit, without knowing the truth. Cheap:
 * two passes over the map.
 *
 * @param expectedJaccard the Jaccard index to expect if every pixel's probability were right and
 *     pixels were independent, to first order: the mask's probabilities summed, over the mask's
 *     area plus the probabilities outside it; 0 to 1, and 0 for an empty mask. Small parts count,
 *     also if they are removed: that the network was led astray says something of the rest
 * @param fragmentation the share of the mask that lies outside its largest part, after small parts
 *     were removed, 0 to 1
 * @param areaShare the mask's share of the map, 0 to 1
 */
public record MapFeatures(double expectedJaccard, double fragmentation, double areaShare) {
  /** What {@link #regressors} returns, in order. Changes whenever their meaning does. */
  public static final List<String> NAMES =
      List.of("logit_expected_jaccard", "fragmentation", "logit_area_share");

  /** Beyond these shares the logit says no more, and must stay finite. */
  private static final double LEAST = 1e-3;

  /**
   * Measures a map.
   *
   * @param probabilities {@code width * height} values, 0 to 1, row by row
   * @param threshold a pixel belongs to the mask where its probability is at least this
   * @param minShare which small parts of the mask are removed, see {@link Components#keepLarge}
   * @throws IllegalArgumentException if the sizes do not match
   */
  public static MapFeatures of(
      float[] probabilities, int width, int height, float threshold, double minShare) {
    Mask mask = Masks.threshold(probabilities, width, height, threshold);
    double inside = 0;
    double outside = 0;
    for (float p : probabilities) {
      if (p >= threshold) {
        inside += p;
      } else {
        outside += p;
      }
    }
    long area = mask.area();
    return new MapFeatures(
        area == 0 ? 0 : inside / (area + outside),
        1 - Components.largestShare(Components.clean(mask, minShare, false)),
        (double) area / probabilities.length);
  }

  /** Whether there is no lesion in the mask, so that its Jaccard index with any lesion is 0. */
  public boolean empty() {
    return areaShare == 0;
  }

  /** The features as a linear model takes them, in the order of {@link #NAMES}. */
  public double[] regressors() {
    return new double[] {logit(expectedJaccard), fragmentation, logit(areaShare)};
  }

  private static double logit(double share) {
    double inner = Math.min(1 - LEAST, Math.max(LEAST, share));
    return Math.log(inner / (1 - inner));
  }
}
