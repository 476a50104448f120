package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.MirrorOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.photos.Batch;
import org.lentigo.cli.photos.Names;
import org.lentigo.cli.photos.PhotoFinder;
import org.lentigo.cli.photos.PhotoOutliner;
import org.lentigo.cli.photos.SummaryCsv;
import org.lentigo.cli.photos.SummaryCsv.Row;
import org.lentigo.cli.photos.SummaryCsv.Status;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Measurement.ModelId;
import org.lentigo.runtime.Segmenter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lentigo segment}: outlines the lesions in photos. */
@Command(
    name = "segment",
    description = {
      "Outlines the lesion in each photo and measures it. An outline, not a diagnosis.",
      "For x.jpg it writes x_mask.png (0 or 255, the size of the photo as displayed), x_overlay.jpg"
          + " (the outline on the photo) and x.json (measurements), and summary.csv over all."
          + " Subfolders are kept."
    })
final class SegmentCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH",
      description = {
        "Photos (JPEG, PNG, BMP, TIFF, WebP), folders with their subfolders, and globs in quotes.",
        "In a folder, hidden files are left out, and so are masks and overlays beside their photo."
      })
  private List<String> paths;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The output folder; made if it is missing.")
  private Path out;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private MirrorOption mirror;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Photos at a time; default: one a processor. The masks do not depend on it.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--threshold",
      paramLabel = "P",
      description = "A pixel is lesion where its probability is at least P; default: the model's.")
  private @Nullable Float threshold;

  @Option(names = "--no-overlay", description = "Write no x_overlay.jpg.")
  private boolean noOverlay;

  @Option(
      names = "--overwrite",
      description = "Replace outputs that exist; without it they are kept.")
  private boolean overwrite;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description = "Refuse photos of more pixels, before decoding; default: ${DEFAULT-VALUE}.")
  private long maxPixels = 100_000_000;

  @Override
  public Integer call() throws CommandFailure {
    checkOptions();
    PrintWriter err = spec.commandLine().getErr();
    PhotoFinder.Result found = PhotoFinder.find(paths, out);
    found.problems().forEach(problem -> err.println("lentigo: " + problem));
    if (found.photos().isEmpty()) {
      return ExitCode.FAILED;
    }
    makeOutputFolder();

    long start = System.nanoTime();
    List<Names.Target> targets = Names.plan(found.photos(), out);
    PhotoOutliner.Settings settings =
        new PhotoOutliner.Settings(threshold, !noOverlay, overwrite, maxPixels, out);
    List<Row> rows;
    boolean summarised;
    try (Interruption interruption = new Interruption()) {
      rows = outline(targets, settings, interruption);
      summarised = writeSummary(rows, err);
    }
    report(rows, summarised, found.annotations(), (System.nanoTime() - start) / 1e9);
    boolean allDone =
        summarised
            && found.problems().isEmpty()
            && rows.stream().noneMatch(row -> row.status() == Status.FAILED);
    return allDone ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void checkOptions() throws CommandFailure {
    if (threads < 1) {
      throw CommandFailure.usage("--threads must be at least 1, got " + threads);
    }
    if (threshold != null && !(threshold > 0 && threshold < 1)) {
      throw CommandFailure.usage("--threshold must lie between 0 and 1, got " + threshold);
    }
    if (maxPixels < 1) {
      throw CommandFailure.usage("--max-pixels must be at least 1, got " + maxPixels);
    }
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw CommandFailure.usage("--out " + out + " is a file; name a folder");
    }
  }

  private void makeOutputFolder() throws CommandFailure {
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw CommandFailure.failed(
          "--out " + out + ": cannot be made (" + Errors.reason(e) + ")", e);
    }
    if (!Files.isWritable(out)) {
      throw CommandFailure.failed(
          "--out " + out + ": permission denied; make it writable or name another folder");
    }
  }

  /** The model opens while the first photos are read: a run on one photo takes half the time. */
  private List<Row> outline(
      List<Names.Target> targets, PhotoOutliner.Settings settings, Interruption interruption)
      throws CommandFailure {
    PrintWriter err = spec.commandLine().getErr();
    FutureTask<Model> read = new FutureTask<>(model::read);
    FutureTask<Segmenter> opened =
        new FutureTask<>(
            () -> mirror.of(engine.open(read.get(), model.label(), Engine.FOR_SHORT_RUNS, err)));
    FutureTask<ModelId> identified = new FutureTask<>(() -> ModelId.of(read.get(), mirror.views()));
    for (Runnable task : List.of(read, opened, identified)) {
      Thread thread = new Thread(task, "model");
      thread.setDaemon(true);
      thread.start();
    }
    try (Progress progress = new Progress(err, "Outlining", targets.size())) {
      PhotoOutliner outliner = new PhotoOutliner(opened, identified, settings);
      List<Row> rows = new Batch(targets, outliner, progress, interruption).run(threads);
      opened.get(); // A model that cannot be opened is told even if no photo needed it.
      return rows;
    } catch (ExecutionException e) {
      for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
        if (cause instanceof CommandFailure failure) {
          throw failure;
        }
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    } finally {
      close(opened);
    }
  }

  private static void close(Future<Segmenter> opened) {
    try {
      opened.get().close();
    } catch (ExecutionException e) {
      // It never opened, and whoever needed it has said so.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean writeSummary(List<Row> rows, PrintWriter err) {
    Path file = out.resolve(SummaryCsv.NAME);
    try {
      SummaryCsv.write(file, rows);
      return true;
    } catch (IOException e) {
      err.println("lentigo: " + file + ": cannot be written (" + Errors.reason(e) + ")");
      return false;
    }
  }

  private void report(List<Row> rows, boolean summarised, int annotations, double seconds) {
    PrintWriter stdout = spec.commandLine().getOut();
    int done = count(rows, Status.DONE);
    int kept = count(rows, Status.KEPT);
    int failed = count(rows, Status.FAILED);
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
    if (annotations > 0) {
      stdout.printf("Left out: %d masks, overlays or labels beside photos.%n", annotations);
    }
    stdout.println("These are outlines, not a diagnosis.");
  }

  private static int count(List<Row> rows, Status status) {
    return (int) rows.stream().filter(row -> row.status() == status).count();
  }
}
