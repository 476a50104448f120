package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.bench.Bench;
import org.lentigo.cli.bench.BenchReport;
import org.lentigo.cli.bench.KernelRun;
import org.lentigo.cli.bench.Setting;
import org.lentigo.cli.bench.Soak;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFolder;
import org.lentigo.network.Model;
import org.lentigo.network.Networks;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo bench}: how fast the engines are on this machine. */
@Command(
    name = "bench",
    description = {
      "Measures every engine on this machine: frames a second warm, side by side in turns; the start"
          + " of each in a process of its own; and where the time goes from a photo to its mask.",
      "Beside them, as references, libtorch and OpenCV DNN, and the time that a matrix product of as"
          + " many multiply-accumulates takes.",
      "Prints the tables as Markdown; with --out also writes bench.json, bench.md and bench.png."
          + " Takes some minutes; leave the machine alone meanwhile."
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Option(
      names = "--engines",
      split = ",",
      paramLabel = "NAME",
      description =
          "Engines, separated by commas: ${COMPLETION-CANDIDATES}; default: all but java-plain.")
  private List<Engine> engines =
      List.of(Engine.JAVA, Engine.ONNX_RUNTIME, Engine.ONNX_RUNTIME_PLAIN);

  @Option(
      names = "--with",
      paramLabel = "FILE",
      description = "A further model to measure on the engines that can run it; may be repeated.")
  private List<Path> others = List.of();

  @Option(
      names = "--variants",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Further variants to measure, untrained, at the model's input size or the next that they can"
            + " take: speed does not depend on the weights. Separated by commas; ./lentigo costs all"
            + " lists them."
      })
  private List<String> variants = List.of();

  @Option(
      names = "--threads",
      split = ",",
      paramLabel = "N",
      description = "Threads that work on one frame; default: 1 and one a processor.")
  private @Nullable List<Integer> threads;

  @Option(
      names = "--callers",
      split = ",",
      paramLabel = "N",
      description = "Frames under way at once; default: 1 and one a processor.")
  private @Nullable List<Integer> callers;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Turns of a quarter of a second each engine has; default: ${DEFAULT-VALUE}.")
  private int rounds = 15;

  @Option(
      names = "--photo",
      paramLabel = "FILE",
      description = "The photo for the stages; default: a drawn one of 1022 x 767 pixels.")
  private @Nullable Path photo;

  @Option(names = "--no-outside", description = "Leave libtorch and OpenCV DNN out.")
  private boolean noOutside;

  @Option(names = "--no-cold", description = "Leave the starts out.")
  private boolean noCold;

  @Option(
      names = "--kernels",
      description = "Measure the Java engine's inner loops under JMH instead, and nothing else.")
  private boolean kernels;

  @Option(
      names = "--soak",
      paramLabel = "SECONDS",
      description = {
        "Instead, put each engine under load from "
            + Soak.THREADS
            + " threads for so long: do the masks stay the same, does memory stay flat?"
      })
  private @Nullable Integer soak;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Write bench.json, bench.md and bench.png there.")
  private @Nullable Path out;

  @Override
  public Integer call() throws CommandFailure {
    if (kernels) {
      return kernels();
    }
    List<Setting> settings = settings();
    Model main = model.read();
    if (soak != null) {
      return soak(main, soak);
    }
    // Before minutes are spent: what it is to measure on, and where it is to write.
    byte[] picture = photo();
    if (out != null) {
      OutputFolder.make(out);
    }
    BenchReport report =
        Bench.run(
            new Bench.Plan(
                main, further(main), engines, !noOutside, !noCold, settings, rounds, picture),
            spec.commandLine().getErr());
    spec.commandLine().getOut().print(report.markdown());
    boolean whole = out == null || write(report, out);
    return whole && !report.steady().rows().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private static int kernels() throws CommandFailure {
    try {
      return KernelRun.run() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException e) {
      throw CommandFailure.failed("JMH does not start: " + Reasons.reason(e), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private List<Setting> settings() throws CommandFailure {
    List<Setting> settings;
    try {
      settings = Setting.of(threads, callers);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
    if (rounds < 1) {
      throw CommandFailure.usage("--rounds must be at least 1, got " + rounds);
    }
    return settings;
  }

  private int soak(Model main, int seconds) throws CommandFailure {
    if (seconds < 1) {
      throw CommandFailure.usage("--soak must be at least 1 second, got " + seconds);
    }
    PrintWriter err = spec.commandLine().getErr();
    List<Soak> results = Soak.run(main, engines, seconds, line -> err.println("lentigo: " + line));
    Soak.print(results, spec.commandLine().getOut());
    return results.stream().allMatch(result -> result.different() == 0)
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }

  /** The models of {@code --variants} and {@code --with}. */
  private List<Model> further(Model main) throws CommandFailure {
    List<Model> models = new ArrayList<>();
    for (String name : variants) {
      try {
        models.add(Bench.untrained(Networks.get(name), main.preprocessing()));
      } catch (IllegalArgumentException e) {
        throw CommandFailure.usage("--variants: " + e.getMessage());
      }
    }
    for (Path file : others) {
      models.add(ModelOption.read("--with", file, spec.commandLine().getErr()));
    }
    return models;
  }

  private byte[] photo() throws CommandFailure {
    try {
      return Bench.photo(photo);
    } catch (IOException e) {
      throw CommandFailure.failed("--photo " + photo + ": " + Reasons.reason(e), e);
    }
  }

  /** False, if a part of it could not be made. */
  private boolean write(BenchReport report, Path folder) throws CommandFailure {
    List<String> problems = new ArrayList<>();
    try {
      report.write(folder, problems::add);
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + folder + ": " + Reasons.reason(e), e);
    }
    problems.forEach(problem -> spec.commandLine().getErr().println("lentigo: " + problem));
    return problems.isEmpty();
  }
}
