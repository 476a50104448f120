package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
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
import org.lentigo.imaging.Scale;
import org.lentigo.runtime.Engine;
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

  @Option(
      names = "--mm-per-pixel",
      paramLabel = "MM",
      description = {
        "How many millimetres of skin a pixel spans, in every photo: lengths and areas are then in"
            + " millimetres, too.",
        "Default: what a photo says of itself, in its EXIF resolution or by a ruler in it."
      })
  private @Nullable Double mmPerPixel;

  @Option(
      names = "--doubtful",
      description = {
        "Outline also what does not look like a lesion. Without it such a photo gets an empty mask,"
            + " and \"nothing_found\" in its JSON and in the table."
      })
  private boolean doubtful;

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

    Batch.Result result;
    boolean summarised;
    try (Interruption interruption = new Interruption()) {
      result = outline(Names.plan(found.photos(), out), interruption);
      summarised = result.summarise(out, err);
    }
    result.print(spec.commandLine().getOut(), out, summarised, found.annotations());
    return summarised && found.problems().isEmpty() && result.allDone()
        ? ExitCode.DONE
        : ExitCode.FAILED;
  }

  private void checkOptions() throws CommandFailure {
    if (threads < 1) {
      throw CommandFailure.usage("--threads must be at least 1, got " + threads);
    }
    if (threshold != null && !(threshold > 0 && threshold < 1)) {
      throw CommandFailure.usage("--threshold must lie between 0 and 1, got " + threshold);
    }
    if (mmPerPixel != null && !(mmPerPixel >= Scale.LEAST_MM && mmPerPixel <= Scale.MOST_MM)) {
      throw CommandFailure.usage(
          "--mm-per-pixel must lie between %s and %s, got %s"
              .formatted(Scale.LEAST_MM, Scale.MOST_MM, mmPerPixel));
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

  private Batch.Result outline(List<Names.Target> targets, Interruption interruption)
      throws CommandFailure {
    PrintWriter err = spec.commandLine().getErr();
    Scale scale = mmPerPixel == null ? null : Scale.of(mmPerPixel, Scale.Source.GIVEN);
    PhotoFiles.Settings settings =
        new PhotoFiles.Settings(threshold, !noOverlay, overwrite, maxPixels, scale, doubtful, out);
    try (LateOutliner outliner =
            new LateOutliner(
                model::read,
                read -> mirror.of(engine.open(read, model.label(), Engine.FOR_SHORT_RUNS, err)),
                mirror.views());
        Progress progress = new Progress(err, "Outlining", targets.size())) {
      Batch.Result result =
          new Batch(targets, new PhotoFiles(outliner, settings), progress, interruption)
              .run(threads);
      outliner.check(); // A model that cannot be opened is told even if no photo needed it.
      return result;
    }
  }
}
