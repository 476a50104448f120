package org.lentigo.cli.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.lentigo.imaging.metrics.Percentile;
import org.lentigo.network.Costs;
import org.lentigo.runtime.internal.MatrixProduct;
import org.lentigo.runtime.internal.Reasons;

/**
 * How fast warm engines are, side by side: in each round every engine works for a while and the
 * matrix product too, so that what else the machine does meanwhile disturbs all alike. Ratios are
 * taken within a round; of everything the median over rounds is kept.
 */
public final class SteadySpeed {
  private static final double WARM_UP_SECONDS = 3;

  /** Warming up goes on until the compiler has been idle for so many turns... */
  private static final int IDLE_TURNS = 8;

  /** ... or has taken so many turns for each round to come. */
  private static final int MOST_TURNS_A_ROUND = 4;

  static final double TURN_SECONDS = 0.25;
  private static final int LEAST_FRAMES = 3;

  /**
   * One engine at one setting.
   *
   * @param median milliseconds a frame
   * @param low the tenth percentile
   * @param high the ninetieth
   * @param framesPerSecond of all callers together
   * @param timesBaseline frames a second over those of the first contender called {@link #BASELINE}
   * @param timesLimit milliseconds over what a matrix product of as many multiply-accumulates takes
   *     with the threads of all callers together
   * @param allocatedBytes a frame, by the caller; -1 if this JVM does not tell
   */
  public record Row(
      Contender contender,
      int threads,
      int callers,
      double median,
      double low,
      double high,
      double framesPerSecond,
      double timesBaseline,
      double timesLimit,
      double allocatedBytes) {}

  /** The matrix product's speed with some threads. */
  public record Limit(int threads, double gflops) {}

  public record Result(List<Row> rows, List<Limit> limits) {}

  /** What ratios are taken to. */
  static final String BASELINE = "onnx-runtime";

  private final List<Contender> contenders;
  private final int rounds;
  private final Consumer<String> problem;

  public SteadySpeed(List<Contender> contenders, int rounds, Consumer<String> problem) {
    this.contenders = contenders;
    this.rounds = rounds;
    this.problem = problem;
  }

  /** What an engine did in one turn. */
  private record Turn(double[] millis, double framesPerSecond, double allocatedBytes) {
    double median() {
      return Percentile.ofUnsorted(millis, 0.5);
    }
  }

  /** An engine at work, with the turns it has had. */
  private static final class Entrant implements AutoCloseable {
    final Contender contender;
    final int callers;
    final Contender.Runner runner;
    final ExecutorService executor;
    final List<Turn> turns = new ArrayList<>();
    int frames = LEAST_FRAMES;

    Entrant(Contender contender, int threads, int callers) {
      this.contender = contender;
      this.callers = callers;
      runner = contender.opener().open(callers, threads);
      executor = Executors.newFixedThreadPool(callers);
    }

    /** Runs until its loops are compiled: those of the Java engine can take several seconds. */
    void warmUp(int rounds) {
      double least = Math.min(WARM_UP_SECONDS, rounds * TURN_SECONDS);
      double most = rounds * TURN_SECONDS * MOST_TURNS_A_ROUND;
      long start = System.nanoTime();
      long compiled = compilationMillis();
      int idle = 0;
      double seconds;
      do {
        Turn last = turn();
        frames = Math.max(LEAST_FRAMES, (int) (TURN_SECONDS * 1e3 / last.median()));
        long now = compilationMillis();
        idle = now == compiled ? idle + 1 : 0;
        compiled = now;
        seconds = (System.nanoTime() - start) / 1e9;
      } while (seconds < least || idle < IDLE_TURNS && seconds < most);
    }

    Turn turn() {
      List<Future<double[]>> running = new ArrayList<>();
      long start = System.nanoTime();
      for (int i = 0; i < callers; i++) {
        int caller = i;
        running.add(executor.submit(() -> frames(caller)));
      }
      double[] millis = new double[callers * frames];
      double allocated = 0;
      List<double[]> results = results(running);
      for (int i = 0; i < callers; i++) {
        double[] one = results.get(i);
        System.arraycopy(one, 0, millis, i * frames, frames);
        allocated += one[frames] / frames / callers;
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      return new Turn(millis, callers * frames / seconds, allocated);
    }

    /** The milliseconds of each frame, then the bytes that all allocated. */
    private double[] frames(int caller) {
      float[] planes = contender.planes();
      float[] map = contender.map();
      double[] result = new double[frames + 1];
      long allocated = allocatedBytes();
      for (int i = 0; i < frames; i++) {
        long start = System.nanoTime();
        runner.infer(caller, planes, map);
        result[i] = (System.nanoTime() - start) / 1e6;
      }
      result[frames] = allocatedBytes() - allocated;
      return result;
    }

    @Override
    public void close() {
      executor.shutdown();
      runner.close();
    }
  }

