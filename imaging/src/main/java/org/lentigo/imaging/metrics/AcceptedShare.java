package org.lentigo.imaging.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What is gained by setting aside the images whose predicted Jaccard index is lowest: the JI of
 * those that stay, for every share of them (the risk-coverage curve of R. El-Yaniv and Y. Wiener,
 * "On the foundations of noise-free selective classification", JMLR 2010, with JI for the risk).
 *
 * @param points for 1, 2, ... and all images accepted
 */
public record AcceptedShare(List<Point> points) {
  public AcceptedShare {
    points = List.copyOf(points);
  }

  /**
   * One share of the images.
   *
   * @param share accepted, in (0, 1]
   * @param lowestPrediction of the accepted images: the limit to set for this share
   * @param jaccard mean true JI of the accepted images
   * @param oracle the mean true JI of as many images, were the best known
   */
  public record Point(double share, double lowestPrediction, double jaccard, double oracle) {}

  /**
   * The curve.
   *
   * @param predicted JI of each image; of equal ones the earlier image is accepted first
   * @param actual JI of each image
   * @throws IllegalArgumentException if there is no image or the lengths differ
   */
  public static AcceptedShare of(double[] predicted, double[] actual) {
    int n = predicted.length;
    if (n == 0 || actual.length != n) {
      throw new IllegalArgumentException(
          "wanted a prediction and a true value for each image, got "
              + n
              + " and "
              + actual.length);
    }
    List<Integer> byPrediction = descending(predicted);
    List<Integer> byTruth = descending(actual);
    List<Point> points = new ArrayList<>();
    double sum = 0;
    double best = 0;
    for (int i = 0; i < n; i++) {
      sum += actual[byPrediction.get(i)];
      best += actual[byTruth.get(i)];
      points.add(
          new Point((i + 1.0) / n, predicted[byPrediction.get(i)], sum / (i + 1), best / (i + 1)));
    }
    return new AcceptedShare(points);
  }

  private static List<Integer> descending(double[] values) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Collections.reverseOrder(Comparator.comparingDouble((Integer i) -> values[i])))
        .toList();
  }

  /**
   * The point of at least this share, the smallest such.
   *
   * @throws IllegalArgumentException if {@code share} is not in (0, 1]
   */
  public Point at(double share) {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("a share must lie in (0, 1], got " + share);
    }
    return points.get((int) Math.ceil(share * points.size() - 1e-9) - 1);
  }
}
