package org.lentigo.runtime;

import org.lentigo.network.Model;

/**
 * A runtime that Lentigo is measured against and does not come with. {@code lentigo bench} finds
 * those on its class path through {@link java.util.ServiceLoader}.
 */
public interface OutsideRuntime {
  /** Its name and version. */
  String name();

  /**
   * Opens a model.
   *
   * @param threads how many threads work on one input, at least 1
   */
  Runner open(Model model, int threads);

  /** A network that runs; one caller at a time. Holds native memory: close it. */
  interface Runner extends AutoCloseable {
    /** As {@link Inference#infer}. */
    void infer(float[] planes, float[] probabilities);

    @Override
    void close();
  }
}
