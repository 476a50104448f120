package org.lentigo.runtime.internal;

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
    /**
     * Runs the network.
     *
     * @param planes 3 x S x S values in NCHW order, normalised as the model's preprocessing says
     * @param probabilities receives S x S probabilities of lesion, row by row
     */
    void infer(float[] planes, float[] probabilities);

    @Override
    void close();
  }
}
