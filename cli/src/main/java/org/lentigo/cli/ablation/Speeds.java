package org.lentigo.cli.ablation;

import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.lentigo.cli.bench.Bench;
import org.lentigo.cli.bench.BenchReport;
import org.lentigo.cli.bench.Contender;
import org.lentigo.cli.bench.Setting;
import org.lentigo.cli.bench.SteadySpeed;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.runtime.Engine;

/**
 * How fast the networks are, all of them side by side in one run at {@link Networks#COUNTED_SIZE},
 * where their costs are counted too. The weights are random ones: speed does not depend on them.
 */
record Speeds(List<Speed> speeds) {
  static final List<Engine> ENGINES = List.of(Engine.ONNX_RUNTIME, Engine.JAVA);
  static final List<Integer> THREADS = List.of(1, 2);

  private static final Preprocessing INPUT =
      new Preprocessing(
          Networks.COUNTED_SIZE, List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f));

  /**
   * One network on one engine.
   *
   * @param size pixels across and down of the input
   * @param millis a frame, the median
   * @param low the tenth percentile
   * @param high the ninetieth
   */
  record Speed(
      String network,
      String engine,
      int threads,
      int size,
      double millis,
      double low,
      double high,
      double framesPerSecond,
      String processor) {}

  Speeds {
    speeds = List.copyOf(speeds);
  }

  /**
   * Measures; takes about ten seconds an engine, network and number of threads.
   *
   * @param rounds turns that each has
   * @param say hears what is done
   * @param problem hears what could not be measured
   */
  static Speeds measure(
      Collection<Network> networks, int rounds, Consumer<String> say, Consumer<String> problem) {
    List<Contender> contenders = new ArrayList<>();
    for (Network network : networks) {
      for (Engine engine : ENGINES) {
        contenders.add(Contender.of(engine, Bench.untrained(network, INPUT), true));
      }
    }
    int processors = Runtime.getRuntime().availableProcessors();
    say.accept("measuring the speed of " + networks.size() + " networks in turns");
    SteadySpeed.Result result =
        new SteadySpeed(contenders, rounds, problem)
            .measure(
                THREADS.stream()
                    .filter(threads -> threads <= processors)
                    .map(threads -> new Setting(threads, 1))
                    .toList(),
                setting -> say.accept("threads " + setting.threads()));
    return new Speeds(
        result.rows().stream()
            .map(
                row ->
                    new Speed(
                        row.contender().model().name(),
                        row.contender().engine(),
                        row.threads(),
                        row.contender().model().preprocessing().size(),
                        row.median(),
                        row.low(),
                        row.high(),
                        row.framesPerSecond(),
                        BenchReport.processor()))
            .toList());
  }

  /** Those of an earlier run; none if there was none. */
  static Speeds read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return new Speeds(List.of());
    }
    List<Speed> speeds = new ArrayList<>();
    for (NamedCsvRecord line : RunFolder.read(file)) {
      speeds.add(
          new Speed(
              line.getField("network"),
              line.getField("engine"),
              Integer.parseInt(line.getField("threads")),
              Integer.parseInt(line.getField("size")),
              Double.parseDouble(line.getField("median_ms")),
              Double.parseDouble(line.getField("p10_ms")),
              Double.parseDouble(line.getField("p90_ms")),
              Double.parseDouble(line.getField("frames_per_second")),
              line.getField("processor")));
    }
    return new Speeds(speeds);
  }

  void write(Path file) throws IOException {
    RunFolder.write(
        file,
        csv -> {
          csv.writeRecord(
              "network",
              "engine",
              "threads",
              "size",
              "median_ms",
              "p10_ms",
              "p90_ms",
              "frames_per_second",
              "processor");
          for (Speed speed : speeds) {
            csv.writeRecord(
                speed.network,
                speed.engine,
                Integer.toString(speed.threads),
                Integer.toString(speed.size),
                Double.toString(speed.millis),
                Double.toString(speed.low),
                Double.toString(speed.high),
                Double.toString(speed.framesPerSecond),
                speed.processor);
          }
        });
  }

  Set<String> networks() {
    return speeds.stream().map(Speed::network).collect(Collectors.toCollection(TreeSet::new));
  }

  Optional<Speed> of(Network network, String engine, int threads) {
    return speeds.stream()
        .filter(
            speed ->
                speed.network.equals(network.name())
                    && speed.engine.equals(engine)
                    && speed.threads == threads)
        .findFirst();
  }

  /**
   * The engine that takes the least time over these networks together, on one thread; empty where
   * none has been measured with all of them.
   */
  Optional<String> fastest(Collection<Network> networks) {
    return ENGINES.stream()
        .map(Engine::toString)
        .filter(
            engine ->
                !networks.isEmpty()
                    && networks.stream().allMatch(network -> of(network, engine, 1).isPresent()))
        .min(
            Comparator.comparing(
                engine ->
                    networks.stream()
                        .mapToDouble(network -> of(network, engine, 1).orElseThrow().millis)
                        .sum()));
  }

  /** The machine in words; empty if nothing was measured. */
  Optional<String> machine() {
    return speeds.stream()
        .findFirst()
        .map(speed -> String.format(Locale.ROOT, "%s, medians of one run", speed.processor));
  }
}
