package org.lentigo.cli.console;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * How far a long piece of work is, on standard error: a bar on a terminal, a line now and then
 * elsewhere. Safe to call from many threads.
 */
public final class Progress implements AutoCloseable {
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  private final Bar bar;
  private final long total;
  private final long start = System.nanoTime();
  private long done;

  /**
   * Starts to show progress; a piece of work of one step shows none.
   *
   * @param err standard error
   * @param task a word before the bar
   * @param total how many steps there are
   */
  public Progress(PrintWriter err, String task, long total) {
    this.total = total;
    bar = new Bar(err, BETWEEN_LINES, BETWEEN_LINES);
    if (total > 1) {
      bar.draw(task, total, Duration.ofMillis(200), look -> look.setUnit(" images", 1).showSpeed());
    }
  }

  /** One more step is done. */
  public synchronized void step() {
    done++;
    if (!bar.moveTo(done, "") && done < total && bar.lineDue()) {
      double perSecond = done / ((System.nanoTime() - start) / 1e9);
      bar.line(
          String.format(
              Locale.ROOT,
              "lentigo: %d of %d images, %.1f a second, %.0f s left",
              done,
              total,
              perSecond,
              (total - done) / perSecond));
    }
  }

  /** Prints a line of its own. */
  public synchronized void line(String line) {
    bar.line(line);
  }

  @Override
  public void close() {
    bar.close();
  }
}
