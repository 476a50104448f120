package org.lentigo.cli.photos;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.network.Model;
import org.lentigo.runtime.Measurement.ModelId;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;

/**
 * An outliner whose model opens while the first photos are read: a run on one photo takes half the
 * time.
 */
public final class LateOutliner implements AutoCloseable {
  private final FutureTask<Segmenter> opened;
  private final FutureTask<PhotoOutliner> outliner;

  /** Opens a model. */
  @FunctionalInterface
  public interface Opener {
    Segmenter open(Model model) throws CommandFailure;
  }

  /**
   * Begins to read and open the model, on threads of their own.
   *
   * @param views in how many mirror images what the opener opens is shown each photo
   * @param looks how often it looks at each
   */
  public LateOutliner(Callable<Model> reader, Opener opener, int views, int looks) {
    FutureTask<Model> read = new FutureTask<>(reader);
    FutureTask<ModelId> identified = new FutureTask<>(() -> ModelId.of(read.get(), views, looks));
    opened = new FutureTask<>(() -> opener.open(read.get()));
    outliner = new FutureTask<>(() -> new PhotoOutliner(opened.get(), identified.get()));
    for (Runnable task : List.of(read, opened, identified, outliner)) {
      Thread thread = new Thread(task, "model");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Waits for the model.
   *
   * @throws ExecutionException if it cannot be opened: see {@link #reason}
   */
  PhotoOutliner get() throws ExecutionException, InterruptedException {
    return outliner.get();
  }

  /** Waits for the model, and tells if it cannot be opened. */
  public void check() throws CommandFailure {
    try {
      outliner.get();
    } catch (ExecutionException e) {
      throw reason(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * Why the model cannot be opened.
   *
   * @throws IllegalStateException if no reason was foreseen
   */
  static CommandFailure reason(ExecutionException e) {
    Throwable cause = e;
    while (cause instanceof ExecutionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof CommandFailure failure) {
      return failure;
    }
    throw new IllegalStateException(cause);
  }

  @Override
  public void close() {
    try {
      opened.get().close();
    } catch (ExecutionException e) {
      // It never opened, and whoever needed it has said so.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
