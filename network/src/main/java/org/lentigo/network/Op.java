package org.lentigo.network;

/**
 * What a node of a {@link Graph} computes on NCHW tensors. Every reader of a graph (costs, ONNX, an
 * engine) is a {@code switch} over these.
 */
public sealed interface Op {

  /** The picture: N x {@code channels} x H x W, normalised. No inputs. */
  record Input(int channels) implements Op {}

  /**
   * A two-dimensional convolution with zero padding {@code dilation * (kernel - 1) / 2} on each
   * side, so that stride 1 keeps the size.
   *
   * @param in channels in
   * @param out channels out
   * @param kernel 1, 3, 5 or 7: the side of the square kernel
   * @param stride 1 or 2
   * @param dilation distance between kernel taps, 1 for none
   * @param groups 1, or {@code in} for a depthwise convolution
   * @param bias whether each output channel has a bias; none where BatchNorm follows
   */
  record Conv(int in, int out, int kernel, int stride, int dilation, int groups, boolean bias)
      implements Op {
    public Conv {
      if (in < 1 || out < 1 || in % groups != 0 || out % groups != 0) {
        throw new IllegalArgumentException(
            "convolution "
                + in
                + " -> "
                + out
                + " cannot have "
                + groups
                + " groups: both channel counts must be multiples of it");
      }
      if (kernel % 2 != 1 || stride < 1 || dilation < 1) {
        throw new IllegalArgumentException(
            "convolution needs an odd kernel and a stride and dilation of at least 1, got kernel "
                + kernel
                + ", stride "
                + stride
                + ", dilation "
                + dilation);
      }
    }

    /** Zero rows (and columns) added on each side. */
    public int padding() {
      return dilation * (kernel - 1) / 2;
    }
  }

  /**
   * Per channel {@code scale * (x - mean) / sqrt(variance + EPSILON) + shift} (Ioffe and Szegedy
   * 2015, arXiv 1502.03167).
   */
  record BatchNorm(int channels) implements Op {
    public static final float EPSILON = 1e-5f;
  }

  /** {@code max(x, 0)}. */
  record Relu() implements Op {}

  /** {@code min(max(x, 0), MOST)}. */
  record Relu6() implements Op {
    public static final float MOST = 6;
  }

  /** {@code 1 / (1 + exp(-x))}. */
  record Sigmoid() implements Op {}

  /** Maximum over {@code size} x {@code size} windows with stride {@code size}. */
  record MaxPool(int size) implements Op {}

  /**
   * Bilinear enlargement by a whole factor with half-pixel centres (align_corners = false) and
   * clamped edges.
   */
  record Upsample(int factor) implements Op {}

  /** Mean over the map: N x C x H x W to N x C x 1 x 1. */
  record GlobalAverage() implements Op {}

  /** Mean over the channels: N x C x H x W to N x 1 x H x W. */
  record ChannelMean() implements Op {}

  /** Maximum over the channels: N x C x H x W to N x 1 x H x W. */
  record ChannelMax() implements Op {}

  /** Channels of the inputs one after the other; maps of one size. */
  record Concat() implements Op {}

  /**
   * Elementwise product of two inputs; the second may have one channel or a 1 x 1 map, which is
   * then repeated.
   */
  record Multiply() implements Op {}

  /** Elementwise sum of two inputs of one shape. */
  record Add() implements Op {}
}
