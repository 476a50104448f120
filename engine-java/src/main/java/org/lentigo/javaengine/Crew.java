package org.lentigo.javaengine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The threads of an engine: the caller of {@link #run} and daemons that help. All go through the
 * plan's steps together; who finishes a step last starts the next, and does steps of one task at
 * once itself. Each thread begins with its own stretch of a step's tasks, so that neighbouring rows
 * stay in one core's cache, then takes from the others.
 *
 * <p>A thread that waits spins for {@link #SPINS} rounds (some tens of microseconds) if there is a
 * core for each, then parks.
 */
final class Crew implements AutoCloseable {
  private static final int SPINS = 1000;

  /** Counters lie a cache line apart, in ints. */
  private static final int APART = 32;

  private final Plan plan;
  private final int threads;
  private final Thread[] helpers;
  private final int spins;

  /** Steps of more than one task: those for which the threads meet. */
  private final int[] shared;

  /** Each thread's next task. */
  private final AtomicIntegerArray next;

  /** 1 for a thread that parks or is about to. */
  private final AtomicIntegerArray parked;

  private final AtomicInteger arrived = new AtomicInteger();

  /**
   * Grows by one when a shared step may begin and once more when the frame is complete. Written
   * after everything that the step needs, so that who reads it sees that too.
   */
  private volatile int phase;

  private volatile @Nullable Thread caller;
  private volatile @Nullable Throwable failure;
  private volatile boolean closed;

  /** Told when a step is complete, by the thread that completes it; -1 is the frame's start. */
  private final IntConsumer observer;

  Crew(Plan plan, int threads, IntConsumer observer) {
    this.plan = plan;
    this.threads = threads;
    this.observer = observer;
    spins = threads <= Runtime.getRuntime().availableProcessors() ? SPINS : 0;
    shared = IntStream.range(0, plan.steps().length).filter(this::isShared).toArray();
    next = new AtomicIntegerArray(threads * APART);
    parked = new AtomicIntegerArray(threads * APART);
    helpers = new Thread[shared.length == 0 ? 0 : threads - 1];
    for (int i = 0; i < helpers.length; i++) {
      int number = i + 1;
      helpers[i] = new Thread(() -> help(number), "lentigo-engine-" + number);
      helpers[i].setDaemon(true);
    }
    try {
      for (Thread helper : helpers) {
        helper.start();
      }
    } catch (Throwable e) {
      // No memory for another thread: those that run would wait for ever.
      close();
      throw e;
    }
  }

  private boolean isShared(int step) {
    return plan.steps()[step].tasks() > 1;
  }

  /**
   * Runs the plan once; one caller at a time. An interrupt is kept for the caller and changes
   * nothing.
   *
   * @throws IllegalStateException if a step failed
   */
  void run() {
    caller = Thread.currentThread();
    failure = null;
    observer.accept(-1);
    int base = phase;
    begin(0, base + 1);
    boolean interrupted = frame(0, base);
    interrupted |= await(0, base + shared.length + 1);
    caller = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable thrown = failure;
    if (thrown != null) {
      throw new IllegalStateException("the Java engine failed: " + thrown, thrown);
    }
  }

  private void help(int number) {
    int base = 0;
    while (true) {
      await(number, base + 1);
      if (closed) {
        return;
      }
      frame(number, base);
      base += shared.length + 1;
    }
  }

  /** One thread's part of a frame; true if it was interrupted. */
  private boolean frame(int number, int base) {
    boolean interrupted = false;
    for (int i = 0; i < shared.length; i++) {
      interrupted |= await(number, base + 1 + i);
      work(number, plan.steps()[shared[i]]);
      if (arrived.incrementAndGet() == threads) {
        arrived.set(0);
        observer.accept(shared[i]);
        begin(i + 1, base + 2 + i);
      }
    }
    return interrupted;
  }

  /** Does the steps before shared step number {@code i} (or the end) and lets that begin. */
  private void begin(int i, int newPhase) {
    int from = i == 0 ? 0 : shared[i - 1] + 1;
    int to = i == shared.length ? plan.steps().length : shared[i];
    for (int s = from; s < to; s++) {
      task(plan.steps()[s], 0, plan.scratch()[0]);
      observer.accept(s);
    }
    if (i < shared.length) {
      int tasks = plan.steps()[shared[i]].tasks();
      for (int t = 0; t < threads; t++) {
        next.set(t * APART, first(tasks, t));
      }
    }
    phase = newPhase;
    wake();
  }

  private int first(int tasks, int thread) {
    return (int) ((long) tasks * thread / threads);
  }

  private void work(int number, Step step) {
    int tasks = step.tasks();
    int scratch = plan.scratch()[number];
    for (int i = 0; i < threads; i++) {
      int owner = (number + i) % threads;
      int end = first(tasks, owner + 1);
      int task;
      while ((task = next.getAndIncrement(owner * APART)) < end) {
        task(step, task, scratch);
      }
    }
  }

  /** A failure must not keep the others waiting: the frame goes on and its end reports it. */
  private void task(Step step, int task, int scratch) {
    try {
      step.run(plan.memory(), task, scratch);
    } catch (Throwable e) {
      failure = e;
    }
  }

  private boolean await(int number, int wanted) {
    boolean interrupted = false;
    for (int i = 0; i < spins && phase - wanted < 0; i++) {
      Thread.onSpinWait();
    }
    while (phase - wanted < 0 && !closed) {
      parked.set(number * APART, 1);
      if (phase - wanted < 0 && !closed) {
        LockSupport.park(this);
        // park returns at once while the flag is up.
        interrupted |= Thread.interrupted();
      }
      parked.set(number * APART, 0);
    }
    return interrupted;
  }

  private void wake() {
    for (int t = 0; t < threads; t++) {
      if (parked.get(t * APART) == 1) {
        LockSupport.unpark(t == 0 ? caller : helpers[t - 1]);
      }
    }
  }

  /** Ends the helpers. Not while {@link #run} is under way. */
  @Override
  public void close() {
    closed = true;
    wake();
  }
}
