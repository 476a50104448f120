package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;

class HausdorffDistanceTest {
  @Test
  void distanceTransformAgreesWithBruteForce() {
    Random random = new Random(5);
    for (int round = 0; round < 300; round++) {
      int w = 1 + random.nextInt(13);
      int h = 1 + random.nextInt(13);
      double density = random.nextDouble() * random.nextDouble();
      boolean[] sources = new boolean[w * h];
      for (int i = 0; i < sources.length; i++) {
        sources[i] = random.nextDouble() < density;
      }
      long[] squared = DistanceTransform.squared(sources, w, h);
      for (int i = 0; i < sources.length; i++) {
        long nearest = Long.MAX_VALUE;
        for (int s = 0; s < sources.length; s++) {
          if (sources[s]) {
            int dx = i % w - s % w;
            int dy = i / w - s / w;
            nearest = Math.min(nearest, dx * dx + dy * dy);
          }
        }
        assertThat(squared[i])
            .as("round %d pixel %d of %d x %d", round, i, w, h)
            .isEqualTo(nearest);
      }
    }
  }

  @Test
  void twoPixelsAreAsFarApartAsTheirCentres() {
    Mask a = RandomMasks.rectangle(10, 10, 2, 3, 2, 3);
    Mask b = RandomMasks.rectangle(10, 10, 5, 7, 5, 7);
    assertThat(HausdorffDistance.hd95(a, b)).isEqualTo(5);
  }

  @Test
  void percentileIsPooledOverBothDirectionsAndInterpolated() {
    // A 1 x 1 and a 21 x 1 lesion from the same pixel on. Distances: 0 from the first, and 0 to 20
    // from the second, 22 in all; the 95th percentile is at rank 0.95 * 21 = 19.95, between the
    // 18 of rank 19 and the 19 of rank 20. (The larger of two percentiles would be 19.)
    Mask a = RandomMasks.rectangle(30, 3, 4, 1, 4, 1);
    Mask b = RandomMasks.rectangle(30, 3, 4, 1, 24, 1);
    assertThat(HausdorffDistance.hd95(a, b)).isCloseTo(18.95, within(1e-12));
  }

  @Test
  void theInsideOfALesionDoesNotCount() {
    // Borders of a 5 x 5 square and of the 3 x 3 in its middle: the 16 outer pixels are 1 from the
    // inner border at the 12 side pixels and sqrt 2 at the 4 corners; the 8 inner ones are 1 away.
    Mask outer = RandomMasks.rectangle(9, 9, 2, 2, 6, 6);
    Mask inner = RandomMasks.rectangle(9, 9, 3, 3, 5, 5);
    assertThat(HausdorffDistance.hd95(outer, inner)).isCloseTo(Math.sqrt(2), within(1e-12));
    byte[] hollow = outer.data().clone();
    hollow[4 * 9 + 4] = 0;
    // The four pixels round a hole are border too, 1 from the outer one: of 20 + 16 distances the
    // last 4 are 1 and the 95th percentile is at rank 33.25.
    assertThat(HausdorffDistance.hd95(new Mask(9, 9, hollow), outer)).isEqualTo(1);
  }

  @Test
  void agreesWithTheDefinitionTakenLiterally() {
    Random random = new Random(6);
    for (int round = 0; round < 200; round++) {
      int w = 1 + random.nextInt(12);
      int h = 1 + random.nextInt(12);
      Mask a = RandomMasks.noise(random, w, h);
      Mask b = RandomMasks.noise(random, w, h);
      double expected = literally(a, b);
      assertThat(HausdorffDistance.hd95(a, b))
          .isCloseTo(expected, within(1e-9))
          .isEqualTo(HausdorffDistance.hd95(b, a));
      assertThat(HausdorffDistance.hd95(a, a)).isEqualTo(0);
    }
  }

  private static double literally(Mask a, Mask b) {
    List<int[]> borderA = border(a);
    List<int[]> borderB = border(b);
    if (borderA.isEmpty() || borderB.isEmpty()) {
      return borderA.isEmpty() && borderB.isEmpty() ? 0 : Math.hypot(a.width(), a.height());
    }
    List<Double> distances = new ArrayList<>();
    borderA.forEach(p -> distances.add(nearest(p, borderB)));
    borderB.forEach(p -> distances.add(nearest(p, borderA)));
    distances.sort(null);
    double rank = 0.95 * (distances.size() - 1);
    double low = distances.get((int) Math.floor(rank));
    double high = distances.get((int) Math.ceil(rank));
    return low + (rank - Math.floor(rank)) * (high - low);
  }

  private static double nearest(int[] p, List<int[]> others) {
    return others.stream().mapToDouble(o -> Math.hypot(o[0] - p[0], o[1] - p[1])).min().orElse(-1);
  }

  private static List<int[]> border(Mask mask) {
    List<int[]> border = new ArrayList<>();
    int[][] sides = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        boolean edge = false;
        for (int[] s : sides) {
          int nx = x + s[0];
          int ny = y + s[1];
          boolean inside = nx >= 0 && ny >= 0 && nx < mask.width() && ny < mask.height();
          edge |= !inside || !mask.get(nx, ny);
        }
        if (edge && mask.get(x, y)) {
          border.add(new int[] {x, y});
        }
      }
    }
    return border;
  }

  @Test
  void anEmptyMaskIsADiagonalAway() {
    Mask empty = new Mask(4, 3, new byte[12]);
    Mask lesion = RandomMasks.rectangle(4, 3, 1, 1, 1, 1);
    assertThat(HausdorffDistance.hd95(empty, lesion)).isEqualTo(5);
    assertThat(HausdorffDistance.hd95(lesion, empty)).isEqualTo(5);
    assertThat(HausdorffDistance.hd95(empty, empty)).isEqualTo(0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HausdorffDistance.hd95(empty, new Mask(3, 4, new byte[12])));
  }
}
