package org.lentigo.server;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets so many in at a time, has so many more wait, and sends the rest away. */
final class Gate {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final String what;
  private final int most;
  private final Semaphore free;
  private final AtomicInteger present = new AtomicInteger();

  /**
   * @param what is let in, for messages
   * @param inside how many at a time
   * @param waiting how many may wait
   */
  Gate(String what, int inside, int waiting) {
    this.what = what;
    most = inside + waiting;
    free = new Semaphore(inside, true);
  }

  /** A place inside; closing it gives it back. */
  interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits for a place.
   *
   * @throws Problem 429 if too many wait already, or the wait takes too long
   */
  Place enter() {
    if (present.incrementAndGet() > most) {
      present.decrementAndGet();
      throw Problem.busy(
          "already " + most + " " + what + " at work or waiting; try again after Retry-After");
    }
    boolean entered = false;
    try {
      entered = free.tryAcquire(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (!entered) {
        throw Problem.busy("waited " + PATIENCE.toSeconds() + " s in vain; try again later");
      }
      return this::leave;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.stopping();
    } finally {
      if (!entered) {
        present.decrementAndGet();
      }
    }
  }

  private void leave() {
    free.release();
    present.decrementAndGet();
  }

  /** How many are inside or waiting. */
  int present() {
    return present.get();
  }
}
