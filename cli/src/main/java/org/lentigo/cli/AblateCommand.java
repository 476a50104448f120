package org.lentigo.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.ablation.Ablation;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.OutputFolder;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo ablate}: the paper's tables, trained. */
@Command(
    name = "ablate",
    description = {
      "Trains every row of the tables 3 and 4 of ULRTS-Net's paper under one protocol (112 pixels, 30"
          + " epochs, one seed; the rest as train has it), each different network once, and scores it"
          + " on the test images. Measures their speed, side by side in turns; leave the machine alone"
          + " meanwhile.",
      "Writes table-3, table-4 and, with other networks, comparison as .md, .csv and .tex, with paired"
          + " bootstrap intervals of each row against the row before it, and jaccard-gflops.png and"
          + " jaccard-ms.png.",
      "Takes hours. What is done stays in RUN: a run that was killed goes on with --resume, and a"
          + " finished one takes up further rows, networks and seeds.",
      "A row's folder, such as RUN/T4-1/seed-1, is a run of train with images.csv and metrics.json of"
          + " evaluate beside the model; RUN/protocol.yaml has the settings."
    })
final class AblateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DataOption data;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN",
      description = "The run's folder; made if it is missing.")
  private Path out;

  @Option(
      names = "--tables",
      split = ",",
      paramLabel = "N",
      description = "Tables of the paper, separated by commas; default: 3,4.")
  private List<Integer> tables = List.of(3, 4);

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "NAME",
      description =
          "Rows of those tables to train, such as T4-1,T4-5, separated by commas; default: all.")
  private List<String> rows = List.of();

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Other networks to train beside them, such as unet-slim,enet, separated by commas, at the next"
            + " larger input size that they can take; ./lentigo costs all lists them."
      })
  private List<String> networks = List.of();

  @Option(
      names = "--untrained",
      split = ",",
      paramLabel = "NAME",
      description =
          "Networks that the comparison shows the costs and the speed of, without a score.")
  private List<String> untrained = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = {
        "How often each of them is trained: with N seeds, which share the split and differ in initial"
            + " weights, order and augmentation; default: ${DEFAULT-VALUE}."
      })
  private int seeds = 1;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "What differs from the protocol, as YAML, as for train; variant and sizes are fitted to each"
            + " network. Not needed with --resume."
      })
  private @Nullable Path config;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = {
        "Turns of a quarter of a second that each network and engine has when the speed is measured;"
            + " default: ${DEFAULT-VALUE}."
      })
  private int rounds = 15;

  @Option(
      names = "--no-speed",
      description = "Leave the speed out; a later --resume without this measures it.")
  private boolean noSpeed;

  @Option(names = "--resume", description = "Go on with what RUN holds, if anything.")
  private boolean resume;

  @Override
  public Integer call() throws CommandFailure {
    data.check();
    OutputFolder.check(out);
    if (rounds < 1) {
      throw CommandFailure.usage("--rounds must be at least 1, got " + rounds);
    }
    Ablation ablation =
        new Ablation(
            new Ablation.Plan(
                out,
                tables,
                rows,
                networks,
                untrained,
                seeds,
                noSpeed ? 0 : rounds,
                config,
                resume),
            spec.commandLine().getOut(),
            spec.commandLine().getErr());
    try {
      return ablation.run(data::open) ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    }
  }
}
