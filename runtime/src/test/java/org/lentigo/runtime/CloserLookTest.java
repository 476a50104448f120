package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.metrics.Confusion;
import org.lentigo.network.Model;
import org.lentigo.network.PostProcessing;

class CloserLookTest {
  private static final int SIZE = 40;
  private static final PostProcessing LIKELIEST = new PostProcessing(1, true, true);

  @TempDir private Path temp;

  private static float[] map(int left, int top, int width, int height) {
    return map(SIZE, left, top, width, height);
  }

  private static float[] map(int size, int left, int top, int width, int height) {
    float[] map = new float[size * size];
    for (int y = top; y < top + height; y++) {
      Arrays.fill(map, y * size + left, y * size + left + width, 0.9f);
    }
    return map;
  }

  /**
   * 4 x 6 of 1,600 pixels, in an input so small that it is to have the most, 30 % of what is shown:
   * 5 % of the photo is shown, so the side is the root of a twentieth, and the grid 40 times the
   * root of twenty. The middle, (17, 13), goes to (76.1, 58.2).
   */
  @Test
  void showsTheLesionAtItsShare() {
    assertThat(CloserLook.at(map(15, 10, 4, 6), SIZE, 0.5f, LIKELIEST))
        .contains(new CloserLook(179, 76 - 20, 58 - 20));
  }

  /**
   * 20 x 20 pixels, of an input of 224: they are to be the 7,526.4 of 15 %, so the grid is 224
   * times the root of 18.816, nearly 972. Of one of 448, where 15 % are four times as many, they
   * are to be no more: the grid is 448 times the same root.
   */
  @ParameterizedTest
  @CsvSource({"224, 972", "448, 1943"})
  void showsTheLesionInAsManyPixelsAsALargeInputHasForIt(int size, int grid) {
    assertThat(CloserLook.at(map(size, 0, 0, 20, 20), size, 0.5f, LIKELIEST))
        .contains(new CloserLook(grid, 0, 0));
  }

  /** A hair of 20 x 1 pixels is shown with a quarter of its length around it: 25 of 40 columns. */
  @Test
  void showsAllOfALongOne() {
    assertThat(CloserLook.at(map(10, 20, 20, 1), SIZE, 0.5f, LIKELIEST))
        .contains(new CloserLook(64, 32 - 20, 33 - 20));
  }

  /**
   * A spot of one pixel is shown with a fifth of the photo's sides, and these end at its corner.
   */
  @Test
  void staysWithinThePhoto() {
    assertThat(CloserLook.at(map(39, 0, 1, 1), SIZE, 0.5f, LIKELIEST))
        .contains(new CloserLook(200, 160, 0));
  }

  /** 21 x 21 of 1,600 are 28 %, for which nearly the whole photo would be shown. */
  @ParameterizedTest
  @CsvSource({"21, 21", "32, 3", "40, 40", "0, 0"})
  void doesNotLookAgainAtALargeOneNorAtNone(int width, int height) {
    assertThat(CloserLook.at(map(0, 0, width, height), SIZE, 0.5f, LIKELIEST)).isEmpty();
  }

  @Test
  void looksAtThePartThatIsKept() {
    float[] map = map(15, 10, 4, 6);
    map[34 * SIZE + 34] = 0.9f;

    assertThat(CloserLook.at(map, SIZE, 0.5f, LIKELIEST)).contains(new CloserLook(179, 56, 38));
    assertThat(CloserLook.at(map, SIZE, 0.5f, PostProcessing.NONE).map(CloserLook::grid))
        .as("both, 25 of 40 rows apart")
        .contains(51);
  }

  /**
   * A third is of the whole photo's map and two thirds of the closer one; around it is the first.
   */
  @Test
  void bothLooksAreWeighed() {
    float[] whole = {0.3f, 0.3f, 0.3f, 0.3f};

    float[] both = new CloserLook(4, 1, 2).with(whole, new float[] {0.9f, 0.6f, 0.3f, 0}, 2);

    float o = 0.3f;
    assertThat(both)
        .containsExactly(
            new float[] {o, o, o, o, o, o, o, o, o, 0.7f, 0.5f, o, o, 0.3f, 0.1f, o},
            within(1e-6f));
  }

  /** A network that finds the lesion's core alone at first, and then more than it is shown. */
  @Test
  void anOutlineDoesNotEndWhereTheSecondLookEnds() {
    Model model = TestModels.random("T4-5", SIZE).withPostProcessing(LIKELIEST);
    Inference wide =
        new Red() {
          @Override
          public void infer(float[] planes, float[] probabilities) {
            super.infer(planes, probabilities);
            if (shown.size() > 1) {
              Arrays.fill(probabilities, 0.9f);
            }
          }
        };
    RgbImage small = disc(0.01, new Mask[1]);
    try (Segmenter segmenter = new NetworkSegmenter(model, wide);
        Segmenter once = new NetworkSegmenter(model, new Red()).oneLook()) {
      assertThat(segmenter.segment(small).mask().data())
          .isEqualTo(once.segment(small).mask().data());
    }
  }

