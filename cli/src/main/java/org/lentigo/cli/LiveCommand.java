package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.live.LiveReport;
import org.lentigo.cli.live.LiveRun;
import org.lentigo.cli.live.RealPaths;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.video.FrameFolder;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.imaging.video.VideoFormat;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo live}: outlines the frames of a moving picture at a camera's pace. */
@Command(
    name = "live",
    description = {
      "Outlines the lesion in the frames of a video, or of a folder of frames, as they would come"
          + " from a camera: a frame that comes while another is being outlined waits, the next one"
          + " takes its place, and nothing queues. The outline is steadied from frame to frame."
          + " An outline, not a diagnosis.",
      "Reports frames a second and the time from a frame's arrival to its outline, and writes the"
          + " outlined frames as a video or into a folder."
    })
final class LiveCommand implements Callable<Integer> {
  private static final double DEFAULT_FPS = 25;

  @Spec private CommandSpec spec;

  @Option(
      names = "--source",
      required = true,
      paramLabel = "FILE|DIR",
      description = "A video, or a folder of frames (JPEG, PNG, BMP, WebP) in their names' order.")
  private Path source;

  @Option(
      names = "--out",
      paramLabel = "FILE|DIR",
      description = {
        "The outlined frames: a video if it ends in .mp4, .mov, .mkv or .avi, else a folder of JPEGs."
            + " The figures go to a .json beside or in it. A run that fails leaves it as it was."
      })
  private @Nullable Path out;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that work on one frame; default: one a processor.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--fps",
      paramLabel = "N",
      description = "Frames a second that come; default: the video's own, 25 for a folder.")
  private @Nullable Double fps;

  @Option(
      names = "--every-frame",
      description = "Outline every frame, however long it takes, and keep no pace.")
  private boolean everyFrame;

  @Option(names = "--no-smoothing", description = "Outline each frame on its own.")
  private boolean noSmoothing;

  @Option(names = "--overwrite", description = "Replace the video, or write into a folder in use.")
  private boolean overwrite;

  @Override
  public Integer call() throws CommandFailure {
    checkOptions();
    PrintWriter err = spec.commandLine().getErr();
    Model chosen = model.read();
    LiveRun.Result result;
    try (FrameReader reader = open();
        Interruption interruption = new Interruption();
        Segmenter segmenter =
            engine.open(chosen, threads, model.label(), Engine.FOR_LONG_RUNS, err)) {
      double pace =
          fps != null ? fps : reader.framesPerSecond() > 0 ? reader.framesPerSecond() : DEFAULT_FPS;
      LiveRun run =
          new LiveRun(
              reader,
              segmenter.live(!noSmoothing),
              segmenter.model().threshold(),
              pace,
              everyFrame,
              (width, height) -> writer(width, height, pace),
              interruption::asked,
              problem -> err.println("lentigo: " + Errors.oneLine(problem)));
      result = run.run();
      if (result.frames().isEmpty()) {
        throw CommandFailure.failed(source + ": no frame could be outlined");
      }
      LiveReport report =
          new LiveReport(result, chosen, segmenter.engine(), source, threads, !noSmoothing);
      report(report, result);
      writeFigures(report);
    } catch (IOException e) {
      throw CommandFailure.failed(Errors.reason(e), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
    return result.unreadable() == 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void checkOptions() throws CommandFailure {
    if (threads < 1) {
      throw CommandFailure.usage("--threads must be at least 1, got " + threads);
    }
    if (fps != null && !(fps > 0 && fps <= 1000)) {
      throw CommandFailure.usage("--fps must be above 0 and at most 1000, got " + fps);
    }
    if (!Files.exists(source)) {
      throw CommandFailure.usage("--source " + source + ": no such file or folder");
    }
    if (out != null) {
      checkTarget(out);
    }
  }

  private void checkTarget(Path target) throws CommandFailure {
    try {
      checkApart(target);
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + target + ": " + Errors.reason(e), e);
    }
    if (isVideo(target) && Files.isDirectory(target)) {
      throw CommandFailure.usage("--out " + target + ": is a folder; name a file for the video");
    }
    if (!isVideo(target) && Files.exists(target) && !Files.isDirectory(target)) {
      throw CommandFailure.usage(
          "--out " + target + ": is a file; name a folder, or a video such as out.mp4");
    }
    Path figures = figures(target);
    if (Files.isDirectory(figures)) {
      throw CommandFailure.usage(
          "--out "
              + target
              + ": its figures go to "
              + figures
              + ", which is a folder; name another");
    }
    if (!overwrite && (inUse(target) || Files.exists(figures))) {
      throw CommandFailure.failed(
          (inUse(target) ? target : figures) + ": exists already; pass --overwrite to write there");
    }
  }

  /** That nothing is written over the source, or among its frames, whatever the paths look like. */
  private void checkApart(Path target) throws CommandFailure, IOException {
    Path from = source.toRealPath();
    Path to = RealPaths.of(target);
    if (to.startsWith(from) || Files.exists(target) && Files.isSameFile(source, target)) {
      throw CommandFailure.usage(
          "--out "
              + target
              + ": is "
              + (to.equals(from) ? "" : "in ")
              + "the source; name another");
    }
    Path figures = figures(to);
    if (figures.startsWith(from)) {
      throw CommandFailure.usage(
          "--out " + target + ": its figures would go to the source, " + from + "; name another");
    }
    if (Files.isRegularFile(from) && !isVideo(target) && to.equals(from.getParent())) {
      throw CommandFailure.usage(
          "--out " + target + ": the source lies in that folder; name another");
    }
  }

  /** Where the figures go: beside a video, into a folder. */
  private static Path figures(Path target) {
    return isVideo(target)
        ? target.resolveSibling(target.getFileName() + ".json")
        : target.resolve("live.json");
  }

  private static boolean inUse(Path target) throws CommandFailure {
    if (!Files.isDirectory(target)) {
      return Files.exists(target);
    }
    try (var files = Files.list(target)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + target + ": " + Errors.reason(e), e);
    }
  }

  private FrameReader open() throws IOException, CommandFailure {
    return Files.isDirectory(source) ? FrameFolder.read(source) : video().read(source);
  }

  private @Nullable FrameWriter writer(int width, int height, double pace) throws IOException {
    if (out == null) {
      return null;
    }
    try {
      return isVideo(out) ? video().write(out, width, height, pace) : FrameFolder.write(out);
    } catch (CommandFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static boolean isVideo(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return List.of(".mp4", ".mov", ".mkv", ".avi").stream().anyMatch(name::endsWith);
  }

  private static VideoFormat video() throws CommandFailure {
    try {
      return ServiceLoader.load(VideoFormat.class)
          .findFirst()
          .orElseThrow(
              () ->
                  CommandFailure.failed(
                      "video files need the module lentigo-video on the class path, which"
                          + " ./lentigo live brings; or name folders of frames"));
    } catch (ServiceConfigurationError | LinkageError e) {
      throw CommandFailure.failed(
          "FFmpeg, which video files need, does not start here ("
              + Errors.reason(e.getCause() == null ? e : e.getCause())
              + "); name folders of frames",
          e);
    }
  }

  private void report(LiveReport report, LiveRun.Result result) {
    PrintWriter stdout = spec.commandLine().getOut();
    report.print(stdout);
    if (out != null) {
      stdout.printf(
          "Written: %s%s%n",
          out,
          result.unwritten() == 0
              ? ""
              : ", without " + result.unwritten() + " frames that came too fast to be written");
    }
    stdout.println("These are outlines, not a diagnosis.");
  }

  private void writeFigures(LiveReport report) throws IOException {
    Path target = out;
    if (target == null) {
      return;
    }
    AtomicFiles.write(
        figures(target),
        stream -> {
          report.write(stream);
        });
  }
}
