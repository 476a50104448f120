package org.lentigo.network;

import org.lentigo.network.GraphBuilder.Value;

/**
 * The modules of ULRTS-Net, one function each. {@code name} is the prefix of the nodes a module
 * adds.
 */
final class Modules {
  private Modules() {}

  /** Channels to which ML-SFFM squeezes the deeper map. */
  private static final int DEEPER_CHANNELS = 8;

  /** Hidden width of the channel attention. */
  private static final int ATTENTION_CHANNELS = 3;

  /** Conv: convolution, BatchNorm, ReLU. */
  static Value conv(
      GraphBuilder b, String name, Value x, int out, int kernel, int stride, int dilation) {
    return convGroups(b, name, x, out, kernel, stride, dilation, 1);
  }

  private static Value convGroups(
      GraphBuilder b,
      String name,
      Value x,
      int out,
      int kernel,
      int stride,
      int dilation,
      int groups) {
    Value y = b.conv(name + ".conv", x, out, kernel, stride, dilation, groups, false);
    return b.relu(name + ".relu", b.batchNorm(name + ".bn", y));
  }

  /** DW: depthwise 3x3 Conv. */
  static Value depthwise(GraphBuilder b, String name, Value x) {
    return convGroups(b, name, x, x.channels(), 3, 1, 1, x.channels());
  }

  /** PW a->b: 1x1 Conv. */
  static Value pointwise(GraphBuilder b, String name, Value x, int out) {
    return conv(b, name, x, out, 1, 1, 1);
  }

  /** DC(a->b), double convolution: 3x3 Conv a->b, 3x3 Conv b->b. */
  static Value dc(GraphBuilder b, String name, Value x, int out) {
    Value y = conv(b, name + ".c1", x, out, 3, 1, 1);
    return conv(b, name + ".c2", y, out, 3, 1, 1);
  }

  /** DSCM(a->b), depthwise separable convolution: DW on a, PW a->b. */
  static Value dscm(GraphBuilder b, String name, Value x, int out) {
    return pointwise(b, name + ".pw", depthwise(b, name + ".dw", x), out);
  }

  /**
   * MSFFM-n(a->b), multi-scale feature fusion: n parallel 3x3 Convs a->b/n with dilations 1, 2, 4,
   * ... (the first b mod n of them one channel wider), concatenated, then PW b->b.
   */
  static Value msffm(GraphBuilder b, String name, Value x, int out, int branches) {
    Value[] parts = new Value[branches];
    for (int i = 0; i < branches; i++) {
      int width = out / branches + (i < out % branches ? 1 : 0);
      int dilation = 1 << i;
      parts[i] = conv(b, name + ".d" + dilation, x, width, 3, 1, dilation);
    }
    return pointwise(b, name + ".pw", b.concat(name + ".concat", parts), out);
  }

  /**
   * ML-SFFM(x: c, deeper g: d), multi-level spatial feature fusion: PW d->8 on g, bilinear up to
   * x's size, concatenated to x, then DSCM(c+8 -> c).
   *
   * @param factor x's side over g's side
   */
  static Value mlSffm(GraphBuilder b, String name, Value x, Value deeper, int factor) {
    Value g = pointwise(b, name + ".squeeze", deeper, DEEPER_CHANNELS);
    if (factor > 1) {
      g = b.upsample(name + ".up", g, factor);
    }
    return dscm(b, name + ".fuse", b.concat(name + ".concat", x, g), x.channels());
  }

  /**
   * SA, spatial attention: mean and maximum over channels, 7x7 convolution 2->1 without bias,
   * sigmoid, multiply.
   */
  static Value spatialAttention(GraphBuilder b, String name, Value x) {
    Value mean = b.channelMean(name + ".mean", x);
    Value max = b.channelMax(name + ".max", x);
    Value both = b.concat(name + ".concat", mean, max);
    Value gate = b.conv(name + ".conv", both, 1, 7, 1, 1, 1, false);
    return b.multiply(name + ".mul", x, b.sigmoid(name + ".gate", gate));
  }

  /**
   * CA, channel attention: global average pooling, FC c->3, ReLU, FC 3->c, sigmoid, multiply; no
   * biases. A fully connected layer on a 1 x 1 map is a 1x1 convolution.
   */
  static Value channelAttention(GraphBuilder b, String name, Value x) {
    Value pooled = b.globalAverage(name + ".pool", x);
    Value hidden = b.conv(name + ".fc1", pooled, ATTENTION_CHANNELS, 1, 1, 1, 1, false);
    Value gate =
        b.conv(name + ".fc2", b.relu(name + ".relu", hidden), x.channels(), 1, 1, 1, 1, false);
    return b.multiply(name + ".mul", x, b.sigmoid(name + ".gate", gate));
  }
}
