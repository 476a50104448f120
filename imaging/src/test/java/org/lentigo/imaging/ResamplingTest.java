package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplingTest {
  @Test
  void reducesByAreaAsWorkedByHand() {
    // 3 -> 2: each new sample is one old one and half of the middle one, over 1.5.
    assertThat(Resampling.resizePlane(new float[] {3, 6, 12}, 3, 1, 2, 1))
        .containsExactly(new float[] {4, 10}, within(1e-6f));
  }

  @Test
  void enlargesBilinearlyAsWorkedByHand() {
    // 2 -> 4: centres at -1/4 (edge), 1/4, 3/4, 5/4 (edge).
    assertThat(Resampling.resizePlane(new float[] {0, 8}, 2, 1, 4, 1)).containsExactly(0, 2, 6, 8);
    // 2 -> 3: centres at -1/6 (edge), 1/2, 7/6 (edge).
    assertThat(Resampling.resizePlane(new float[] {0, 8}, 1, 2, 1, 3)).containsExactly(0, 4, 8);
  }

  @ParameterizedTest
  @CsvSource({
    "7,5,3,2",
    "7,5,7,5",
    "5,7,13,9",
    "8,3,4,9",
    "3,8,10,3",
    "1,1,4,3",
    "6,1,4,3",
    "9,9,1,1",
    "31,17,30,18",
    "64,48,16,12",
    "61,100,7,13",
    "5,259,3,1",
    "17,1000,9,4",
    "3,2000,3,7"
  })
  void agreesWithIntegralsAndFormulasInDoubles(int w, int h, int toW, int toH) {
    Random random = new Random(w * 1000L + toW);
    float[] plane = new float[w * h];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = random.nextFloat();
    }
    float[] expected = reference(plane, w, h, toW, toH);
    assertThat(Resampling.resizePlane(plane, w, h, toW, toH))
        .containsExactly(expected, within(2e-6f));

    RgbImage image = noise(random, w, h);
    float[] planes = Resampling.toPlanes(image, toW, toH);
    RgbImage resized = Resampling.resize(image, toW, toH);
    for (int c = 0; c < 3; c++) {
      float[] channel = new float[w * h];
      for (int i = 0; i < channel.length; i++) {
        channel[i] = (image.data()[3 * i + c] & 0xff) / 255f;
      }
      float[] wanted = reference(channel, w, h, toW, toH);
      assertThat(Arrays.copyOfRange(planes, c * toW * toH, (c + 1) * toW * toH))
          .containsExactly(wanted, within(2e-6f));
      for (int i = 0; i < wanted.length; i++) {
        assertThat((float) (resized.data()[3 * i + c] & 0xff))
            .isEqualTo(255 * wanted[i], within(0.501f));
      }
    }
  }

  @Test
  void keepsConstantsAndRange() {
    float[] constant = new float[40 * 30];
    Arrays.fill(constant, 0.7f);
    for (float value : Resampling.resizePlane(constant, 40, 30, 17, 90)) {
      assertThat(value).isEqualTo(0.7f);
    }
    byte[] white = new byte[3 * 41 * 29];
    Arrays.fill(white, (byte) 255);
    RgbImage image = new RgbImage(41, 29, white);
    for (float value : Resampling.toPlanes(image, 23, 7)) {
      assertThat(value).isBetween(1 - 1e-6f, 1f);
    }
    assertThat(Resampling.resize(image, 23, 60).data()).containsOnly((byte) 255);
  }

  @Test
  void areaAveragingKeepsTheMean() {
    RgbImage image = noise(new Random(3), 101, 67);
    double before = 0;
    for (byte b : image.data()) {
      before += (b & 0xff) / 255.0 / image.data().length;
    }
    float[] planes = Resampling.toPlanes(image, 22, 31);
    double after = 0;
    for (float value : planes) {
      after += value / (double) planes.length;
    }
    assertThat(after).isEqualTo(before, within(1e-6));
  }

  @ParameterizedTest
  @CsvSource({"11,5", "23,40", "30,9"})
  void flippingBeforeIsFlippingAfter(int toW, int toH) {
    float[] plane = new float[23 * 19];
    Random random = new Random(8);
    for (int i = 0; i < plane.length; i++) {
      plane[i] = random.nextFloat();
    }
    // Turning by 180 degrees flips both axes.
    float[] turnedAfter = turned(Resampling.resizePlane(plane, 23, 19, toW, toH));
    assertThat(Resampling.resizePlane(turned(plane), 23, 19, toW, toH))
        .containsExactly(turnedAfter, within(1e-6f));
  }

  @Test
  void namesAWrongSize() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Resampling.resizePlane(new float[5], 2, 3, 1, 1))
        .withMessageContaining("needs 6 values, got 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Resampling.toPlanes(noise(new Random(0), 2, 2), 0, 4))
        .withMessageContaining("got 0 x 4");
  }

  private static float[] turned(float[] plane) {
    float[] result = new float[plane.length];
    for (int i = 0; i < plane.length; i++) {
      result[i] = plane[plane.length - 1 - i];
    }
    return result;
  }

  private static RgbImage noise(Random random, int w, int h) {
    byte[] data = new byte[3 * w * h];
    random.nextBytes(data);
    return new RgbImage(w, h, data);
  }

  /** Rows first, then columns, each line by {@link #line}, in doubles. */
  private static float[] reference(float[] plane, int w, int h, int toW, int toH) {
    double[][] wide = new double[h][];
    for (int y = 0; y < h; y++) {
      double[] row = new double[w];
      for (int x = 0; x < w; x++) {
        row[x] = plane[y * w + x];
      }
      wide[y] = line(row, toW);
    }
    float[] result = new float[toW * toH];
    for (int x = 0; x < toW; x++) {
      double[] column = new double[h];
      for (int y = 0; y < h; y++) {
        column[y] = wide[y][x];
      }
      double[] resized = line(column, toH);
      for (int y = 0; y < toH; y++) {
        result[y * toW + x] = (float) resized[y];
      }
    }
    return result;
  }

  private static double[] line(double[] old, int n) {
    double[] result = new double[n];
    for (int i = 0; i < n; i++) {
      if (n < old.length) {
        // Every old sample repeated n times, then means of old.length neighbours.
        for (int j = i * old.length; j < (i + 1) * old.length; j++) {
          result[i] += old[j / n] / old.length;
        }
      } else {
        double at = Math.max(0, Math.min(old.length - 1, (i + 0.5) * old.length / n - 0.5));
        int left = (int) at;
        int right = Math.min(left + 1, old.length - 1);
        result[i] = old[left] * (1 - (at - left)) + old[right] * (at - left);
      }
    }
    return result;
  }

  /** Smooth as a network's map is, or noise; the threshold is met exactly here and there. */
  @ParameterizedTest
  @CsvSource({
    "224, 224, 1022, 767, 1",
    "16, 16, 300, 20, 1",
    "16, 16, 17, 16, 1",
    "9, 7, 9, 70, 0",
    "9, 7, 5, 70, 0",
    "9, 7, 70, 5, 0",
    "16, 12, 31, 100, 0",
    "1, 5, 40, 50, 0",
    "2, 2, 400, 3, 0"
  })
  void cutsAsEnlargingAndThenComparingWould(int w, int h, int toW, int toH, int smooth) {
    Random random = new Random(w + toW);
    float[] plane = new float[w * h];
    for (int i = 0; i < plane.length; i++) {
      double wave = 0.5 + 0.5 * Math.sin(3.0 * (i % w) / w + 2) * Math.cos(4.0 * (i / w) / h);
      plane[i] = smooth == 1 ? (float) wave : random.nextInt(9) / 8f;
    }
    float[] enlarged = Resampling.resizePlane(plane, w, h, toW, toH);
    for (float threshold : new float[] {0.5f, 0.25f, 0.9f, 1}) {
      Mask mask = Masks.threshold(enlarged, toW, toH, threshold);
      double sum = 0;
      for (int i = 0; i < enlarged.length; i++) {
        sum += mask.data()[i] == 0 ? 0 : enlarged[i];
      }

      Resampling.Cut cut = Resampling.cut(plane, w, h, toW, toH, threshold);

      assertThat(cut.mask().data()).isEqualTo(mask.data());
      assertThat(cut.sum()).isEqualTo(sum, within(1e-7 * enlarged.length));
      Mask none = new Mask(toW, toH, new byte[toW * toH]);
      assertThat(Resampling.sumGrowth(plane, w, h, none, mask)).isEqualTo(sum);
      assertThat(Resampling.sumGrowth(plane, w, h, mask, none)).isEqualTo(-sum);
    }
  }

  @ParameterizedTest
  @CsvSource({"50, 40, 90, 60, 17", "50, 40, 20, 31, 20", "50, 40, 50, 12, 3", "1, 90, 30, 40, 9"})
  void aPieceHasTheBitsOfTheWhole(int w, int h, int toW, int toH, int side) {
    RgbImage image = noise(new Random(w + toW), w, h);
    float[] whole = Resampling.toPlanes(image, toW, toH);
    for (int[] at : new int[][] {{0, 0}, {toW - side, toH - side}, {(toW - side) / 2, 0}}) {
      float[] piece = Resampling.toPlanes(image, toW, toH, at[0], at[1], side);

      for (int i = 0; i < piece.length; i++) {
        int x = at[0] + i % side;
        int y = at[1] + i / side % side;
        int c = i / side / side;
        assertThat(piece[i]).isEqualTo(whole[(c * toH + y) * toW + x]);
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Resampling.toPlanes(image, toW, toH, toW - side + 1, 0, side))
        .withMessageContaining("is not within " + toW + " x " + toH);
  }
}
