package org.lentigo.cli.live;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Overlay;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.measure.PhotoQuality.Problem;
import org.lentigo.imaging.metrics.Percentile;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmentation;

/**
 * One run over a moving picture. Three threads: one takes frames from the source when they are due
 * and puts each in the one place where the outlining thread looks, over an older one that still
 * waits there; the caller's outlines; one draws and writes.
 */
public final class LiveRun {
  /** The engine's compiled code is ready after some seconds; a camera's first frames are not it. */
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(4);

  /** How long the camera waits at most before it looks whether the run goes on. */
  private static final long LOOK_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Outlined frames that may wait to be written; beyond, they are left out of the file. */
  private static final int WAITING = 8;

  /** Of a folder of frames, which does not say. */
  private static final double DEFAULT_FPS = 25;

  /** Opens what the outlined frames go to, or gives null. */
  public interface Writers {
    @Nullable FrameWriter open(int width, int height) throws IOException;
  }

  /** So often the frames' quality is looked at, which takes as long as half an outline. */
  private static final double LOOK_EVERY_SECONDS = 0.5;

  /**
   * A frame that was outlined.
   *
   * @param problem the worst of what was wrong with the last frame that was looked at; null if
   *     nothing
   */
  public record Outlined(
      double seconds, double latencyMillis, double areaFraction, @Nullable Problem problem) {}

  /**
   * What happened.
   *
   * @param pace frames a second that came
   * @param framesPerSecond that were outlined
   * @param dropped frames another one took the place of
   * @param unwritten outlined frames that are not in the file
   * @param unreadable frames that could not be read
   */
  public record Result(
      int width,
      int height,
      double pace,
      double framesPerSecond,
      List<Outlined> frames,
      int dropped,
      int unwritten,
      int unreadable,
      Steadiness steadiness) {
    /** A percentile of the milliseconds from arrival to outline. */
    public double latency(double share) {
      return Percentile.ofUnsorted(
          frames.stream().mapToDouble(Outlined::latencyMillis).toArray(), share);
    }
  }

  private record Frame(RgbImage image, double seconds, long arrived) {}

  private record Drawing(RgbImage image, List<Contour> contours, double seconds) {}

  private static final Drawing END = new Drawing(new RgbImage(1, 1, new byte[3]), List.of(), 0);

  private final FrameReader reader;
  private final LiveSegmenter live;
  private final double pace;
  private final boolean everyFrame;
  private final Writers writers;
  private final BooleanSupplier stop;
  private final Consumer<String> problems;
  private final Steadiness steadiness;
  private final List<Outlined> outlined = new ArrayList<>();
  private final BlockingQueue<Drawing> drawings = new ArrayBlockingQueue<>(WAITING);
  private double lookAt;
  private @Nullable Problem problem;
  private int unwritten;
  private int width;
  private int height;
  private boolean scaled;

  // Between the thread that reads and the one that outlines; all under the lock on this.
  private @Nullable Frame waiting;
  private boolean ended;
  private int dropped;
  private int unreadable;

  /** The first of what went wrong in any of the three threads; it ends the run. */
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /** The frames a second of a video, 25 of what does not say. */
  public static double paceOf(FrameReader reader) {
    return reader.framesPerSecond() > 0 ? reader.framesPerSecond() : DEFAULT_FPS;
  }

  public LiveRun(
      FrameReader reader,
      LiveSegmenter live,
      float threshold,
      double pace,
      boolean everyFrame,
      Writers writers,
      BooleanSupplier stop,
      Consumer<String> problems) {
    this.reader = reader;
    this.live = live;
    this.pace = pace;
    this.everyFrame = everyFrame;
    this.writers = writers;
    this.stop = stop;
    this.problems = problems;
    steadiness = new Steadiness(threshold);
  }

  /**
   * Runs to the source's end, or until asked to stop. Where it fails, what it was to write is as it
   * was before.
   *
   * @throws IOException if the outlined frames cannot be written, or one of the threads dies of
   *     whatever else
   */
  public Result run() throws IOException, InterruptedException {
    try {
      return runOrDie();
    } catch (RuntimeException | Error e) {
      throw new IOException("the run broke off: " + e, e);
    }
  }

  private Result runOrDie() throws IOException, InterruptedException {
    RgbImage first = read();
    if (first == null) {
      return new Result(0, 0, pace, 0, List.of(), 0, 0, unreadable, steadiness);
    }
    width = first.width();
    height = first.height();
    if (!everyFrame) {
      long end = System.nanoTime() + WARM_UP_NANOS;
      while (System.nanoTime() < end && !stop.getAsBoolean()) {
        live.next(first).contours();
      }
    }
    double seconds;
    try (FrameWriter writer = writers.open(width, height)) {
      seconds = outlineAll(first, writer);
      // A moving picture of nothing must not take the place of one that was there.
      if (writer != null && !outlined.isEmpty()) {
        writer.finish();
      }
    }
    return new Result(
        width,
        height,
        pace,
        outlined.size() / seconds,
        List.copyOf(outlined),
        dropped,
        unwritten,
        unreadable,
        steadiness);
  }

