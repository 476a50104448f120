package org.lentigo.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Table;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;

/**
 * What an engine does under load for long: several threads outline the same few pictures over and
 * over, each mask is compared with the first of its picture, and the process's memory is watched.
 *
 * @param frames outlined
 * @param different masks that were not, byte for byte, the first of their picture
 * @param framesPerSecond of all threads together
 * @param early the most resident memory in bytes in the first tenth after the first minute (or the
 *     first fifth of a shorter run); -1 if the system does not tell
 * @param late the most in the last tenth
 */
public record Soak(
    Engine engine, long frames, long different, double framesPerSecond, long early, long late) {
  public static final int THREADS = 8;
  private static final int PICTURES = 5;
  private static final long SAMPLE_MILLIS = 200;

  /**
   * Puts one engine after the other under load.
   *
   * @param seconds how long each, at least 1
   * @param told how it stands, now and then
   * @throws CommandFailure if an engine does not start or a frame fails
   */
  public static List<Soak> run(
      Model model, List<Engine> engines, int seconds, Consumer<String> told) throws CommandFailure {
    List<Soak> results = new ArrayList<>();
    for (Engine engine : engines) {
      try (Segmenter segmenter = Segmenter.of(model, 1, List.of(engine), reason -> {}).oneLook()) {
        results.add(run(segmenter, seconds, told));
      } catch (IllegalStateException e) {
        throw CommandFailure.failed(engine + ": " + Reasons.reason(e), e);
      } catch (IOException e) {
        throw CommandFailure.failed("the memory cannot be watched: " + Reasons.reason(e), e);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted", e);
      }
    }
    return results;
  }

  private static Soak run(Segmenter segmenter, int seconds, Consumer<String> told)
      throws InterruptedException, IOException {
    List<RgbImage> pictures = new ArrayList<>();
    List<byte[]> masks = new ArrayList<>();
    for (int i = 0; i < PICTURES; i++) {
      RgbImage picture = Phantom.draw(i, 300 + 40 * i, 260).image();
      pictures.add(picture);
      masks.add(segmenter.segment(picture).mask().data());
    }
    AtomicLong frames = new AtomicLong();
    AtomicLong different = new AtomicLong();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int first = t;
      Thread thread =
          new Thread(
              () -> {
                // At least one each, however busy the machine is.
                for (int i = first; i == first || System.nanoTime() < end; i++) {
                  Segmentation lesion = segmenter.segment(pictures.get(i % PICTURES));
                  if (!Arrays.equals(lesion.mask().data(), masks.get(i % PICTURES))) {
                    different.incrementAndGet();
                  }
                  frames.incrementAndGet();
                }
              },
              "soak-" + t);
      thread.setUncaughtExceptionHandler((dead, cause) -> failure.compareAndSet(null, cause));
      thread.start();
      threads.add(thread);
    }
    List<Long> memory = new ArrayList<>();
    long nextLine = start;
    do {
      Thread.sleep(SAMPLE_MILLIS);
      memory.add(residentMemory());
      if (System.nanoTime() > nextLine) {
        nextLine += (long) 60e9;
        told.accept(
            "%s: %d s, %d frames, %d MB"
                .formatted(
                    segmenter.engine(),
                    Math.round((System.nanoTime() - start) / 1e9),
                    frames.get(),
                    memory.get(memory.size() - 1) >> 20));
      }
    } while (System.nanoTime() < end);
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw new IllegalStateException("a frame failed: " + failure.get(), failure.get());
    }
    double took = (System.nanoTime() - start) / 1e9;
    int tenth = Math.max(1, memory.size() / 10);
    int settled = (int) Math.min(memory.size() / 5, 60_000 / SAMPLE_MILLIS);
    return new Soak(
        segmenter.engine(),
        frames.get(),
        different.get(),
        frames.get() / took,
        most(memory.subList(settled, Math.min(memory.size(), settled + tenth))),
        most(memory.subList(memory.size() - tenth, memory.size())));
  }

  /** Prints a table, a row an engine. */
  public static void print(List<Soak> results, PrintWriter out) {
    Table table =
        new Table("engine", ">frames", ">a second", ">other masks", ">MB early", ">MB late");
    for (Soak result : results) {
      table.row(
          result.engine.toString(),
          Long.toString(result.frames),
          String.format(Locale.ROOT, "%.1f", result.framesPerSecond),
          Long.toString(result.different),
          Long.toString(result.early >> 20),
          Long.toString(result.late >> 20));
    }
    table.print(out);
  }

  private static long most(List<Long> values) {
    return values.stream().mapToLong(v -> v).max().orElse(-1);
  }

  private static long residentMemory() throws IOException {
    return memory("VmRSS:");
  }

  /**
   * A line of Linux's account of this process, in bytes; -1 elsewhere.
   *
   * @param line such as {@code VmHWM:}, the most resident memory so far
   */
  public static long memory(String line) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return -1;
    }
    for (String text : Files.readAllLines(status)) {
      if (text.startsWith(line)) {
        return 1024 * Long.parseLong(text.replaceAll("\\D", ""));
      }
    }
    return -1;
  }
}
