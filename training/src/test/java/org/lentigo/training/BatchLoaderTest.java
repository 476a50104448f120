package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

class BatchLoaderTest {
  private static final float[] ZERO = {0, 0, 0};
  private static final float[] ONE = {1, 1, 1};

  private static final TrainingConfig CONFIG =
      TrainingConfig.defaults()
          .with("{warmupEpochs: 0, stages: [{size: 32, epochs: 5, batch: 3}]}");

  /** Samples of one even grey each, which tells them apart: sample i has the value 10 i. */
  private static List<Sample> samples(int count) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] colours = new byte[3 * 40 * 30];
      Arrays.fill(colours, (byte) (10 * i));
      byte[] inside = new byte[40 * 30];
      Arrays.fill(inside, 400, 800, (byte) 1);
      samples.add(new Sample("s" + i, new RgbImage(40, 30, colours), new Mask(40, 30, inside)));
    }
    return samples;
  }

  private static List<Batch> all(TrainingConfig config, int images, int epoch, int first) {
    List<Batch> batches = new ArrayList<>();
    try (BatchLoader loader = new BatchLoader(samples(images), config, epoch, first, ZERO, ONE)) {
      while (loader.hasNext()) {
        Batch batch = loader.next();
        batches.add(
            new Batch(
                batch.count(),
                batch.size(),
                batch.images().clone(),
                batch.masks().clone(),
                batch.boundary().clone()));
      }
      assertThatThrownBy(loader::next).isInstanceOf(NoSuchElementException.class);
    }
    return batches;
  }

  private static void assertSame(List<Batch> seen, List<Batch> wanted) {
    assertThat(seen).hasSameSizeAs(wanted);
    for (int i = 0; i < seen.size(); i++) {
      assertThat(Arrays.equals(seen.get(i).images(), wanted.get(i).images())).isTrue();
      assertThat(Arrays.equals(seen.get(i).masks(), wanted.get(i).masks())).isTrue();
      assertThat(Arrays.equals(seen.get(i).boundary(), wanted.get(i).boundary())).isTrue();
    }
  }

  /** Which samples the batches hold, read off their grey. */
  private static List<Integer> order(List<Batch> batches) {
    List<Integer> order = new ArrayList<>();
    for (Batch batch : batches) {
      for (int i = 0; i < batch.count(); i++) {
        order.add(Math.round(batch.images()[3 * i * 32 * 32] * 255 / 10));
      }
    }
    return order;
  }

  private static final TrainingConfig PLAIN =
      CONFIG.with(
          "augmentation: {brightness: 0, contrast: 0, saturation: 0, hue: 0, gamma: 0,"
              + " illumination: 0, colourCast: 0, blur: 0, noise: 0, hairs: 0, ruler: 0,"
              + " vignette: 0}");

  @Test
  void anEpochHoldsEveryImageOnceButTheLastIncompleteBatch() {
    List<Integer> order = order(all(PLAIN, 20, 0, 0));

    assertThat(order).hasSize(18).doesNotHaveDuplicates().allMatch(i -> i >= 0 && i < 20);
    assertThat(order).isNotEqualTo(order.stream().sorted().toList());
    assertThat(order(all(PLAIN, 20, 1, 0))).isNotEqualTo(order);
    assertThat(order(all(PLAIN.with("seed: 2"), 20, 0, 0))).isNotEqualTo(order);
  }

  @Test
  void contentDoesNotDependOnTheNumberOfThreads() {
    List<Batch> one = all(CONFIG.with("threads: 1"), 20, 2, 0);

    assertThat(one).hasSize(6);
    assertSame(all(CONFIG.with("threads: 5"), 20, 2, 0), one);
  }

  @Test
  void anEpochResumedInTheMiddleGoesOnTheSame() {
    List<Batch> whole = all(CONFIG, 20, 2, 0);

    assertSame(all(CONFIG, 20, 2, 4), whole.subList(4, 6));
    assertThat(all(CONFIG, 20, 2, 6)).isEmpty();
  }

  @Test
  void augmentationDiffersFromEpochToEpochAndImageToImage() {
    TrainingConfig shading = PLAIN.with("augmentation: {illumination: 1}");
    List<float[]> shades = new ArrayList<>();
    for (int epoch = 0; epoch < 3; epoch++) {
      for (Batch batch : all(shading, 3, epoch, 0)) {
        for (int i = 0; i < 3; i++) {
          float[] image = Arrays.copyOfRange(batch.images(), 3 * i * 1024, (3 * i + 1) * 1024);
          float middle = image[16 * 32 + 16];
          if (middle > 0) {
            shades.add(new float[] {Math.round(1000 * image[0] / middle)});
          }
        }
      }
    }
    // Two samples are not black, in three epochs.
    assertThat(shades).hasSize(6).doesNotHaveDuplicates();
  }

  @Test
  void fewerImagesThanABatchAreOneBatch() {
    List<Batch> batches = all(CONFIG, 2, 0, 0);

    assertThat(batches).hasSize(1);
    assertThat(batches.get(0).count()).isEqualTo(2);
    assertThatThrownBy(() -> all(CONFIG, 1, 0, 0)).hasMessageContaining("got 1, wanted at least 2");
    assertThatThrownBy(() -> all(CONFIG, 9, 0, 4)).hasMessageContaining("got 4, wanted 0 to 3");
  }

  @Test
  void closingEarlyStopsTheWorkers() {
    try (BatchLoader loader = new BatchLoader(samples(20), CONFIG, 0, 0, ZERO, ONE)) {
      assertThat(loader.next().count()).isEqualTo(3);
    }
  }

  @Test
  void boundaryWeightsAreTheBoxFormulaWorkedOutPixelByPixel() {
    int size = 40;
    float[] masks = new float[7 + size * size];
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        masks[7 + y * size + x] = x < 14 && y > 20 ? 0.9f : x == 14 ? 0.4f : 0;
      }
    }
    float[] out = new float[7 + size * size];
    new BoundaryWeights(size, 5).fill(masks, out, 7);

    int radius = 2; // 15 * 40 / 352 = 1.7
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        double sum = 0;
        int cells = 0;
        for (int sy = Math.max(0, y - radius); sy <= Math.min(size - 1, y + radius); sy++) {
          for (int sx = Math.max(0, x - radius); sx <= Math.min(size - 1, x + radius); sx++) {
            sum += sx < 14 && sy > 20 ? 1 : 0;
            cells++;
          }
        }
        double inside = x < 14 && y > 20 ? 1 : 0;
        double expected = 1 + 5 * Math.min(1, 2 * Math.abs(sum / cells - inside));
        assertThat((double) out[7 + y * size + x]).isCloseTo(expected, within(1e-5));
      }
    }
    assertThat(out[7]).isEqualTo(1);
    assertThat(out[7 + (size - 1) * size]).as("the image's corner is no edge").isEqualTo(1);
  }
}
