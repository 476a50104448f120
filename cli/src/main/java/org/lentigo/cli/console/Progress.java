package org.lentigo.cli.console;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * How far a long piece of work is, on standard error: a bar on a terminal, a line now and then
 * elsewhere. Safe to call from many threads.
 */
public final class Progress implements AutoCloseable {
  /** Set by the launcher, which knows: Java 17 cannot tell whether standard error is a terminal. */
  static final String TERMINAL = "lentigo.terminal";

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  private final PrintWriter err;
  private final long total;
  private final @Nullable ProgressBar bar;
  private final long start = System.nanoTime();
  private long done;
  private long nextLine = start + BETWEEN_LINES.toNanos();

  /**
   * Starts to show progress; a piece of work of one step shows none.
   *
   * @param err standard error
   * @param task a word before the bar
   * @param total how many steps there are
   */
  public Progress(PrintWriter err, String task, long total) {
    this.err = err;
    this.total = total;
    this.bar =
        Boolean.getBoolean(TERMINAL) && total > 1
            ? new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUnit(" images", 1)
                .showSpeed()
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build()
            : null;
  }

  /** One more step is done. */
  public synchronized void step() {
    done++;
    if (bar != null) {
      bar.step();
    } else if (System.nanoTime() >= nextLine && done < total) {
      nextLine = System.nanoTime() + BETWEEN_LINES.toNanos();
      double perSecond = done / ((System.nanoTime() - start) / 1e9);
      err.printf(
          Locale.ROOT,
          "lentigo: %d of %d images, %.1f a second, %.0f s left%n",
          done,
          total,
          perSecond,
          (total - done) / perSecond);
      err.flush();
    }
  }

  /** Prints a line of its own. */
  public synchronized void line(String line) {
    if (bar != null) {
      // Clears the row that the bar is drawn in; its next redraw comes below the line.
      err.print("\r\u001b[K");
    }
    err.println(line);
    err.flush();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
