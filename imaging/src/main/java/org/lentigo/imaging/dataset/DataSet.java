package org.lentigo.imaging.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Photos with their masks, in the parts their owner publishes. Every list is sorted by stem.
 *
 * @param name such as {@code ISIC 2016}
 * @param training the official training part
 * @param validation the official validation part; empty where the owner has none
 * @param test the official test part
 * @param unsplit the pairs of a set published in one piece (PH2, plain folders)
 * @param problems what was left out, and why
 */
public record DataSet(
    String name,
    List<Pair> training,
    List<Pair> validation,
    List<Pair> test,
    List<Pair> unsplit,
    List<Problem> problems) {
  public DataSet {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    test = List.copyOf(test);
    unsplit = List.copyOf(unsplit);
    problems = List.copyOf(problems);
  }

  /** Every pair, whatever its part. */
  public List<Pair> all() {
    return Stream.of(training, validation, test, unsplit).flatMap(List::stream).toList();
  }

  /** The official part; empty where the owner has none. */
  public List<Pair> official(Split split) {
    return switch (split) {
      case TRAIN -> training;
      case VALIDATION -> validation;
      case TEST -> test;
    };
  }

  /**
   * What to train on: the official training part and whatever has no official parts. Never the
   * official validation or test part.
   *
   * @throws DataSetException if there is none
   */
  public List<Pair> forTraining() throws DataSetException {
    List<Pair> pairs =
        Stream.of(training, unsplit).flatMap(List::stream).sorted(DataSets.BY_STEM).toList();
    if (pairs.isEmpty()) {
      throw new DataSetException(name + " has no training pairs" + parts());
    }
    return pairs;
  }

  /**
   * What to score a model on: an official part, or with no split named the test part, or all of a
   * set that was published in one piece.
   *
   * @throws DataSetException if that part is empty
   */
  public List<Pair> forEvaluation(@Nullable Split split) throws DataSetException {
    if (split != null) {
      if (official(split).isEmpty()) {
        throw new DataSetException(
            name + " has no official " + split.name().toLowerCase(Locale.ROOT) + " part" + parts());
      }
      return official(split);
    }
    List<Pair> pairs = test.isEmpty() ? unsplit : test;
    if (pairs.isEmpty()) {
      throw new DataSetException(name + " has no test part; name another split" + parts());
    }
    return pairs;
  }

  private String parts() {
    String counts =
        "; it has "
            + training.size()
            + " training, "
            + validation.size()
            + " validation, "
            + test.size()
            + " test and "
            + unsplit.size()
            + " unsplit pairs";
    return problems.isEmpty()
        ? counts
        : counts + ", and " + problems.size() + " problems, the first: " + problems.get(0);
  }

  /**
   * This data set without the pairs that {@link DataSets#check} finds fault with, which become
   * problems. Reads every mask.
   */
  public DataSet checked() {
    List<Problem> found = new ArrayList<>(problems);
    return new DataSet(
        name,
        sound(training, found),
        sound(validation, found),
        sound(test, found),
        sound(unsplit, found),
        found);
  }

  private static List<Pair> sound(List<Pair> pairs, List<Problem> found) {
    List<Optional<Problem>> checks = pairs.parallelStream().map(DataSets::check).toList();
    List<Pair> sound = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      Optional<Problem> problem = checks.get(i);
      if (problem.isPresent()) {
        found.add(problem.get());
      } else {
        sound.add(pairs.get(i));
      }
    }
    return sound;
  }
}
