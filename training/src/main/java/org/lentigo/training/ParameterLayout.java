package org.lentigo.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lentigo.network.Graph;
import org.lentigo.network.Weights;

/** Where each tensor of a graph lies in the flat array that engine and optimiser share. */
final class ParameterLayout {

  /**
   * A tensor's place.
   *
   * @param end exclusive
   * @param decays whether weight decay applies: convolution weights
   */
  record Range(String name, int begin, int end, boolean trainable, boolean decays) {}

  private final List<Range> ranges = new ArrayList<>();
  private final int size;

  ParameterLayout(Graph graph) {
    int offset = 0;
    for (Map.Entry<String, Graph.Parameter> entry : graph.parameters().entrySet()) {
      Graph.Parameter p = entry.getValue();
      boolean decays = p.kind() == Graph.Parameter.Kind.KERNEL;
      ranges.add(new Range(entry.getKey(), offset, offset + p.size(), p.trainable(), decays));
      offset += p.size();
    }
    size = offset;
  }

  /** Values in all. */
  int size() {
    return size;
  }

  List<Range> trainable() {
    return ranges.stream().filter(Range::trainable).toList();
  }

  float[] flatten(Weights weights) {
    float[] flat = new float[size];
    for (Range range : ranges) {
      System.arraycopy(
          weights.get(range.name()), 0, flat, range.begin(), range.end() - range.begin());
    }
    return flat;
  }

  Weights unflatten(float[] flat) {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Range range : ranges) {
      tensors.put(range.name(), Arrays.copyOfRange(flat, range.begin(), range.end()));
    }
    return new Weights(tensors);
  }
}
