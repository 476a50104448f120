package org.lentigo.runtime.internal;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Stops calls, for good: hence in a process of its own, whose exit code says what happened. */
final class NativeCallsProgram {
  private NativeCallsProgram() {}

  public static void main(String[] args) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    Thread call =
        new Thread(
            () -> {
              NativeCalls.lock().lock();
              begun.countDown();
              try {
                mayEnd.await();
              } catch (InterruptedException e) {
                Runtime.getRuntime().halt(1);
              } finally {
                NativeCalls.lock().unlock();
              }
            });
    call.start();
    begun.await();
    if (NativeCalls.stop(Duration.ofMillis(50))) {
      Runtime.getRuntime().halt(2); // It did not wait for the call.
    }
    mayEnd.countDown();
    if (!NativeCalls.stop(Duration.ofMinutes(1))) {
      Runtime.getRuntime().halt(3); // It did not see the call's end.
    }
    Thread late =
        new Thread(
            () -> {
              NativeCalls.lock().lock();
              Runtime.getRuntime().halt(4); // It began after the stop.
            });
    late.setDaemon(true);
    late.start();
    while (late.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    Runtime.getRuntime().halt(0);
  }
}
