package org.lentigo.javaengine;

/**
 * A compiled graph.
 *
 * @param steps in order
 * @param memory the arena: weights, values, scratch
 * @param scratch where each thread's scratch starts
 * @param in the picture, as planes
 * @param out the result
 */
record Plan(Kernels kernels, Step[] steps, float[] memory, int[] scratch, Value in, Value out) {
  int inputSize() {
    return (int) in.shape.size();
  }

  int outputSize() {
    return (int) out.shape.size();
  }

  void put(float[] input) {
    System.arraycopy(input, 0, memory, in.offset, input.length);
  }

  void get(float[] output) {
    if (out.planar) {
      System.arraycopy(memory, out.offset, output, 0, output.length);
      return;
    }
    int i = 0;
    for (int c = 0; c < out.shape.channels(); c++) {
      for (int y = 0; y < out.shape.height(); y++) {
        for (int x = 0; x < out.shape.width(); x++) {
          output[i++] = memory[out.index(c, y, x)];
        }
      }
    }
  }
}
