package org.lentigo.engine.pytorch;

import java.nio.FloatBuffer;
import org.bytedeco.pytorch.global.torch;
import org.lentigo.network.Model;
import org.lentigo.network.Weights;
import org.lentigo.runtime.internal.OutsideRuntime;
import org.lentigo.training.Precision;

/** libtorch as a reference for {@code lentigo bench}, with BatchNorm folded as for the others. */
public final class LibtorchRuntime implements OutsideRuntime {
  @Override
  public String name() {
    return "libtorch " + torch.class.getPackage().getImplementationVersion();
  }

  @Override
  public Runner open(Model model, int threads) {
    Weights.Folded folded = Weights.fold(model.graph(), model.weights());
    PyTorchEngine engine = new PyTorchEngine(folded.graph(), 1, threads, Precision.FLOAT32);
    FloatBuffer parameters = engine.parameters();
    folded
        .graph()
        .parameters()
        .keySet()
        .forEach(name -> parameters.put(folded.weights().get(name)));
    int size = model.preprocessing().size();
    return new Runner() {
      @Override
      public void infer(float[] planes, float[] probabilities) {
        float[] map = engine.infer(planes, 1, size);
        System.arraycopy(map, 0, probabilities, 0, map.length);
      }

      @Override
      public void close() {
        engine.close();
      }
    };
  }
}
