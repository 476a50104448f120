package org.lentigo.cli.ablation;

import java.util.stream.Collectors;
import org.lentigo.network.Network;
import org.lentigo.training.TrainingConfig;

/** How every row is trained. */
final class Protocol {
  private Protocol() {}

  /** What two processor cores do in hours for all rows; the rest is as {@code train} has it. */
  static TrainingConfig defaults() {
    return TrainingConfig.defaults()
        .with("stages: [{size: 112, epochs: 30, batch: 16}]\nprecision: bfloat16");
  }

  /**
   * The settings of one network and seed: the protocol's, at the smallest sizes that the network
   * can take and that are no smaller. Every seed has the protocol's split; the initial weights, the
   * order of the images and their augmentation are the seed's own.
   */
  static TrainingConfig of(TrainingConfig protocol, Network network, long seed) {
    String stages =
        protocol.stages().stream()
            .map(
                stage ->
                    "{size: "
                        + network.sizeFrom(stage.size())
                        + ", epochs: "
                        + stage.epochs()
                        + ", batch: "
                        + stage.batch()
                        + "}")
            .collect(Collectors.joining(", "));
    long splitSeed = seed == protocol.seed() ? protocol.splitSeed() : protocol.seedOfSplit();
    return protocol.with(
        "variant: \""
            + network.name()
            + "\"\nseed: "
            + seed
            + "\nsplitSeed: "
            + splitSeed
            + "\nstages: ["
            + stages
            + "]\n");
  }
}
