package org.lentigo.cli.scoring;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;
import org.lentigo.training.StratifiedSplit;
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
    String given = DataSets.sha256(pairs);
    if (!given.equals(trainedOn)) {
      throw CommandFailure.failed(
          "these are not the training images of "
              + label
              + " (SHA-256 "
              + given.substring(0, 12)
              + ", wanted "
              + trainedOn.substring(0, 12)
              + "), so that which of them were held out is not known; name the same data or another"
              + " split");
    }
    return heldOut(dataSet, pairs, model, label);
  }

  /**
   * As {@link #of}, of a data set that the model need not have been trained on.
   *
   * @return empty if it was not, and so may have seen none of it, or all
   */
  public static Optional<List<Pair>> ifTrainedOn(DataSet dataSet, Model model, String label)
      throws IOException, CommandFailure {
    List<Pair> pairs = dataSet.forTraining();
    if (!DataSets.sha256(pairs).equals(model.provenance().get(TRAINED_ON))) {
      return Optional.empty();
    }
    return Optional.of(
        dataSet.validation().isEmpty()
            ? heldOut(dataSet, pairs, model, label)
            : dataSet.validation());
  }

  /** Of the pairs that a model was trained on, those that its split held out. */
  private static List<Pair> heldOut(DataSet dataSet, List<Pair> pairs, Model model, String label)
      throws IOException, CommandFailure {
    String config = model.provenance().get(CONFIG);
    if (config == null) {
      throw notSaid(dataSet, label);
    }
    String fold = model.provenance().get("fold");
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
