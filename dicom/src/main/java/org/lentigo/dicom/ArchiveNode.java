package org.lentigo.dicom;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Photo;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;

/**
 * A node beside an archive: takes photos by C-STORE, outlines them, and sends segmentation, capture
 * and report on. Every photo that was acknowledged is outlined, and its results are sent, also when
 * the process is killed in between: see {@link WorkQueue}. What it logs names no patient.
 */
public final class ArchiveNode implements AutoCloseable {
  private static final long FIRST_WAIT_MILLIS = 1000;
  private static final long LONGEST_WAIT_MILLIS = 60_000;

  /**
   * How the node works.
   *
   * @param ae its title
   * @param allowed titles that may call; empty for all
   * @param associations how many at a time
   * @param mostBytes of one object
   * @param mostPixels of one photo
   * @param patienceMillis how long a handshake, or a PDU, may take
   * @param threads that outline
   * @param threshold a pixel is lesion where its probability is at least this; null for the model's
   * @param tls with which callers must begin; null for none
   */
  public record Settings(
      String ae,
      Set<String> allowed,
      int associations,
      long mostBytes,
      long mostPixels,
      int patienceMillis,
      int threads,
      @Nullable Float threshold,
      @Nullable Tls tls) {}

  private final Settings settings;
  private final PhotoOutliner outliner;
  private final Destination destination;
  private final Consumer<String> log;
  private final WorkQueue queue;
  private final StoreServer server;
  private final BlockingQueue<Path> photos = new LinkedBlockingQueue<>();
  private final BlockingQueue<Path> results = new LinkedBlockingQueue<>();
  private final AtomicLong sent = new AtomicLong();

  /** Results from before: the first object of each may have arrived as the process ended. */
  private final Set<Path> unsure = new HashSet<>();

  private volatile boolean closed;

  /**
   * Goes on where the last one left off, and listens.
   *
   * @param socket bound; closed with this
   * @param folder of the queue; one node's alone
   * @param recipe what outlines depend on: the model's hash, the threshold
   * @param log gets a line for whatever an operator should know
   */
  public ArchiveNode(
      ServerSocket socket,
      Path folder,
      String recipe,
      PhotoOutliner outliner,
      Destination destination,
      Settings settings,
      Consumer<String> log)
      throws IOException {
    this.settings = settings;
    this.outliner = outliner;
    this.destination = destination;
    this.log = log;
    queue = new WorkQueue(folder, recipe);
    results.addAll(queue.results());
    unsure.addAll(results);
    photos.addAll(queue.photos());
    if (!photos.isEmpty() || !results.isEmpty()) {
      log.accept(
          "from before: " + photos.size() + " photos to outline, " + results.size() + " to send");
    }
    for (int i = 0; i < settings.threads(); i++) {
      start("outliner", this::outlineAll);
    }
    start("sender", this::sendAll);
    server =
        new StoreServer(
            socket,
            new StoreServer.Limits(
                settings.ae(),
                settings.allowed(),
                settings.associations(),
                settings.mostBytes(),
                settings.patienceMillis(),
                settings.tls()),
            () -> queue.begin(photos::add),
            log);
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** How many photos' results were sent since it began. */
  public long sent() {
    return sent.get();
  }

  private void outlineAll() {
    try {
      while (!closed) {
        outline(photos.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void outline(Path photo) {
    String name = String.valueOf(photo.getFileName());
    try {
      if (queue.isOutlined(photo)) {
        queue.forget(photo);
        return;
      }
      Map<String, byte[]> files;
      try {
        files = results(photo);
      } catch (DicomException | IllegalArgumentException e) {
        log.accept("photo " + name + " is put aside: " + e.getMessage());
        queue.fail(photo, name);
        return;
      }
      results.add(queue.outlined(photo, files));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // It stays where it is, for the next start.
      log.accept("photo " + name + " stays in the queue: " + e);
    }
  }

  private Map<String, byte[]> results(Path photo) throws IOException {
    DicomPhoto read =
        DicomPhoto.read(Files.readAllBytes(photo), settings.mostPixels())
            .withFurtherFrames(this::outlined);
    OutlinedPhoto outlined = outlined(read.photo());
    DicomResults made = new DicomResults(read, outlined, LocalDateTime.now());
    Map<String, byte[]> files = new LinkedHashMap<>();
    // In the order in which they are sent: what refers to another comes after it.
    files.put("1-segmentation", made.segmentation());
    files.put("2-capture", made.capture(outlined.overlay()));
    files.put("3-report", made.report());
    return files;
  }

  private OutlinedPhoto outlined(Photo photo) {
    return outliner.outline(photo, 0, settings.threshold());
  }

  private void sendAll() {
    try {
      while (!closed) {
        Path folder = results.take();
        try {
          boolean ask = unsure.remove(folder);
          for (Path file : queue.files(folder)) {
            sendPatiently(file, folder.getFileName() + "-" + file.getFileName(), ask);
            ask = false;
          }
          queue.finish(folder);
          sent.incrementAndGet();
        } catch (IOException | RuntimeException e) {
          log.accept("results " + folder.getFileName() + " stay in the queue: " + e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Again and again, until the other side has it or says that it will not.
   *
   * @param unsure whether it may have it already
   */
  private void sendPatiently(Path file, String name, boolean unsure)
      throws IOException, InterruptedException {
    byte[] bytes = Files.readAllBytes(file);
    long wait = FIRST_WAIT_MILLIS;
    boolean told = false;
    boolean ask = unsure;
    while (true) {
      try {
        if (!ask || !destination.has(bytes)) {
          ask = true; // Should the answer be lost.
          destination.send(bytes);
        }
        queue.sent(file);
        if (told) {
          log.accept("sending goes on");
        }
        return;
      } catch (Destination.RefusedException e) {
        log.accept("result " + name + " is put aside: " + e.getMessage());
        queue.fail(file, name);
        return;
      } catch (IOException e) {
        if (!told) {
          log.accept("cannot send, and will try again: " + e.getMessage());
          told = true;
        }
        Thread.sleep(wait);
        wait = Math.min(LONGEST_WAIT_MILLIS, 2 * wait);
      }
    }
  }

  /** Stops listening. What is in the queue stays there for the next one. */
  @Override
  public void close() throws IOException {
    closed = true;
    server.close();
  }
}
