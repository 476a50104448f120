package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** How sure a prediction is of itself, worked out by hand. */
class ConfidenceMetricsTest {

  @Test
  void theExpectedJaccardIndexOfFourPixels() {
    // In the mask 0.9 and 0.5, outside 0.4 and 0.1: (0.9 + 0.5) / (2 + 0.4 + 0.1).
    MapFeatures f = MapFeatures.of(new float[] {0.9f, 0.4f, 0.1f, 0.5f}, 2, 2, 0.5f, 0, false);

    assertThat(f.expectedJaccard()).isCloseTo(1.4 / 2.5, within(1e-7));
    // The two touch at a corner: one part.
    assertThat(f.fragmentation()).isZero();
    assertThat(f.areaShare()).isEqualTo(0.5);
    assertThat(f.empty()).isFalse();
    // The logits of 0.9, 0.4, 0.1 and 0.5 are 2.2, -0.4, -2.2 and 0: one reaches 1.5, three -1.5.
    assertThat(f.steadiness()).isCloseTo(1.0 / 3, within(1e-9));
    // Two pixels with four edges each, two of which lie on the frame.
    assertThat(f.compactness()).isCloseTo(4 * Math.PI * 2 / 64, within(1e-9));
    assertThat(f.frameShare()).isEqualTo(0.5);
    assertThat(f.regressors(MapFeatures.NAMES))
        .containsExactly(
            new double[] {
              Math.log(1.4 / 1.1), 0, 0, Math.log(0.5), Math.log(4 * Math.PI * 2 / 64), 0.5
            },
            within(1e-6));
    assertThat(f.regressors(List.of("frame_share", "fragmentation"))).containsExactly(0.5, 0);
    assertThatThrownBy(() -> f.regressors(List.of("colour")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("colour");
  }

  @Test
  void fragmentationIsWhatLiesOutsideTheLargestPart() {
    MapFeatures f = MapFeatures.of(new float[] {1, 1, 1, 0, 0, 1}, 6, 1, 0.5f, 0, false);

    assertThat(f.fragmentation()).isEqualTo(0.25);
    assertThat(f.expectedJaccard()).isEqualTo(1);
    // Of a mask that keeps its largest part alone there is none.
    MapFeatures largest = MapFeatures.of(new float[] {1, 1, 1, 0, 0, 1}, 6, 1, 0.5f, 1, false);
    assertThat(largest.fragmentation()).isZero();
    assertThat(largest.areaShare()).isEqualTo(f.areaShare());
  }

  @Test
  void mapsWithoutMaskOrWithNothingElseGiveFiniteNumbers() {
    MapFeatures none = MapFeatures.of(new float[] {0, 0.1f}, 2, 1, 0.5f, 0, false);
    assertThat(none.empty()).isTrue();
    assertThat(none.expectedJaccard()).isZero();
    assertThat(none.regressors(MapFeatures.NAMES))
        .containsExactly(
            new double[] {-Math.log(999), 0, -Math.log(999), -Math.log(999), -Math.log(1000), 0},
            within(1e-9));

    MapFeatures all = MapFeatures.of(new float[] {1, 1}, 2, 1, 0.5f, 0, false);
    // A perimeter of six edges, all on the frame, around two pixels.
    assertThat(all.regressors(MapFeatures.NAMES))
        .containsExactly(
            new double[] {
              Math.log(999), 0, Math.log(999), Math.log(999), Math.log(4 * Math.PI * 2 / 36), 1
            },
            within(1e-9));
  }

  @Test
  void theCalibrationErrorWeighsBinsByTheirPixels() {
    // Two pixels at 0.9, one of them lesion: 0.4 off. Two at 0.1, a tenth lesion each: right.
    Reliability r =
        Reliability.of(new float[] {0.9f, 0.9f, 0.1f, 0.1f}, new float[] {1, 0, 0.1f, 0.1f});

    assertThat(r.expectedCalibrationError()).isCloseTo(0.2, within(1e-7));
    assertThat(Reliability.none().expectedCalibrationError()).isZero();
    // Certain and right, twice, halves it.
    assertThat(
            r.plus(Reliability.of(new float[] {0, 0, 1, 1}, new float[] {0, 0, 1, 1}))
                .expectedCalibrationError())
        .isCloseTo(0.1, within(1e-7));
    // Too sure in one bin and not sure enough in another do not cancel.
    assertThat(Reliability.of(new float[] {0.2f, 0.8f}, new float[] {0, 1}))
        .extracting(Reliability::expectedCalibrationError)
        .satisfies(e -> assertThat(e).isCloseTo(0.2, within(1e-7)));
  }

  @Test
  void correlationsByHand() {
    double[] x = {1, 2, 3, 4};
    assertThat(Correlation.pearson(x, new double[] {2, 4, 6, 8})).isCloseTo(1, within(1e-12));
    // Deviations (-1.5, -.5, .5, 1.5) and (-2, 0, 0, 2): 6 / sqrt(5 * 8).
    assertThat(Correlation.pearson(x, new double[] {1, 3, 3, 5}))
        .isCloseTo(6 / Math.sqrt(40), within(1e-12));
    // Only the order counts.
    assertThat(Correlation.spearman(x, new double[] {1, 10, 100, 1e9})).isEqualTo(1);
    assertThat(Correlation.spearman(x, new double[] {3, 2, 1, 0})).isEqualTo(-1);
    // With ties, ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: 4.5 / sqrt(5 * 4.5).
    assertThat(Correlation.spearman(x, new double[] {1, 3, 3, 5}))
        .isCloseTo(4.5 / Math.sqrt(22.5), within(1e-12));
    assertThat(Correlation.pearson(x, new double[] {1, 1, 1, 1})).isNaN();
    assertThatThrownBy(() -> Correlation.pearson(x, new double[3])).hasMessageContaining("3");
  }

  @Test
  void theAcceptedShareTakesTheBestPredictedFirst() {
    AcceptedShare curve =
        AcceptedShare.of(new double[] {0.7, 0.9, 0.8, 0.8}, new double[] {0.2, 0.6, 1.0, 0.4});

    assertThat(curve.points())
        .extracting(AcceptedShare.Point::share)
        .containsExactly(0.25, 0.5, 0.75, 1.0);
    assertThat(curve.points())
        .extracting(AcceptedShare.Point::lowestPrediction)
        .containsExactly(0.9, 0.8, 0.8, 0.7);
    assertThat(curve.points().stream().mapToDouble(AcceptedShare.Point::jaccard).toArray())
        .containsExactly(new double[] {0.6, 0.8, 2.0 / 3, 0.55}, within(1e-12));
    assertThat(curve.points().stream().mapToDouble(AcceptedShare.Point::oracle).toArray())
        .containsExactly(new double[] {1.0, 0.8, 2.0 / 3, 0.55}, within(1e-12));
    assertThat(curve.at(0.5).share()).isEqualTo(0.5);
    assertThat(curve.at(0.51).share()).isEqualTo(0.75);
    assertThat(curve.at(1).share()).isEqualTo(1);
    assertThatThrownBy(() -> curve.at(0)).hasMessageContaining("0.0");
    assertThatThrownBy(() -> AcceptedShare.of(new double[0], new double[0]))
        .hasMessageContaining("0");
  }
}
