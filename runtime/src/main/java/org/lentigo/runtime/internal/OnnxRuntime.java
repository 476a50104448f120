package org.lentigo.runtime.internal;

import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** How Lentigo starts ONNX Runtime and opens its sessions. */
public final class OnnxRuntime {
  /** Reserved, not used, unless the command line is that long; about 256 bytes a character. */
  private static final long ENVIRONMENT_STACK = 256L << 20;

  private OnnxRuntime() {}

  /** A session on so many threads, the same output for the same input. */
  public static OrtSession session(OrtEnvironment environment, byte[] onnx, int threads)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      // Idle workers would otherwise spin and take the cores from whatever runs beside them.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      NativeCalls.lock().lock();
      try {
        return environment.createSession(onnx, options);
      } finally {
        NativeCalls.lock().unlock();
      }
    }
  }

  /**
   * Runs a session, unless the process is ending.
   *
   * @param outputs tensors that take results, by name; where it is empty the results have memory of
   *     their own
   */
  public static OrtSession.Result run(
      OrtSession session,
      Map<String, ? extends OnnxTensorLike> inputs,
      Map<String, ? extends OnnxValue> outputs)
      throws OrtException {
    NativeCalls.lock().lock();
    try {
      return outputs.isEmpty() ? session.run(inputs) : session.run(inputs, outputs);
    } finally {
      NativeCalls.lock().unlock();
    }
  }

  /**
   * ONNX Runtime 1.29 matches the process's command line against a regular expression when it first
   * starts, recursively: a class path of some 6,000 characters overflows an ordinary thread's stack
   * and ends the process without a word. Hence a thread with a stack for any command line.
   *
   * <p>It also reports its use to its makers unless ORT_DISABLE_TELEMETRY is set; what can be
   * turned off from within is turned off here.
   */
  public static OrtEnvironment environment() {
    FutureTask<OrtEnvironment> task =
        new FutureTask<>(
            () -> {
              OrtEnvironment environment =
                  OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "lentigo");
              // What it has set up by now only the environment variable prevents; the launchers set
              // it.
              environment.setTelemetry(false);
              return environment;
            });
    Thread thread = new Thread(null, task, "onnxruntime", ENVIRONMENT_STACK);
    thread.setDaemon(true);
    thread.start();
    // It takes milliseconds, and another engine for having been interrupted would be a surprise.
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("ONNX Runtime does not start: " + e.getMessage(), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
