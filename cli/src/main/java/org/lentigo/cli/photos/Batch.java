package org.lentigo.cli.photos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.console.Parallel;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.photos.PhotoOutliner.OutputException;
import org.lentigo.cli.photos.SummaryCsv.Row;
import org.lentigo.cli.photos.SummaryCsv.Status;
import org.lentigo.runtime.Measurement;

/** All photos of a run of {@code lentigo segment}: a failure is told, and the others are done. */
public final class Batch {
  private final List<Names.Target> targets;
  private final PhotoOutliner outliner;
  private final Progress progress;
  private final Interruption interruption;
  private final AtomicReferenceArray<@Nullable Row> rows;

  /** Set when the output folder takes no more files. */
  private volatile boolean full;

  /** Set when there is no model to go on with. */
  private volatile @Nullable ExecutionException modelFailure;

  public Batch(
      List<Names.Target> targets,
      PhotoOutliner outliner,
      Progress progress,
      Interruption interruption) {
    this.targets = targets;
    this.outliner = outliner;
    this.progress = progress;
    this.interruption = interruption;
    this.rows = new AtomicReferenceArray<>(targets.size());
  }

  /**
   * Runs to the end; one row a photo, in their order, those not begun as failed.
   *
   * @throws ExecutionException if the model cannot be opened
   */
  public List<Row> run(int threads) throws ExecutionException {
    Parallel.forEach(
        targets.size(),
        threads,
        () -> full || modelFailure != null || interruption.asked(),
        this::outlineAndTell);
    if (modelFailure != null) {
      throw modelFailure;
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
    return all;
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
      return outliner.outline(target);
    } catch (OutputException e) {
      if (!outliner.outputWorks()) {
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
