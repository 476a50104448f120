package org.lentigo.runtime;

import java.util.ArrayList;
import java.util.List;

/**
 * In the place of a network: says of each pixel how red it is, for models of {@link TestModels},
 * and keeps the red channels that it was shown.
 */
class Red implements Inference {
  /** 0 to 1, as in the photo. */
  final List<float[]> shown = new ArrayList<>();

  @Override
  public Engine engine() {
    return Engine.ONNX_RUNTIME;
  }

  @Override
  public String description() {
    return "red";
  }

  @Override
  public void infer(float[] planes, float[] probabilities) {
    for (int i = 0; i < probabilities.length; i++) {
      // The preparation's mean and deviation undone.
      probabilities[i] = planes[i] * 0.2f + 0.7f;
    }
    shown.add(probabilities.clone());
  }

  @Override
  public void close() {}
}
