package org.lentigo.javaengine;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.lentigo.network.Model;
import org.lentigo.network.UlrtsNet;

/**
 * Times the engine against ONNX Runtime (the plain export) in turns, and each step of the plan.
 *
 * <pre>
 * java --add-modules jdk.incubator.vector ... org.lentigo.javaengine.Benchmark [THREADS [ROUNDS
 *     [SIZE [VARIANT]]]]
 * </pre>
 *
 * A round is ten frames of one engine, then ten of the other. "CPU" is the calling thread's
 * processor time, which other programs on the machine disturb less; with one thread it is all there
 * is, and the steps are timed by it. The least of each step is what it takes undisturbed.
 */
final class Benchmark {
  private Benchmark() {}

  private static final int FRAMES = 10;
  private static final int WARM_UP = 300;

  private interface Frame {
    void run() throws Exception;
  }

  private static final class Times {
    final double[] wall;
    final double[] cpu;

    Times(int frames) {
      wall = new double[frames];
      cpu = new double[frames];
    }

    void measure(int round, Frame frame) throws Exception {
      for (int i = round * FRAMES; i < (round + 1) * FRAMES; i++) {
        long cpuStart = cpuTime();
        long start = System.nanoTime();
        frame.run();
        wall[i] = (System.nanoTime() - start) / 1e6;
        cpu[i] = (cpuTime() - cpuStart) / 1e6;
      }
    }

    void print(String name) {
      Arrays.sort(wall);
      Arrays.sort(cpu);
      System.out.printf(
          "%-14s wall: median %.2f ms, least %.2f; CPU: median %.2f ms, least %.2f%n",
          name, wall[wall.length / 2], wall[0], cpu[cpu.length / 2], cpu[0]);
    }
  }

  /** Each step's total and least time. */
  private static final class StepTimes implements IntConsumer {
    private final boolean alone;
    private final long[] total;
    private final long[] least;
    private long mark;

    StepTimes(int steps, boolean alone) {
      this.alone = alone;
      total = new long[steps];
      least = new long[steps];
      reset();
    }

    void reset() {
      Arrays.fill(total, 0);
      Arrays.fill(least, Long.MAX_VALUE);
    }

    @Override
    public void accept(int step) {
      long now = alone ? cpuTime() : System.nanoTime();
      if (step >= 0) {
        total[step] += now - mark;
        least[step] = Math.min(least[step], now - mark);
      }
      mark = now;
    }

    void print(Plan plan, int frames) {
      System.out.printf("sum of the steps' least: %.2f ms%n", Arrays.stream(least).sum() / 1e6);
      IntStream.range(0, total.length)
          .boxed()
          .sorted(Comparator.comparing(i -> -least[i]))
          .forEach(
              i ->
                  System.out.printf(
                      "least %7.3f ms, mean %7.3f  %s%n",
                      least[i] / 1e6, total[i] / 1e6 / frames, plan.steps()[i]));
    }
  }

  private static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static int argument(String[] args, int i, int otherwise) {
    return args.length > i ? Integer.parseInt(args[i]) : otherwise;
  }

  public static void main(String[] args) throws Exception {
    int threads = argument(args, 0, 1);
    int rounds = argument(args, 1, 20);
    int size = argument(args, 2, 224);
    Model model = Reference.model(args.length > 3 ? args[3] : UlrtsNet.DEFAULT_VARIANT);
    Plan plan =
        Planner.plan(KernelChoice.best(), model.graph(), model.weights(), size, size, threads);
    StepTimes steps = new StepTimes(plan.steps().length, threads == 1);
    float[] input = Reference.noise(3 * size * size, 1);
    float[] output = new float[size * size];
    try (JavaEngine engine = JavaEngine.observed(plan, threads, steps);
        Reference onnxRuntime = new Reference(model.graph(), model.weights(), size, threads)) {
      System.out.printf(
          "%s; arena of %.1f MB; %d threads, %d x %d, %d rounds of %d frames%n",
          engine.description(), plan.memory().length * 4e-6, threads, size, size, rounds, FRAMES);
      for (int i = 0; i < WARM_UP; i++) {
        engine.infer(input, output);
      }
      steps.reset();
      Times ours = new Times(rounds * FRAMES);
      Times theirs = new Times(rounds * FRAMES);
      for (int round = 0; round < rounds; round++) {
        ours.measure(round, () -> engine.infer(input, output));
        theirs.measure(round, () -> onnxRuntime.infer(input));
      }
      ours.print("Java engine");
      theirs.print("ONNX Runtime");
      int middle = rounds * FRAMES / 2;
      System.out.printf(
          "ONNX Runtime / Java engine: wall %.2f, CPU %.2f, least CPU %.2f%n",
          theirs.wall[middle] / ours.wall[middle],
          theirs.cpu[middle] / ours.cpu[middle],
          theirs.cpu[0] / ours.cpu[0]);
      steps.print(plan, rounds * FRAMES);
    }
  }
}
