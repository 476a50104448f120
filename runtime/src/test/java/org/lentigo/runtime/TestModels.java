package org.lentigo.runtime;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;

/** Untrained models and pictures, the same for the same arguments. */
final class TestModels {
  private TestModels() {}

  static Model random(String variant, int size) {
    Network v = Networks.get(variant);
    return new Model(
        "random",
        v,
        Weights.random(v.graph(), 7),
        new Preprocessing(size, List.of(0.7f, 0.6f, 0.5f), List.of(0.2f, 0.25f, 0.3f)),
        0.5f,
        new TreeMap<>());
  }

  /** A network's input: 3 x size x size values in -2..2. */
  static float[] planes(int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] planes = new float[3 * size * size];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) random.nextDouble(-2, 2);
    }
    return planes;
  }

  static RgbImage noise(int width, int height, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] data = new byte[3 * width * height];
    random.nextBytes(data);
    return new RgbImage(width, height, data);
  }
}
