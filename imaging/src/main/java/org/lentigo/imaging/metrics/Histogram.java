package org.lentigo.imaging.metrics;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * How many images have which Jaccard index, in bins of equal width from 0 to 1. A bin holds its
 * lower edge and not its upper, but the last holds 1.
 *
 * @param counts images a bin, from the worst up
 */
public record Histogram(List<Integer> counts) {
  public Histogram {
    counts = List.copyOf(counts);
  }

  /**
   * Counts the Jaccard indices.
   *
   * @param bins at least 1
   */
  public static Histogram ofJaccard(Collection<ImageScores> scores, int bins) {
    if (bins < 1) {
      throw new IllegalArgumentException("a histogram needs at least 1 bin, got " + bins);
    }
    int[] counts = new int[bins];
    for (ImageScores s : scores) {
      counts[Math.min(bins - 1, (int) (s.jaccard() * bins))]++;
    }
    return new Histogram(Arrays.stream(counts).boxed().toList());
  }

  /** Where a bin begins. */
  public double lowerEdge(int bin) {
    return (double) bin / counts.size();
  }
}
