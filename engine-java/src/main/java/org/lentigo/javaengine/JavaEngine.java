package org.lentigo.javaengine;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Shape;
import org.lentigo.network.Weights;

/**
 * Runs a network on the processor in pure Java.
 *
 * <pre>{@code
 * try (JavaEngine engine = JavaEngine.of(model, 224, 224, 2)) {
 *   engine.infer(planes, probabilities);
 * }
 * }</pre>
 *
 * <p>Needs {@code --add-modules jdk.incubator.vector} and HotSpot's optimising compiler to be fast;
 * without either it runs plain Java, which gives the same answer many times more slowly ({@link
 * #description} tells which, {@link #lacking} why). All memory is allocated when the engine is
 * made; a frame allocates nothing. The same input gives the same output, bit for bit, on every run
 * and with every number of threads.
 *
 * <p>Any thread may call; an engine works on one frame at a time and makes others wait. The first
 * few dozen frames are slow, until the JVM has compiled the loops.
 */
public final class JavaEngine implements AutoCloseable {
  private final Plan plan;
  private final Crew crew;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed;

  private JavaEngine(Plan plan, int threads, IntConsumer observer) {
    this.plan = plan;
    crew = new Crew(plan, threads, observer);
  }

  /**
   * An engine for pictures of one size.
   *
   * @param height of the network's input in pixels, a multiple of the network's {@link
   *     org.lentigo.network.Network#sizeMultiple}
   * @param width likewise
   * @param threads that work on a frame, the caller's included, at least 1
   * @throws IllegalArgumentException if an argument is out of range, or the network does not fit
   *     into one array at this size
   */
  public static JavaEngine of(Model model, int height, int width, int threads) {
    return of(KernelChoice.best(), model, height, width, threads);
  }

  /** As {@link #of(Model, int, int, int)}, in plain Java also where the Vector API is fast. */
  public static JavaEngine withoutVectors(Model model, int height, int width, int threads) {
    return of(KernelChoice.plain(), model, height, width, threads);
  }

  private static JavaEngine of(Kernels kernels, Model model, int height, int width, int threads) {
    int multiple = model.network().sizeMultiple();
    if (height < multiple || width < multiple || height % multiple + width % multiple > 0) {
      throw new IllegalArgumentException(
          "the input's height and width must be multiples of "
              + multiple
              + ", got "
              + height
              + " x "
              + width);
    }
    return of(kernels, model.graph(), model.weights(), height, width, threads);
  }

  /**
   * As {@link #of(Model, int, int, int)} for any graph of one input and one output.
   *
   * @throws IllegalArgumentException likewise, or if an operation of the graph cannot take this
   *     size
   */
  public static JavaEngine of(Graph graph, Weights weights, int height, int width, int threads) {
    return of(KernelChoice.best(), graph, weights, height, width, threads);
  }

  static JavaEngine of(
      Kernels kernels, Graph graph, Weights weights, int height, int width, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("wanted at least 1 thread, got " + threads);
    }
    Plan plan = Planner.plan(kernels, graph, weights, height, width, threads);
    return new JavaEngine(plan, threads, step -> {});
  }

  /**
   * What the engine would need to be fast and does not have in this JVM, and how to get it, such as
   * "the Vector API; start Java with --add-modules jdk.incubator.vector"; empty if it is fast.
   */
  public static Optional<String> lacking() {
    return KernelChoice.lacking();
  }

  /** An engine that tells of each step that it completes; see {@link Crew}. */
  static JavaEngine observed(Plan plan, int threads, IntConsumer observer) {
    return new JavaEngine(plan, threads, observer);
  }

  /** The shape of the input: channels, height, width. */
  public Shape inputShape() {
    return plan.in().shape;
  }

  /** The shape of the output. */
  public Shape outputShape() {
    return plan.out().shape;
  }

  /** What runs the inner loops, such as "Vector API, blocks of 8 channels". */
  public String description() {
    return plan.kernels().description();
  }

  /**
   * Runs the network on one picture. An interrupt does not stop a frame; it stays set for the
   * caller.
   *
   * @param input the picture as NCHW, normalised as the model's preprocessing says: {@link
   *     #inputShape} values
   * @param output receives the result as NCHW, for ULRTS-Net each pixel's probability of lesion in
   *     0..1: {@link #outputShape} values
   * @throws IllegalArgumentException if an array has another length
   * @throws IllegalStateException if the engine is closed
   */
  public void infer(float[] input, float[] output) {
    require("input", input, plan.inputSize(), inputShape());
    require("output", output, plan.outputSize(), outputShape());
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("this engine is closed; make another");
      }
      plan.put(input);
      crew.run();
      plan.get(output);
    } finally {
      lock.unlock();
    }
  }

  private static void require(String name, float[] array, int wanted, Shape shape) {
    if (array.length != wanted) {
      throw new IllegalArgumentException(
          "the " + name + " has " + array.length + " values, wanted " + wanted + ": " + shape);
    }
  }

  /** Ends the engine's threads, after the frame under way. Closing again does nothing. */
  @Override
  public void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        crew.close();
      }
    } finally {
      lock.unlock();
    }
  }
}
