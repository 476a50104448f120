package org.lentigo.dicom;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.Size;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.PixelBudget;
import org.lentigo.runtime.internal.Reasons;

/**
 * A node beside an archive: takes photos by C-STORE, outlines them, and sends segmentation, capture
 * and report on. Every photo that was acknowledged is outlined, and its results are sent, also when
 * the process is killed in between: see {@link WorkQueue}. What it logs names no patient.
 */
public final class ArchiveNode implements AutoCloseable {
  private static final long FIRST_WAIT_MILLIS = 1000;
  private static final long LONGEST_WAIT_MILLIS = 60_000;
  private static final long CLOSE_MILLIS = 10_000;

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
  private final BlockingQueue<Job> photos = new PriorityBlockingQueue<>(16, Job.LEAST_FAILED);
  private final BlockingQueue<Job> results = new PriorityBlockingQueue<>(16, Job.LEAST_FAILED);
  private final AtomicLong jobs = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();

  /** The rest of Java's memory is for what is sent. */
  private final PixelBudget memory = new PixelBudget(Runtime.getRuntime().maxMemory() / 4 * 3);

  private final List<Thread> workers = new ArrayList<>();
  private final AtomicInteger working;

  /** Whether it was told that sending fails; the sender's alone. */
  private boolean told;

  private volatile boolean closed;

  /**
   * A photo to outline, or a folder of results to send. What failed comes after all that did not,
   * so that nothing is held up by what cannot be done.
   *
   * @param fromBefore whether any of it may have been done as the process before ended
   * @param failures how often it was tried in vain
   * @param number in the order in which they came
   */
  private record Job(Path path, boolean fromBefore, int failures, long number) {
    static final Comparator<Job> LEAST_FAILED =
        Comparator.comparingInt(Job::failures).thenComparingLong(Job::number);

    String name() {
      return String.valueOf(path.getFileName());
    }

    Job again() {
      return new Job(path, fromBefore, failures + 1, number);
    }
  }

  private interface Work {
    void on(Job job) throws IOException, InterruptedException;
  }

