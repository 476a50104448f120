package org.lentigo.training;

import java.nio.FloatBuffer;
import org.lentigo.network.Graph;

/**
 * Runs a graph forwards and backwards on a machine's arithmetic. All that training decides (the
 * loss, the optimiser, the schedule, what is saved) lies outside it; an engine only knows the
 * graph.
 *
 * <p>Not thread-safe: one thread calls it, and it uses as many as it was opened with.
 */
public interface Engine extends AutoCloseable {

  /** Finds engines on the class path through {@link java.util.ServiceLoader}. */
  interface Provider {
    /** Name and version, for provenance. */
    String name();

    /**
     * Opens an engine for a graph.
     *
     * @param threads how many threads its arithmetic uses, at least 1
     * @param precision of {@link Engine#forward} and {@link Engine#backward}; an engine that has
     *     single precision only may go by that
     */
    Engine open(Graph graph, int threads, Precision precision);
  }

  /**
   * The live parameters: every tensor of {@link Graph#parameters()} in its order, flat. Whoever
   * writes here changes what the next pass computes. {@link #forward} itself updates BatchNorm's
   * running mean and variance (momentum 0.1, unbiased variance).
   */
  FloatBuffer parameters();

  /** The sums of the gradients since they were last zeroed, laid out as {@link #parameters()}. */
  FloatBuffer gradients();

  /**
   * A training pass: BatchNorm uses the batch's own statistics, and what {@link #backward} needs is
   * kept. An engine of several threads may divide the batch among them, and BatchNorm then uses the
   * statistics of each share (Hoffer et al. 2017, arXiv 1705.08741).
   *
   * @param images count x 3 x size x size, normalised
   * @return for each output of the graph its values, count x 1 x size x size
   */
  float[][] forward(float[] images, int count, int size);

  /**
   * Adds the gradients of the last {@link #forward} to {@link #gradients()} and forgets the pass.
   *
   * @param outputGradients the loss's derivatives by each output's values, shaped as {@link
   *     #forward} returned them
   * @throws IllegalStateException if no forward pass came before
   */
  void backward(float[][] outputGradients);

  /**
   * An inference pass: BatchNorm uses its running statistics, nothing is kept.
   *
   * @param images count x 3 x size x size, normalised
   * @return the values of the graph's first output, count x 1 x size x size
   */
  float[] infer(float[] images, int count, int size);

  @Override
  void close();
}
