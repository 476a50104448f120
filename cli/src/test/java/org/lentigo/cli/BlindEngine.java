package org.lentigo.cli;

import java.nio.FloatBuffer;
import org.lentigo.network.Graph;
import org.lentigo.training.Engine;
import org.lentigo.training.Precision;

/**
 * An engine that sees nothing: its logits are 0 and its gradients follow from the masks alone, so
 * that the weights depend on every batch so far, and only the bookkeeping is at work. The process
 * ends at the forward pass whose number is the property {@value #HALT}.
 */
public final class BlindEngine implements Engine.Provider {
  static final String HALT = "lentigo.test.halt";

  private static int passes;

  @Override
  public String name() {
    return "blind";
  }

  @Override
  public Engine open(Graph graph, int threads, Precision precision) {
    int count = graph.parameters().values().stream().mapToInt(Graph.Parameter::size).sum();
    FloatBuffer parameters = FloatBuffer.allocate(count);
    FloatBuffer gradients = FloatBuffer.allocate(count);
    return new Engine() {
      @Override
      public FloatBuffer parameters() {
        return parameters.duplicate();
      }

      @Override
      public FloatBuffer gradients() {
        return gradients.duplicate();
      }

      @Override
      public float[][] forward(float[] images, int number, int size) {
        if (++passes == Integer.getInteger(HALT, 0)) {
          Runtime.getRuntime().halt(137);
        }
        return new float[graph.outputs().size()][number * size * size];
      }

      @Override
      public void backward(float[][] outputGradients) {
        double sum = 0;
        for (float gradient : outputGradients[0]) {
          sum += gradient;
        }
        for (int i = 0; i < count; i++) {
          gradients.put(i, (float) (sum * Math.sin(i)));
        }
      }

      @Override
      public float[] infer(float[] images, int number, int size) {
        return new float[number * size * size];
      }

      @Override
      public void close() {}
    };
  }
}
