package org.lentigo.imaging.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;

class ConfusionTest {
  @Test
  void countsAndRatiosWorkedByHand() {
    // Predicted and true overlap in 2 of 4 predicted and 3 true pixels of 10.
    Mask prediction = new Mask(5, 2, new byte[] {1, 1, 1, 1, 0, 0, 0, 0, 0, 0});
    Mask truth = new Mask(5, 2, new byte[] {0, 0, 1, 1, 1, 0, 0, 0, 0, 0});

    Confusion c = Confusion.of(prediction, truth);

    assertThat(c).isEqualTo(new Confusion(2, 2, 1, 5));
    assertThat(c.jaccard()).isEqualTo(2 / 5.0);
    assertThat(c.dice()).isEqualTo(4 / 7.0);
    assertThat(c.sensitivity()).isEqualTo(2 / 3.0);
    assertThat(c.specificity()).isEqualTo(5 / 7.0);
    assertThat(c.accuracy()).isEqualTo(7 / 10.0);
    assertThat(c.plus(new Confusion(10, 20, 30, 40))).isEqualTo(new Confusion(12, 22, 31, 45));
  }

  @Test
  void emptyAndFullMasksFollowTheStatedConventions() {
    Mask empty = new Mask(2, 1, new byte[] {0, 0});
    Mask half = new Mask(2, 1, new byte[] {1, 0});
    Mask full = new Mask(2, 1, new byte[] {1, 1});

    Confusion bothEmpty = Confusion.of(empty, empty);
    assertThat(bothEmpty.jaccard()).isEqualTo(1);
    assertThat(bothEmpty.dice()).isEqualTo(1);
    assertThat(bothEmpty.sensitivity()).isEqualTo(1);
    assertThat(bothEmpty.specificity()).isEqualTo(1);

    assertThat(Confusion.of(empty, half).jaccard()).isEqualTo(0);
    assertThat(Confusion.of(empty, half).sensitivity()).isEqualTo(0);
    assertThat(Confusion.of(half, empty).jaccard()).isEqualTo(0);
    assertThat(Confusion.of(half, empty).sensitivity()).isEqualTo(1);
    assertThat(Confusion.of(half, full).specificity()).isEqualTo(1);
  }

  @Test
  void jaccardIsDiceOverTwoLessDiceAndBothAreSymmetric() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      Mask a = RandomMasks.noise(random, 7, 5);
      Mask b = RandomMasks.noise(random, 7, 5);
      Confusion c = Confusion.of(a, b);
      assertThat(c.jaccard())
          .isCloseTo(c.dice() / (2 - c.dice()), within(1e-12))
          .isEqualTo(Confusion.of(b, a).jaccard())
          .isBetween(0.0, 1.0);
      assertThat(c.dice()).isEqualTo(Confusion.of(b, a).dice()).isBetween(0.0, 1.0);
      assertThat(c.truePositives() + c.falsePositives() + c.falseNegatives() + c.trueNegatives())
          .isEqualTo(35);
    }
  }

  @Test
  void refusesMasksOfDifferentSizes() {
    Mask a = new Mask(3, 2, new byte[6]);
    Mask b = new Mask(2, 3, new byte[6]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Confusion.of(a, b))
        .withMessageContaining("the prediction is 3 x 2 pixels but the truth is 2 x 3");
  }
}
