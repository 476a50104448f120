package org.lentigo.runtime;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.lentigo.javaengine.JavaEngine;
import org.lentigo.network.Model;

/**
 * The Java engine for any number of callers. One {@link JavaEngine} works on one frame at a time;
 * there are as many as frames were ever under way at once, but no more than keep the processors
 * busy: further callers wait, which costs them nothing that a busy processor would not.
 */
final class JavaInference implements Inference {
  private final Model model;
  private final int threads;
  private final boolean vectors;
  private final int most;
  private final Semaphore free;
  private final String description;

  /** The engines that no call uses; also the lock on itself and {@link #closed}. */
  private final Deque<JavaEngine> idle = new ArrayDeque<>();

  private boolean closed;

  JavaInference(Model model, int threads, boolean vectors) {
    this.model = model;
    this.threads = threads;
    this.vectors = vectors;
    if (model.quantization().isPresent()) {
      throw new IllegalStateException(
          "the Java engine computes in floats, and "
              + model.name()
              + " is in 8-bit integers; run it with ONNX Runtime, or the model it was made from");
    }
    Optional<String> lacking = vectors ? JavaEngine.lacking() : Optional.empty();
    if (lacking.isPresent()) {
      throw new IllegalStateException("the Java engine lacks " + lacking.get());
    }
    most = Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
    free = new Semaphore(most, true);
    JavaEngine first = make();
    description = "Java engine: " + first.description();
    idle.add(first);
  }

  private JavaEngine make() {
    int size = model.preprocessing().size();
    return vectors
        ? JavaEngine.of(model, size, size, threads)
        : JavaEngine.withoutVectors(model, size, size, threads);
  }

  @Override
  public Engine engine() {
    return vectors ? Engine.JAVA : Engine.JAVA_PLAIN;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public void infer(float[] planes, float[] probabilities) {
    free.acquireUninterruptibly();
    try {
      JavaEngine engine = take();
      if (engine == null) {
        engine = make();
      }
      try {
        engine.infer(planes, probabilities);
      } finally {
        give(engine);
      }
    } finally {
      free.release();
    }
  }

  private @Nullable JavaEngine take() {
    synchronized (idle) {
      if (closed) {
        throw new IllegalStateException("this segmenter is closed; open another");
      }
      return idle.poll();
    }
  }

  private void give(JavaEngine engine) {
    synchronized (idle) {
      idle.push(engine);
    }
  }

  @Override
  public void close() {
    synchronized (idle) {
      closed = true;
    }
    free.acquireUninterruptibly(most);
    synchronized (idle) {
      idle.forEach(JavaEngine::close);
      idle.clear();
    }
    free.release(most);
  }
}
