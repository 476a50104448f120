package org.lentigo.cli.ablation;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Pictures;
import org.lentigo.cli.scoring.Report;
import org.lentigo.cli.scoring.Scoring;
import org.lentigo.cli.training.TrainingEngine;
import org.lentigo.cli.training.TrainingProgress;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.dataset.Split;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.imaging.metrics.Metric;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.UlrtsNet;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.LentigoVersion;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.training.Engine;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;

/**
 * Trains the rows of the paper's tables and other networks under one protocol and scores them on
 * the test images. What is done stays in RUN and is not done again; what was under way goes on from
 * its last checkpoint.
 */
public final class Ablation {
  /** Opens the data set, which is only read where something is left to be trained or scored. */
  public interface Data {
    DataSet open() throws CommandFailure;
  }

  /**
   * What to do.
   *
   * @param tables of the paper, 3 and 4
   * @param rows the names of those that are trained; empty for all of the tables
   * @param networks names of further networks to train, for the comparison
   * @param untrained names of networks that the comparison has the costs and speed of, no score
   * @param seeds how many times each is trained, at least 1
   * @param rounds turns of a quarter of a second that each network has when the speed is measured;
   *     0 to leave the speed for another time
   * @param config what differs from the protocol; null for nothing
   * @param resume go on with what RUN holds, if anything
   */
  public record Plan(
      Path run,
      List<Integer> tables,
      List<String> rows,
      List<String> networks,
      List<String> untrained,
      int seeds,
      int rounds,
      @Nullable Path config,
      boolean resume) {
    public Plan {
      tables = List.copyOf(tables);
      rows = List.copyOf(rows);
      networks = List.copyOf(networks);
      untrained = List.copyOf(untrained);
    }
  }

  /** A network and the seed it is trained with. */
  private record Task(Network network, long seed) {
    String name(TrainingConfig protocol) {
      return seed == protocol.seed() ? network.name() : network.name() + "-seed-" + seed;
    }
  }

  private final Plan plan;
  private final RunFolder folder;
  private final List<Network> trained;
  private final List<Network> untrained;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<String> problems = new ArrayList<>();

