package org.lentigo.javaengine;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Comparator;
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
 * is, and the steps are timed by it.
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

    Times(int rounds) {
      wall = new double[rounds];
      cpu = new double[rounds];
    }

    void measure(int round, Frame frame) throws Exception {
      long cpuStart = cpuTime();
      long start = System.nanoTime();
      for (int i = 0; i < FRAMES; i++) {
        frame.run();
      }
      wall[round] = (System.nanoTime() - start) / 1e6 / FRAMES;
      cpu[round] =
          (cpuTime() - cpuStart) / 1e6 / FRAMES;
    }

    void print(String name) {
      Arrays.sort(wall);
      Arrays.sort(cpu);
      System.out.printf(
          "%-14s wall: median %.2f ms, least %.2f; CPU: median %.2f ms, least %.2f%n",
          name, wall[wall.length / 2], wall[0], cpu[cpu.length / 2], cpu[0]);
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
        Planner.plan(
            KernelChoice.best(), model.graph(), model.weights(), size, size, threads);
    boolean alone = threads == 1;
    long[] nanos = new long[plan.steps().length];
    long[] mark = new long[1];
    float[] input = Reference.noise(3 * size * size, 1);
    float[] output = new float[size * size];
    try (JavaEngine engine = JavaEngine.observed(plan, threads, step -> {
          long now = alone ? cpuTime() : System.nanoTime();
          if (step >= 0) {
            nanos[step] += now - mark[0];
          }
          mark[0] = now;
        });
        Reference onnxRuntime = new Reference(model.graph(), model.weights(), size, threads)) {
      System.out.printf(
          "%s; arena of %.1f MB; %d threads, %d x %d, %d rounds of %d frames%n",
          engine.description(),
          plan.memory().length * 4e-6,
          threads,
          size,
          size,
          rounds,
          FRAMES);
      for (int i = 0; i < WARM_UP; i++) {
        engine.infer(input, output);
      }
      Arrays.fill(nanos, 0);
      Times ours = new Times(rounds);
      Times theirs = new Times(rounds);
      for (int round = 0; round < rounds; round++) {
        ours.measure(round, () -> engine.infer(input, output));
        theirs.measure(round, () -> onnxRuntime.infer(input));
      }
      ours.print("Java engine");
      theirs.print("ONNX Runtime");
      System.out.printf(
          "ONNX Runtime / Java engine: wall %.2f, CPU %.2f%n",
          theirs.wall[rounds / 2] / ours.wall[rounds / 2],
          theirs.cpu[rounds / 2] / ours.cpu[rounds / 2]);
      double total = Arrays.stream(nanos).sum();
      double frames = (double) rounds * FRAMES;
      IntStream.range(0, nanos.length)
          .boxed()
          .sorted(Comparator.comparing(i -> -nanos[i]))
          .forEach(
              i ->
                  System.out.printf(
                      "%7.3f ms %5.1f %%  %s%n",
                      nanos[i] / 1e6 / frames, 100 * nanos[i] / total, plan.steps()[i]));
    }
  }
}
