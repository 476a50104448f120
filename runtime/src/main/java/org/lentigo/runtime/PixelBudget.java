package org.lentigo.runtime;

import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;

/**
 * Keeps photos that are worked on at the same time within Java's memory: small ones run side by
 * side, large ones wait for each other. A photo larger than the whole budget runs alone.
 *
 * <pre>{@code
 * PixelBudget memory = new PixelBudget(Runtime.getRuntime().maxMemory());
 * // in each of many threads
 * try (PixelBudget.Share share = memory.take(file)) {
 *   save(outliner.outline(file, null));
 * }
 * }</pre>
 */
public final class PixelBudget {
  /**
   * Decoder's picture, photo, overlay (3 bytes a pixel each), masks (1 each), encoded files, and
   * some room.
   */
  private static final long BYTES_PER_PIXEL = 16;

  private static final long UNIT = 1_000_000;

  private final int units;
  private final Semaphore free;

  /**
   * Sets memory aside: about 16 bytes a pixel of each photo at work.
   *
   * @param bytes the memory there is for photos; at least room for a megapixel is taken for granted
   */
  public PixelBudget(long bytes) {
    units = (int) Math.max(1, bytes / (BYTES_PER_PIXEL * UNIT));
    free = new Semaphore(units, true);
  }

  /** The share of one photo; closing it gives it back, once. */
  public interface Share extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits until there is room for this photo. One whose size cannot be told takes next to none. */
  public Share take(Path photo) throws InterruptedException {
    long pixels;
    try {
      Size size = PhotoReader.size(photo);
      pixels = (long) size.width() * size.height();
    } catch (UnreadableImageException e) {
      pixels = 0; // Reading it says what is wrong.
    }
    return take(pixels);
  }

  /** Waits until there is room for a photo of so many pixels. */
  public Share take(long pixels) throws InterruptedException {
    int share = (int) Math.min(units, 1 + Math.max(0, pixels) / UNIT);
    free.acquire(share);
    AtomicBoolean taken = new AtomicBoolean(true);
    return () -> {
      if (taken.getAndSet(false)) {
        free.release(share);
      }
    };
  }
}
