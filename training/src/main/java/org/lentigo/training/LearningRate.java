package org.lentigo.training;

/**
 * The learning rate of every step: a linear rise, then one cosine down (Loshchilov and Hutter 2017,
 * arXiv 1608.03983, equation 5, without restarts).
 *
 * @param peak reached when the warm-up ends, above 0
 * @param minimum of the last step, 0 to {@code peak}
 * @param warmupSteps steps of the rise, 0 to {@code totalSteps}
 * @param totalSteps of the whole run, at least 1
 */
public record LearningRate(double peak, double minimum, long warmupSteps, long totalSteps) {
  public LearningRate {
    if (!(peak > 0 && minimum >= 0 && minimum <= peak)) {
      throw new IllegalArgumentException(
          "learning rate: got peak "
              + peak
              + " and minimum "
              + minimum
              + ", wanted a peak above 0 and a minimum from 0 to it");
    }
    if (totalSteps < 1 || warmupSteps < 0 || warmupSteps > totalSteps) {
      throw new IllegalArgumentException(
          "learning rate: got "
              + warmupSteps
              + " warm-up steps of "
              + totalSteps
              + ", wanted 0 to the total, and a total of at least 1");
    }
  }

  /**
   * The schedule of a run: its steps are those {@link BatchLoader} delivers.
   *
   * @param images in the training part of the split
   */
  public static LearningRate of(TrainingConfig config, int images) {
    double warmup = 0;
    long total = 0;
    double epochsLeft = config.warmupEpochs();
    for (TrainingConfig.Stage stage : config.stages()) {
      int steps = BatchLoader.batchesPerEpoch(images, stage);
      total += (long) steps * stage.epochs();
      warmup += steps * Math.min(epochsLeft, stage.epochs());
      epochsLeft = Math.max(0, epochsLeft - stage.epochs());
    }
    return new LearningRate(
        config.learningRate(), config.minimumLearningRate(), Math.round(warmup), total);
  }

  /**
   * The learning rate of a step. The first step of the warm-up takes {@code peak / warmupSteps},
   * its last one {@code peak}; the last step of all takes {@code minimum}.
   *
   * @param step counted from 0; steps past the end take {@code minimum}
   */
  public double at(long step) {
    if (step < 0) {
      throw new IllegalArgumentException("step: got " + step + ", wanted 0 or more");
    }
    if (step < warmupSteps) {
      return peak * (step + 1) / warmupSteps;
    }
    // The cosine's steps come after the warm-up's last, which stands at the peak; without a
    // warm-up the first step itself stands there.
    long first = Math.max(0, warmupSteps - 1);
    long span = totalSteps - 1 - first;
    double progress = span <= 0 ? 1 : Math.min(1, (step - first) / (double) span);
    return minimum + (peak - minimum) * (1 + Math.cos(Math.PI * progress)) / 2;
  }
}
