package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesTest {
  @TempDir Path folder;

  private static Curves.Row row(int epoch) {
    boolean validated = epoch % 2 == 0;
    return new Curves.Row(
        epoch,
        112,
        772L * epoch,
        2e-3,
        1 / (1.0 + epoch),
        validated ? 0.8 - 0.3 / epoch : Double.NaN,
        validated ? 0.82 - 0.4 / epoch : Double.NaN,
        12.5,
        61.25 * epoch);
  }

  private Path write(int epochs) throws IOException {
    Path csv = folder.resolve("curves.csv");
    Curves curves = Curves.open(csv, 0);
    for (int epoch = 1; epoch <= epochs; epoch++) {
      curves.add(row(epoch));
    }
    return csv;
  }

  @Test
  void aRowIsALineOfTheFile() throws IOException {
    assertThat(Files.readAllLines(write(2)))
        .containsExactly(
            "epoch,size,images_seen,learning_rate,training_loss,validation_ji_raw,"
                + "validation_ji_averaged,images_per_second,seconds",
            "1,112,772,0.002,0.5,,,12.5,61.25",
            "2,112,1544,0.002,0.33333334,0.65,0.62,12.5,122.5");
  }

  @Test
  void resumingEndsWithTheFileOfARunThatWasNotKilled() throws IOException {
    Path csv = write(9);
    String whole = Files.readString(csv);

    Curves resumed = Curves.open(csv, 4);
    assertThat(Files.readAllLines(csv)).hasSize(1 + 4);
    assertThat(resumed.rows()).extracting(Curves.Row::epoch).containsExactly(1, 2, 3, 4);
    for (int epoch = 5; epoch <= 9; epoch++) {
      resumed.add(row(epoch));
    }

    assertThat(csv).hasContent(whole);
    assertThat(folder)
        .isDirectoryContaining("glob:**curves.csv")
        .isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void aStrangeFileIsNotOverwritten() throws IOException {
    Path csv = Files.writeString(folder.resolve("curves.csv"), "a,b\n1,2\n");

    assertThatThrownBy(() -> Curves.open(csv, 3))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 2 is not a row of training curves: got [1, 2]");
    assertThat(csv).hasContent("a,b\n1,2\n");
  }

  @Test
  void epochsRise() throws IOException {
    Curves curves = Curves.open(write(3), 3);
    assertThatThrownBy(() -> curves.add(row(3))).hasMessageContaining("got 3, wanted one after 3");
  }

  @Test
  void thePictureShowsTheCurves() throws IOException {
    Path png = folder.resolve("curves.png");
    Curves curves = Curves.open(write(40), 40);
    curves.writePng(png, "a run");

    BufferedImage picture = ImageIO.read(png.toFile());
    assertThat(picture.getWidth()).isEqualTo(1400);
    int[] blue = new int[2];
    int[] green = new int[2];
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int colour = picture.getRGB(x, y) & 0xffffff;
        blue[x / 700] += colour == 0x1f5fa8 ? 1 : 0;
        green[x / 700] += colour == 0x1b7f4b ? 1 : 0;
      }
    }
    assertThat(blue[0]).as("loss on the left").isGreaterThan(100);
    assertThat(blue[1]).isZero();
    assertThat(green[1]).as("JI on the right").isGreaterThan(100);
    assertThat(green[0]).isZero();
  }

  @Test
  void nothingToDrawIsSaid() throws IOException {
    Curves curves = Curves.open(folder.resolve("curves.csv"), 0);
    assertThatThrownBy(() -> curves.writePng(folder.resolve("x.png"), "x"))
        .hasMessageContaining("no epoch");
  }
}