  /**
   * @throws CommandFailure if a table, row or network does not exist
   */
  public Ablation(Plan plan, PrintWriter out, PrintWriter err) throws CommandFailure {
    this.plan = plan;
    this.out = out;
    this.err = err;
    folder = new RunFolder(plan.run());
    for (int table : plan.tables()) {
      if (!Rows.TABLES.contains(table)) {
        throw CommandFailure.usage("--tables: got " + table + ", wanted 3, 4 or both");
      }
    }
    if (plan.seeds() < 1) {
      throw CommandFailure.usage("--seeds must be at least 1, got " + plan.seeds());
    }
    try {
      trained = Rows.trained(plan.tables(), plan.rows(), plan.networks());
      untrained = plan.untrained().stream().map(Networks::get).toList();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Does what is left to do.
   *
   * @return whether all of it could be done
   * @throws IOException if RUN or the data cannot be read or written
   */
  public boolean run(Data data) throws IOException, CommandFailure {
    TrainingConfig protocol = folder.begin(plan.config(), plan.resume());
    List<Task> left = new ArrayList<>();
    // All rows once before any of them again: whoever stops early has whole tables.
    for (long seed = protocol.seed(); seed < protocol.seed() + plan.seeds(); seed++) {
      for (Network network : trained) {
        if (!folder.isDone(network, seed)) {
          left.add(new Task(network, seed));
        }
      }
    }
    if (!left.isEmpty()) {
      train(left, protocol, data.open().checked());
    }
    Set<Network> known = known();
    measure(known);
    String text = write(protocol, known, this::tell);
    out.println();
    out.print(text);
    out.println("Report: " + plan.run());
    return problems.isEmpty();
  }

  /** What is to be trained, what RUN holds, and what is only measured; in the networks' order. */
  private Set<Network> known() throws IOException {
    Set<String> measured = Speeds.read(plan.run().resolve(RunFolder.SPEED)).networks();
    Set<Network> known = new LinkedHashSet<>();
    for (Network network : Networks.all()) {
      if (trained.contains(network)
          || untrained.contains(network)
          || measured.contains(network.name())
          || !folder.seedsDone(network).isEmpty()) {
        known.add(network);
      }
    }
    return known;
  }

  /** All of them again where one is missing: only what ran side by side can be compared. */
  private void measure(Set<Network> networks) throws IOException {
    Path file = plan.run().resolve(RunFolder.SPEED);
    Set<String> measured = Speeds.read(file).networks();
    if (plan.rounds() == 0
        || networks.stream().allMatch(network -> measured.contains(network.name()))) {
      return;
    }
    Speeds.measure(
            networks,
            plan.rounds(),
            line -> {
              err.println("lentigo: " + line);
              err.flush();
            },
            this::tell)
        .write(file);
  }

  /** Writes what is known so far and returns it as Markdown. */
  private String write(TrainingConfig protocol, Set<Network> known, Consumer<String> problem)
      throws IOException {
    Map<Network, Result> results = new LinkedHashMap<>();
    for (Network network : known) {
      Result.of(folder, network).ifPresent(result -> results.put(network, result));
    }
    Speeds speeds = Speeds.read(plan.run().resolve(RunFolder.SPEED));
    Tables tables = new Tables(protocol, folder.data(), results, speeds);
    StringBuilder text = new StringBuilder();
    for (int table : plan.tables()) {
      text.append(tables.write(plan.run(), table)).append('\n');
    }
    List<Network> others =
        known.stream().filter(network -> !UlrtsNet.publishedVariants().contains(network)).toList();
    if (!others.isEmpty()) {
      text.append(tables.writeComparison(plan.run(), others)).append('\n');
    }
    Pictures.draw(plan.run(), problem, () -> Plots.write(plan.run(), results, speeds));
    return text.toString();
  }

  private void train(List<Task> tasks, TrainingConfig protocol, DataSet dataSet)
      throws IOException, CommandFailure {
    Engine.Provider engine = TrainingEngine.find("ablate");
    dataSet.problems().forEach(problem -> tell("left out: " + problem));
    List<Pair> test = dataSet.forEvaluation(Split.TEST);
    Trainer.Source source = Trainer.Source.of(dataSet.name(), dataSet.forTraining());
    folder.checkData(
        List.of(
            new RunFolder.Part("training", dataSet.name(), source.pairs().size(), source.sha256()),
            new RunFolder.Part("test", dataSet.name(), test.size(), DataSets.sha256(test))));
    for (int i = 0; i < tasks.size(); i++) {
      Task task = tasks.get(i);
      err.printf(
          Locale.ROOT,
          "lentigo: %s (%s), seed %d: %d of %d to do%n",
          task.network.name(),
          task.network.label(),
          task.seed,
          i + 1,
          tasks.size());
      err.flush();
      try {
        score(task, train(task, protocol, source, engine), protocol, dataSet.name(), test);
        write(protocol, known(), problem -> {}); // Told at the end.
      } catch (IOException | RuntimeException e) {
        // One row that fails is no reason not to train the others.
        tell(task.name(protocol) + ": " + Reasons.reason(e));
      }
    }
  }

  private Model train(
      Task task, TrainingConfig protocol, Trainer.Source source, Engine.Provider engine)
      throws IOException {
    Path run = folder.of(task.network, task.seed);
    Trainer.Job job =
        new Trainer.Job(
            task.name(protocol),
            source,
            null,
            List.of(),
            List.of(),
            null,
            null,
            Protocol.of(protocol, task.network, task.seed),
            run,
            Files.exists(run.resolve(Trainer.CHECKPOINT)),
            false,
            LentigoVersion.get());
    try (TrainingProgress progress = new TrainingProgress(err, problems::add)) {
      return Trainer.train(job, engine, progress);
    }
  }

  private void score(
      Task task, Model model, TrainingConfig protocol, String dataSet, List<Pair> test)
      throws IOException {
    List<String> unread = new ArrayList<>();
    List<Scoring.Scored> scores;
    Report.Conditions conditions;
    try (Segmenter segmenter = Segmenter.of(model, 1).oneLook()) {
      conditions = Report.Conditions.of(segmenter, false);
      scores = Scoring.score(segmenter, test, protocol.threads(), unread, err);
    }
    if (!unread.isEmpty()) {
      // A row with scores counts as done for ever.
      throw new IOException(
          unread.size()
              + " of "
              + test.size()
              + " test images could not be scored; add --resume once they can be read, or mend them"
              + " and name another folder");
    }
    Report report = Report.of(dataSet, Split.TEST, List.of(model), conditions, scores, unread);
    report.write(folder.of(task.network, task.seed));
    Estimate jaccard = report.summary().get(Metric.JACCARD);
    out.printf(
        Locale.ROOT,
        "%s: JI %.2f %% (%.2f to %.2f) on %d test images%n",
        model.name(),
        100 * jaccard.value(),
        100 * jaccard.low(),
        100 * jaccard.high(),
        report.summary().images());
    out.flush();
  }

  private void tell(String problem) {
    problems.add(problem);
    err.println("lentigo: " + problem);
  }
}
