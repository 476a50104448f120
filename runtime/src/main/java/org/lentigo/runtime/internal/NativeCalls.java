package org.lentigo.runtime.internal;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Calls of ONNX Runtime under way. When the process ends, its own shutdown hook frees what they
 * use, and a call that is at work then crashes the process; hooks run side by side, so that none of
 * ours could hold it back. Whoever ends the process while others may be at work calls {@link #stop}
 * first.
 */
public final class NativeCalls {
  private static final ReadWriteLock CALLS = new ReentrantReadWriteLock();

  private NativeCalls() {}

  /** To be held during a call; after {@link #stop} whoever asks for it waits for the end. */
  public static Lock lock() {
    return CALLS.readLock();
  }

  /**
   * Lets the calls under way finish and no other begin, for good.
   *
   * @param patience how long to wait for them
   * @return whether none is under way now
   */
  public static boolean stop(Duration patience) {
    try {
      return CALLS.writeLock().tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
