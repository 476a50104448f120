package org.lentigo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.LooksOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFolder;
import org.lentigo.cli.options.ThresholdOption;
import org.lentigo.cli.photos.Batch;
import org.lentigo.cli.photos.LateOutliner;
import org.lentigo.cli.photos.Names;
import org.lentigo.cli.photos.PhotoFiles;
import org.lentigo.cli.photos.PhotoFinder;
import org.lentigo.cli.photos.Source;
import org.lentigo.imaging.Scale;
import org.lentigo.runtime.Engine;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that outline many photos into files have in common: options, and the run. */
final class OutliningOptions {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Photos at a time; default: one a processor. The masks do not depend on it.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private ThresholdOption threshold;

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

  @Option(
      names = "--mm-per-pixel",
      paramLabel = "MM",
      description = {
        "How many millimetres of skin a pixel spans, in every photo: lengths and areas are then in"
            + " millimetres, too.",
        "Default: what a photo says of itself, in its header or by a ruler in it."
      })
  private @Nullable Double mmPerPixel;

  @Option(
      names = "--doubtful",
      description = {
        "Outline also what does not look like a lesion. Without it such a photo gets an empty mask,"
            + " and \"nothing_found\" in its JSON and in the table."
      })
  private boolean doubtful;

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
      LooksOption looks)
      throws CommandFailure {
    checkOptions(out);
    PrintWriter err = command.getErr();
    PhotoFinder.Result found = PhotoFinder.find(kind, paths, out);
    found.problems().forEach(problem -> err.println("lentigo: " + problem));
    source
        .notes(found.photos().stream().map(PhotoFinder.Found::file).toList())
        .forEach(note -> err.println("lentigo: " + note));
    if (found.photos().isEmpty()) {
      return ExitCode.FAILED;
    }
    OutputFolder.make(out);

    Batch.Result result;
    boolean summarised;
    try (Interruption interruption = new Interruption()) {
      List<Names.Target> targets = Names.plan(found.photos(), out);
      Scale scale = mmPerPixel == null ? null : Scale.of(mmPerPixel, Scale.Source.GIVEN);
      PhotoFiles.Settings settings =
          new PhotoFiles.Settings(
              threshold.value(), !noOverlay, overwrite, maxPixels, scale, doubtful, out);
      try (LateOutliner outliner =
              new LateOutliner(
                  model::read,
                  read -> looks.of(engine.open(read, model.label(), Engine.FOR_SHORT_RUNS, err)),
                  looks.views(),
                  looks.looks());
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
    threshold.check();
    if (mmPerPixel != null && !(mmPerPixel >= Scale.LEAST_MM && mmPerPixel <= Scale.MOST_MM)) {
      throw CommandFailure.usage(
          "--mm-per-pixel must lie between %s and %s, got %s"
              .formatted(Scale.LEAST_MM, Scale.MOST_MM, mmPerPixel));
    }
    if (maxPixels < 1) {
      throw CommandFailure.usage("--max-pixels must be at least 1, got " + maxPixels);
    }
    OutputFolder.check(out);
  }
}