  /** Brightened as a whole, and as it was taken where it is shown more closely. */
  @Test
  void aSmallLesionInADarkPhotoIsFoundInTheBrightenedAndShownAgainAsItWas() {
    Model model = TestModels.random("T4-5", SIZE).withPostProcessing(LIKELIEST);
    RgbImage bright = disc(0.01, new Mask[1]);
    byte[] dark = bright.data().clone();
    for (int i = 0; i < dark.length; i++) {
      dark[i] = (byte) ((dark[i] & 0xff) * 3 / 10);
    }
    Red red = new Red();
    try (Segmenter segmenter = new NetworkSegmenter(model, red)) {
      Segmentation lesion =
          segmenter.segment(new RgbImage(bright.width(), bright.height(), dark), 0.2f);

      assertThat(lesion.magnification()).isGreaterThan(3);
      assertThat(red.shown).hasSize(2);
      // The mean of 0.2, two channels of three at 0.3, to the power that makes it 0.6.
      assertThat(most(red.shown.get(0))).isCloseTo(0.68f, within(0.01f));
      assertThat(most(red.shown.get(1))).isCloseTo(0.3f, within(0.01f));
    }
  }

  private static float most(float[] values) {
    float most = 0;
    for (float value : values) {
      most = Math.max(most, value);
    }
    return most;
  }

  private static RgbImage disc(double share, Mask[] truth) {
    return disc(share, 201.3, truth);
  }

  private static RgbImage disc(double share, double x, Mask[] truth) {
    int width = 640;
    int height = 480;
    byte[] data = new byte[3 * width * height];
    byte[] inside = new byte[width * height];
    double radius = Math.sqrt(share * width * height / Math.PI);
    for (int i = 0; i < inside.length; i++) {
      if (Math.hypot(i % width - x, i / width - 307.9) < radius) {
        inside[i] = 1;
        data[3 * i] = (byte) 255;
      }
      data[3 * i + 1] = (byte) 255; // Bright enough to be shown as it is.
      data[3 * i + 2] = (byte) 255;
    }
    truth[0] = new Mask(width, height, inside);
    return new RgbImage(width, height, data);
  }

  @Test
  void theMeasurementSaysHowOftenItWasLookedAt() throws Exception {
    Model model = TestModels.random("T4-5", SIZE).withPostProcessing(LIKELIEST);
    try (Segmenter segmenter = new NetworkSegmenter(model, new Red())) {
      for (double share : new double[] {0, 0.01, 0.28}) {
        int looks = share == 0 ? 1 : 2;
        RgbImage photo = disc(Math.max(share, 0.01), new Mask[1]);
        PhotoOutliner outliner =
            new PhotoOutliner(looks == 1 ? segmenter.oneLook() : segmenter).doubtfulToo();
        OutlinedPhoto outlined = outliner.outline(new Photo(photo, List.of()), 0, null);

        assertThat(outlined.measurement().model().looks()).isEqualTo(looks);
        double magnification = outlined.measurement().magnification();
        assertThat(magnification > 1).isEqualTo(share == 0.01);
        Path json = Files.write(temp.resolve("photo.json"), outlined.json("photo"));
        assertThat(Files.readString(json))
            .contains("\"looks\" : " + looks, "\"magnification\" : " + magnification);
        assertThat(Measurement.read(json)).isEqualTo(outlined.measurement());
        Files.writeString(
            json,
            Files.readString(json)
                .replaceAll("\"views\" : 1,\\s*\"looks\" : " + looks, "\"views\" : 1")
                .replace("\"magnification\" : " + magnification + ",", ""));
        assertThat(Measurement.read(json).model().looks()).as("of an earlier version").isEqualTo(1);
        assertThat(Measurement.read(json).magnification()).as("of an earlier version").isEqualTo(1);
      }
    }
  }

  /** Off the middle of what is shown again, and so elsewhere if it stayed in the mirror. */
  @Test
  void aSmallLesionAtTheFrameStaysThere() {
    Model model = TestModels.random("T4-5", SIZE).withPostProcessing(LIKELIEST);
    Mask[] truth = new Mask[1];
    RgbImage small = disc(0.01, 20, truth);
    try (Segmenter segmenter = new NetworkSegmenter(model, new Red())) {
      Segmentation lesion = segmenter.segment(small);

      assertThat(lesion.magnification()).isGreaterThan(3);
      assertThat(Confusion.of(lesion.mask(), truth[0]).jaccard()).isGreaterThan(0.9);
    }
  }

  @Test
  void aSmallLesionsBorderIsFinerForIt() {
    Model model = TestModels.random("T4-5", SIZE).withPostProcessing(LIKELIEST);
    Mask[] truth = new Mask[1];
    RgbImage small = disc(0.01, truth);
    Red red = new Red();
    try (Segmenter segmenter = new NetworkSegmenter(model, red);
        Segmenter once = segmenter.oneLook()) {
      Segmentation closer = segmenter.segment(small);
      Segmentation whole = once.segment(small);

      assertThat(red.shown).hasSize(3);
      assertThat(closer.magnification()).isGreaterThan(3);
      assertThat(whole.magnification()).isEqualTo(1);
      assertThat(segmenter.looks()).isEqualTo(2);
      assertThat(once.looks()).isEqualTo(1);
      assertThat(once.oneLook()).isSameAs(once);
      assertThat(closer.networkProbabilities()).isEqualTo(whole.networkProbabilities());
      double better = Confusion.of(closer.mask(), truth[0]).jaccard();
      double worse = Confusion.of(whole.mask(), truth[0]).jaccard();
      assertThat(1 - better).isLessThan((1 - worse) / 2);

      red.shown.clear();
      assertThat(segmenter.segment(disc(0.28, truth)).magnification()).isEqualTo(1);

      red.shown.clear();
      segmenter.live(false).next(small);
      assertThat(red.shown).as("a camera's frames are looked at once").hasSize(1);
      assertThat(segmenter.mirrored().looks()).isEqualTo(2);
      assertThat(once.mirrored().looks()).isEqualTo(1);
    }
  }
}
