package org.lentigo.cli.bench;

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
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;

/**
 * Every engine on this machine: warm in turns, its start, and from a photo to its mask. What fails
 * is left out and told; the rest is measured.
 */
public final class Bench {
  /**
   * What to measure.
   *
   * @param model on every engine and outside runtime
   * @param further models, on the engines alone
   * @param outside whether outside runtimes are measured, too
   * @param starts whether starts are
   * @param settings to measure at
   * @param rounds turns each has at each setting
   * @param photo the bytes of its file, for the stages: see {@link #photo}
   */
  public record Plan(
      Model model,
      List<Model> further,
      List<Engine> engines,
      boolean outside,
      boolean starts,
      List<Setting> settings,
      int rounds,
      byte[] photo) {}

  private final Plan plan;
  private final PrintWriter err;
  private final List<String> problems = new ArrayList<>();

  private Bench(Plan plan, PrintWriter err) {
    this.plan = plan;
    this.err = err;
  }

  /**
   * Measures, and tells what is under way.
   *
   * @throws CommandFailure if the photo cannot be read or no model can be written for the starts
   */
  public static BenchReport run(Plan plan, PrintWriter err) throws CommandFailure {
    return new Bench(plan, err).run();
  }

  private BenchReport run() throws CommandFailure {
    List<Contender> contenders = contenders();
    tell("measuring " + contenders.size() + " engines in turns");
    SteadySpeed.Result steady =
        new SteadySpeed(contenders, plan.rounds, this::leaveOut)
            .measure(
                plan.settings,
                setting -> tell("threads " + setting.threads() + ", callers " + setting.callers()));
    List<ColdStart> starts = plan.starts ? starts(running(contenders, steady)) : List.of();
    List<Stages> stages = stages();
    return new BenchReport(plan.model, plan.rounds, steady, starts, stages, problems);
  }

  private List<Contender> contenders() {
    List<Contender> contenders = new ArrayList<>();
    for (Engine engine : plan.engines) {
      contenders.add(Contender.of(engine, plan.model, false));
    }
    for (Model other : plan.further) {
      for (Engine engine : plan.engines) {
        contenders.add(Contender.of(engine, other, true));
      }
    }
    if (plan.outside) {
      List<Contender> outside = Contender.outside(plan.model);
      if (outside.isEmpty()) {
        tell("no outside runtime is on the class path");
      }
      contenders.addAll(outside);
    }
    return contenders;
  }

  private static List<Contender> running(List<Contender> all, SteadySpeed.Result steady) {
    Set<Contender> ran = new LinkedHashSet<>();
    steady.rows().forEach(row -> ran.add(row.contender()));
    return all.stream().filter(ran::contains).toList();
  }

  private List<ColdStart> starts(List<Contender> contenders) throws CommandFailure {
    try {
      return ColdStart.measure(contenders, threads(), problems, this::tell);
    } catch (IOException e) {
      throw CommandFailure.failed("the starts could not be measured: " + Reasons.reason(e), e);
    }
  }

  /** Of every engine and model, those that can start. */
  private List<Stages> stages() throws CommandFailure {
    List<Stages> stages = new ArrayList<>();
    List<Model> models = new ArrayList<>(List.of(plan.model));
    models.addAll(plan.further);
    try {
      for (int t : threads()) {
        for (Model each : models) {
          for (Engine engine : plan.engines) {
            String name = Contender.of(engine, each, each != plan.model).name();
            try (Segmenter segmenter =
                Segmenter.of(each, t, List.of(engine), reason -> {}).oneLook()) {
              tell("stages of " + name + ", threads " + t);
              stages.add(Stages.measure(name, t, segmenter, plan.photo));
            } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
              leaveOut(name + ": " + Reasons.reason(e));
            }
          }
        }
      }
    } catch (IOException e) {
      throw CommandFailure.failed("the stages: " + Reasons.reason(e), e);
    }
    return stages;
  }

  private int[] threads() {
    return plan.settings.stream().mapToInt(Setting::threads).distinct().toArray();
  }

  /** Tells why something is not measured: once, not for each setting again. */
  private void leaveOut(String problem) {
    String line = Reasons.oneLine(problem);
    if (!problems.contains(line)) {
      problems.add(line);
      tell("left out: " + line);
    }
  }

  private void tell(String line) {
    err.println("lentigo: " + line);
    err.flush();
  }

  /**
   * A network of random weights, at the input size of another model or the next that it can take:
   * speed does not depend on the weights.
   */
  public static Model untrained(Network network, Preprocessing like) {
    Weights weights = Weights.random(network.graph(), 1);
    Preprocessing input = like.withSize(network.sizeFrom(like.size()));
    return new Model(network.name(), network, weights, input, 0.5f, new TreeMap<>());
  }

  /**
   * The bytes of a photo that can be decoded.
   *
   * @param file null for a drawn one of 1022 x 767 pixels
   * @throws IOException if it cannot be read
   */
  public static byte[] photo(@Nullable Path file) throws IOException {
    if (file != null) {
      byte[] bytes = Files.readAllBytes(file);
      PhotoReader.read(bytes, PhotoReader.DEFAULT_MAX_PIXELS);
      return bytes;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(Phantom.draw(1, 1022, 767).image(), bytes);
    return bytes.toByteArray();
  }
}
