package org.lentigo.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.lentigo.network.Model;
import org.lentigo.network.OnnxWriter;
import org.lentigo.runtime.internal.OnnxRuntime;

/** ONNX Runtime's CPU kernels. */
final class OnnxRuntimeInference implements Inference {
  private final OnnxWriter.Form form;
  private final int size;
  private final OrtEnvironment environment;
  private final OrtSession session;

  /**
   * Read-locked by each call and write-locked by {@link #close}: freeing the session under a call
   * would crash the process.
   */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private boolean closed;

  /**
   * No more calls at once than keep the processors busy: each takes tens of megabytes of ONNX
   * Runtime's arena, which never shrinks, and further ones would only take turns.
   */
  private final Semaphore free;

  /** Used again and again: one a call under way. */
  private final ConcurrentLinkedQueue<Pinned> idle = new ConcurrentLinkedQueue<>();

  /** Native memory that ONNX Runtime reads its input from and writes its output to. */
  private record Pinned(FloatBuffer in, OnnxTensor input, FloatBuffer out, OnnxTensor output) {
    static Pinned allocate(OrtEnvironment environment, int size) throws OrtException {
      FloatBuffer in = direct(3 * size * size);
      FloatBuffer out = direct(size * size);
      OnnxTensor input = OnnxTensor.createTensor(environment, in, new long[] {1, 3, size, size});
      try {
        return new Pinned(
            in,
            input,
            out,
            OnnxTensor.createTensor(environment, out, new long[] {1, 1, size, size}));
      } catch (OrtException | RuntimeException | Error e) {
        input.close();
        throw e;
      }
    }

    private static FloatBuffer direct(int values) {
      return ByteBuffer.allocateDirect(4 * values).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }
  }

  OnnxRuntimeInference(Model model, int threads, OnnxWriter.Form form) {
    this.form = form;
    size = model.preprocessing().size();
    free = new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / threads), true);
    try {
      environment = OnnxRuntime.environment();
      byte[] onnx = OnnxWriter.encode(model, Map.of(), form);
      session = OnnxRuntime.session(environment, onnx, threads);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime refuses the model: " + e.getMessage(), e);
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "ONNX Runtime does not load on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + " ("
              + e.getMessage()
              + "); it has libraries for Linux x64 and arm64, macOS arm64 and Windows x64",
          e);
    }
  }

  @Override
  public Engine engine() {
    return form == OnnxWriter.Form.PLAIN ? Engine.ONNX_RUNTIME_PLAIN : Engine.ONNX_RUNTIME;
  }

  @Override
  public String description() {
    return "ONNX Runtime "
        + environment.getVersion()
        + (form == OnnxWriter.Form.PLAIN ? ": plain export" : ": tuned layout");
  }

  @Override
  public void infer(float[] planes, float[] probabilities) {
    if (planes.length != 3 * size * size || probabilities.length != size * size) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "wanted 3 x %d x %d values in and %d x %d out, got arrays of %d and %d",
              size,
              size,
              size,
              size,
              planes.length,
              probabilities.length));
    }
    free.acquireUninterruptibly();
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("this segmenter is closed; open another");
      }
      Pinned pinned = idle.poll();
      if (pinned == null) {
        pinned = Pinned.allocate(environment, size);
      }
      try {
        pinned.in().put(0, planes);
        OnnxRuntime.run(
                session, Map.of("image", pinned.input()), Map.of("probability", pinned.output()))
            .close();
        pinned.out().get(0, probabilities);
      } finally {
        // Also after a failure: what is not in the queue is never freed.
        idle.add(pinned);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    } finally {
      lock.readLock().unlock();
      free.release();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        for (Pinned pinned : idle) {
          pinned.input().close();
          pinned.output().close();
        }
        idle.clear();
        session.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed to close: " + e.getMessage(), e);
    } finally {
      lock.writeLock().unlock();
    }
  }
}
