package org.lentigo.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/** The same work on many items, several at a time. */
public final class Parallel {
  private Parallel() {}

  /**
   * Does the work on items 0 to {@code count - 1}. Each thread takes the next item when it is done
   * with one, so that no more items are under way than there are threads.
   *
   * @param stop asked before each item; once true, no further item is begun
   * @param work must handle what may go wrong with an item; what it throws ends the run
   */
  public static void forEach(int count, int threads, BooleanSupplier stop, IntConsumer work) {
    int workers = Math.min(threads, count);
    AtomicInteger next = new AtomicInteger();
    ExecutorService executor = Executors.newFixedThreadPool(Math.max(1, workers));
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        ends.add(
            executor.submit(
                () -> {
                  while (!stop.getAsBoolean()) {
                    int item = next.getAndIncrement();
                    if (item >= count) {
                      return;
                    }
                    work.accept(item);
                  }
                }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    } finally {
      executor.shutdownNow();
    }
  }
}
