package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PercentileTest {
  @Test
  void percentilesLieBetweenValues() {
    double[] values = {40, 10, 30, 20};
    assertThat(Percentile.ofUnsorted(values, 0)).isEqualTo(10);
    assertThat(Percentile.ofUnsorted(values, 1)).isEqualTo(40);
    assertThat(Percentile.ofUnsorted(values, 0.5)).isEqualTo(25);
    assertThat(Percentile.ofUnsorted(values, 0.9)).isEqualTo(37, within(1e-9));
    assertThat(Percentile.ofUnsorted(new double[] {7}, 0.9)).isEqualTo(7);
    assertThat(values).containsExactly(40, 10, 30, 20);
  }
}
