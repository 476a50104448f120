package org.lentigo.imaging.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Pair;

class PhantomSetTest {
  /** What samples/README.md says the committed samples are drawn from. */
  private static final long SAMPLE_SEED = 42;

  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource(Layout.class)
  void writesEveryLayoutSoThatItOpensWithoutProblems(Layout layout) throws IOException {
    PhantomSet.write(dir, 6, 40, 48, 36, layout);

    DataSet set = DataSets.open(dir).checked();

    assertThat(set.problems()).isEmpty();
    if (layout != Layout.PLAIN) {
      assertThat(set.name()).isEqualTo(layout.label());
    }
    int[] parts = {
      set.training().size(), set.validation().size(), set.test().size(), set.unsplit().size()
    };
    int[] wanted =
        switch (layout) {
          case ISIC_2016 -> new int[] {5, 0, 1, 0};
          case ISIC_2017, ISIC_2018 -> new int[] {4, 1, 1, 0};
          case PH2, PLAIN -> new int[] {0, 0, 0, 6};
        };
    assertThat(parts).isEqualTo(wanted);
    for (Pair pair : set.all()) {
      int number = Integer.parseInt(pair.stem().replaceAll("\\D", ""));
      Phantom phantom = Phantom.draw(40 + number - 1, 48, 36);
      assertThat(Masks.read(pair.mask()).data()).isEqualTo(phantom.mask().data());
      assertThat(meanDifference(pair.image(), phantom)).isLessThan(layout == Layout.PH2 ? 0.01 : 4);
      String file = pair.image().getFileName().toString();
      assertThat(file)
          .isEqualTo(
              layout == Layout.PH2 ? "IMD00" + number + ".bmp" : "synthetic_000" + number + ".jpg");
    }
    assertThat(Files.exists(dir.resolve("SYNTHETIC.txt"))).isEqualTo(layout == Layout.PH2);
  }

  private static double meanDifference(Path file, Phantom phantom) throws IOException {
    BufferedImage image = ImageIO.read(file.toFile());
    double sum = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        for (int c = 0; c < 3; c++) {
          int value = image.getRGB(x, y) >> (16 - 8 * c) & 0xff;
          sum += Math.abs(value - phantom.image().get(x, y, c));
        }
      }
    }
    return sum / phantom.image().data().length;
  }

  @Test
  void refusesAnEmptySet() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PhantomSet.write(dir, 0, 1, 48, 36, Layout.PLAIN))
        .withMessage("a set needs at least 1 phantom, got 0");
  }

  @Test
  void theCommittedSamplesAreWhatTheirReadmeSays() throws IOException {
    Path samples = Path.of("..", "samples");
    DataSet set = DataSets.open(samples).checked();
    assertThat(set.problems()).isEmpty();
    assertThat(set.unsplit())
        .extracting(Pair::stem)
        .containsExactly("synthetic_0001", "synthetic_0002", "synthetic_0003", "synthetic_0004");
    assertThat(samples.resolve("README.md"))
        .content()
        .contains("seed " + SAMPLE_SEED + ",", "4, " + SAMPLE_SEED + ", 400, 300");
    List<Pair> pairs = set.unsplit();
    for (int i = 0; i < pairs.size(); i++) {
      Phantom phantom = Phantom.draw(SAMPLE_SEED + i, 400, 300);
      Mask mask = Masks.read(pairs.get(i).mask());
      assertThat(mask.data()).isEqualTo(phantom.mask().data());
      assertThat(meanDifference(pairs.get(i).image(), phantom)).isLessThan(4);
      assertThat(Files.size(pairs.get(i).image())).isLessThan(30_000);
    }
    try (Stream<Path> files = Files.list(samples.resolve("images"))) {
      assertThat(files).hasSize(4);
    }
  }
}
