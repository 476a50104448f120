package org.lentigo.runtime;

import java.util.List;
import java.util.function.Consumer;
import org.lentigo.network.Model;
import org.lentigo.network.OnnxWriter;

/**
 * A network ready to run, without what comes before and after it: for whoever has a camera's frames
 * prepared already, or measures. {@link Segmenter} does the whole. Holds memory and threads: close
 * it.
 *
 * <pre>{@code
 * Model model = BundledModel.read();
 * int size = model.preprocessing().size();
 * try (Inference network = Inference.open(model, 2, Engine.JAVA)) {
 *   float[] planes = Resampling.toPlanes(image, size, size); // 3 x size x size, 0 to 1
 *   model.preprocessing().normalise(planes);
 *   float[] probabilities = new float[size * size];
 *   network.infer(planes, probabilities);
 * }
 * }</pre>
 *
 * <p>Any number of threads may call one at once. The same input gives the same output, bit for bit,
 * on every run and from every thread.
 */
public interface Inference extends AutoCloseable {
  /**
   * Opens a model on one engine.
   *
   * @param threads how many threads work on one input, the caller's included; at least 1
   * @throws IllegalArgumentException if {@code threads} is below 1
   * @throws IllegalStateException if the engine cannot start on this machine or cannot run the
   *     model; the message says why in one sentence
   */
  static Inference open(Model model, int threads, Engine engine) {
    if (threads < 1) {
      throw new IllegalArgumentException("wanted at least 1 thread, got " + threads);
    }
    try {
      return switch (engine) {
        case JAVA -> new JavaInference(model, threads, true);
        case JAVA_PLAIN -> new JavaInference(model, threads, false);
        case ONNX_RUNTIME -> new OnnxRuntimeInference(model, threads, OnnxWriter.Form.TUNED);
        case ONNX_RUNTIME_PLAIN -> new OnnxRuntimeInference(model, threads, OnnxWriter.Form.PLAIN);
      };
    } catch (NoClassDefFoundError e) {
      // Whoever needs no native library leaves ONNX Runtime's jar out.
      throw new IllegalStateException(
          "the engine " + engine + " is not on the class path (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Opens a model on the first engine that can start.
   *
   * @param engines to try, in order
   * @param passedOver is told of each engine that could not start and why, in one sentence
   * @throws IllegalArgumentException if {@code threads} is below 1 or {@code engines} is empty
   * @throws IllegalStateException if none could start; the message has every reason
   */
  static Inference open(
      Model model, int threads, List<Engine> engines, Consumer<String> passedOver) {
    if (engines.isEmpty()) {
      throw new IllegalArgumentException("no engine is named; name at least one");
    }
    StringBuilder reasons = new StringBuilder();
    IllegalStateException last = null;
    for (Engine engine : engines) {
      try {
        return open(model, threads, engine);
      } catch (IllegalStateException e) {
        if (last != null) {
          e.addSuppressed(last);
        }
        last = e;
        reasons.append(reasons.isEmpty() ? "" : "; ").append(e.getMessage());
        passedOver.accept(e.getMessage());
      }
    }
    throw new IllegalStateException(reasons.toString(), last);
  }

  /** Which engine runs. */
  Engine engine();

  /** What runs in its inner loops, such as "Java engine: Vector API, blocks of 8 channels". */
  String description();

  /**
   * Runs the network.
   *
   * @param planes 3 x size x size values in NCHW order, normalised as the model's preprocessing
   *     says
   * @param probabilities receives size x size probabilities of lesion, 0..1, row by row
   * @throws IllegalArgumentException if an array has another length
   * @throws IllegalStateException if it is closed, or the engine fails
   */
  void infer(float[] planes, float[] probabilities);

  /** Frees memory and threads, after the calls under way have ended. Again does nothing. */
  @Override
  void close();
}
