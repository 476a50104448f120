package org.lentigo.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.network.Calibration;
import org.lentigo.network.Costs;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.training.HeldOut;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lentigo info}: what a model file says about itself. */
@Command(
    name = "info",
    description =
        "Prints what a model is and where it comes from: its variant, input, costs, hash"
            + " and provenance.")
final class InfoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelOption option;

  @Override
  public Integer call() throws CommandFailure {
    Model model = option.read();
    int size = model.preprocessing().size();
    Costs costs = Costs.of(model.graph(), size);
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%-20s %s%n", "name", model.name());
    out.printf("%-20s %s (%s)%n", "variant", model.network().name(), model.network().label());
    out.printf("%-20s %s%n", "sha256", model.sha256());
    out.printf("%-20s %d x %d%n", "input", size, size);
    out.printf("%-20s %s%n", "mean", model.preprocessing().mean());
    out.printf("%-20s %s%n", "std", model.preprocessing().std());
    out.printf("%-20s %s%n", "threshold", model.threshold());
    out.printf("%-20s %s%n", "post-processing", model.postProcessing().describe());
    out.printf(
        "%-20s %s%n", "calibration", model.calibration().map(InfoCommand::describe).orElse("none"));
    out.printf(
        "%-20s %s%n",
        "predicted JI",
        model
            .calibration()
            .flatMap(Calibration::predictor)
            .map(InfoCommand::describe)
            .orElse("none"));
    out.printf(
        "%-20s %s%n",
        "arithmetic",
        model
            .quantization()
            .map(q -> "8-bit integers in " + q.ranges().size() + " maps, else 32-bit floats")
            .orElse("32-bit floats"));
    out.printf("%-20s %,d%n", "parameters", costs.parameters());
    out.printf("%-20s %,d%n", "macs", costs.macs());
    model
        .provenance()
        .forEach(
            (key, value) ->
                out.printf(
                    "%-20s %s%n",
                    key, key.equals(HeldOut.PROVENANCE) ? value.split(" ").length : value));
    return ExitCode.DONE;
  }

  private static String describe(Calibration calibration) {
    return String.format(
        Locale.ROOT,
        "slope %.4f, offset %.4f, on %d held-out images",
        calibration.slope(),
        calibration.offset(),
        calibration.images());
  }

  private static String describe(JaccardPredictor predictor) {
    return String.format(
        Locale.ROOT,
        "from %s; correlation %.3f, cross-validated",
        String.join(", ", predictor.features()),
        predictor.correlation());
  }
}
