package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.live.LiveFiles;
import org.lentigo.cli.live.LiveReport;
import org.lentigo.cli.live.LiveRun;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
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
    LiveFiles files = new LiveFiles(source, out);
    checkOptions();
    files.check(overwrite);
    PrintWriter err = spec.commandLine().getErr();
    Model chosen = model.read();
    try (FrameReader reader = files.read();
        Interruption interruption = new Interruption();
        Segmenter segmenter =
            engine.open(chosen, threads, model.label(), Engine.FOR_LONG_RUNS, err)) {
      double pace = fps != null ? fps : LiveRun.paceOf(reader);
      LiveRun.Result result =
          new LiveRun(
                  reader,
                  segmenter.live(!noSmoothing),
                  segmenter.model().threshold(),
                  pace,
                  everyFrame,
                  (width, height) -> files.write(width, height, pace),
                  interruption::asked,
                  problem -> err.println("lentigo: " + Reasons.oneLine(problem)))
              .run();
      if (result.frames().isEmpty()) {
        throw CommandFailure.failed(source + ": no frame could be outlined");
      }
      LiveReport report =
          new LiveReport(result, chosen, segmenter.engine(), source, threads, !noSmoothing);
      report(report, result);
      files.write(report);
      return result.unreadable() == 0 ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void checkOptions() throws CommandFailure {
    if (threads < 1) {
      throw CommandFailure.usage("--threads must be at least 1, got " + threads);
    }
    if (fps != null && !(fps > 0 && fps <= 1000)) {
      throw CommandFailure.usage("--fps must be above 0 and at most 1000, got " + fps);
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
}
