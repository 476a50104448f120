package org.lentigo.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.costs.LayerCosts;
import org.lentigo.cli.costs.Listing;
import org.lentigo.cli.costs.NetworkCosts;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.UlrtsNet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lentigo costs}: what the networks cost. */
@Command(
    name = "costs",
    description = {
      "Prints parameters and multiply-accumulates of the ten published variants of ULRTS-Net, beside"
          + " the cells of the paper's tables 3 and 4; or of the networks named, beside what their"
          + " papers print, who count at their own sizes and not all in one way.",
      "Counted at 224 x 224 for one picture. One multiply-accumulate is one of the paper's FLOPs, and"
          + " only convolutions count."
    })
final class CostsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description = "Networks, such as T4-5, lite, unet or fast-scnn; all for every one.")
  private List<String> names = List.of();

  @Option(
      names = "--layers",
      paramLabel = "VARIANT",
      description = "Print the layers of one network, such as T4-5 or lite.")
  private @Nullable String layers;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "Print the row of this model file alone, counted at its own input size.")
  private @Nullable Path model;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "TABLE",
      description = "table (default), json (an array, an object a row) or csv.")
  private Listing.Format format;

  @Override
  public Integer call() throws CommandFailure {
    listing().write(format, spec.commandLine().getOut());
    return ExitCode.DONE;
  }

  private Listing listing() throws CommandFailure {
    if (layers != null && model != null || !names.isEmpty() && (layers != null || model != null)) {
      throw CommandFailure.usage("--layers, --model and names of networks exclude each other");
    }
    if (model != null) {
      return NetworkCosts.of(ModelOption.read("", model, spec.commandLine().getErr()));
    }
    if (layers == null) {
      return NetworkCosts.of(networks());
    }
    try {
      return LayerCosts.of(Networks.get(layers));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--layers: " + e.getMessage());
    }
  }

  private List<Network> networks() throws CommandFailure {
    if (names.isEmpty()) {
      return UlrtsNet.publishedVariants();
    }
    if (names.equals(List.of("all"))) {
      return Networks.all();
    }
    try {
      return names.stream().map(Networks::get).toList();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }
}
