package org.lentigo.training;

import java.util.ArrayList;
import java.util.List;

/**
 * The learning rate of every step: a linear rise, then one cosine down (Loshchilov and Hutter 2017,
 * arXiv 1608.03983, equation 5, without restarts).
 *
 * <p>The cosine runs over the arithmetic done, not over the steps: with progressive resizing a step
 * of the last, largest size costs several times one of the first, and counted by steps the largest
 * images would come when the learning rate is all but gone.
 *
 * @param peak reached when the warm-up ends, above 0
 * @param minimum of the last step, 0 to {@code peak}
 * @param warmupSteps steps of the rise, 0 to the total
 * @param parts of the run, one after the other, without a step where nothing is trained
 */
public record LearningRate(double peak, double minimum, long warmupSteps, List<Part> parts) {

  /**
   * Steps that cost the same.
   *
   * @param steps 0 or more
   * @param work of one of them in any unit, above 0
   */
  public record Part(long steps, double work) {}

  public LearningRate {
    parts = List.copyOf(parts);
    if (!(peak > 0 && minimum >= 0 && minimum <= peak)) {
      throw new IllegalArgumentException(
          "learning rate: got peak "
              + peak
              + " and minimum "
              + minimum
              + ", wanted a peak above 0 and a minimum from 0 to it");
    }
    long total = parts.stream().mapToLong(Part::steps).sum();
    if (warmupSteps < 0 || warmupSteps > total) {
      throw new IllegalArgumentException(
          "learning rate: got "
              + warmupSteps
              + " warm-up steps of "
              + total
              + ", wanted 0 to the total");
    }
  }

  /**
   * The schedule of a run: its steps are those {@link BatchLoader} delivers.
   *
   * @param images in the training part of the split
   */
  public static LearningRate of(TrainingConfig config, int images) {
    double warmup = 0;
    List<Part> parts = new ArrayList<>();
    double epochsLeft = config.warmupEpochs();
    for (TrainingConfig.Stage stage : config.stages()) {
      int steps = BatchLoader.batchesPerEpoch(images, stage);
      double pixels = (double) stage.batch() * stage.size() * stage.size();
      parts.add(new Part((long) steps * stage.epochs(), pixels));
      warmup += steps * Math.min(epochsLeft, stage.epochs());
      epochsLeft = Math.max(0, epochsLeft - stage.epochs());
    }
    return new LearningRate(
        config.learningRate(), config.minimumLearningRate(), Math.round(warmup), parts);
  }

  /** Steps of the whole run. */
  public long totalSteps() {
    return parts.stream().mapToLong(Part::steps).sum();
  }

  /** The first step of the part that a step belongs to, both counted from 0. */
  long firstStepOfPart(long step) {
    long first = 0;
    for (Part part : parts) {
      if (step < first + part.steps()) {
        return first;
      }
      first += part.steps();
    }
    throw new IllegalArgumentException("step: got " + step + ", wanted below " + first);
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
    double begin = workBefore(first);
    double span = workBefore(totalSteps() - 1) - begin;
    double progress = span <= 0 ? 1 : Math.min(1, (workBefore(step) - begin) / span);
    return minimum + (peak - minimum) * (1 + Math.cos(Math.PI * progress)) / 2;
  }

  private double workBefore(long step) {
    double work = 0;
    long left = step;
    for (Part part : parts) {
      long steps = Math.min(left, part.steps());
      work += steps * part.work();
      left -= steps;
    }
    return work;
  }
}
