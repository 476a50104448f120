package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;

class SoftMaskTest {
  private static final Mask MASK = new Mask(2, 2, new byte[] {0, 1, 1, 0});

  @Test
  void anExpertLeavesNothingInBetween() {
    assertThat(SoftMask.of(MASK).data()).containsExactly(0, 64, 64, 0);
    assertThat(SoftMask.of(MASK).share()).isEqualTo(0.5);
  }

  @Test
  void aTeacherHasItsShareOfTheSay() {
    float[] teacher = {0.5f, 1, 0, 0.1f};
    // 64 x (1/4 of the teacher + 3/4 of the mask)
    assertThat(SoftMask.blend(MASK, teacher, 0.25).data()).containsExactly(8, 64, 48, 2);
    assertThat(SoftMask.blend(MASK, teacher, 0))
        .usingRecursiveComparison()
        .isEqualTo(SoftMask.of(MASK));
    assertThat(SoftMask.blend(MASK, teacher, 1).data()).containsExactly(32, 64, 0, 6);
    assertThat(SoftMask.blend(MASK, teacher, 1).share()).isEqualTo(0.4, within(0.01));
  }

  @Test
  void refusesAnotherLength() {
    assertThatThrownBy(() -> new SoftMask(3, 2, new byte[4]))
        .hasMessageContaining("3 x 2")
        .hasMessageContaining("4");
  }
}
