package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComponentsTest {
  private static Mask mask(String... rows) {
    byte[] data = new byte[rows.length * rows[0].length()];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (rows[i / rows[0].length()].charAt(i % rows[0].length()) == '#' ? 1 : 0);
    }
    return new Mask(rows[0].length(), rows.length, data);
  }

  private static void assertSame(Mask actual, String... rows) {
    assertThat(actual.data()).isEqualTo(mask(rows).data());
  }

  private static final Mask PARTS =
      mask(
          "##....#", //
          "##...#.", ".......", "#..##.#");

  @Test
  void partsBelowTheShareOfTheLargestAreRemoved() {
    // Areas 4, 2 (touching at a corner), 1, 2 and 1.
    assertThat(Components.largestShare(PARTS)).isEqualTo(0.4);
    assertSame(Components.keepLarge(PARTS, 1), "##.....", "##.....", ".......", ".......");
    assertSame(Components.keepLarge(PARTS, 0.5), "##....#", "##...#.", ".......", "...##..");
    assertThat(Components.keepLarge(PARTS, 0.25)).isSameAs(PARTS);
    assertThat(Components.keepLarge(PARTS, 0)).isSameAs(PARTS);
  }

  @Test
  void theLikeliestPartIsNearTheMiddleRatherThanLarge() {
    // A map of half the picture's size: a strip along the left edge is sure of itself, a spot in
    // the
    // middle only fairly.
    float[] map = {0.9f, 0, 0, 0, 0.9f, 0.6f, 0, 0, 0.9f, 0, 0, 0, 0.9f, 0, 0, 0};
    Mask mask =
        mask(
            "#.......", //
            "#.......",
            "#.......",
            "#..#....",
            "#.......",
            "#.......",
            "#.......",
            "#.......");
    Evidence evidence = new Evidence(map, 4, 4);
    assertSame(
        Components.clean(mask, 1, evidence, true),
        "........", //
        "........",
        "........",
        "...#....",
        "........",
        "........",
        "........",
        "........");
    assertThat(Components.clean(mask, 1, true).area()).isEqualTo(8);
    // By hand: distances of map columns from the middle are 3/4 and 1/4 of half the width; the
    // strip
    // covers half a column in each row, the spot half of the pixel it lies in.
    double far = Math.exp(-0.5625 / 0.245);
    double near = Math.exp(-0.0625 / 0.245);
    double strip = 0.9 * 0.5 * far * (4 * far + 4 * near);
    double spot = 0.6 * 0.5 * near * near;
    assertThat(evidence.ofRun(27, 28, 8, 8)).isCloseTo(spot, within(1e-7));
    assertThat(IntStream.range(0, 8).mapToDouble(y -> evidence.ofRun(8 * y, 8 * y + 1, 8, 8)).sum())
        .isCloseTo(strip, within(1e-7));
    assertThat(Components.clean(mask, strip / spot * 0.999, evidence, true)).isSameAs(mask);
    assertThat(Components.clean(mask, strip / spot * 1.001, evidence, true).area()).isEqualTo(1);
    assertThatThrownBy(() -> new Evidence(map, 4, 3)).hasMessageContaining("16");
  }

  @Test
  void holesAreFilledAndBaysAreNot() {
    // The left hole is closed by corners alone, which background does not pass.
    Mask holes =
        mask(
            ".#..####", //
            "#.#.#..#",
            ".#..####",
            "....#..#");
    assertSame(
        Components.fillHoles(holes),
        ".#..####", //
        "###.####",
        ".#..####",
        "....#..#");
    assertThat(Components.fillHoles(PARTS)).isSameAs(PARTS);
  }

  @Test
  void emptyAndFullMasksStay() {
    for (Mask mask : new Mask[] {mask("...", "..."), mask("###", "###"), mask("."), mask("#")}) {
      assertThat(Components.largestShare(mask)).isEqualTo(1);
      assertThat(Components.keepLarge(mask, 1)).isSameAs(mask);
      assertThat(Components.fillHoles(mask)).isSameAs(mask);
    }
  }

  @Test
  void aShareOutsideTheRangeIsRefused() {
    assertThatThrownBy(() -> Components.keepLarge(PARTS, 1.5)).hasMessageContaining("1.5");
  }

  /** Against a flood fill, on masks from nearly empty to nearly full. */
  @Test
  void agreesWithFloodFill() {
    SplittableRandom random = new SplittableRandom(4);
    for (int round = 0; round < 300; round++) {
      int width = 1 + random.nextInt(12);
      int height = 1 + random.nextInt(12);
      double share = random.nextDouble();
      byte[] data = new byte[width * height];
      for (int i = 0; i < data.length; i++) {
        data[i] = (byte) (random.nextDouble() < share ? 1 : 0);
      }
      Mask mask = new Mask(width, height, data);
      long largest = 0;
      byte[] flooded = data.clone();
      for (int i = 0; i < data.length; i++) {
        largest = Math.max(largest, flood(flooded, width, height, i, (byte) 1, (byte) 2));
      }
      if (mask.area() > 0) {
        assertThat(Components.largestShare(mask)).isEqualTo((double) largest / mask.area());
      }
      assertThat(Components.keepLarge(mask, 1).area() % Math.max(1, largest)).isZero();

      byte[] outside = data.clone();
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          if (x == 0 || y == 0 || x == width - 1 || y == height - 1) {
            flood(outside, width, height, y * width + x, (byte) 0, (byte) 2);
          }
        }
      }
      for (int i = 0; i < outside.length; i++) {
        outside[i] = (byte) (outside[i] == 2 ? 0 : 1);
      }
      assertThat(Components.fillHoles(mask).data()).isEqualTo(outside);
    }
  }

  private static long flood(byte[] data, int width, int height, int start, byte from, byte to) {
    if (data[start] != from) {
      return 0;
    }
    Deque<Integer> open = new ArrayDeque<>();
    open.push(start);
    data[start] = to;
    long area = 0;
    while (!open.isEmpty()) {
      int i = open.pop();
      area++;
      for (int dy = -1; dy <= 1; dy++) {
        for (int dx = -1; dx <= 1; dx++) {
          int x = i % width + dx;
          int y = i / width + dy;
          boolean corner = dx != 0 && dy != 0;
          if (x >= 0
              && y >= 0
              && x < width
              && y < height
              && !(corner && from == 0)
              && data[y * width + x] == from) {
            data[y * width + x] = to;
            open.push(y * width + x);
          }
        }
      }
    }
    return area;
  }
}
