package org.lentigo.cli.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.lentigo.imaging.metrics.Percentile;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.runtime.internal.Reasons;

/**
 * How an engine starts: in a Java of its own, since nothing is cold twice. Times are milliseconds.
 *
 * @param ready from Java's start to the opened engine
 * @param firstFrame the first frame alone
 * @param warm from the opened engine until ten frames in a row take no more than 1.2 times what
 *     frames take at the end
 * @param memory the most resident memory of the whole process in bytes; -1 if the system does not
 *     tell
 */
public record ColdStart(
    Contender contender, int threads, double ready, double firstFrame, double warm, long memory) {
  private static final double SECONDS = 5;
  private static final int IN_A_ROW = 10;

  /**
   * Starts every contender with each number of threads.
   *
   * @param problems takes a line for each that fails
   * @param told what is under way
   * @throws IOException if a model's file cannot be written
   */
  static List<ColdStart> measure(
      List<Contender> contenders, int[] threads, List<String> problems, Consumer<String> told)
      throws IOException {
    List<ColdStart> starts = new ArrayList<>();
    Path folder = Files.createTempDirectory("lentigo-bench");
    Path file = folder.resolve("model.safetensors");
    try {
      for (int t : threads) {
        for (Contender contender : contenders) {
          told.accept("start of %s, threads %d".formatted(contender.name(), t));
          Files.write(file, ModelFile.encode(contender.model()));
          try {
            starts.add(measure(contender, t, file));
          } catch (IOException e) {
            problems.add(Reasons.reason(e));
          }
        }
      }
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
    return starts;
  }

  /**
   * Starts the contender in a process of its own.
   *
   * @throws IOException if it fails; the message says why
   */
  static ColdStart measure(Contender contender, int threads, Path model) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ColdStart.class.getName()));
    command.addAll(List.of(contender.engine(), model.toString(), Integer.toString(threads)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IOException(contender.name() + " did not start in a process of its own");
      }
      String[] values = out.strip().split(" ");
      return new ColdStart(
          contender,
          threads,
          Double.parseDouble(values[0]),
          Double.parseDouble(values[1]),
          Double.parseDouble(values[2]),
          Long.parseLong(values[3]));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** The child: engine, model file and threads in, the four numbers out. */
  public static void main(String[] args) throws IOException {
    Model model = ModelFile.read(Path.of(args[1]));
    Contender contender = Contender.named(args[0], model);
    float[] planes = contender.planes();
    float[] map = contender.map();
    try (Contender.Runner runner = contender.opener().open(1, Integer.parseInt(args[2]))) {
      double ready =
          System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
      long start = System.nanoTime();
      List<Double> millis = new ArrayList<>();
      while (System.nanoTime() - start < SECONDS * 1e9) {
        long frame = System.nanoTime();
        runner.infer(0, planes, map);
        millis.add((System.nanoTime() - frame) / 1e6);
      }
      System.out.println(
          ready + " " + millis.get(0) + " " + untilWarm(millis) + " " + Soak.memory("VmHWM:"));
    }
  }

  /** Milliseconds before the first stretch of frames that is as fast as the last ones. */
  public static double untilWarm(List<Double> millis) {
    int last = Math.max(0, millis.size() - 4 * IN_A_ROW);
    double settled = median(millis.subList(last, millis.size()));
    double before = 0;
    for (int i = 0; i + IN_A_ROW <= millis.size(); i++) {
      if (median(millis.subList(i, i + IN_A_ROW)) <= 1.2 * settled) {
        return before;
      }
      before += millis.get(i);
    }
    return before;
  }

  private static double median(List<Double> values) {
    return Percentile.ofUnsorted(values.stream().mapToDouble(v -> v).toArray(), 0.5);
  }
}
