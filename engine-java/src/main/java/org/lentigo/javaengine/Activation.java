package org.lentigo.javaengine;

import org.lentigo.network.Op;

/** What a convolution's results are cut off at, before they leave the cache. */
enum Activation {
  NONE(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY),
  RELU(0, Float.POSITIVE_INFINITY),
  RELU6(0, Op.Relu6.MOST);

  /** Where the kernels cut off below: nothing, or at 0. */
  final float floor;

  private final float ceiling;

  Activation(float floor, float ceiling) {
    this.floor = floor;
    this.ceiling = ceiling;
  }

  /** The activation that an operation is, {@link #NONE} if it is none. */
  static Activation of(Op op) {
    return op instanceof Op.Relu ? RELU : op instanceof Op.Relu6 ? RELU6 : NONE;
  }

  /** Cuts off above, which the kernels leave to do. */
  void cutAbove(Kernels kernels, float[] m, int at, int n) {
    if (this == RELU6) {
      kernels.atMost(m, at, n, ceiling);
    }
  }
}
