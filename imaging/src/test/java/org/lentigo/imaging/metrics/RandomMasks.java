package org.lentigo.imaging.metrics;

import java.util.Random;
import org.lentigo.imaging.Mask;

/** Masks for property tests. */
final class RandomMasks {
  private RandomMasks() {}

  /** Independent pixels with a density drawn anew, so that empty and full masks occur too. */
  static Mask noise(Random random, int width, int height) {
    double density = random.nextInt(5) / 4.0;
    byte[] data = new byte[width * height];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (random.nextDouble() < density ? 1 : 0);
    }
    return new Mask(width, height, data);
  }

  /** A filled rectangle, edges included. */
  static Mask rectangle(int width, int height, int left, int top, int right, int bottom) {
    byte[] data = new byte[width * height];
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        data[y * width + x] = 1;
      }
    }
    return new Mask(width, height, data);
  }
}
