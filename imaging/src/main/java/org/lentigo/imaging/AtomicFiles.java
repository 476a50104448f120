package org.lentigo.imaging;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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
    String unique = Long.toString(ThreadLocalRandom.current().nextLong(1L << 60), 36);
    // Not Files.createTempFile: its 0600 permissions would survive the rename. Without the file's
    // name, which may be as long as names can be.
    Path part = file.resolveSibling("." + unique + ".lentigo.part");
    try {
      try (OutputStream out =
          new BufferedOutputStream(
              Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              1 << 16)) {
        content.writeTo(out);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Writes these bytes; see {@link #write(Path, Content)}. */
  public static void write(Path file, byte[] bytes) throws IOException {
    write(file, out -> out.write(bytes));
  }
}
