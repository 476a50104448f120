package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorImagesTest {
  /** Two planes of 2 x 2. */
  private static final float[] PLANES = {1, 2, 3, 4, 5, 6, 7, 8};

  private static float[] shown(int view) {
    float[] out = new float[9];
    MirrorImages.show(PLANES, 2, view, out, 1);
    return out;
  }

  @Test
  void showsEachPlaneMirrored() {
    assertThat(shown(0)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(shown(1)).containsExactly(0, 2, 1, 4, 3, 6, 5, 8, 7);
    assertThat(shown(2)).containsExactly(0, 3, 4, 1, 2, 7, 8, 5, 6);
    assertThat(shown(3)).containsExactly(0, 4, 3, 2, 1, 8, 7, 6, 5);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void bringsBackWhatWasShown(int view) {
    float[] out = new float[10];
    float[] map = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    MirrorImages.show(map, 3, view, out, 1);
    float[] sum = {10, 10, 10, 10, 10, 10, 10, 10, 10};

    MirrorImages.addBack(out, 1, 3, view, sum);

    assertThat(sum).containsExactly(11, 12, 13, 14, 15, 16, 17, 18, 19);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatThrownBy(() -> MirrorImages.show(new float[7], 2, 0, new float[7], 0))
        .hasMessageContaining("7 values")
        .hasMessageContaining("2 x 2");
    assertThatThrownBy(() -> MirrorImages.show(PLANES, 2, 4, new float[8], 0))
        .hasMessageContaining("view 4");
    assertThatThrownBy(() -> MirrorImages.addBack(PLANES, 0, 2, 0, PLANES.clone()))
        .hasMessageContaining("8 values");
  }
}
