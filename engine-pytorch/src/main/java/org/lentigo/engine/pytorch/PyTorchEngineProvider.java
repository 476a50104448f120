package org.lentigo.engine.pytorch;

import org.bytedeco.pytorch.global.torch;
import org.lentigo.network.Graph;
import org.lentigo.training.Engine;
import org.lentigo.training.Precision;

/** Opens {@link PyTorchEngine}s; found by {@link java.util.ServiceLoader}. */
public final class PyTorchEngineProvider implements Engine.Provider {

  @Override
  public String name() {
    return "libtorch through JavaCPP " + torch.class.getPackage().getImplementationVersion();
  }

  @Override
  public Engine open(Graph graph, int threads, Precision precision) {
    return new PyTorchEngine(graph, threads, 1, precision);
  }
}
