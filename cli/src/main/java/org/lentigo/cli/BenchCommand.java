package org.lentigo.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.bench.BenchReport;
import org.lentigo.cli.bench.ColdStart;
import org.lentigo.cli.bench.Contender;
import org.lentigo.cli.bench.KernelRun;
import org.lentigo.cli.bench.Soak;
import org.lentigo.cli.bench.Stages;
import org.lentigo.cli.bench.SteadySpeed;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
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
    PrintWriter err = spec.commandLine().getErr();
    if (kernels) {
      return kernels();
    }
    List<int[]> settings = settings();
    Model main = model.read();
    if (soak != null) {
      return soak(main, soak, err);
    }
    // Before minutes are spent: what it is to measure on, and where it is to write.
    byte[] picture = photo();
    if (out != null) {
      make(out);
    }
    List<Model> further = further(main);
    List<Contender> contenders = contenders(main, further, err);
    List<String> problems = new ArrayList<>();

    err.println("lentigo: measuring " + contenders.size() + " engines in turns");
    err.flush();
    SteadySpeed.Result steady =
        new SteadySpeed(contenders, rounds, problem -> leaveOut(problem, problems, err))
            .measure(
                settings,
                (threadCount, callerCount) -> {
                  err.printf("lentigo: threads %d, callers %d%n", threadCount, callerCount);
                  err.flush();
                });
    List<ColdStart> starts =
        noCold ? List.of() : starts(running(contenders, steady), settings, problems, err);
    List<Stages> stages = stages(main, further, settings, picture, problems, err);

    BenchReport report = new BenchReport(main, rounds, steady, starts, stages, problems);
    spec.commandLine().getOut().print(report.markdown());
    if (out != null) {
      write(report, out);
    }
    return steady.rows().isEmpty() ? ExitCode.FAILED : ExitCode.DONE;
  }

  private int soak(Model main, int seconds, PrintWriter err) throws CommandFailure {
    if (seconds < 1) {
      throw CommandFailure.usage("--soak must be at least 1 second, got " + seconds);
    }
    List<Soak> results = new ArrayList<>();
    for (Engine engine : engines) {
      try (Segmenter segmenter = Segmenter.of(main, 1, List.of(engine), reason -> {})) {
        results.add(Soak.run(segmenter, seconds, line -> err.println("lentigo: " + line)));
      } catch (IllegalStateException e) {
        throw CommandFailure.failed(engine + ": " + Errors.reason(e), e);
      } catch (IOException e) {
        throw CommandFailure.failed("the memory cannot be watched: " + Errors.reason(e), e);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }
    Soak.print(results, spec.commandLine().getOut());
    return results.stream().allMatch(result -> result.different() == 0)
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }

  private static int kernels() throws CommandFailure {
    try {
      return KernelRun.run() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException e) {
      throw CommandFailure.failed("JMH does not start: " + Errors.reason(e), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Pairs of threads and callers that keep no more processors busy than there are. */
  private List<int[]> settings() throws CommandFailure {
    int processors = Runtime.getRuntime().availableProcessors();
    Set<Integer> usual = new LinkedHashSet<>(List.of(1, processors));
    boolean chosen = threads != null || callers != null;
    List<int[]> settings = new ArrayList<>();
    for (int t : threads == null ? usual : threads) {
      for (int c : callers == null ? usual : callers) {
        if (t < 1 || c < 1) {
          throw CommandFailure.usage("--threads and --callers must be at least 1");
        }
        if (chosen || t * c <= processors) {
          settings.add(new int[] {t, c});
        }
      }
    }
    if (rounds < 1) {
      throw CommandFailure.usage("--rounds must be at least 1, got " + rounds);
    }
    return settings;
  }

  /** The models of {@code --variants} and {@code --with}. */
  private List<Model> further(Model main) throws CommandFailure {
    List<Model> models = new ArrayList<>();
    for (String name : variants) {
      try {
        models.add(untrained(Networks.get(name), main.preprocessing()));
      } catch (IllegalArgumentException e) {
        throw CommandFailure.usage("--variants: " + e.getMessage());
      }
    }
    for (Path file : others) {
      models.add(ModelOption.read("--with", file, spec.commandLine().getErr()));
    }
    return models;
  }

  private static Model untrained(Network network, Preprocessing like) {
    int multiple = network.sizeMultiple();
    int size = Math.max(2, (like.size() + multiple - 1) / multiple) * multiple;
    Weights weights = Weights.random(network.graph(), 1);
    return new Model(network.name(), network, weights, like.withSize(size), 0.5f, new TreeMap<>());
  }

  private List<Contender> contenders(Model main, List<Model> further, PrintWriter err) {
    List<Contender> contenders = new ArrayList<>();
    for (Engine engine : engines) {
      contenders.add(Contender.of(engine, main, false));
    }
    for (Model other : further) {
      for (Engine engine : engines) {
        contenders.add(Contender.of(engine, other, true));
      }
    }
    if (!noOutside) {
      List<Contender> outside = Contender.outside(main);
      if (outside.isEmpty()) {
        err.println("lentigo: no outside runtime is on the class path");
      }
      contenders.addAll(outside);
    }
    return contenders;
  }

  /** Tells why something is not measured: once, not for each setting again. */
  private static void leaveOut(String problem, List<String> problems, PrintWriter err) {
    String line = Errors.oneLine(problem);
    if (!problems.contains(line)) {
      problems.add(line);
      err.println("lentigo: left out: " + line);
    }
  }

  private static List<Contender> running(List<Contender> all, SteadySpeed.Result steady) {
    Set<Contender> ran = new LinkedHashSet<>();
    steady.rows().forEach(row -> ran.add(row.contender()));
    return all.stream().filter(ran::contains).toList();
  }

  private List<ColdStart> starts(
      List<Contender> contenders, List<int[]> settings, List<String> problems, PrintWriter err)
      throws CommandFailure {
    try {
      return ColdStart.measure(
          contenders,
          settings.stream().mapToInt(s -> s[0]).distinct().toArray(),
          problems,
          line -> {
            err.println("lentigo: " + line);
            err.flush();
          });
    } catch (IOException e) {
      throw CommandFailure.failed("the starts could not be measured: " + Errors.reason(e), e);
    }
  }

  /** Of every engine and model, those that can start. */
  private List<Stages> stages(
      Model main,
      List<Model> further,
      List<int[]> settings,
      byte[] picture,
      List<String> problems,
      PrintWriter err)
      throws CommandFailure {
    List<Stages> stages = new ArrayList<>();
    try {
      List<Model> models = new ArrayList<>(List.of(main));
      models.addAll(further);
      for (int t : settings.stream().mapToInt(s -> s[0]).distinct().toArray()) {
        for (Model each : models) {
          for (Engine engine : engines) {
            String name = Contender.of(engine, each, each != main).name();
            try (Segmenter segmenter = Segmenter.of(each, t, List.of(engine), reason -> {})) {
              err.printf("lentigo: stages of %s, threads %d%n", name, t);
              err.flush();
              stages.add(Stages.measure(name, t, segmenter, picture));
            } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
              leaveOut(name + ": " + Errors.reason(e), problems, err);
            }
          }
        }
      }
    } catch (IOException e) {
      throw CommandFailure.failed("the stages: " + Errors.reason(e), e);
    }
    return stages;
  }

  /** The bytes of a photo that can be decoded. */
  private byte[] photo() throws CommandFailure {
    try {
      if (photo != null) {
        byte[] bytes = Files.readAllBytes(photo);
        PhotoReader.read(bytes, PhotoReader.DEFAULT_MAX_PIXELS);
        return bytes;
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      PhotoWriter.writeJpeg(Phantom.draw(1, 1022, 767).image(), bytes);
      return bytes.toByteArray();
    } catch (UnreadableImageException e) {
      throw CommandFailure.failed("--photo " + photo + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw CommandFailure.failed("--photo " + photo + ": " + Errors.reason(e), e);
    }
  }

  private static void make(Path folder) throws CommandFailure {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw CommandFailure.usage("--out " + folder + " is a file; name a folder");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + folder + ": " + Errors.reason(e), e);
    }
  }

  private static void write(BenchReport report, Path folder) throws CommandFailure {
    try {
      report.write(folder);
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + folder + ": " + Errors.reason(e), e);
    }
  }
}
