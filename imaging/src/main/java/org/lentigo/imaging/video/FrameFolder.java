package org.lentigo.imaging.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.LinkedHashSet;
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
        try {
          return PhotoReader.read(file).image();
        } catch (UnreadableImageException e) {
          throw new IOException(file + ": " + e.getMessage(), e);
        }
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

  /**
   * Writes {@code frame-00000040.jpg} and so on; the number is the time in milliseconds. They are
   * gathered in a hidden folder within this one and renamed into it at the end, each in one go,
   * over those of the same name.
   */
  public static FrameWriter write(Path folder) throws IOException {
    return new FolderWriter(folder);
  }

  private static final class FolderWriter implements FrameWriter {
    private final Path folder;
    private final Path gathered;
    private final boolean made;
    private final Set<Path> frames = new LinkedHashSet<>();
    private boolean closed;

    FolderWriter(Path folder) throws IOException {
      this.folder = folder;
      made = !Files.isDirectory(folder);
      Files.createDirectories(folder);
      gathered = Files.createTempDirectory(folder, ".frames-");
    }

    @Override
    public void write(RgbImage frame, double seconds) throws IOException {
      String name = String.format(Locale.ROOT, "frame-%08d.jpg", Math.round(1000 * seconds));
      Path file = gathered.resolve(name);
      AtomicFiles.write(file, out -> PhotoWriter.writeJpeg(frame, out));
      frames.add(file);
    }

    @Override
    public void finish() throws IOException {
      for (Path frame : frames) {
        if (Files.isDirectory(target(frame))) {
          throw new IOException(target(frame) + ": is a folder, where a frame is to go; move it");
        }
      }
      for (Path frame : frames) {
        Files.move(
            frame,
            target(frame),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
      frames.clear();
    }

    private Path target(Path frame) {
      return folder.resolve(frame.getFileName());
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      for (Path frame : frames) {
        Files.deleteIfExists(frame);
      }
      Files.deleteIfExists(gathered);
      if (made) {
        try (Stream<Path> files = Files.list(folder)) {
          if (files.findAny().isEmpty()) {
            Files.delete(folder);
          }
        }
      }
    }
  }
}
