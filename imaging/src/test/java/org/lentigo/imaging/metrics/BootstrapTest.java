package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static double[] noise(long seed, int images, double mean, double deviation) {
    return new Random(seed).doubles(images, -1, 1).map(x -> mean + deviation * x).toArray();
  }

  private static double[] plus(double[] a, double[] b) {
    double[] sum = a.clone();
    for (int i = 0; i < b.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }

  @Test
  void theMeanIsThatOfASummary() {
    List<ImageScores> images = new ArrayList<>();
    Random random = new Random(8);
    for (int i = 0; i < 37; i++) {
      int found = random.nextInt(100);
      images.add(new ImageScores("i" + i, new Confusion(found, 0, 100 - found, 1000), 1));
    }
    double[] scores = images.stream().mapToDouble(ImageScores::jaccard).toArray();
    assertThat(Bootstrap.mean(scores)).isEqualTo(Summary.of(images).get(Metric.JACCARD));
  }

  /** What every image has more of is not a matter of which images they are. */
  @Test
  void aConstantDifferenceIsCertain() {
    double[] scores = {0.5, 0.25, 0.75, 1};
    Bootstrap.Difference up =
        Bootstrap.difference(plus(scores, new double[] {0.125, 0.125, 0.125, 0.125}), scores);
    assertThat(up.estimate()).isEqualTo(new Estimate(0.125, 0.125, 0.125));
    assertThat(up.isBeyondChance()).isTrue();
    assertThat(up.p()).isEqualTo(2 / 20_001.0);

    Bootstrap.Difference none = Bootstrap.difference(scores, scores);
    assertThat(none.estimate()).isEqualTo(new Estimate(0, 0, 0));
    assertThat(none.isBeyondChance()).isFalse();
    assertThat(none.p()).isEqualTo(1);
  }

  /**
   * Of two images with the differences 3 and -1 the draws give 3, 1 or -1 with the chances 1/4, 1/2
   * and 1/4.
   */
  @Test
  void twoImagesByHand() {
    Bootstrap.Difference d = Bootstrap.difference(new double[] {4, 0}, new double[] {1, 1});
    assertThat(d.estimate()).isEqualTo(new Estimate(1, -1, 3));
    assertThat(d.isBeyondChance()).isFalse();
    assertThat(d.p()).isCloseTo(0.5, within(0.05));
  }

  /** Every one of the 6^6 draws there are, rather than some of them at random. */
  @Test
  void sixImagesByAllTheirDraws() {
    double[] differences = {0.31, -0.12, 0.22, 0.05, -0.2, 0.4};
    int n = differences.length;
    double[] means = new double[(int) Math.pow(n, n)];
    for (int draw = 0; draw < means.length; draw++) {
      for (int image = 0, rest = draw; image < n; image++, rest /= n) {
        means[draw] += differences[rest % n] / n;
      }
    }
    long notAbove = Arrays.stream(means).filter(mean -> mean <= 0).count();

    Bootstrap.Difference d = Bootstrap.difference(differences, new double[n]);

    assertThat(d.estimate().value()).isCloseTo(0.11, within(1e-12));
    assertThat(d.estimate().low()).isCloseTo(Percentile.ofUnsorted(means, 0.025), within(0.02));
    assertThat(d.estimate().high()).isCloseTo(Percentile.ofUnsorted(means, 0.975), within(0.02));
    assertThat(d.p()).isCloseTo(2.0 * notAbove / means.length, within(0.03));
  }

  /** A hard image is hard for both: paired, a small gain is seen that the two intervals hide. */
  @Test
  void pairsSeeWhatIntervalsHide() {
    double[] hard = noise(1, 400, 0.7, 0.3);
    double[] gain = noise(2, 400, 0.01, 0.03);
    double[] better = plus(hard, gain);
    Bootstrap.Difference d = Bootstrap.difference(better, hard);

    double mean = Arrays.stream(gain).average().orElseThrow();
    // Uniform over a width of 0.06: a deviation of 0.06 / sqrt(12).
    double halfWidth = 1.96 * 0.06 / Math.sqrt(12) / Math.sqrt(400);
    assertThat(d.estimate().value()).isCloseTo(mean, within(1e-12));
    assertThat(d.estimate().low()).isCloseTo(mean - halfWidth, within(0.15 * halfWidth));
    assertThat(d.estimate().high()).isCloseTo(mean + halfWidth, within(0.15 * halfWidth));
    assertThat(d.isBeyondChance()).isTrue();
    assertThat(Bootstrap.mean(better).low()).isLessThan(Bootstrap.mean(hard).value());
  }

  @Test
  void theOtherWayRoundItHasTheOtherSign() {
    double[] a = noise(3, 50, 0.8, 0.1);
    double[] b = noise(4, 50, 0.79, 0.1);
    Bootstrap.Difference d = Bootstrap.difference(a, b);
    Bootstrap.Difference back = Bootstrap.difference(b, a);
    assertThat(back.estimate().low()).isCloseTo(-d.estimate().high(), within(1e-12));
    assertThat(back.estimate().high()).isCloseTo(-d.estimate().low(), within(1e-12));
    assertThat(back.p()).isEqualTo(d.p());
  }

  @Test
  void refusesWhatCannotBeCompared() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Bootstrap.difference(new double[3], new double[2]))
        .withMessageContaining("3 images")
        .withMessageContaining("2");
    assertThatIllegalArgumentException().isThrownBy(() -> Bootstrap.mean(new double[0]));
  }
}
