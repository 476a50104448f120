package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SummaryTest {
  /** An image whose lesion was found in part: Jaccard index {@code found / of}. */
  private static ImageScores image(String stem, int found, int of) {
    return new ImageScores(stem, new Confusion(found, 0, of - found, 1000), found);
  }

  @Test
  void valuesWorkedByHand() {
    // Jaccard indices 0.9, 0.65, 0.5 and 1 of lesions of 10, 100, 10 and 20 pixels.
    Summary s =
        Summary.of(
            List.of(image("a", 9, 10), image("b", 65, 100), image("c", 5, 10), image("d", 20, 20)));

    assertThat(s.images()).isEqualTo(4);
    assertThat(s.get(Metric.JACCARD).value()).isCloseTo(3.05 / 4, within(1e-12));
    assertThat(s.get(Metric.THRESHOLDED_JACCARD).value()).isCloseTo(2.55 / 4, within(1e-12));
    assertThat(s.get(Metric.POOLED_JACCARD).value()).isCloseTo(99 / 140.0, within(1e-12));
    assertThat(s.get(Metric.FAILURE_SHARE).value()).isEqualTo(0.25);
    assertThat(s.get(Metric.WORST_DECILE_JACCARD).value()).isEqualTo(0.5);
    assertThat(s.get(Metric.SENSITIVITY).value()).isCloseTo(3.05 / 4, within(1e-12));
    assertThat(s.get(Metric.SPECIFICITY).value()).isEqualTo(1);
    assertThat(s.get(Metric.HD95).value()).isEqualTo((9 + 65 + 5 + 20) / 4.0);
    double dice = 2 * 9 / 19.0 + 2 * 65 / 165.0 + 2 * 5 / 15.0 + 1;
    assertThat(s.get(Metric.DICE).value()).isCloseTo(dice / 4, within(1e-12));
    double accuracy = 1009 / 1010.0 + 1065 / 1100.0 + 1005 / 1010.0 + 1;
    assertThat(s.get(Metric.ACCURACY).value()).isCloseTo(accuracy / 4, within(1e-12));
  }

  @Test
  void theWorstDecileIsRoundedUp() {
    List<ImageScores> scores = new ArrayList<>();
    for (int i = 0; i <= 20; i++) {
      scores.add(image("i" + i, i, 20));
    }
    // 21 images: the worst 3 have 0, 0.05 and 0.1.
    assertThat(Summary.of(scores).get(Metric.WORST_DECILE_JACCARD).value())
        .isCloseTo(0.05, within(1e-12));
  }

  @Test
  void intervalsHoldWhatTheNormalApproximationSays() {
    Random random = new Random(4);
    List<ImageScores> scores = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      scores.add(image("i" + i, 600 + random.nextInt(401), 1000));
    }
    double mean = scores.stream().mapToDouble(ImageScores::jaccard).average().orElseThrow();
    double variance = scores.stream().mapToDouble(s -> Math.pow(s.jaccard() - mean, 2)).sum() / 400;
    double halfWidth = 1.96 * Math.sqrt(variance / 400);

    Estimate jaccard = Summary.of(scores).get(Metric.JACCARD);

    assertThat(jaccard.low()).isCloseTo(mean - halfWidth, within(0.1 * halfWidth));
    assertThat(jaccard.high()).isCloseTo(mean + halfWidth, within(0.1 * halfWidth));
  }

  @Test
  void everyIntervalIsOrderedAndHoldsItsValue() {
    Random random = new Random(8);
    List<ImageScores> scores = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      scores.add(
          ImageScores.of(
              "i" + i, RandomMasks.noise(random, 9, 9), RandomMasks.noise(random, 9, 9)));
    }
    Summary summary = Summary.of(scores);
    assertThat(summary.estimates()).containsOnlyKeys(Metric.values());
    summary
        .estimates()
        .forEach(
            (metric, e) -> {
              assertThat(e.low()).as(metric.label()).isLessThanOrEqualTo(e.value());
              assertThat(e.high()).as(metric.label()).isGreaterThanOrEqualTo(e.value());
              if (metric.isRatio()) {
                assertThat(e.low()).isGreaterThanOrEqualTo(0);
                assertThat(e.high()).isLessThanOrEqualTo(1);
              }
            });
  }

  @Test
  void theSameSeedGivesTheSameNumbersInAnyOrder() {
    List<ImageScores> scores = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      scores.add(image("i" + i, i * 7 % 50, 50));
    }
    Summary summary = Summary.of(scores, 9);
    Collections.shuffle(scores, new Random(1));
    assertThat(Summary.of(scores, 9)).isEqualTo(summary);
    assertThat(Summary.of(scores, 10)).isNotEqualTo(summary);
  }

  @Test
  void oneImageHasAnIntervalOfNoWidthAndNoneIsRefused() {
    Estimate one = Summary.of(List.of(image("a", 1, 2))).get(Metric.JACCARD);
    assertThat(one).isEqualTo(new Estimate(0.5, 0.5, 0.5));
    assertThatIllegalArgumentException().isThrownBy(() -> Summary.of(List.of()));
  }

  @Test
  void histogramBinsHoldTheirLowerEdgeAndTheLastHoldsOne() {
    List<ImageScores> scores =
        List.of(
            image("a", 0, 20),
            image("b", 4, 20),
            image("c", 5, 20),
            image("d", 15, 20),
            image("e", 20, 20));
    Histogram histogram = Histogram.ofJaccard(scores, 4);
    assertThat(histogram.counts()).containsExactly(2, 1, 0, 2);
    assertThat(histogram.lowerEdge(3)).isEqualTo(0.75);
  }
}
