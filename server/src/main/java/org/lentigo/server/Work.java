package org.lentigo.server;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What the server is at work on, so that a stop can wait for that and for nothing else: not for
 * clients that say nothing, nor for what they have not sent yet, nor for connections that are only
 * kept open.
 */
final class Work {
  /** A body that comes at a good pace has no longer pauses. */
  private static final long PAUSE_MILLIS = 50;

  /** How long a body that does come may go on coming when the server stops. */
  private static final long LAST_BODY_MILLIS = 500;

  private int busy;
  private long begun;
  private boolean stopping;
  private long stoppedAt;

  /** Takes on a piece of work, which {@link #end} ends; false if the server stops. */
  synchronized boolean begin() {
    if (stopping) {
      return false;
    }
    resume();
    return true;
  }

  synchronized void end() {
    busy--;
    notifyAll();
  }

  /** From here until {@link #resume} this piece of work waits for its client. */
  void pause() {
    end();
  }

  synchronized void resume() {
    busy++;
    begun++;
  }

  /** Takes nothing more on. */
  synchronized void stop() {
    if (!stopping) {
      stopping = true;
      stoppedAt = System.nanoTime();
    }
  }

  /** Whether a body that still comes is to be given up, since the server stops. */
  synchronized boolean outOfTime() {
    return stopping
        && System.nanoTime() - stoppedAt > TimeUnit.MILLISECONDS.toNanos(LAST_BODY_MILLIS);
  }

  /**
   * Waits until all that was begun has ended, and what comes from clients has paused.
   *
   * @return whether it has, within so long
   */
  synchronized boolean awaitEnd(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        return busy == 0;
      }
      if (busy > 0) {
        wait(left);
      } else {
        long before = begun;
        long pauseEnd = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS);
        for (long pause = PAUSE_MILLIS; pause > 0 && begun == before; ) {
          wait(pause);
          pause = TimeUnit.NANOSECONDS.toMillis(pauseEnd - System.nanoTime());
        }
        if (busy == 0 && begun == before) {
          return true;
        }
      }
    }
  }
}
