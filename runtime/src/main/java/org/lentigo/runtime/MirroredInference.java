package org.lentigo.runtime;

import org.lentigo.imaging.MirrorImages;

/** Shows another inference the mirror images of its input and takes the mean of its maps. */
final class MirroredInference implements Inference {
  private final Inference inference;

  MirroredInference(Inference inference) {
    this.inference = inference;
  }

  @Override
  public Engine engine() {
    return inference.engine();
  }

  @Override
  public String description() {
    return inference.description() + ", mean over " + MirrorImages.VIEWS + " mirror images";
  }

  @Override
  public void infer(float[] planes, float[] probabilities) {
    int size = (int) Math.round(Math.sqrt(probabilities.length));
    float[] shown = new float[planes.length];
    float[] map = new float[probabilities.length];
    float[] sum = new float[probabilities.length];
    for (int view = 0; view < MirrorImages.VIEWS; view++) {
      MirrorImages.show(planes, size, view, shown, 0);
      inference.infer(shown, map);
      MirrorImages.addBack(map, 0, size, view, sum);
    }
    for (int i = 0; i < sum.length; i++) {
      probabilities[i] = sum[i] / MirrorImages.VIEWS;
    }
  }

  @Override
  public void close() {
    inference.close();
  }
}