  /** Returns when no other thread is at work any more, how long it took in seconds. */
  private double outlineAll(RgbImage first, @Nullable FrameWriter writer)
      throws IOException, InterruptedException {
    Thread drawer = start("live-writer", () -> draw(writer));
    long start = System.nanoTime();
    long end;
    try {
      outlineEach(first, start, writer != null);
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
    } finally {
      end = System.nanoTime();
      drawings.put(END);
      drawer.join();
    }
    Throwable failed = failure.get();
    if (failed instanceof IOException e) {
      throw e;
    }
    if (failed != null) {
      throw new IOException("the run broke off: " + failed, failed);
    }
    return (end - start) / 1e9;
  }

  private void outlineEach(RgbImage first, long start, boolean written)
      throws InterruptedException {
    if (everyFrame) {
      double time = 0;
      for (RgbImage image = first; image != null && goesOn(); image = read()) {
        outline(new Frame(image, time, System.nanoTime()), written);
        time += 1 / pace;
      }
      return;
    }
    Thread camera = start("live-camera", () -> take(first, start));
    try {
      for (Frame frame = next(); frame != null && goesOn(); frame = next()) {
        outline(frame, written);
      }
    } catch (RuntimeException | Error e) {
      // Before the camera is waited for: it goes on until something has failed.
      failure.compareAndSet(null, e);
    } finally {
      camera.join();
    }
  }

  private static Thread start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private boolean goesOn() {
    return !stop.getAsBoolean() && failure.get() == null;
  }

  /** The next frame that can be read, as large as the first, or null at the end. */
  private @Nullable RgbImage read() {
    while (true) {
      try {
        RgbImage frame = reader.next();
        return frame == null ? null : sized(frame);
      } catch (IOException e) {
        unreadable++;
        problems.accept(String.valueOf(e.getMessage()));
      }
    }
  }

  /** A frame of another size is told of once, and scaled: a moving picture has one size. */
  private RgbImage sized(RgbImage frame) {
    if (width == 0 || frame.width() == width && frame.height() == height) {
      return frame;
    }
    if (!scaled) {
      scaled = true;
      problems.accept(
          "a frame is %d x %d, the first was %d x %d: it, and others of another size, are scaled to the first one's"
              .formatted(frame.width(), frame.height(), width, height));
    }
    return Resampling.resize(frame, width, height);
  }

  /** The camera: frame i is there i / pace seconds after the start, or when it has been decoded. */
  private void take(RgbImage first, long start) {
    RgbImage image = first;
    try {
      for (long i = 0; image != null && goesOn(); i++) {
        double due = i / pace;
        long wait = start + (long) (1e9 * due) - System.nanoTime();
        while (wait > 0 && goesOn()) {
          LockSupport.parkNanos(Math.min(wait, LOOK_UP_NANOS));
          wait = start + (long) (1e9 * due) - System.nanoTime();
        }
        synchronized (this) {
          dropped += waiting == null ? 0 : 1;
          waiting = new Frame(image, due, System.nanoTime());
          notifyAll();
        }
        image = read();
      }
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    } finally {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }
  }

  private synchronized @Nullable Frame next() throws InterruptedException {
    while (waiting == null && !ended) {
      wait();
    }
    Frame frame = waiting;
    waiting = null;
    return frame;
  }

  private void outline(Frame frame, boolean written) throws InterruptedException {
    Segmentation lesion = live.next(frame.image());
    List<Contour> contours = lesion.contours();
    double latency = (System.nanoTime() - frame.arrived()) / 1e6;
    if (outlined.isEmpty() || frame.seconds() >= lookAt) {
      lookAt = frame.seconds() + LOOK_EVERY_SECONDS;
      problem = lesion.quality(frame.image()).worst();
    }
    outlined.add(new Outlined(frame.seconds(), latency, lesion.areaFraction(), problem));
    steadiness.add(live.lastProbabilities(), lesion.networkProbabilities(), lesion.networkSize());
    if (written) {
      Drawing drawing = new Drawing(frame.image(), contours, frame.seconds());
      if (everyFrame) {
        drawings.put(drawing);
      } else if (!drawings.offer(drawing)) {
        unwritten++;
      }
    }
  }

  private void draw(@Nullable FrameWriter writer) {
    try {
      for (Drawing drawing = drawings.take(); drawing != END; drawing = drawings.take()) {
        // After a failure the rest is only taken away, so that nobody waits for room.
        if (writer != null && failure.get() == null) {
          try {
            writer.write(
                Overlay.draw(drawing.image(), drawing.contours(), Overlay.Style.PREDICTION),
                drawing.seconds());
          } catch (Throwable e) {
            // Kept as it is: out of memory, nothing can be made of it here.
            failure.compareAndSet(null, e);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
