package org.lentigo.imaging.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.UnreadableImageException;

/** A moving picture as a folder of pictures, in the order of their names. */
public final class FrameFolder {
  private static final Set<String> EXTENSIONS = Set.of("jpg", "jpeg", "png", "bmp", "webp");

  private FrameFolder() {}

  /**
   * The pictures of a folder, not of its subfolders, in the order of their names.
   *
   * @throws IOException if it cannot be listed, or holds none
   */
  public static FrameReader read(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(FrameFolder::isFrame).sorted().toList();
    }
    if (files.isEmpty()) {
      throw new IOException(
          folder + ": the folder holds no frame (JPEG, PNG, BMP or WebP); name another");
    }
    Iterator<Path> left = files.iterator();
    return new FrameReader() {
      private @Nullable RgbImage first;

      @Override
      public double framesPerSecond() {
        return 0;
      }

      @Override
      public @Nullable RgbImage next() throws IOException {
        if (!left.hasNext()) {
          return null;
        }
        Path file = left.next();
        RgbImage frame;
        try {
          frame = PhotoReader.read(file).image();
        } catch (UnreadableImageException e) {
          throw new IOException(file + ": " + e.getMessage(), e);
        }
        RgbImage before = first == null ? frame : first;
        if (frame.width() != before.width() || frame.height() != before.height()) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "%s: a frame of %d x %d among frames of %d x %d",
                  file,
                  frame.width(),
                  frame.height(),
                  before.width(),
                  before.height()));
        }
        first = before;
        return frame;
      }

      @Override
      public void close() {}
    };
  }

  private static boolean isFrame(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return !name.startsWith(".")
        && EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1))
        && Files.isRegularFile(file);
  }

  /** Writes {@code frame-00000040.jpg} and so on; the number is the time in milliseconds. */
  public static FrameWriter write(Path folder) throws IOException {
    Files.createDirectories(folder);
    return new FrameWriter() {
      @Override
      public void write(RgbImage frame, double seconds) throws IOException {
        String name = String.format(Locale.ROOT, "frame-%08d.jpg", Math.round(1000 * seconds));
        AtomicFiles.write(folder.resolve(name), out -> PhotoWriter.writeJpeg(frame, out));
      }

      @Override
      public void close() {}
    };
  }
}
