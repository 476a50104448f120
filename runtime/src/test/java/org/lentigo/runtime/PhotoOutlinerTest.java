package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.network.Model;

class PhotoOutlinerTest {
  private static final Model MODEL = TestModels.random("T4-5", 32);
  private static final float THRESHOLD = 0.4f;

  @TempDir private Path temp;

  private Path photo() throws Exception {
    Path file = temp.resolve("photo.jpg");
    ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(Phantom.draw(1, 120, 90).image(), jpeg);
    return Files.write(file, jpeg.toByteArray());
  }

  @Test
  void itsFilesHoldWhatTheSegmenterAndItsMeasurementSay() throws Exception {
    Path file = photo();
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      OutlinedPhoto outlined = new PhotoOutliner(segmenter).outline(file, THRESHOLD);

      RgbImage image = PhotoReader.read(file).image();
      Segmentation direct = segmenter.segment(image, THRESHOLD);
      Path mask = Files.write(temp.resolve("mask.png"), outlined.mask());
      assertThat(Masks.read(mask).data()).isEqualTo(direct.mask().data());
      Path json = Files.write(temp.resolve("photo.json"), outlined.json("any name"));
      assertThat(Measurement.read(json)).isEqualTo(outlined.measurement());
      assertThat(Files.readString(json)).contains("\"any name\"");
      assertThat(outlined.measurement().areaPx()).isEqualTo(direct.area());
      assertThat(outlined.measurement().threshold()).isEqualTo(THRESHOLD);
      assertThat(outlined.contours()).usingRecursiveComparison().isEqualTo(direct.contours());
      assertThat(outlined.timings().keySet())
          .containsExactly("read", "prepare", "network", "outline", "measure");
      for (byte[] picture : new byte[][] {outlined.overlay(), outlined.plain()}) {
        RgbImage read = PhotoReader.read(picture, 1_000_000).image();
        assertThat(read.width()).isEqualTo(image.width());
        assertThat(read.height()).isEqualTo(image.height());
      }
      assertThat(outlined.overlay()).isNotEqualTo(outlined.plain());
    }
  }

  @Test
  void aFileAndItsBytesGiveTheSameAndNullTakesTheModelsThreshold() throws Exception {
    Path file = photo();
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      PhotoOutliner outliner = new PhotoOutliner(segmenter);

      OutlinedPhoto fromFile = outliner.outline(file, null);
      OutlinedPhoto fromBytes = outliner.outline(Files.readAllBytes(file), 20_000, null);

      assertThat(fromBytes.measurement()).isEqualTo(fromFile.measurement());
      assertThat(fromBytes.mask()).isEqualTo(fromFile.mask());
      assertThat(fromFile.measurement().threshold()).isEqualTo(MODEL.threshold());
    }
  }

  @Test
  void whatIsNoPhotoOrTooLargeIsToldInOneException() throws Exception {
    Path file = photo();
    Path text = Files.writeString(temp.resolve("text.jpg"), "no photo");
    try (Segmenter segmenter = Segmenter.of(MODEL, 1)) {
      PhotoOutliner outliner = new PhotoOutliner(segmenter);

      assertThatThrownBy(() -> outliner.outline(text, null))
          .isInstanceOf(UnreadableImageException.class)
          .hasMessageContaining("not an image");
      byte[] bytes = Files.readAllBytes(file);
      assertThatThrownBy(() -> outliner.outline(bytes, 100, null))
          .isInstanceOf(UnreadableImageException.class)
          .hasMessageContaining("over the limit of 0.0001");
    }
  }

  /** Skin and nothing else, as the bundled model sees it: some noise and a soft shadow. */
  private static Photo skin() {
    int side = 200;
    byte[] rgb = new byte[3 * side * side];
    Random random = new Random(4);
    for (int i = 0; i < side * side; i++) {
      double shadow = 12.0 * (i % side) / side + 3 * random.nextGaussian();
      rgb[3 * i] = (byte) (int) (205 - shadow);
      rgb[3 * i + 1] = (byte) (int) (160 - shadow);
      rgb[3 * i + 2] = (byte) (int) (140 - shadow);
    }
    return new Photo(new RgbImage(side, side, rgb), List.of());
  }

  private static PhotoQuality quality(OutlinedPhoto photo) {
    return Objects.requireNonNull(photo.measurement().quality());
  }

  @Test
  void whereNothingLooksLikeALesionNothingIsOutlined() throws Exception {
    try (Segmenter segmenter = Segmenter.bundled()) {
      PhotoOutliner outliner = new PhotoOutliner(segmenter);
      OutlinedPhoto nothing = outliner.outline(skin(), 0, 1e-6f);
      assertThat(nothing.contours()).isEmpty();
      assertThat(nothing.lesion().mask().area()).isZero();
      assertThat(nothing.measurement().shape()).isNull();
      assertThat(nothing.measurement().meanConfidence()).isNull();
      assertThat(nothing.measurement().predictedJaccard()).isZero();
      assertThat(quality(nothing).worst()).isEqualTo(PhotoQuality.Problem.NOTHING_FOUND);

      // A threshold that takes all of it for lesion: asked for, it is given, and told of.
      OutlinedPhoto anyway = outliner.doubtfulToo().outline(skin(), 0, 1e-6f);
      assertThat(anyway.lesion().mask().area()).isPositive();
      assertThat(quality(anyway).worst()).isEqualTo(PhotoQuality.Problem.NOTHING_FOUND);

      RgbImage phantom = Phantom.draw(2, 400, 300).image();
      OutlinedPhoto lesion = outliner.outline(new Photo(phantom, List.of()), 0, null);
      assertThat(lesion.lesion().mask().data()).isEqualTo(segmenter.segment(phantom).mask().data());
      assertThat(quality(lesion).likeness()).isGreaterThan(0.5);
    }
  }
}
