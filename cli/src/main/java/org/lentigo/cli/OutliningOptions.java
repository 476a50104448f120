package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
import org.lentigo.cli.photos.LateOutliner;
import org.lentigo.cli.photos.Names;
import org.lentigo.cli.photos.PhotoFiles;
import org.lentigo.cli.photos.PhotoFinder;
import org.lentigo.cli.photos.Source;
import org.lentigo.runtime.Engine;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What the commands that outline many photos into files have in common: options, and the run. */
final class OutliningOptions {
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

  /**
   * Outlines the photos that the paths name.
   *
   * @param command whose output is used
   * @param kind of the files that folders are searched for
   * @param out the output folder
   * @param source how they are read and what is made of them
   * @return the exit code
   */
  int run(
      CommandLine command,
      PhotoFinder.Kind kind,
      List<String> paths,
      Path out,
      Source source,
      ModelOption model,
      EngineOption engine,
      MirrorOption mirror)
      throws CommandFailure {
    checkOptions(out);
    PrintWriter err = command.getErr();
    PhotoFinder.Result found = PhotoFinder.find(kind, paths, out);
    found.problems().forEach(problem -> err.println("lentigo: " + problem));
    if (found.photos().isEmpty()) {
      return ExitCode.FAILED;
    }
    makeOutputFolder(out);

    Batch.Result result;
    boolean summarised;
    try (Interruption interruption = new Interruption()) {
      List<Names.Target> targets = Names.plan(found.photos(), out);
      PhotoFiles.Settings settings =
          new PhotoFiles.Settings(threshold, !noOverlay, overwrite, maxPixels, out);
      try (LateOutliner outliner =
              new LateOutliner(
                  model::read,
                  read -> mirror.of(engine.open(read, model.label(), Engine.FOR_SHORT_RUNS, err)),
                  mirror.views());
          Progress progress = new Progress(err, "Outlining", targets.size())) {
        PhotoFiles files = new PhotoFiles(source, outliner, settings);
        result = new Batch(targets, files, progress, interruption).run(threads);
        outliner.check(); // A model that cannot be opened is told even if no photo needed it.
      }
      summarised = result.summarise(out, err);
    }
    result.print(command.getOut(), out, summarised, found.annotations());
    return summarised && found.problems().isEmpty() && result.allDone()
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }

  private void checkOptions(Path out) throws CommandFailure {
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

  private void makeOutputFolder(Path out) throws CommandFailure {
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
}
