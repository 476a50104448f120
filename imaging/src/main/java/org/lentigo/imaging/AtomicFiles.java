package org.lentigo.imaging;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Writes files so that a reader sees the old content or the new, never a part. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** What fills the file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes {@code file} through a temporary file beside it and a rename. On any failure the
   * temporary file is removed and {@code file} is as it was. A symbolic link of that name is
   * replaced; what it led to stays as it was.
   *
   * @throws IOException if the folder is missing or read-only, the disk is full, or {@code content}
   *     throws it
   */
  public static void write(Path file, Content content) throws IOException {
    try (Together one = new Together()) {
      one.write(file, content);
      one.place();
    }
  }

  /**
   * As {@link #write(Path, Content)}, and on the disk before it takes its place: after a loss of
   * power, too, it is the old file or the new. For what cannot be made again in seconds; it costs
   * milliseconds.
   *
   * @throws IOException as {@link #write(Path, Content)}
   */
  public static void writeDurably(Path file, Content content) throws IOException {
    try (Together one = new Together()) {
      one.write(file, content);
      try (FileChannel part = FileChannel.open(one.parts.get(file), StandardOpenOption.WRITE)) {
        part.force(true);
      }
      one.place();
    }
  }

  /** Writes these bytes; see {@link #write(Path, Content)}. */
  public static void write(Path file, byte[] bytes) throws IOException {
    write(file, out -> out.write(bytes));
  }

  /**
   * Files that belong together: all are written beside their places before the first takes its
   * place, so that a full disk leaves all as they were.
   *
   * <pre>{@code
   * try (AtomicFiles.Together files = new AtomicFiles.Together()) {
   *   files.write(mask, out -> out.write(png));
   *   files.write(json, out -> out.write(text));
   *   files.place();
   * }
   * }</pre>
   */
  public static final class Together implements AutoCloseable {
    private final Map<Path, Path> parts = new LinkedHashMap<>();

    /**
     * Writes one beside its place; as {@link AtomicFiles#write(Path, Content)} but for the rename.
     */
    public void write(Path file, Content content) throws IOException {
      Path part = part(file);
      parts.put(file, part);
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              1 << 16)) {
        content.writeTo(out);
      }
    }

    /** Puts all in their places, in the order in which they were written. */
    public void place() throws IOException {
      for (Map.Entry<Path, Path> entry : parts.entrySet()) {
        Files.move(
            entry.getValue(),
            entry.getKey(),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }

    /** Removes what did not take its place. */
    @Override
    public void close() throws IOException {
      for (Path part : parts.values()) {
        Files.deleteIfExists(part);
      }
    }
  }

  /**
   * Not Files.createTempFile: its 0600 permissions would survive the rename. Without the file's
   * name, which may be as long as names can be.
   */
  private static Path part(Path file) {
    String unique = Long.toString(ThreadLocalRandom.current().nextLong(1L << 60), 36);
    return file.resolveSibling("." + unique + ".lentigo.part");
  }
}
