package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lentigo.training.LearningRate.Part;

class LearningRateTest {
  @Test
  void risesLinearlyThenFallsAlongACosine() {
    LearningRate rate = new LearningRate(1, 0.2, 4, List.of(new Part(12, 7)));

    assertThat(rate.at(0)).isEqualTo(0.25);
    assertThat(rate.at(1)).isEqualTo(0.5);
    assertThat(rate.at(3)).isEqualTo(1);
    // 8 steps after the warm-up: a quarter, half and all of the way down.
    assertThat(rate.at(5)).isCloseTo(0.6 + 0.4 * Math.sqrt(0.5), within(1e-12));
    assertThat(rate.at(7)).isCloseTo(0.6, within(1e-12));
    assertThat(rate.at(11)).isEqualTo(0.2);
    assertThat(rate.at(100)).isEqualTo(0.2);
    for (int step = 3; step < 11; step++) {
      assertThat(rate.at(step + 1)).isLessThan(rate.at(step));
    }
  }

  @Test
  void withoutWarmUpStartsAtThePeak() {
    LearningRate rate = new LearningRate(1, 0, 0, List.of(new Part(3, 7)));

    assertThat(rate.at(0)).isEqualTo(1);
    assertThat(rate.at(1)).isCloseTo(0.5, within(1e-12));
    assertThat(rate.at(2)).isZero();
  }

  @Test
  void countsTheStepsOfEveryStage() {
    TrainingConfig config =
        TrainingConfig.defaults()
            .with(
                "{warmupEpochs: 2.5,"
                    + " stages: [{size: 64, epochs: 2, batch: 4}, {size: 96, epochs: 3, batch: 2}]}");

    // 11 images: 2 batches of 4, then 5 of 2.
    assertThat(LearningRate.of(config, 11))
        .isEqualTo(
            new LearningRate(
                config.learningRate(),
                config.minimumLearningRate(),
                4 + 3,
                List.of(new Part(2 * 2, 4 * 64 * 64), new Part(3 * 5, 2 * 96 * 96))));
  }

  @Test
  void fallsWithTheWorkDone() {
    // After the first step 4 units of work lie before the last: one each, then one of 2.
    LearningRate rate = new LearningRate(1, 0, 0, List.of(new Part(2, 1), new Part(2, 2)));

    assertThat(rate.at(0)).isEqualTo(1);
    assertThat(rate.at(1)).isCloseTo((1 + Math.sqrt(0.5)) / 2, within(1e-12));
    assertThat(rate.at(2)).isCloseTo(0.5, within(1e-12));
    assertThat(rate.at(3)).isCloseTo(0, within(1e-12));
    assertThat(rate.firstStepOfPart(1)).isZero();
    assertThat(rate.firstStepOfPart(2)).isEqualTo(2);
    assertThat(rate.firstStepOfPart(3)).isEqualTo(2);
  }

  @Test
  void aRunShorterThanItsWarmUpOnlyRises() {
    TrainingConfig config =
        TrainingConfig.defaults()
            .with("{warmupEpochs: 3, stages: [{size: 64, epochs: 2, batch: 4}]}");

    LearningRate rate = LearningRate.of(config, 8);
    assertThat(rate.totalSteps()).isEqualTo(4);
    assertThat(rate.at(1)).isEqualTo(config.learningRate() / 2);
    assertThat(rate.at(3)).isEqualTo(config.learningRate());
  }

  @Test
  void impossibleSchedulesAreRefused() {
    assertThatThrownBy(() -> new LearningRate(1, 2, 0, List.of(new Part(5, 7))))
        .hasMessageContaining("minimum 2.0");
    assertThatThrownBy(() -> new LearningRate(1, 0, 6, List.of(new Part(5, 7))))
        .hasMessageContaining("got 6 warm-up");
    assertThatThrownBy(() -> new LearningRate(1, 0, 0, List.of(new Part(5, 7))).at(-1))
        .hasMessageContaining("got -1");
  }
}
