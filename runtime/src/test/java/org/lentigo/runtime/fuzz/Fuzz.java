package org.lentigo.runtime.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs a reader on damaged files and collects what it must not do: throw what it does not promise,
 * take more than {@link #MOST_SECONDS} of processor time (not of the clock's, which a busy machine
 * stretches), or allocate more than it may.
 */
final class Fuzz {
  static final int COUNT = Integer.getInteger("lentigo.fuzz.count", 1500);
  static final long SEED = Long.getLong("lentigo.fuzz.seed", 1);

  static final double MOST_SECONDS = 5;

  private static final int MOST_KINDS = 30;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Fuzz() {}

  /** What is tried on each case. */
  interface Reader {
    /** Reads, and throws whatever is no promised refusal. */
    void read(byte[] file) throws Exception;
  }

  /** Makes case number {@code i}, the same at each call. */
  interface Cases {
    byte[] make(int i) throws Exception;
  }

  /** A reader with the most bytes it may allocate for a file of some length. */
  record Subject(String name, Reader reader, long allowance, int bytesPerByte) {
    long mostBytes(byte[] file) {
      return allowance + (long) bytesPerByte * file.length;
    }
  }

  /** What came of a run: a line for each kind of failure, with the file that shows it. */
  static Map<String, Path> run(Subject subject, int count, Cases cases) throws Exception {
    Map<String, Path> failures = new LinkedHashMap<>();
    Worker worker = new Worker(subject, count, cases, failures);
    worker.setDaemon(true);
    worker.start();
    while (worker.isAlive()) {
      worker.join(100);
      String hang = worker.hang();
      if (hang != null) {
        // A Java thread cannot be ended from outside: the run ends with this.
        failures.put(hang, worker.keep("hang"));
        return failures;
      }
    }
    if (worker.broken != null) {
      throw new IllegalStateException("the fuzzing itself failed", worker.broken);
    }
    return failures;
  }

  private static final class Worker extends Thread {
    private final Subject subject;
    private final int count;
    private final Cases cases;
    private final Map<String, Path> failures;
    private volatile byte[] file = new byte[0];
    private volatile int number;

    /** The thread's processor time when the reader began; -1 while it does not run. */
    private volatile long begun = -1;

    private volatile @Nullable Throwable broken;

    Worker(Subject subject, int count, Cases cases, Map<String, Path> failures) {
      super("fuzz-" + subject.name);
      this.subject = subject;
      this.count = count;
      this.cases = cases;
      this.failures = failures;
    }

    @Override
    public void run() {
      try {
        for (int i = 0; i < count && failures.size() < MOST_KINDS; i++) {
          number = i;
          file = cases.make(i);
          one();
        }
      } catch (Throwable e) {
        broken = e;
      }
    }

    private void one() {
      String failure = null;
      long before = THREADS.getThreadAllocatedBytes(getId());
      long start = THREADS.getThreadCpuTime(getId());
      begun = start;
      try {
        subject.reader.read(file);
      } catch (Throwable e) {
        failure = describe(e);
      }
      begun = -1;
      double seconds = (THREADS.getThreadCpuTime(getId()) - start) / 1e9;
      long bytes = THREADS.getThreadAllocatedBytes(getId()) - before;
      if (failure == null && seconds > MOST_SECONDS) {
        failure = "took too long";
      }
      if (failure == null && bytes > subject.mostBytes(file)) {
        failure = "allocated some " + bytes / 100_000_000 + "00 MB";
      }
      if (failure != null && !failures.containsKey(failure)) {
        failures.put(failure, keep("failure"));
      }
    }

    @Nullable String hang() {
      long since = begun;
      if (since < 0 || THREADS.getThreadCpuTime(getId()) - since < 2e9 * MOST_SECONDS) {
        return null;
      }
      StringBuilder where = new StringBuilder("hangs at");
      for (StackTraceElement frame : getStackTrace()) {
        where.append("\n  ").append(frame);
      }
      return where.toString();
    }

    private Path keep(String what) {
      try {
        Path folder = Files.createDirectories(Path.of("target", "fuzz"));
        String name = subject.name + "-" + what + "-" + SEED + "-" + number;
        return Files.write(folder.resolve(name), file).toAbsolutePath();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Equal for failures of one cause: without numbers, and with the frames nearest to it. */
  private static String describe(Throwable e) {
    StringWriter text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString()
        .lines()
        .limit(9)
        .map(line -> line.startsWith("\tat") ? line : line.replaceAll("\\d+", "N"))
        .reduce("", (a, b) -> a + "\n" + b)
        .strip();
  }
}