  /**
   * Goes on where the last one left off, and listens.
   *
   * @param socket bound; closed with this
   * @param folder of the queue; one node's alone
   * @param log gets a line for whatever an operator should know
   * @throws IOException if the folder cannot be used, as when another node is at work in it; the
   *     socket stays open then
   */
  public ArchiveNode(
      ServerSocket socket,
      Path folder,
      PhotoOutliner outliner,
      Destination destination,
      Settings settings,
      Consumer<String> log)
      throws IOException {
    this.settings = settings;
    this.outliner = outliner;
    this.destination = destination;
    this.log = log;
    queue = new WorkQueue(folder, outliner.model() + ", threshold " + settings.threshold());
    try {
      queue.results().forEach(path -> results.add(job(path, true)));
      queue.photos().forEach(path -> photos.add(job(path, true)));
    } catch (IOException e) {
      queue.close();
      throw e;
    }
    if (!photos.isEmpty() || !results.isEmpty()) {
      log.accept(
          "from before: " + photos.size() + " photos to outline, " + results.size() + " to send");
    }
    working = new AtomicInteger(settings.threads() + 1);
    for (int i = 0; i < settings.threads(); i++) {
      start("outliner", photos, this::outline, this::tellOfPhoto);
    }
    start("sender", results, this::send, this::tellOfResults);
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
            () -> queue.begin(path -> photos.add(job(path, false))),
            log);
  }

  private Job job(Path path, boolean fromBefore) {
    return new Job(path, fromBefore, 0, jobs.getAndIncrement());
  }

  private void start(
      String name, BlockingQueue<Job> todo, Work work, BiConsumer<Job, Throwable> failed) {
    Thread thread = new Thread(() -> work(todo, work, failed), name);
    thread.setDaemon(true);
    workers.add(thread);
    thread.start();
  }

  private void work(BlockingQueue<Job> todo, Work work, BiConsumer<Job, Throwable> failed) {
    long wait = FIRST_WAIT_MILLIS;
    try {
      while (!closed) {
        Job job = todo.take();
        try {
          work.on(job);
          wait = FIRST_WAIT_MILLIS;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
          if (closed) {
            return; // Interrupted, or its segmenter is gone; the next node does it.
          }
          failed.accept(job, e);
          todo.add(job.again());
          Thread.sleep(wait);
          wait = Math.min(LONGEST_WAIT_MILLIS, 2 * wait);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (working.decrementAndGet() == 0) {
        leave();
      }
    }
  }

  /** Only when nobody is at work any more may another node begin. */
  private void leave() {
    try {
      queue.close();
    } catch (IOException e) {
      log.accept("the queue stays locked: " + e.getMessage());
    }
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** Of how many photos results were sent since it began. */
  public long sent() {
    return sent.get();
  }

  /** How many results were refused since it began; they lie in the queue's {@code failed}. */
  public long refused() {
    return refused.get();
  }

  private void outline(Job job) throws IOException, InterruptedException {
    Path photo = job.path();
    if (queue.isOutlined(photo)) {
      queue.forget(photo);
      return;
    }
    Map<String, byte[]> files;
    try {
      files = results(photo);
    } catch (DicomException | IllegalArgumentException e) {
      putAside(job, String.valueOf(e.getMessage()));
      return;
    } catch (OutOfMemoryError e) {
      putAside(job, "it does not fit into Java's memory; raise it with -Xmx");
      return;
    }
    results.add(job(queue.outlined(photo, files), false));
  }

  private void putAside(Job photo, String reason) throws IOException {
    log.accept("photo " + photo.name() + " is put aside: " + reason);
    queue.fail(photo.path(), photo.name());
  }

  private void tellOfPhoto(Job photo, Throwable e) {
    if (photo.failures() == 0) {
      log.accept(
          "photo "
              + photo.name()
              + " stays in the queue, and is tried again: "
              + Reasons.reason(e));
    }
  }

  private Map<String, byte[]> results(Path photo) throws IOException, InterruptedException {
    try {
      Size size = DicomPhoto.size(Files.readAllBytes(photo), settings.mostPixels());
      return results(photo, (long) size.width() * size.height());
    } catch (DicomException e) {
      if (!(e.getCause() instanceof OutOfMemoryError)) {
        throw e;
      }
    } catch (OutOfMemoryError e) {
      // As below.
    }
    // Others may have had the memory: once more, with all of it.
    return results(photo, Long.MAX_VALUE);
  }

  private Map<String, byte[]> results(Path photo, long pixels)
      throws IOException, InterruptedException {
    try (PixelBudget.Share share = memory.take(pixels)) {
      // Read again rather than held while it waited for its share.
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
  }

  private OutlinedPhoto outlined(Photo photo) {
    return outliner.outline(photo, 0, settings.threshold());
  }

  /** Sends a photo's results, until one cannot be sent now. */
  private void send(Job job) throws IOException, InterruptedException {
    Path folder = job.path();
    boolean unsure = job.failures() > 0; // The answer to the first of what is left may be lost.
    for (Path file : queue.files(folder)) {
      send(folder, file, unsure || job.fromBefore());
      unsure = false;
      if (told) {
        log.accept("sending goes on");
        told = false;
      }
    }
    if (queue.finish(folder)) {
      sent.incrementAndGet();
    }
  }

  /**
   * @param unsure whether the other side may have it already
   */
  private void send(Path folder, Path file, boolean unsure)
      throws IOException, InterruptedException {
    byte[] bytes = Files.readAllBytes(file);
    try {
      if (!unsure || !destination.has(bytes)) {
        destination.send(bytes);
      }
      queue.sent(folder, file);
    } catch (Destination.RefusedException e) {
      String name = folder.getFileName() + "-" + file.getFileName();
      log.accept("result " + name + " is put aside: " + e.getMessage());
      queue.fail(file, name);
      refused.incrementAndGet();
    }
  }

  /** One line, however much waits: for an archive that is away, or for a photo it does not take. */
  private void tellOfResults(Job results, Throwable e) {
    if (!told && results.failures() == 0) {
      log.accept(
          "cannot send, and will try again: results " + results.name() + ": " + Reasons.reason(e));
      told = true;
    }
  }

  /**
   * Stops listening, outlining and sending. What is in the queue stays there for the next node,
   * which may begin when this returns; where a call of the archive or of the engine takes longer
   * than ten seconds to end, when that has ended.
   *
   * @throws IOException if the socket cannot be closed
   */
  @Override
  public void close() throws IOException {
    closed = true;
    try {
      server.close();
    } finally {
      workers.forEach(Thread::interrupt);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
      try {
        for (Thread worker : workers) {
          long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
          worker.join(Math.max(1, left));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
