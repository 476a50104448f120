package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class ContoursTest {
  @Test
  void onePixelIsASquareRunningAnticlockwiseOnAScreen() {
    List<Contour> contours = Contours.trace(mask("...", ".#.", "..."));
    assertThat(contours).hasSize(1);
    assertThat(contours.get(0).xy()).containsExactly(1, 1, 1, 2, 2, 2, 2, 1);
    assertThat(contours.get(0).hole()).isFalse();
    assertThat(contours.get(0).area()).isEqualTo(1);
  }

  @Test
  void straightRunsAreOneSide() {
    Contour contour = Contours.trace(mask("####", "####", "##..")).get(0);
    assertThat(contour.xy()).containsExactly(0, 0, 0, 3, 2, 3, 2, 2, 4, 2, 4, 0);
    assertThat(contour.area()).isEqualTo(10);
    assertThat(contour.boundingBox()).isEqualTo(new Contour.Box(0, 0, 4, 3));
  }

  @Test
  void aHoleRunsClockwise() {
    List<Contour> contours = Contours.trace(mask("####", "#.##", "####"));
    assertThat(contours).hasSize(2);
    assertThat(contours.get(0).area()).isEqualTo(12);
    assertThat(contours.get(1).hole()).isTrue();
    assertThat(contours.get(1).area()).isEqualTo(1);
    assertThat(contours.get(1).xy()).containsExactly(2, 1, 2, 2, 1, 2, 1, 1);
  }

  @Test
  void lesionPixelsTouchingAtACornerBelongTogetherAndBackgroundOnesDoNot() {
    assertThat(Contours.trace(mask("#..", ".#.", "..#"))).hasSize(1);
    List<Contour> contours = Contours.trace(mask("####", "#.##", "##.#", "####"));
    assertThat(contours).hasSize(3);
    assertThat(contours).filteredOn(Contour::hole).hasSize(2);
  }

  @Test
  void theLargestComesFirstThenTheUppermost() {
    List<Contour> contours = Contours.trace(mask("#.#..", ".....", "..###", "#...."));
    assertThat(contours).extracting(Contour::area).containsExactly(3L, 1L, 1L, 1L);
    assertThat(contours)
        .extracting(Contour::boundingBox)
        .containsExactly(
            new Contour.Box(2, 2, 3, 1),
            new Contour.Box(0, 0, 1, 1),
            new Contour.Box(2, 0, 1, 1),
            new Contour.Box(0, 3, 1, 1));
  }

  @Test
  void anEmptyMaskHasNoneAndAFullOneItsFrame() {
    assertThat(Contours.trace(mask("....", "...."))).isEmpty();
    List<Contour> full = Contours.trace(mask("####", "####"));
    assertThat(full).hasSize(1);
    assertThat(full.get(0).xy()).containsExactly(0, 0, 0, 2, 4, 2, 4, 0);
  }

  @RepeatedTest(60)
  void evenOddFillGivesTheMaskAgain(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    int w = 1 + random.nextInt(24);
    int h = 1 + random.nextInt(24);
    double density = random.nextDouble();
    byte[] data = new byte[w * h];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (random.nextDouble() < density ? 1 : 0);
    }
    Mask mask = new Mask(w, h, data);
    List<Contour> contours = Contours.trace(mask);

    assertThat(filled(contours, w, h)).isEqualTo(data);
    long area = contours.stream().mapToLong(c -> c.hole() ? -c.area() : c.area()).sum();
    assertThat(area).isEqualTo(mask.area());
    assertThat(contours.stream().filter(c -> !c.hole()).count()).isEqualTo(components(mask));
    for (Contour contour : contours) {
      assertTurnsAtEveryCorner(contour);
    }
  }

  private static void assertTurnsAtEveryCorner(Contour contour) {
    int n = contour.size();
    for (int i = 0; i < n; i++) {
      int[] xy = contour.xy();
      int next = 2 * ((i + 1) % n);
      int after = 2 * ((i + 2) % n);
      boolean vertical = xy[2 * i] == xy[next];
      boolean horizontal = xy[2 * i + 1] == xy[next + 1];
      assertThat(vertical).isNotEqualTo(horizontal);
      assertThat(xy[next] == xy[after]).isEqualTo(horizontal);
    }
  }

  /** Counts, for each pixel, the polygon sides to its left. */
  private static byte[] filled(List<Contour> contours, int w, int h) {
    byte[] data = new byte[w * h];
    for (Contour contour : contours) {
      int[] xy = contour.xy();
      for (int i = 0; i < xy.length; i += 2) {
        int x = xy[i];
        int y = xy[i + 1];
        int otherX = xy[(i + 2) % xy.length];
        int otherY = xy[(i + 3) % xy.length];
        for (int row = Math.min(y, otherY); row < Math.max(y, otherY); row++) {
          assertThat(otherX).isEqualTo(x);
          for (int column = x; column < w; column++) {
            data[row * w + column] ^= 1;
          }
        }
      }
    }
    return data;
  }

  /** 8-connected components, by flooding. */
  private static long components(Mask mask) {
    byte[] left = mask.data().clone();
    long count = 0;
    for (int i = 0; i < left.length; i++) {
      if (left[i] != 0) {
        count++;
        flood(left, mask.width(), mask.height(), i % mask.width(), i / mask.width());
      }
    }
    return count;
  }

  private static void flood(byte[] left, int w, int h, int x, int y) {
    if (x < 0 || y < 0 || x >= w || y >= h || left[y * w + x] == 0) {
      return;
    }
    left[y * w + x] = 0;
    for (int d = 0; d < 9; d++) {
      flood(left, w, h, x + d % 3 - 1, y + d / 3 - 1);
    }
  }

  private static Mask mask(String... rows) {
    byte[] data = new byte[rows.length * rows[0].length()];
    String all = String.join("", rows);
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (all.charAt(i) == '#' ? 1 : 0);
    }
    return new Mask(rows[0].length(), rows.length, data);
  }
}
