package org.lentigo.runtime.internal;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import org.lentigo.network.OnnxWriter;

/**
 * A product of two large matrices by ONNX Runtime's kernels: about the most arithmetic that a
 * machine does in a second, which benchmarks hold engines against. Holds native memory: close it.
 */
public final class MatrixProduct implements AutoCloseable {
  private static final int N = 1024;

  private final OrtSession session;
  private final OnnxTensor a;
  private final OnnxTensor b;
  private final OnnxTensor product;

  /**
   * Opens it.
   *
   * @param threads that work on the product, at least 1
   * @throws IllegalStateException if ONNX Runtime cannot start on this machine
   */
  public MatrixProduct(int threads) {
    try {
      OrtEnvironment environment = OnnxRuntime.environment();
      session = OnnxRuntime.session(environment, OnnxWriter.matrixProduct(N), threads);
      a = matrix(environment);
      b = matrix(environment);
      product = matrix(environment);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  private static OnnxTensor matrix(OrtEnvironment environment) throws OrtException {
    FloatBuffer values =
        ByteBuffer.allocateDirect(4 * N * N).order(ByteOrder.nativeOrder()).asFloatBuffer();
    for (int i = 0; i < N * N; i++) {
      values.put(i, i % 7 - 3);
    }
    return OnnxTensor.createTensor(environment, values, new long[] {1, 1, N, N});
  }

  /** Multiply-accumulates of one run. */
  public long macs() {
    return (long) N * N * N;
  }

  /** Multiplies once. */
  public void run() {
    try {
      OnnxRuntime.run(session, Map.of("a", a, "b", b), Map.of("product", product)).close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      a.close();
      b.close();
      product.close();
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed to close: " + e.getMessage(), e);
    }
  }
}
