package org.lentigo.cli.console;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.function.Consumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A bar on standard error where that is a terminal, and lines beside it; elsewhere a line now and
 * then. Not thread-safe.
 */
public final class Bar implements AutoCloseable {
  /** Set by the launcher, which knows: Java 17 cannot tell whether standard error is a terminal. */
  private static final String TERMINAL = "lentigo.terminal";

  private final PrintWriter err;
  private final long betweenLines;
  private @Nullable ProgressBar bar;
  private long nextLine;

  /**
   * No bar is drawn before {@link #draw}.
   *
   * @param err standard error
   * @param firstLine from now until the first line that is due
   * @param betweenLines between two of them
   */
  public Bar(PrintWriter err, Duration firstLine, Duration betweenLines) {
    this.err = err;
    this.betweenLines = betweenLines.toNanos();
    nextLine = System.nanoTime() + firstLine.toNanos();
  }

  /**
   * Begins to draw the bar if standard error is a terminal.
   *
   * @param task a word before the bar
   * @param total how many steps there are
   * @param look what else the bar shows
   */
  public void draw(String task, long total, Duration between, Consumer<ProgressBarBuilder> look) {
    if (Boolean.getBoolean(TERMINAL)) {
      ProgressBarBuilder builder =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis((int) between.toMillis())
              .setConsumer(new ConsoleProgressBarConsumer(System.err));
      look.accept(builder);
      bar = builder.build();
    }
  }

  /**
   * Moves the bar, if there is one.
   *
   * @param message beside it
   * @return whether there is
   */
  public boolean moveTo(long step, String message) {
    if (bar == null) {
      return false;
    }
    bar.stepTo(step);
    bar.setExtraMessage(message);
    return true;
  }

  /** Whether a line is due; if so, the next one is after a while. */
  public boolean lineDue() {
    if (System.nanoTime() < nextLine) {
      return false;
    }
    nextLine = System.nanoTime() + betweenLines;
    return true;
  }

  /** Prints a line of its own. */
  public void line(String line) {
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
