package org.lentigo.cli.scoring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;
import org.lentigo.training.HeldOut;
import org.lentigo.training.StratifiedSplit;
import org.lentigo.training.TestSetGuard;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;

/** The images of a data set on which a model may be judged before it meets the test. */
public final class ValidationSplit {
  /** Of the provenance: the SHA-256 of the pairs that the split was made of. */
  private static final String TRAINED_ON = "data_sha256";

  /** And the settings that it was made by. */
  private static final String CONFIG = "config";

  private ValidationSplit() {}

  /**
   * The official validation part; where there is none, the pairs that the model's training held
   * out, if the data are those it was trained on.
   *
   * @param label what messages call the model
   * @throws CommandFailure if it cannot be known which were held out
   * @throws IOException if an image or mask cannot be read
   */
  public static List<Pair> of(DataSet dataSet, Model model, String label)
      throws IOException, CommandFailure {
    if (!dataSet.validation().isEmpty()) {
      return dataSet.validation();
    }
    String trainedOn = model.provenance().get(TRAINED_ON);
    if (trainedOn == null || !model.provenance().containsKey(CONFIG)) {
      throw notSaid(dataSet, label);
    }
    List<Pair> pairs = dataSet.forTraining();
    Optional<List<Pair>> known = withHash(dataSet, trainedOn);
    if (known.isEmpty()) {
      throw CommandFailure.failed(
          "these are not the training images of "
              + label
              + " (SHA-256 "
              + DataSets.sha256(pairs).substring(0, 12)
              + ", wanted "
              + trainedOn.substring(0, 12)
              + "), so that which of them were held out is not known; name the same data or another"
              + " split");
    }
    return heldOut(dataSet, known.get(), model, label);
  }

  /** What is wanted of pairs. */
  private interface Wanted {
    boolean is(List<Pair> pairs) throws IOException;
  }

  /**
   * The pairs of a data set as a training may have had them: its training part or all of it, with
   * the pairs that are faulty or, as {@code train} has it, without.
   */
  private static Optional<List<Pair>> found(DataSet dataSet, Wanted wanted) throws IOException {
    Set<List<Pair>> tried = new HashSet<>();
    for (boolean checked : new boolean[] {false, true}) {
      DataSet set = checked ? dataSet.checked() : dataSet;
      List<Pair> all = set.all();
      boolean parts = !set.training().isEmpty() || !set.unsplit().isEmpty();
      for (List<Pair> pairs : List.of(parts ? set.forTraining() : all, all)) {
        if (tried.add(pairs) && is(wanted, pairs, checked)) {
          return Optional.of(pairs);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<List<Pair>> withHash(DataSet dataSet, String sha256) throws IOException {
    return found(dataSet, these -> DataSets.sha256(these).equals(sha256));
  }

  /** A file that cannot be read is a fault like others. */
  private static boolean is(Wanted wanted, List<Pair> pairs, boolean checked) throws IOException {
    try {
      return wanted.is(pairs);
    } catch (IOException e) {
      if (checked) {
        throw e;
      }
      return false;
    }
  }

  /**
   * Of these pairs of a data set, those that a model may have learnt from: its lineage names the
   * data set, and its training did not hold them out; or they are test images of ISIC 2016, and it
   * was allowed those.
   *
   * @param label what messages call the model
   * @throws IOException if an image or mask cannot be read
   */
  public static List<Pair> seen(DataSet dataSet, List<Pair> pairs, Model model, String label)
      throws IOException {
    Set<Pair> learnt = new HashSet<>(pairs);
    Optional<List<Pair>> taught =
        found(
            dataSet,
            these ->
                !Collections.disjoint(these, learnt)
                    && Trainer.Source.of(dataSet.name(), these).taught(model));
    learnt.retainAll(Set.copyOf(taught.orElse(List.of())));
    if (!learnt.isEmpty()) {
      learnt.removeAll(Set.copyOf(heldOutAsFarAsKnown(dataSet, model, label)));
      List<Path> held =
          HeldOut.of(model).among(HeldOut.fingerprints(learnt.stream().map(Pair::image).toList()));
      learnt.removeIf(pair -> held.contains(pair.image()));
    }
    if (model.provenance().containsKey(TestSetGuard.PROVENANCE)) {
      Set<String> test = Set.copyOf(TestSetGuard.named(pairs.stream().map(Pair::stem).toList()));
      pairs.stream().filter(pair -> test.contains(pair.stem())).forEach(learnt::add);
    }
    return pairs.stream().filter(learnt::contains).toList();
  }

  private static List<Pair> heldOutAsFarAsKnown(DataSet dataSet, Model model, String label)
      throws IOException {
    try {
      return ifTrainedOn(dataSet, model, label).orElse(List.of());
    } catch (CommandFailure e) {
      return List.of(); // It does not say so, or not so that it can be read.
    }
  }

  /**
   * As {@link #of}, of a data set that the model need not have been trained on; of a fold, what the
   * fold held out, whether there is an official validation part or not.
   *
   * @return empty if it was not, and so may have seen none of it, or all
   */
  public static Optional<List<Pair>> ifTrainedOn(DataSet dataSet, Model model, String label)
      throws IOException, CommandFailure {
    String trainedOn = model.provenance().get(TRAINED_ON);
    Optional<List<Pair>> known =
        trainedOn == null ? Optional.empty() : withHash(dataSet, trainedOn);
    boolean official =
        !dataSet.validation().isEmpty() && !model.provenance().containsKey(Trainer.FOLD);
    if (known.isEmpty() || official) {
      return known.map(pairs -> dataSet.validation());
    }
    return Optional.of(heldOut(dataSet, known.get(), model, label));
  }

  /** Of the pairs that a model was trained on, those that its split held out. */
  private static List<Pair> heldOut(DataSet dataSet, List<Pair> pairs, Model model, String label)
      throws IOException, CommandFailure {
    String config = model.provenance().get(CONFIG);
    if (config == null) {
      throw notSaid(dataSet, label);
    }
    String fold = model.provenance().get(Trainer.FOLD);
    Set<String> held;
    try {
      held =
          Set.copyOf(
              Trainer.split(
                      pairs,
                      TrainingConfig.defaults().with(config),
                      fold == null ? null : StratifiedSplit.Fold.parse(fold))
                  .validation());
    } catch (IllegalArgumentException e) {
      throw CommandFailure.failed(
          label
              + " does not say in a way that can be read which images its training held out ("
              + e.getMessage()
              + "); name another split",
          e);
    }
    return pairs.stream().filter(pair -> held.contains(pair.stem())).toList();
  }

  private static CommandFailure notSaid(DataSet dataSet, String label) {
    return CommandFailure.failed(
        dataSet.name()
            + " has no official validation part, and "
            + label
            + " does not say which images its training held out; name another split");
  }
}
