package org.lentigo.cli.photos;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.console.Parallel;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.photos.PhotoFiles.OutputException;
import org.lentigo.cli.photos.SummaryCsv.Row;
import org.lentigo.cli.photos.SummaryCsv.Status;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.PhotoQuality.Problem;
import org.lentigo.runtime.Measurement;
import org.lentigo.runtime.internal.Reasons;

/** All photos of a run of {@code lentigo segment}: a failure is told, and the others are done. */
public final class Batch {
  private final List<Names.Target> targets;
  private final PhotoFiles files;
  private final Progress progress;
  private final Interruption interruption;
  private final AtomicReferenceArray<@Nullable Row> rows;

  /** Set when the output folder takes no more files. */
  private volatile boolean full;

  /** Set when there is no model to go on with. */
  private volatile @Nullable ExecutionException modelFailure;

  /**
   * What became of a run.
   *
   * @param rows one a photo, in their order; those not begun as failed
   * @param seconds that it took
   */
  public record Result(List<Row> rows, double seconds) {
    /** Whether no photo failed. */
    public boolean allDone() {
      return count(Status.FAILED) == 0;
    }

    /**
     * Writes {@code summary.csv}; a failure is told.
     *
     * @return whether it is written
     */
    public boolean summarise(Path out, PrintWriter err) {
      Path file = out.resolve(SummaryCsv.NAME);
      try {
        SummaryCsv.write(file, rows);
        return true;
      } catch (IOException e) {
        err.println("lentigo: " + file + ": cannot be written (" + Reasons.reason(e) + ")");
        return false;
      }
    }

    /**
     * Prints what became of the run.
     *
     * @param out the output folder
     * @param summarised whether its table was written
     * @param annotations how many files beside photos were left out
     */
    public void print(PrintWriter stdout, Path out, boolean summarised, int annotations) {
      int done = count(Status.DONE);
      int kept = count(Status.KEPT);
      int failed = count(Status.FAILED);
      Row first = rows.get(0);
      if (rows.size() == 1 && first.measurement() != null) {
        stdout.printf(
            Locale.ROOT,
            "%s: lesion %.1f %% of the photo (%s)%n",
            first.photo(),
            100 * first.measurement().areaFraction(),
            out.resolve(first.mask()));
      }
      stdout.printf(
          Locale.ROOT,
          "%d outlined, %d kept, %d failed in %.1f s%s%n",
          done,
          kept,
          failed,
          seconds,
          summarised ? "; table: " + out.resolve(SummaryCsv.NAME) : "");
      if (kept > 0) {
        stdout.println("Kept: their outputs existed already; --overwrite replaces them.");
      }
      Map<Problem, Long> problems = problems();
      if (rows.size() == 1) {
        problems.keySet().forEach(problem -> stdout.println("Advice: " + problem.advice() + "."));
      } else if (!problems.isEmpty()) {
        stdout.println(
            "Advice (the column of that name): "
                + problems.entrySet().stream()
                    .map(entry -> entry.getValue() + " x " + entry.getKey().advice())
                    .collect(Collectors.joining("; "))
                + ".");
      }
      if (annotations > 0) {
        stdout.printf("Left out: %d masks, overlays or labels beside photos.%n", annotations);
      }
      stdout.println("These are outlines, not a diagnosis.");
    }

    /** What is worst in how many photos. */
    private Map<Problem, Long> problems() {
      Map<Problem, Long> problems = new EnumMap<>(Problem.class);
      for (Row row : rows) {
        Measurement measurement = row.measurement();
        PhotoQuality quality = measurement == null ? null : measurement.quality();
        Problem worst = quality == null ? null : quality.worst();
        if (worst != null) {
          problems.merge(worst, 1L, Long::sum);
        }
      }
      return problems;
    }

    private int count(Status status) {
      return (int) rows.stream().filter(row -> row.status() == status).count();
    }
  }

  public Batch(
      List<Names.Target> targets, PhotoFiles files, Progress progress, Interruption interruption) {
    this.targets = targets;
    this.files = files;
    this.progress = progress;
    this.interruption = interruption;
    this.rows = new AtomicReferenceArray<>(targets.size());
  }

  /**
   * Runs to the end.
   *
   * @throws CommandFailure if the model cannot be opened
   */
  public Result run(int threads) throws CommandFailure {
    long start = System.nanoTime();
    Parallel.forEach(
        targets.size(),
        threads,
        () -> full || modelFailure != null || interruption.asked(),
        this::outlineAndTell);
    if (modelFailure != null) {
      throw LateOutliner.reason(modelFailure);
    }
    List<Row> all = new ArrayList<>();
    int left = 0;
    String reason = full ? "the output folder takes no more files" : "interrupted";
    for (int i = 0; i < targets.size(); i++) {
      Row row = rows.get(i);
      if (row == null) {
        left++;
        row = failed(targets.get(i), "not begun: " + reason);
      }
      all.add(row);
    }
    if (left > 0) {
      progress.line(
          "lentigo: stopped with "
              + left
              + " of "
              + targets.size()
              + " photos left: "
              + reason
              + "; the same command goes on from here");
    }
    return new Result(List.copyOf(all), (System.nanoTime() - start) / 1e9);
  }

  private void outlineAndTell(int i) {
    Row row = outline(targets.get(i));
    rows.set(i, row);
    if (modelFailure != null) {
      return;
    }
    Measurement measurement = row.measurement();
    if (row.status() == Status.FAILED) {
      progress.line("lentigo: " + row.message());
    } else if (row.status() == Status.DONE && measurement != null) {
      for (String warning : measurement.warnings()) {
        progress.line("lentigo: " + row.photo() + ": warning: " + warning);
      }
    }
    progress.step();
  }

  private Row outline(Names.Target target) {
    try {
      return files.outline(target);
    } catch (OutputException e) {
      if (!files.outputWorks()) {
        full = true;
      }
      return failed(target, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      return failed(target, Errors.about(target.photo(), e));
    } catch (OutOfMemoryError e) {
      return failed(target, Errors.outOfMemory(target.photo()));
    } catch (ExecutionException e) {
      modelFailure = e;
      return failed(target, "no model");
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static Row failed(Names.Target target, String message) {
    return new Row(target.photo(), "", Status.FAILED, null, message);
  }
}
