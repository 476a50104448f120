package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Size;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A photo of 120 megapixels from its file to its outline, in ten bytes a pixel. */
class LargePhotoTest {
  private static final int WIDTH = 40_000;
  private static final int HEIGHT = 3_000;

  @TempDir private Path temp;

  @Test
  void isOutlinedWholeInAHeapOfOneGigabyte() throws Exception {
    Path photo = temp.resolve("wide.png");
    writePhoto(photo);
    Path errors = temp.resolve("errors");
    Process child =
        Cli.process(
                List.of("-Xmx1200m"),
                "segment",
                photo.toString(),
                // A patch drawn in two tones does not look like one.
                "--doubtful",
                "--max-pixels",
                "120000000",
                "--out",
                temp.resolve("out").toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile())
            .start();
    assertThat(child.waitFor(20, TimeUnit.MINUTES)).isTrue();
    assertThat(child.exitValue()).as(Files.readString(errors)).isZero();

    Mask mask = Masks.read(temp.resolve("out/wide_mask.png"), 120_000_000);
    assertThat(mask.width()).isEqualTo(WIDTH);
    assertThat(mask.height()).isEqualTo(HEIGHT);
    assertThat(PhotoReader.size(temp.resolve("out/wide_overlay.jpg")))
        .isEqualTo(new Size(WIDTH, HEIGHT));
    JsonNode lesion =
        JsonMapper.builder().build().readTree(temp.resolve("out/wide.json").toFile()).get("lesion");
    assertThat(lesion.get("area_px").asLong()).isEqualTo(mask.area()).isPositive();
    long twice = 0;
    for (JsonNode contour : lesion.get("contours")) {
      long own = 0;
      JsonNode points = contour.get("points");
      for (int i = 0; i < points.size(); i++) {
        JsonNode p = points.get(i);
        JsonNode q = points.get((i + 1) % points.size());
        own += p.get(0).asLong() * q.get(1).asLong() - q.get(0).asLong() * p.get(1).asLong();
      }
      twice += contour.get("hole").asBoolean() ? -Math.abs(own) : Math.abs(own);
    }
    assertThat(twice / 2).isEqualTo(mask.area());
  }

  /** Light skin with a dark patch, a bit a pixel. */
  private static void writePhoto(Path file) throws IOException {
    BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY);
    int[] row = new int[WIDTH];
    for (int y = 0; y < HEIGHT; y++) {
      Arrays.fill(row, 1);
      if (y > 900 && y < 2200) {
        Arrays.fill(row, 12_000, 28_000, 0);
      }
      image.getRaster().setSamples(0, y, WIDTH, 1, 0, row);
    }
    assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();
  }
}
