package org.lentigo.runtime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.OnnxWriter;
import org.lentigo.network.Quantization;
import org.lentigo.network.Quantization.Range;
import org.lentigo.network.Weights;
import org.lentigo.runtime.internal.OnnxRuntime;

/**
 * Finds the ranges of a model's maps by showing it photos, for a model in 8-bit integers. Not
 * thread-safe; holds native memory: close it.
 *
 * <pre>{@code
 * try (Quantizer quantizer = new Quantizer(model)) {
 *   for (Path photo : trainingPhotos) {
 *     quantizer.show(PhotoReader.read(photo).image());
 *   }
 *   Model int8 = quantizer.quantized("my-model-int8");
 * }
 * }</pre>
 */
public final class Quantizer implements AutoCloseable {
  private final Model model;
  private final Graph graph;
  private final int size;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Map<String, Range> seen = new HashMap<>();
  private int images;
  private boolean closed;

  /**
   * Opens the model with every map that matters as an output.
   *
   * @param model in floats
   * @throws IllegalArgumentException if the model is quantised already, or has nothing to quantise
   * @throws IllegalStateException if ONNX Runtime cannot start
   */
  public Quantizer(Model model) {
    if (model.quantization().isPresent()) {
      throw new IllegalArgumentException(
          model.name() + " is quantised already; give the model it was made from");
    }
    this.model = model;
    size = model.preprocessing().size();
    Weights.Folded folded = Weights.fold(model.graph(), model.weights());
    graph = folded.graph();
    if (Quantization.groups(graph).isEmpty()) {
      throw new IllegalArgumentException(
          model.name()
              + " is of variant "
              + model.network().name()
              + ", which has no dense 3x3 convolution to compute in integers; keep it in floats");
    }
    try {
      environment = OnnxRuntime.environment();
      session =
          OnnxRuntime.session(
              environment,
              OnnxWriter.encodeMaps(folded, size),
              Runtime.getRuntime().availableProcessors());
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime refuses the model: " + e.getMessage(), e);
    }
  }

  /**
   * Widens the ranges by what the maps of this photo hold.
   *
   * @param photo of any size; the model's preprocessing is applied here
   * @throws IllegalStateException if ONNX Runtime fails, or this is closed
   */
  public void show(RgbImage photo) {
    float[] planes = Resampling.toPlanes(photo, size, size);
    model.preprocessing().normalise(planes);
    try (OnnxTensor input =
            OnnxTensor.createTensor(
                environment, FloatBuffer.wrap(planes), new long[] {1, 3, size, size});
        OrtSession.Result result = OnnxRuntime.run(session, Map.of("image", input), Map.of())) {
      for (Map.Entry<String, OnnxValue> map : result) {
        seen.merge(map.getKey(), range(((OnnxTensor) map.getValue()).getFloatBuffer()), Range::and);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }
    images++;
  }

  private static Range range(FloatBuffer values) {
    float low = 0;
    float high = 0;
    while (values.hasRemaining()) {
      float value = values.get();
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    // A map that is 0 throughout has any scale.
    return new Range(low, low == high ? 1e-6f : high);
  }

  /**
   * The model in 8-bit integers with the ranges seen so far.
   *
   * @param name of the new model
   * @return it, with the ranges and how many photos they come from
   * @throws IllegalStateException if no photo was shown
   */
  public Model quantized(String name) {
    if (images == 0) {
      throw new IllegalStateException("no photo was shown; show some hundred training photos");
    }
    SortedMap<String, Range> ranges = new TreeMap<>();
    for (List<String> group : Quantization.groups(graph)) {
      Range joint = group.stream().map(seen::get).reduce(Range::and).orElseThrow();
      group.forEach(map -> ranges.put(map, joint));
    }
    return model.quantized(name, new Quantization(ranges, images));
  }

  /** Frees the native memory. Closing again does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed to close: " + e.getMessage(), e);
    }
  }
}
