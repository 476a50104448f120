package org.lentigo.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.runtime.OutlinedPhoto;

/**
 * Keeps what was made of each photo, as {@code lentigo segment} names it, under the time of day and
 * a random number: nothing of a file's name comes from a client.
 */
final class Store {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final Path folder;

  /**
   * @throws IOException if the folder cannot be made or written to
   */
  Store(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Path probe = folder.resolve(".probe");
    AtomicFiles.write(probe, new byte[0]);
    Files.delete(probe);
  }

  void keep(OutlinedPhoto outlined, String name) throws IOException {
    String stem = TIME.format(Instant.now()) + "-" + UUID.randomUUID();
    AtomicFiles.write(folder.resolve(stem + "_mask.png"), outlined.mask());
    AtomicFiles.write(folder.resolve(stem + "_overlay.jpg"), outlined.overlay());
    AtomicFiles.write(folder.resolve(stem + ".json"), outlined.json(name));
  }
}
