package org.lentigo.cli.ablation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.metrics.Bootstrap;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.network.Costs;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.UlrtsNet;
import org.lentigo.runtime.Engine;
import org.lentigo.training.TrainingConfig;

/**
 * The paper's tables with our figures beside the paper's, and the comparison with other networks:
 * {@code table-3.md}, {@code .csv} and {@code .tex}, and so on.
 *
 * @param data what was trained and scored on; empty if nothing was yet
 * @param results by network, of those that are done
 */
record Tables(
    TrainingConfig protocol,
    List<RunFolder.Part> data,
    Map<Network, Result> results,
    Speeds speeds) {
  private static final String NONE = "-";
  private static final String COMPARISON = "comparison";

  Tables {
    data = List.copyOf(data);
    results = Map.copyOf(results);
  }

  private Optional<Result> result(Network row) {
    return Optional.ofNullable(results.get(Rows.trainedAs(row)));
  }

  /** Writes a table of the paper's into the folder and returns its Markdown. */
  String write(Path folder, int table) throws IOException {
    List<Network> rows = Rows.of(table);
    String title = "Table " + table + " of ULRTS-Net's paper, trained";
    String text =
        title
            + " by Lentigo\n\n"
            + shown(rows).markdown()
            + "\n"
            + order(rows)
            + "\n"
            + notes()
            + paperNotes(rows)
            + "\n";
    write(folder, "table-" + table, title, text, shown(rows), figures(rows));
    return text;
  }

  /**
   * Writes the comparison into the folder and returns its Markdown.
   *
   * @param others networks beside ULRTS-Net, trained or not
   */
  String writeComparison(Path folder, Collection<Network> others) throws IOException {
    List<Network> rows = new ArrayList<>(List.of(Networks.get(UlrtsNet.DEFAULT_VARIANT)));
    others.stream().filter(other -> !rows.contains(other)).forEach(rows::add);
    String title = "ULRTS-Net beside other networks";
    String text =
        title
            + "\n\n"
            + shownComparison(rows).markdown()
            + "\n"
            + notes()
            + " Each network was trained at the smallest input size that it can take and that is no"
            + " smaller than the protocol's. What its authors published counts and scores other"
            + " things in other ways: it is not comparable.\n";
    write(folder, COMPARISON, title, text, shownComparison(rows), comparisonFigures(rows));
    return text;
  }

  private static void write(
      Path folder, String name, String title, String text, Sheet shown, Sheet figures)
      throws IOException {
    AtomicFiles.write(folder.resolve(name + ".md"), text.getBytes(StandardCharsets.UTF_8));
    AtomicFiles.write(
        folder.resolve(name + ".tex"),
        shown
            .latex(title + ", under one protocol: see " + name + ".md.", "tab:lentigo-" + name)
            .getBytes(StandardCharsets.UTF_8));
    RunFolder.write(folder.resolve(name + ".csv"), figures::csv);
  }

  /** How all of it was trained, scored and measured. */
  private String notes() {
    String trained =
        protocol.stages().stream()
            .map(s -> s.epochs() + " epochs at " + s.size() + " pixels (batch " + s.batch() + ")")
            .collect(Collectors.joining(", then "));
    String on =
        data.stream()
            .map(part -> part.images() + " " + part.part() + " images of " + part.dataSet())
            .collect(Collectors.joining(", "));
    return "Protocol: "
        + trained
        + (on.isEmpty() ? "" : "; " + on)
        + String.format(
            Locale.ROOT,
            ", %.0f %% of the training images held out",
            100 * protocol.validationFraction())
        + "; the rest is in "
        + RunFolder.PROTOCOL
        + ". JI: mean over the test images, at the size of the expert's mask, with its 95 %"
        + " bootstrap interval over images; with several seeds, which share the split, the mean over"
        + " them. Differences are paired over images; p is two-sided; * where the interval leaves 0"
        + " out. The intervals are over images: another training of the same network differs too,"
        + " which only several seeds show. Parameters and GFLOPs (multiply-accumulates), frames a"
        + " second and milliseconds a frame are at "
        + Networks.COUNTED_SIZE
        + " x "
        + Networks.COUNTED_SIZE
        + speeds.machine().map(machine -> " (" + machine + ")").orElse("")
        + ".";
  }

  private String paperNotes(List<Network> rows) {
    String shared =
        rows.stream()
            .filter(row -> !Rows.trainedAs(row).equals(row))
            .map(row -> " " + row + " is " + Rows.trainedAs(row) + ", trained once.")
            .collect(Collectors.joining());
    Network again = Rows.trainedAs(rows.get(0));
    return engine().map(engine -> " Frames a second on " + engine + ".").orElse("")
        + " The paper's JI is of 900 training images and a recipe that is not at hand, its frames a"
        + " second of an RTX A5000."
        + shared
        + " A row again, here "
        + again
        + ": `./lentigo train --data DIR --config RUN/"
        + again
        + "/seed-"
        + protocol.seed()
        + "/config.yaml --name "
        + again
        + " --out AGAIN`, then `./lentigo evaluate --data DIR --split test"
        + " --model AGAIN/model.safetensors`.";
  }

  /** The fastest engine over the rows of all tables that were measured. */
  private Optional<String> engine() {
    return speeds.fastest(
        Rows.TABLES.stream()
            .flatMap(table -> Rows.of(table).stream())
            .map(Rows::trainedAs)
            .distinct()
            .filter(network -> speeds.networks().contains(network.name()))
            .toList());
  }

  private Sheet shown(List<Network> rows) {
    Optional<String> engine = engine();
    List<List<String>> lines = new ArrayList<>();
    Network before = null;
    for (Network row : rows) {
      Costs costs = costs(row);
      Optional<Result> result = result(row);
      Optional<Bootstrap.Difference> difference = difference(row, before);
      lines.add(
          List.of(
              row.name(),
              row.label(),
              String.format(Locale.ROOT, "%.3f", costs.parameters() / 1e6),
              String.format(Locale.ROOT, "%.2f", costs.macs() / 1e9),
              cell(result, r -> percent(r.mean().value())),
              cell(result, r -> interval(r.mean())),
              published(row, Network.Published::jaccard),
              cell(difference, Tables::marked),
              cell(difference, d -> p(d.p())),
              cell(result, r -> percent(r.validation())),
              cell(result, Tables::seeds),
              speed(row, engine, 1, Speeds.Speed::framesPerSecond, "%.1f"),
              speed(row, engine, 2, Speeds.Speed::framesPerSecond, "%.1f"),
              published(row, Network.Published::framesPerSecond)));
      before = row;
    }
    return new Sheet(
        List.of(
            "Row",
            "Modules",
            ">Parameters, M",
            ">GFLOPs",
            ">JI, %",
            ">95 % interval",
            ">Paper's JI",
            ">Over the row before",
            ">p",
            ">Validation JI, %",
            "Seeds",
            ">Frames/s, 1 thread",
            ">2 threads",
            ">Paper's"),
        lines);
  }

  /** The same for programs: shares in percent, no rounding to speak of. */
  private Sheet figures(List<Network> rows) {
    Optional<String> engine = engine();
    List<List<String>> lines = new ArrayList<>();
    Network before = null;
    for (Network row : rows) {
      List<String> line = new ArrayList<>();
      line.add(row.name());
      line.add(row.label());
      line.add(Rows.trainedAs(row).name());
      addFigures(line, row, before);
      line.add(published(row, Network.Published::jaccard));
      line.add(engine.orElse(""));
      for (int threads : Speeds.THREADS) {
        line.add(speed(row, engine, threads, Speeds.Speed::millis, "%.3f"));
        line.add(speed(row, engine, threads, Speeds.Speed::framesPerSecond, "%.3f"));
      }
      line.add(published(row, Network.Published::framesPerSecond));
      lines.add(empty(line));
      before = row;
    }
    List<String> head = new ArrayList<>(List.of("row", "modules", "trained_as"));
    head.addAll(FIGURES);
    head.add("paper_ji");
    head.add("engine");
    for (int threads : Speeds.THREADS) {
      head.add("ms_" + threads + "_threads");
      head.add("frames_per_second_" + threads + "_threads");
    }
    head.add("paper_frames_per_second");
    return new Sheet(head, lines);
  }

  private static final List<String> FIGURES =
      List.of(
          "parameters",
          "macs",
          "trained_size",
          "ji",
          "ji_low",
          "ji_high",
          "compared_with",
          "difference",
          "difference_low",
          "difference_high",
          "p",
          "beyond_chance",
          "validation_ji",
          "seeds",
          "ji_of_each_seed",
          "training_minutes");

  private void addFigures(List<String> line, Network row, @Nullable Network other) {
    Costs costs = costs(row);
    Optional<Result> result = result(row);
    Optional<Bootstrap.Difference> difference = difference(row, other);
    line.add(Long.toString(costs.parameters()));
    line.add(Long.toString(costs.macs()));
    line.add(cell(result, r -> Integer.toString(r.size())));
    line.add(cell(result, r -> figure(r.mean().value())));
    line.add(cell(result, r -> figure(r.mean().low())));
    line.add(cell(result, r -> figure(r.mean().high())));
    line.add(cell(difference, d -> Objects.requireNonNull(other).name()));
    line.add(cell(difference, d -> figure(d.estimate().value())));
    line.add(cell(difference, d -> figure(d.estimate().low())));
    line.add(cell(difference, d -> figure(d.estimate().high())));
    line.add(cell(difference, d -> String.format(Locale.ROOT, "%.4f", d.p())));
    line.add(cell(difference, d -> Boolean.toString(d.isBeyondChance())));
    line.add(cell(result, r -> figure(r.validation())));
    line.add(cell(result, r -> joined(r.seeds(), seed -> Long.toString(seed))));
    line.add(cell(result, r -> joined(r.perSeed(), Tables::figure)));
    line.add(cell(result, r -> String.format(Locale.ROOT, "%.1f", r.minutes())));
  }

  private Sheet shownComparison(List<Network> rows) {
    List<List<String>> lines = new ArrayList<>();
    for (Network row : rows) {
      Costs costs = costs(row);
      Optional<Result> result = result(row);
      Optional<Bootstrap.Difference> difference = difference(row, first(rows, row));
      List<String> line =
          new ArrayList<>(
              List.of(
                  row.name(),
                  row.label(),
                  cell(result, r -> Integer.toString(r.size())),
                  String.format(Locale.ROOT, "%.3f", costs.parameters() / 1e6),
                  String.format(Locale.ROOT, "%.2f", costs.macs() / 1e9),
                  cell(result, r -> percent(r.mean().value())),
                  cell(result, r -> interval(r.mean())),
                  cell(difference, Tables::marked),
                  cell(difference, d -> p(d.p())),
                  cell(result, r -> percent(r.validation())),
                  cell(result, Tables::seeds)));
      for (Engine engine : Speeds.ENGINES) {
        for (int threads : Speeds.THREADS) {
          line.add(
              speed(row, Optional.of(engine.toString()), threads, Speeds.Speed::millis, "%.1f"));
        }
      }
      line.add(row.published().map(Tables::published).orElse(NONE));
      lines.add(line);
    }
    List<String> head =
        new ArrayList<>(
            List.of(
                "Network",
                "What it is",
                ">Trained at",
                ">Parameters, M",
                ">GFLOPs",
                ">JI, %",
                ">95 % interval",
                ">Over " + rows.get(0),
                ">p",
                ">Validation JI, %",
                "Seeds"));
    for (Engine engine : Speeds.ENGINES) {
      for (int threads : Speeds.THREADS) {
        head.add(">" + engine + ", ms, " + threads + (threads == 1 ? " thread" : " threads"));
      }
    }
    head.add("Published, not comparable");
    return new Sheet(head, lines);
  }

  private Sheet comparisonFigures(List<Network> rows) {
    List<List<String>> lines = new ArrayList<>();
    for (Network row : rows) {
      List<String> line = new ArrayList<>(List.of(row.name(), row.label()));
      addFigures(line, row, first(rows, row));
      for (Engine engine : Speeds.ENGINES) {
        for (int threads : Speeds.THREADS) {
          line.add(
              speed(row, Optional.of(engine.toString()), threads, Speeds.Speed::millis, "%.3f"));
        }
      }
      line.add(row.published().map(Network.Published::parametersM).orElse(NONE));
      line.add(published(row, Network.Published::gflops));
      line.add(published(row, Network.Published::jaccard));
      line.add(row.published().map(Network.Published::source).orElse(NONE));
      lines.add(empty(line));
    }
    List<String> head = new ArrayList<>(List.of("network", "what"));
    head.addAll(FIGURES);
    for (Engine engine : Speeds.ENGINES) {
      for (int threads : Speeds.THREADS) {
        head.add("ms_" + engine.toString().replace('-', '_') + "_" + threads + "_threads");
      }
    }
    head.add("published_parameters_m");
    head.add("published_gflops");
    head.add("published_ji");
    head.add("published_source");
    return new Sheet(head, lines);
  }

  private static @Nullable Network first(List<Network> rows, Network row) {
    return rows.get(0).equals(row) ? null : rows.get(0);
  }

  private Optional<Bootstrap.Difference> difference(Network row, @Nullable Network other) {
    return other == null
        ? Optional.empty()
        : result(row).flatMap(mine -> result(other).map(mine::minus));
  }

  /** A row that is done. */
  private record Done(Network row, Result result) {
    double paper() {
      return paperJaccard(row);
    }

    double jaccard() {
      return result.mean().value();
    }
  }

  /** Where our order of the rows by JI differs from the paper's, and whether beyond chance. */
  private String order(List<Network> rows) {
    List<Done> done = new ArrayList<>();
    rows.forEach(row -> result(row).ifPresent(result -> done.add(new Done(row, result))));
    if (done.size() < 2) {
      return "Order by JI: too few rows are done to have one.\n";
    }
    List<String> pairs = new ArrayList<>();
    int all = 0;
    int beyond = 0;
    for (Done low : done) {
      for (Done high : done) {
        if (low.paper() >= high.paper()) {
          continue;
        }
        all++;
        Bootstrap.Difference ours = low.result.minus(high.result);
        if (ours.estimate().value() <= 0) {
          continue;
        }
        if (ours.isBeyondChance()) {
          beyond++;
        }
        pairs.add(
            String.format(
                Locale.ROOT,
                "- %s is above %s by %s points, p %s: %s. In the paper it is below by %.2f.\n",
                low.row,
                high.row,
                signed(ours.estimate()),
                p(ours.p()),
                ours.isBeyondChance() ? "beyond chance" : "within chance",
                high.paper() - low.paper()));
      }
    }
    String missing =
        rows.stream()
            .filter(row -> result(row).isEmpty())
            .map(Network::name)
            .collect(Collectors.joining(", "));
    return "Order by JI in the paper: "
        + ordered(done, Done::paper)
        + ". Here: "
        + ordered(done, Done::jaccard)
        + "."
        + (missing.isEmpty() ? "" : " Not done yet: " + missing + ".")
        + (pairs.isEmpty()
            ? " No pair of rows is the other way round.\n"
            : " The other way round than in the paper are "
                + pairs.size()
                + " of "
                + all
                + " pairs, "
                + beyond
                + " of them beyond chance:\n\n"
                + String.join("", pairs));
  }

  private static String ordered(List<Done> rows, ToDoubleFunction<Done> jaccard) {
    return rows.stream()
        .sorted(Comparator.comparingDouble(jaccard).reversed())
        .map(done -> done.row.name())
        .collect(Collectors.joining(" > "));
  }

  private static double paperJaccard(Network row) {
    return row.published()
        .flatMap(Network.Published::jaccard)
        .map(Double::parseDouble)
        .orElseThrow(() -> new IllegalArgumentException(row + " is no row of the paper"));
  }

  private static Costs costs(Network network) {
    return Costs.of(network.graph(), network.sizeFrom(Networks.COUNTED_SIZE));
  }

  private String speed(
      Network row,
      Optional<String> engine,
      int threads,
      Function<Speeds.Speed, Double> value,
      String format) {
    return engine
        .flatMap(name -> speeds.of(Rows.trainedAs(row), name, threads))
        .map(speed -> String.format(Locale.ROOT, format, value.apply(speed)))
        .orElse(NONE);
  }

  private static String published(
      Network row, Function<Network.Published, Optional<String>> value) {
    return row.published().flatMap(value).orElse(NONE);
  }

  private static String published(Network.Published published) {
    return published.parametersM()
        + " M"
        + published.gflops().map(gflops -> ", GFLOPs " + gflops).orElse("")
        + published.jaccard().map(jaccard -> ", JI " + jaccard + " %").orElse("")
        + " ("
        + published.source()
        + ")";
  }

  private static <T> String cell(Optional<T> value, Function<T, String> text) {
    return value.map(text).orElse(NONE);
  }

  /** Programs read nothing where people read a dash. */
  private static List<String> empty(List<String> line) {
    return line.stream().map(cell -> cell.equals(NONE) ? "" : cell).toList();
  }

  private static String seeds(Result result) {
    return result.seeds().size() == 1
        ? "1"
        : result.seeds().size() + " (" + joined(result.perSeed(), Tables::percent) + ")";
  }

  private static <T> String joined(List<T> values, Function<T, String> text) {
    return values.stream().map(text).collect(Collectors.joining(" "));
  }

  private static String marked(Bootstrap.Difference difference) {
    return signed(difference.estimate()) + (difference.isBeyondChance() ? " *" : "");
  }

  private static String signed(Estimate e) {
    return String.format(
        Locale.ROOT, "%+.2f (%+.2f to %+.2f)", 100 * e.value(), 100 * e.low(), 100 * e.high());
  }

  private static String p(double p) {
    return p < 0.001 ? "<0.001" : String.format(Locale.ROOT, "%.3f", p);
  }

  private static String interval(Estimate e) {
    return percent(e.low()) + " to " + percent(e.high());
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? NONE : String.format(Locale.ROOT, "%.2f", 100 * share);
  }

  private static String figure(double share) {
    return Double.isNaN(share) ? NONE : String.format(Locale.ROOT, "%.4f", 100 * share);
  }
}
