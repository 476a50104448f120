package org.lentigo.cli.live;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where a path leads, also if nothing is there yet. */
final class RealPaths {
  private RealPaths() {}

  /**
   * The absolute path without symbolic links, {@code .} and {@code ..}: of what is there {@link
   * Path#toRealPath}, of what is to be made the place where it would come to lie.
   *
   * @throws IOException if a folder on the way cannot be looked into
   */
  static Path of(Path path) throws IOException {
    try {
      return path.toRealPath();
    } catch (FileSystemException e) {
      Path absolute = path.toAbsolutePath();
      if (!(e instanceof NoSuchFileException) && !leadsThroughFile(absolute)) {
        throw e;
      }
      if (Files.isSymbolicLink(absolute)) {
        return of(absolute.resolveSibling(Files.readSymbolicLink(absolute)));
      }
      Path parent = absolute.getParent();
      // The parent first: what ".." means depends on where the links before it lead.
      return parent == null ? absolute : of(parent).resolve(absolute.getFileName()).normalize();
    }
  }

  private static boolean leadsThroughFile(Path absolute) {
    Path parent = absolute.getParent();
    return parent != null && (Files.isRegularFile(parent) || leadsThroughFile(parent));
  }
}
