package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingConfigTest {
  private final TrainingConfig defaults = TrainingConfig.defaults();

  @Test
  void aFileChangesOnlyWhatItNames() {
    TrainingConfig config =
        defaults.with(
            """
            learningRate: 3e-3
            minimumLearningRate: 0
            stages:
              - {size: 96, epochs: 2, batch: 4}
            augmentation:
              hairs: 1
            loss: {boundary: 5}
            """);

    assertThat(config.learningRate()).isEqualTo(0.003);
    assertThat(config.minimumLearningRate()).isZero();
    assertThat(config.stages()).containsExactly(new TrainingConfig.Stage(96, 2, 4));
    assertThat(config.augmentation().hairs()).isEqualTo(1);
    assertThat(config.augmentation().rotation()).isEqualTo(180);
    assertThat(config.loss())
        .isEqualTo(
            new TrainingConfig.Loss(
                defaults.loss().crossEntropy(),
                defaults.loss().jaccard(),
                5,
                defaults.loss().auxiliary(),
                defaults.loss().teacher()));
    assertThat(config.seed()).isEqualTo(defaults.seed());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# only a comment\n", "{}"})
  void anEmptyFileIsTheDefaults(String yaml) {
    assertThat(defaults.with(yaml)).isEqualTo(defaults);
  }

  @Test
  void theSplitHasTheSeedUnlessItHasItsOwn() {
    assertThat(defaults.with("seed: 7").seedOfSplit()).isEqualTo(7);
    TrainingConfig again = defaults.with("seed: 7\nsplitSeed: 1");
    assertThat(again.seedOfSplit()).isEqualTo(1);
    assertThat(defaults.with(again.toYaml())).isEqualTo(again);
  }

  @Test
  void yamlGoesRound() {
    TrainingConfig odd =
        defaults.with(
            "{seed: 12345678901234, variant: 'T3-1', averageDecay: 0, learningRate: 1.0e-7,"
                + " minimumLearningRate: 1e-9, augmentation: {flips: false},"
                + " stages: [{size: 64, epochs: 3, batch: 2}, {size: 1024, epochs: 1, batch: 9}]}");

    assertThat(defaults.with(odd.toYaml())).isEqualTo(odd);
    assertThat(odd.with(defaults.toYaml())).isEqualTo(defaults);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learningrate: 1 | learningrate: unknown key; known here: seed, splitSeed, variant, stages",
        "augmentation: {rotaton: 3} | augmentation.rotaton: unknown key; known here: flips, rota",
        "'stages: [{size: 64, epochs: 1, batch: 2, x: 1}]' | stages[0].x: unknown key; known here:",
        "'stages: [{size: 64, epochs: 1}]' | stages[0]: batch is missing; wanted size, epochs",
        "stages: [] | stages: got an empty list",
        "stages: 3 | stages: got 3, wanted a list of size, epochs, batch",
        "loss: | loss: got null, wanted keys of crossEntropy",
        "learningRate: fast | learningRate: got \"fast\", wanted a number",
        "learningRate: 0 | learningRate: got 0.0, wanted above 0",
        "learningRate: .nan | learningRate: got NaN, wanted above 0",
        "minimumLearningRate: 1 | minimumLearningRate: got 1.0, wanted 0 to the learningRate (0.002)",
        "threads: 0 | threads: got 0.0, wanted 1.0 to",
        "threads: 1.5 | threads: got 1.5, wanted a whole number",
        "threads: 99999999999 | threads: got 99999999999, wanted a whole number",
        "seed: 1.5 | seed: got 1.5, wanted a whole number",
        "averageDecay: 1 | averageDecay: got 1.0, wanted 0 to below 1",
        "augmentation: {flips: 1} | augmentation.flips: got 1, wanted true or false",
        "'augmentation: {scaleMin: 2}' | augmentation.scaleMin: got 2.0, wanted 0.1 to 1.25",
        "'loss: {crossEntropy: 0, jaccard: 0}' | loss: got crossEntropy and jaccard both 0",
        "'variant: unext' | stages: size: got 112, wanted a multiple of 32 for unext, such as 128",
        "'stages: [{size: 63, epochs: 1, batch: 2}]' | stages: size: got 63, wanted a multiple of 4",
        "'stages: [{size: 64, epochs: -1, batch: 2}]' | stages: epochs: got -1, wanted 0 or more",
        "'stages: [{size: 64, epochs: 1, batch: 2}, {size: 96, epochs: 0, batch: 2}]'"
            + " | stages: epochs: got 0 in one of 2 stages, wanted 0 in the only stage",
        "just words | the configuration: got \"just words\"",
        "'a: [1' | not a training configuration in YAML",
      })
  void aWrongFileIsToldByName(String yaml, String message) {
    assertThatThrownBy(() -> defaults.with(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    assertThatThrownBy(() -> defaults.with("seed: 1\nseed: 2\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed");
  }

  @Test
  void aFileIsNamedInTheMessage(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("mine.yaml"), "sead: 3\n");

    assertThatThrownBy(() -> TrainingConfig.defaults().withFile(file))
        .hasMessageStartingWith(file + ": sead: unknown key");
  }

  @Test
  void epochsBelongToStagesInTurn() {
    TrainingConfig config =
        defaults.with(
            "{warmupEpochs: 0,"
                + " stages: [{size: 64, epochs: 2, batch: 2}, {size: 96, epochs: 1, batch: 2}]}");

    assertThat(config.epochs()).isEqualTo(3);
    assertThat(List.of(0, 1, 2))
        .extracting(e -> config.stageAt(e).size())
        .containsExactly(64, 64, 96);
    assertThatThrownBy(() -> config.stageAt(3)).hasMessageContaining("got 3, wanted 0 to 2");
  }
}
