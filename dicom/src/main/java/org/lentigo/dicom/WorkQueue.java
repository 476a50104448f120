package org.lentigo.dicom;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.lentigo.imaging.AtomicFiles;

/**
 * The photos that arrived and the results that are to be sent, on disk. Each step ends with a
 * rename that is on the disk before the next begins, so that a process killed at any moment, or a
 * loss of power, loses nothing and repeats at most the sending of one object, which the other side
 * knows by its UID.
 *
 * <pre>
 * lock        held as long as a node is at work here
 * incoming/   objects on their way in
 * photos/     acknowledged, to be outlined
 * results/    a folder for each outlined photo: what is still to be sent
 * done/       an empty file for each photo of which a result was sent
 * failed/     photos that could not be outlined, and results that were refused
 * </pre>
 *
 * Names are hashes: nothing of a patient is in them.
 */
final class WorkQueue implements AutoCloseable {
  /** Room that must be left on the disk when an object begins to arrive. */
  private static final long ROOM = 256L << 20;

  private final FileChannel lock;
  private final Path incoming;
  private final Path photos;
  private final Path results;
  private final Path done;
  private final Path failed;
  private final String recipe;

  /**
   * @param folder made if it is missing
   * @param recipe what the outlines depend on, so that another model outlines a photo again
   * @throws IOException if the folder cannot be made, or another node is at work in it
   */
  WorkQueue(Path folder, String recipe) throws IOException {
    this.recipe = recipe;
    Files.createDirectories(folder);
    lock = locked(folder.resolve("lock"));
    incoming = folder.resolve("incoming");
    photos = folder.resolve("photos");
    results = folder.resolve("results");
    done = folder.resolve("done");
    failed = folder.resolve("failed");
    try {
      for (Path part : List.of(incoming, photos, results, done, failed)) {
        makeOwners(part);
      }
      clear();
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  /** Two nodes on one queue would delete and send each other's objects. */
  private static FileChannel locked(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // This very process has another node there.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw new IOException("another node is at work in it");
  }

  private void clear() throws IOException {
    // Never acknowledged, hence nobody's; and results that were not whole.
    for (Path half : list(incoming)) {
      Files.delete(half);
    }
    for (Path half : list(results)) {
      if (half.getFileName().toString().endsWith(".part")) {
        deleteFolder(half);
      }
    }
  }

  /** A folder that nobody but its owner may look into: it holds patients' photos. */
  private static void makeOwners(Path folder) throws IOException {
    Files.createDirectories(folder);
    if (Files.getFileStore(folder).supportsFileAttributeView(PosixFileAttributeView.class)) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    for (Path file : list(folder)) {
      Files.delete(file);
    }
    Files.delete(folder);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  /** Makes the names in a folder survive a loss of power, where the system can. */
  private static void sync(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Some systems have no such thing.
    }
  }

  private String name(String sopInstance) {
    return HexFormat.of()
        .formatHex(
            Uids.sha256().digest((sopInstance + "\n" + recipe).getBytes(StandardCharsets.UTF_8)),
            0,
            16);
  }

  /** Photos to be outlined. */
  List<Path> photos() throws IOException {
    return list(photos);
  }

  /** Folders of results to be sent. */
  List<Path> results() throws IOException {
    return list(results).stream()
        .filter(f -> !f.getFileName().toString().endsWith(".part"))
        .toList();
  }

  /**
   * Opens a file for an object.
   *
   * @param kept told of each photo that is new
   */
  StoreServer.Incoming begin(Consumer<Path> kept) throws IOException {
    if (Files.getFileStore(incoming).getUsableSpace() < ROOM) {
      throw new IOException("less than " + (ROOM >> 20) + " MiB left on the disk of the queue");
    }
    Path file = incoming.resolve(UUID.randomUUID() + ".part");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
    return new StoreServer.Incoming() {
      @Override
      public OutputStream out() {
        return out;
      }

      @Override
      public void keep(String sopInstance) throws IOException {
        out.flush();
        channel.force(true);
        channel.close();
        String name = name(sopInstance);
        Path photo = photos.resolve(name);
        // One at a time: the same photo may come by two associations, and is one.
        synchronized (photos) {
          // Sent again, because our answer was lost or by mistake: it is known already.
          boolean known =
              Files.exists(photo)
                  || Files.exists(results.resolve(name))
                  || Files.exists(done.resolve(name));
          if (!known) {
            Files.move(file, photo, StandardCopyOption.ATOMIC_MOVE);
            sync(photos);
            kept.accept(photo);
          }
        }
      }

      @Override
      public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
      }
    };
  }

  /**
   * Puts a photo's results in its place.
   *
   * @param files by name
   * @return their folder
   */
  Path outlined(Path photo, Map<String, byte[]> files) throws IOException {
    Path folder = results.resolve(photo.getFileName());
    if (!Files.exists(folder)) {
      Path part = results.resolve(photo.getFileName() + ".part");
      if (Files.exists(part)) {
        deleteFolder(part);
      }
      Files.createDirectory(part);
      for (Map.Entry<String, byte[]> entry : files.entrySet()) {
        AtomicFiles.writeDurably(part.resolve(entry.getKey()), out -> out.write(entry.getValue()));
      }
      sync(part);
      Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
      sync(results);
    }
    Files.deleteIfExists(photo);
    return folder;
  }

  /** Whether a photo was outlined before the process that did it ended. */
  boolean isOutlined(Path photo) {
    return Files.exists(results.resolve(photo.getFileName()))
        || Files.exists(done.resolve(photo.getFileName()));
  }

  void forget(Path photo) throws IOException {
    Files.deleteIfExists(photo);
  }

  /** The results of a photo that are still to be sent. */
  List<Path> files(Path folder) throws IOException {
    return list(folder);
  }

  /** One of the results in a photo's folder was sent. */
  void sent(Path folder, Path file) throws IOException {
    try {
      Files.createFile(done.resolve(folder.getFileName()));
      sync(done);
    } catch (FileAlreadyExistsException e) {
      // From the photo's other results.
    }
    Files.delete(file);
    sync(folder);
  }

  /**
   * None of a photo's results is still to be sent.
   *
   * @return whether any was; a photo of which all were refused may come again
   */
  boolean finish(Path folder) throws IOException {
    Files.delete(folder);
    return Files.exists(done.resolve(folder.getFileName()));
  }

  /** Puts aside what will never be done. */
  void fail(Path file, String name) throws IOException {
    Files.move(file, failed.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Lets another node have the folder. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
