package org.lentigo.javaengine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;

/** ONNX Runtime on a square picture, and things to run in it. */
final class Reference implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final OnnxTensor input;
  private final FloatBuffer buffer;
  private final String inputName;

  Reference(Graph graph, Weights weights, int size, int threads) throws OrtException {
    inputName = graph.nodes().get(0).name();
    int channels = Objects.requireNonNull(graph.shapes(size).get(inputName)).channels();
    buffer =
        ByteBuffer.allocateDirect(4 * channels * size * size)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    input = OnnxTensor.createTensor(environment, buffer, new long[] {1, channels, size, size});
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      session =
          environment.createSession(
              OnnxWriter.encode(graph, weights, size, Map.of(), OnnxWriter.Form.TUNED), options);
    }
  }

  float[] infer(float[] values) throws OrtException {
    buffer.clear();
    buffer.put(values);
    try (OrtSession.Result result = session.run(Map.of(inputName, input))) {
      FloatBuffer out = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] copy = new float[out.remaining()];
      out.get(copy);
      return copy;
    }
  }

  @Override
  public void close() throws OrtException {
    input.close();
    session.close();
  }

  /** An untrained model. */
  static Model model(String variant) {
    Network v = Networks.get(variant);
    return new Model(
        "random",
        v,
        Weights.random(v.graph(), 7),
        new Preprocessing(224, List.of(0.7f, 0.6f, 0.5f), List.of(0.2f, 0.25f, 0.3f)),
        0.5f,
        new TreeMap<>());
  }

  static float[] noise(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-2, 2);
    }
    return values;
  }
}
