package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.PhotoReader;

class SamplesCommandTest {
  @TempDir private Path temp;

  @Test
  void drawsADataSetThatEvaluateReads() throws Exception {
    Path set = temp.resolve("set");

    Cli.Result drawn = Cli.run("samples", "--out", set, "--count", 3, "--size", "80x60");

    assertThat(drawn.code()).isZero();
    assertThat(drawn.out()).contains("3 synthetic");
    assertThat(Cli.tree(set)).hasSize(6);
    assertThat(PhotoReader.size(set.resolve("images/synthetic_0001.jpg")).width()).isEqualTo(80);
    Path model = Cli.writeModel(temp.resolve("model.safetensors"));
    assertThat(Cli.run("evaluate", "--data", set, "--model", model).code()).isZero();
  }

  @Test
  void theSeedDecidesThePictures() throws Exception {
    for (String folder : new String[] {"a", "b"}) {
      Cli.run(
          "samples", "--out", temp.resolve(folder), "--count", 1, "--size", "40x40", "--seed", 7);
    }
    Cli.run("samples", "--out", temp.resolve("c"), "--count", 1, "--size", "40x40", "--seed", 8);

    Path image = Path.of("images/synthetic_0001.jpg");
    assertThat(temp.resolve("a").resolve(image))
        .hasSameBinaryContentAs(temp.resolve("b").resolve(image));
    assertThat(Files.mismatch(temp.resolve("a").resolve(image), temp.resolve("c").resolve(image)))
        .isNotNegative();
  }

  @Test
  void aFolderThatHoldsSomethingIsLeftAlone() throws Exception {
    Files.writeString(temp.resolve("mine.txt"), "mine");

    Cli.Result result = Cli.run("samples", "--out", temp, "--count", 1);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("--overwrite");
    assertThat(Cli.tree(temp)).containsExactly("mine.txt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--size=big", "--size=2x2", "--size=99999x99999", "--count=0"})
  void valuesThatMakeNoSenseAreWrongUsage(String option) {
    Cli.Result result = Cli.run("samples", "--out", temp.resolve("set"), option);

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors())
        .singleElement()
        .asString()
        .contains(option.substring(0, option.indexOf('=')));
    assertThat(temp.resolve("set")).doesNotExist();
  }
}
