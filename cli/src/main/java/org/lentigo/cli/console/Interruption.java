package org.lentigo.cli.console;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.lentigo.runtime.internal.NativeCalls;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Between its making and its closing, Control-C (and a plain {@code kill}) asks for an end in good
 * order instead of ending the process; the second one ends it at once.
 *
 * <p>Not a shutdown hook: ONNX Runtime has one of its own, which frees what calls under way use.
 */
public final class Interruption implements AutoCloseable {
  private static final int EXIT_CODE = 130;

  /** Longer than any call takes. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Map<Signal, SignalHandler> before = new LinkedHashMap<>();
  private final CountDownLatch asked = new CountDownLatch(1);

  public Interruption() {
    for (String name : new String[] {"INT", "TERM"}) {
      Signal signal = new Signal(name);
      try {
        before.put(signal, Signal.handle(signal, this::ask));
      } catch (IllegalArgumentException e) {
        // This Java keeps the signal to itself (-Xrs); it then ends the process, as ever.
      }
    }
  }

  private void ask(Signal signal) {
    if (asked()) {
      NativeCalls.stop(PATIENCE);
      Runtime.getRuntime().halt(EXIT_CODE);
    }
    asked.countDown();
  }

  /**
   * Makes signals end the process as ever (with 128 and the signal's number as exit code), but not
   * under a call of ONNX Runtime, which would crash it.
   */
  public static void endBetweenCalls() {
    for (String name : new String[] {"HUP", "INT", "TERM"}) {
      try {
        Signal.handle(new Signal(name), Interruption::end);
      } catch (IllegalArgumentException e) {
        // As above, or a system that has no such signal.
      }
    }
  }

  private static void end(Signal signal) {
    int code = 128 + signal.getNumber();
    if (NativeCalls.stop(PATIENCE)) {
      System.exit(code);
    }
    Runtime.getRuntime().halt(code);
  }

  /** Whether to end. */
  public boolean asked() {
    return asked.getCount() == 0;
  }

  /** Waits until there is reason to end. */
  public void await() throws InterruptedException {
    asked.await();
  }

  @Override
  public void close() {
    before.forEach(Signal::handle);
  }
}
