package org.lentigo.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.UnreadableImageException;
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
}
