package org.lentigo.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.LooksOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.photos.PhotoFinder;
import org.lentigo.cli.photos.Source;
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
        "Photos (JPEG, PNG, BMP, TIFF, WebP, GIF), folders with their subfolders, and globs in quotes.",
        "In a folder, hidden files are left out, and so are masks and overlays beside their photo."
      })
  private List<String> paths;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The output folder; made if it is missing.")
  private Path out;

  @Mixin private OutliningOptions outlining;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private LooksOption looks;

  @Override
  public Integer call() throws CommandFailure {
    return outlining.run(
        spec.commandLine(),
        PhotoFinder.Kind.PHOTO,
        paths,
        out,
        Source.PICTURES,
        model,
        engine,
        looks);
  }
}
