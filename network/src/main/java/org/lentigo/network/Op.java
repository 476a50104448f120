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
   * @param kernelHeight rows of the kernel: odd, or 2 with stride 2
   * @param kernelWidth its columns, likewise
   * @param stride 1 or 2
   * @param dilation distance between kernel taps, 1 for none
   * @param groups 1, or {@code in} for a depthwise convolution
   * @param bias whether each output channel has a bias; none where BatchNorm follows
   */
  record Conv(
      int in,
      int out,
      int kernelHeight,
      int kernelWidth,
      int stride,
      int dilation,
      int groups,
      boolean bias)
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
      boolean odd = kernelHeight % 2 == 1 && kernelWidth % 2 == 1;
      boolean halving = kernelHeight == 2 && kernelWidth == 2 && stride == 2 && dilation == 1;
      if (!(odd || halving) || stride < 1 || dilation < 1) {
        throw new IllegalArgumentException(
            "convolution needs an odd kernel, or 2 x 2 with stride 2, and a stride and dilation of at"
                + " least 1, got kernel "
                + kernelHeight
                + " x "
                + kernelWidth
                + ", stride "
                + stride
                + ", dilation "
                + dilation);
      }
    }

    /** With a square kernel. */
    public Conv(int in, int out, int kernel, int stride, int dilation, int groups, boolean bias) {
      this(in, out, kernel, kernel, stride, dilation, groups, bias);
    }

    /** Whether the kernel is a square of this side. */
    public boolean isSquare(int side) {
      return kernelHeight == side && kernelWidth == side;
    }

    /** Whether each channel is convolved by itself. */
    public boolean isDepthwise() {
      return groups > 1 && groups == in && in == out;
    }

    /** Values of the kernel for one channel in and one out. */
    public int taps() {
      return kernelHeight * kernelWidth;
    }

    /** Zero rows added above and below. */
    public int paddingHeight() {
      return dilation * (kernelHeight - 1) / 2;
    }

    /** Zero columns added left and right. */
    public int paddingWidth() {
      return dilation * (kernelWidth - 1) / 2;
    }
  }

  /**
   * A transposed convolution of stride 2 that doubles the map: each pixel is spread over the 2 x 2
   * (or, overlapping, the 3 x 3) pixels around its place.
   *
   * @param kernel 2, or 3 with the first row and column cut off
   * @param bias whether each output channel has a bias
   */
  record TransposedConv(int in, int out, int kernel, boolean bias) implements Op {
    public TransposedConv {
      if (kernel != 2 && kernel != 3) {
        throw new IllegalArgumentException(
            "a transposed convolution needs a kernel of 2 or 3, got " + kernel);
      }
    }

    /** Rows and columns cut off above and left. */
    public int padding() {
      return kernel - 2;
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

  /** {@code x} where it is above 0, else times the channel's own slope, which is trained. */
  record Prelu(int channels) implements Op {
    /** Slopes before training. */
    public static final float SLOPE = 0.25f;
  }

  /**
   * {@code x * P(X <= x)}, X normally distributed (Hendrycks and Gimpel 2016, arXiv 1606.08415).
   */
  record Gelu() implements Op {}

  /**
   * Each pixel's channels to mean 0 and variance 1, then {@code scale * x + shift} with a scale and
   * a shift a channel (Ba et al. 2016, arXiv 1607.06450).
   */
  record LayerNorm(int channels) implements Op {
    public static final float EPSILON = 1e-5f;
  }

  /**
   * Each group of channels, over the whole map, to mean 0 and variance 1, then {@code scale * x +
   * shift} with a scale and a shift a channel (Wu and He 2018, arXiv 1803.08494).
   */
  record GroupNorm(int channels, int groups) implements Op {
    public static final float EPSILON = 1e-5f;

    public GroupNorm {
      if (groups < 1 || channels % groups != 0) {
        throw new IllegalArgumentException(
            channels + " channels cannot be in " + groups + " groups of one size");
      }
    }
  }

  /**
   * Means over {@code size} x {@code size} parts of the map: part i of n reaches from {@code
   * floor(i * side / n)} to {@code ceil((i + 1) * side / n)}.
   */
  record AdaptiveAverage(int size) implements Op {}

  /**
   * Bilinear resizing to the size of the second input's map, of which nothing else is read:
   * half-pixel centres, clamped edges.
   */
  record Resize() implements Op {}

  /**
   * The channels in five parts, the first of as many as the others or more, each moved by -2, -1,
   * 0, 1 and 2 pixels; zeros come in.
   *
   * @param down whether it is moved down, and not to the right
   */
  record Shift(boolean down) implements Op {
    /** The largest distance. */
    public static final int MOST = 2;

    /** How far a channel of so many is moved. */
    public static int of(int channel, int channels) {
      int parts = 2 * MOST + 1;
      return channel / ((channels + parts - 1) / parts) - MOST;
    }
  }

  /** Channels {@code from} to {@code to}, exclusive. */
  record Slice(int from, int to) implements Op {
    public Slice {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException("there are no channels " + from + " to " + to);
      }
    }
  }

  /**
   * The inverse of a max pooling of size 2: each value of the first input goes to the place of the
   * 2 x 2 window of the second where that has its maximum (the first of equal ones); the rest is 0.
   */
  record Unpool() implements Op {}

  /**
   * The double normalisation of external attention (Guo et al. 2021, arXiv 2105.02358): softmax
   * over each channel's map, then each pixel's channels divided by their sum.
   */
  record DoubleNorm() implements Op {
    /** Added to the sum. */
    public static final float EPSILON = 1e-9f;
  }

  /**
   * A one-dimensional convolution along the channels of a 1 x 1 map, zeros at its ends, no bias.
   *
   * @param kernel odd
   */
  record ChannelConv(int kernel) implements Op {}
}
