package org.lentigo.cli.training;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;
import org.lentigo.cli.console.Bar;
import org.lentigo.cli.console.Pictures;
import org.lentigo.training.Curves;
import org.lentigo.training.Trainer;

/** How a training run goes, on standard error: a bar on a terminal, plain lines elsewhere. */
public final class TrainingProgress implements Trainer.Listener, AutoCloseable {
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);

  private final PrintWriter err;
  private final Consumer<String> problem;
  private final Bar bar;

  /**
   * @param problem hears what is missing of the run's files at its end, which is told as well
   */
  public TrainingProgress(PrintWriter err, Consumer<String> problem) {
    this.err = err;
    this.problem = problem;
    bar = new Bar(err, Duration.ZERO, BETWEEN_LINES);
  }

  @Override
  public void taught(int images, int of) {
    boolean due = bar.lineDue();
    if (due || images == of) {
      line("the teacher has seen " + images + " of " + of + " images");
    }
  }

  @Override
  public void goesOnFrom(String version) {
    line(
        "the checkpoint is of Lentigo "
            + version
            + "; that one's steps may differ from this one's");
  }

  @Override
  public void started(int training, int validation, long steps, long step) {
    if (steps == 0) {
      line("training nothing, validating on " + validation + " images");
      return;
    }
    err.printf(
        Locale.ROOT,
        "lentigo: %s on %d images, validating on %d, %d steps%n",
        step == 0 ? "training" : "training goes on at step " + step,
        training,
        validation,
        steps);
    err.flush();
    bar.draw(
        "Train",
        steps,
        Duration.ofMillis(500),
        look -> look.startsFrom(step, Duration.ZERO).hideEta());
  }

  @Override
  public void stepped(Trainer.Status status) {
    if (!bar.moveTo(status.step(), brief(status)) && bar.lineDue()) {
      line("epoch " + status.epoch() + " of " + status.epochs() + ": " + describe(status));
    }
  }

  @Override
  public void epochEnded(Curves.Row row) {
    line(
        String.format(
            Locale.ROOT,
            "epoch %d done at %d x %d: loss %.4f, validation %s (averaged weights %s), %.1f"
                + " images/s, %s so far",
            row.epoch(),
            row.size(),
            row.size(),
            row.loss(),
            jaccard(row.rawJaccard()),
            jaccard(row.averagedJaccard()),
            row.imagesPerSecond(),
            time(Duration.ofSeconds(Math.round(row.seconds())))));
  }

  @Override
  public void undrawn(Path run) {
    String text = Pictures.undrawn(run);
    line(text);
    problem.accept(text);
  }

  /** Beside the bar a terminal of 80 columns has room for about 40 characters. */
  private static String brief(Trainer.Status s) {
    return String.format(
        Locale.ROOT,
        "loss %.3f %s %.0f/s %s left",
        s.loss(),
        Double.isNaN(s.jaccard())
            ? "JI -"
            : String.format(Locale.ROOT, "JI %.1f%%", 100 * s.jaccard()),
        s.imagesPerSecond(),
        time(s.left()));
  }

  private static String describe(Trainer.Status s) {
    return String.format(
        Locale.ROOT,
        "%d px, loss %.4f, %s, %.1f images/s, %s left",
        s.size(),
        s.loss(),
        jaccard(s.jaccard()),
        s.imagesPerSecond(),
        time(s.left()));
  }

  private static String jaccard(double value) {
    return Double.isNaN(value) ? "JI -" : String.format(Locale.ROOT, "JI %.2f %%", 100 * value);
  }

  private static String time(Duration d) {
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", d.toHours(), d.toMinutesPart(), d.toSecondsPart());
  }

  private void line(String text) {
    bar.line("lentigo: " + text);
  }

  @Override
  public void close() {
    bar.close();
  }
}
