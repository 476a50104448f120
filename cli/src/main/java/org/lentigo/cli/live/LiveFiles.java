package org.lentigo.cli.live;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.video.FrameFolder;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.imaging.video.VideoFormat;
import org.lentigo.runtime.internal.Reasons;

/**
 * What a run reads and what it writes: each a video or a folder of frames; its figures go beside
 * the video or into the folder.
 *
 * @param source a video or a folder
 * @param target a video by its name's end, else a folder; null to write nothing
 */
public record LiveFiles(Path source, @Nullable Path target) {
  /**
   * Before any work is done: that the source is there, and that nothing is written over it or over
   * what may not be replaced.
   *
   * @param overwrite whether a video that exists may be replaced, a folder in use be written into
   */
  public void check(boolean overwrite) throws CommandFailure {
    if (!Files.exists(source)) {
      throw CommandFailure.usage("--source " + source + ": no such file or folder");
    }
    if (target != null) {
      check(target, overwrite);
    }
  }

  private void check(Path target, boolean overwrite) throws CommandFailure {
    try {
      checkApart(target);
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + target + ": " + Reasons.reason(e), e);
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

  private static boolean inUse(Path target) throws CommandFailure {
    if (!Files.isDirectory(target)) {
      return Files.exists(target);
    }
    try (var files = Files.list(target)) {
      return files.findAny().isPresent();
    } catch (IOException e) {
      throw CommandFailure.failed("--out " + target + ": " + Reasons.reason(e), e);
    }
  }

  /**
   * Opens the source.
   *
   * @throws IOException if it cannot be read, or is a video and there is nothing to read one with
   */
  public FrameReader read() throws IOException {
    return Files.isDirectory(source) ? FrameFolder.read(source) : video().read(source);
  }

  /**
   * Opens the target; null if there is none.
   *
   * @param width of the frames
   * @param height of the frames
   * @param pace frames a second
   * @throws IOException if it cannot be written, or is a video and there is nothing to write one
   *     with
   */
  public @Nullable FrameWriter write(int width, int height, double pace) throws IOException {
    if (target == null) {
      return null;
    }
    return isVideo(target) ? video().write(target, width, height, pace) : FrameFolder.write(target);
  }

  /**
   * Writes a run's figures where they belong, if there is a target.
   *
   * @throws IOException if they cannot be written; what was there stays
   */
  public void write(LiveReport report) throws IOException {
    if (target != null) {
      AtomicFiles.write(figures(target), report::write);
    }
  }

  /** Where the figures go: beside a video, into a folder. */
  private static Path figures(Path target) {
    return isVideo(target)
        ? target.resolveSibling(target.getFileName() + ".json")
        : target.resolve("live.json");
  }

  private static boolean isVideo(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return List.of(".mp4", ".mov", ".mkv", ".avi").stream().anyMatch(name::endsWith);
  }

  private static VideoFormat video() throws IOException {
    try {
      return ServiceLoader.load(VideoFormat.class)
          .findFirst()
          .orElseThrow(
              () ->
                  new IOException(
                      "video files need the module lentigo-video on the class path, which"
                          + " ./lentigo live brings; or name folders of frames"));
    } catch (ServiceConfigurationError | LinkageError e) {
      throw new IOException(
          "FFmpeg, which video files need, does not start here ("
              + Reasons.reason(e.getCause() == null ? e : e.getCause())
              + "); name folders of frames",
          e);
    }
  }
}