  private static long allocatedBytes() {
    return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean
        ? bean.getCurrentThreadAllocatedBytes()
        : 0;
  }

  private static long compilationMillis() {
    CompilationMXBean bean = ManagementFactory.getCompilationMXBean();
    return bean != null && bean.isCompilationTimeMonitoringSupported()
        ? bean.getTotalCompilationTime()
        : 0;
  }

  /** What all of them gave, once none is at work any more: a runner at work cannot be closed. */
  private static List<double[]> results(List<Future<double[]>> futures) {
    List<double[]> results = new ArrayList<>();
    IllegalStateException failure = null;
    for (Future<double[]> future : futures) {
      try {
        results.add(future.get());
      } catch (ExecutionException e) {
        failure = new IllegalStateException("a frame failed: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
    return results;
  }

  /**
   * Measures at every setting.
   *
   * @param begins is told of each setting
   */
  public Result measure(List<Setting> settings, Consumer<Setting> begins) {
    List<Row> rows = new ArrayList<>();
    List<Limit> limits = new ArrayList<>();
    for (Setting setting : settings) {
      begins.accept(setting);
      measure(setting.threads(), setting.callers(), rows, limits);
    }
    return new Result(rows, limits);
  }

  private void measure(int threads, int callers, List<Row> rows, List<Limit> limits) {
    int all = threads * callers;
    List<Entrant> entrants = new ArrayList<>();
    try (MatrixProduct product = new MatrixProduct(all)) {
      for (Contender contender : contenders) {
        try {
          Entrant entrant = new Entrant(contender, threads, callers);
          entrants.add(entrant);
          entrant.warmUp(rounds);
        } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
          leaveOut(contender, entrants, e);
        }
      }
      double[] macsPerMilli = new double[rounds];
      for (int round = 0; round < rounds; round++) {
        macsPerMilli[round] = macsPerMilli(product);
        // In another order each time, so that nothing always follows the same thing.
        List<Entrant> order = new ArrayList<>(entrants);
        Collections.shuffle(order, new Random(round));
        for (Entrant entrant : order) {
          try {
            entrant.turns.add(entrant.turn());
          } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
            leaveOut(entrant.contender, entrants, e);
          }
        }
      }
      if (limits.stream().noneMatch(l -> l.threads == all)) {
        limits.add(new Limit(all, 2e-6 * Percentile.ofUnsorted(macsPerMilli, 0.5)));
      }
      Entrant baseline =
          entrants.stream()
              .filter(e -> e.contender.name().equals(BASELINE))
              .findFirst()
              .orElse(null);
      for (Entrant entrant : entrants) {
        rows.add(
            row(entrant, threads, baseline == null ? List.of() : baseline.turns, macsPerMilli));
      }
    } finally {
      entrants.forEach(Entrant::close);
    }
  }

  /** A contender that fails, at its start or later, is no reason not to measure the others. */
  private void leaveOut(Contender contender, List<Entrant> entrants, Throwable reason) {
    problem.accept(contender.name() + ": " + Reasons.reason(reason));
    for (Entrant entrant : List.copyOf(entrants)) {
      if (entrant.contender.equals(contender)) {
        entrants.remove(entrant);
        try {
          entrant.close();
        } catch (RuntimeException e) {
          // It has failed already, and why has been told.
        }
      }
    }
  }

  private static double macsPerMilli(MatrixProduct product) {
    long start = System.nanoTime();
    int runs = 0;
    while (System.nanoTime() - start < TURN_SECONDS * 1e9) {
      product.run();
      runs++;
    }
    return runs * product.macs() / ((System.nanoTime() - start) / 1e6);
  }

  private Row row(Entrant entrant, int threads, List<Turn> baseline, double[] macsPerMilli) {
    Contender contender = entrant.contender;
    long macs =
        Costs.of(contender.model().graph(), contender.model().preprocessing().size()).macs();
    double[] ratios = new double[rounds];
    double[] overLimit = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      double speed = entrant.turns.get(i).framesPerSecond;
      ratios[i] = baseline.isEmpty() ? Double.NaN : speed / baseline.get(i).framesPerSecond;
      overLimit[i] = 1e3 / speed / (macs / macsPerMilli[i]);
    }
    double[] millis =
        entrant.turns.stream().flatMapToDouble(t -> Arrays.stream(t.millis)).toArray();
    return new Row(
        contender,
        threads,
        entrant.callers,
        Percentile.ofUnsorted(millis, 0.5),
        Percentile.ofUnsorted(millis, 0.1),
        Percentile.ofUnsorted(millis, 0.9),
        Percentile.ofUnsorted(
            entrant.turns.stream().mapToDouble(Turn::framesPerSecond).toArray(), 0.5),
        Percentile.ofUnsorted(ratios, 0.5),
        Percentile.ofUnsorted(overLimit, 0.5),
        Percentile.ofUnsorted(
            entrant.turns.stream().mapToDouble(Turn::allocatedBytes).toArray(), 0.5));
  }
}
