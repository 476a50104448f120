package org.lentigo.javaengine;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.network.Op;
import org.lentigo.network.Shape;

/**
 * Any dense convolution, with bias and ReLU, a row of the output at a time: the input rows it needs
 * are packed pixel by pixel ({@code [column][kernel row][channel]}) into a buffer, where each
 * kernel column is a matrix product. A depthwise 3x3 convolution before a 1x1 convolution takes the
 * place of the packing: its result is never stored elsewhere.
 */
final class ConvolutionStep extends Step {
  private final Value.Source in;
  private final Value.Blocks blocks;
  private final Op.Conv conv;
  private final @Nullable Depthwise front;
  private final Value out;
  private final Activation activation;
  private final int zeros;

  private final Shape shape;
  private final int channels;

  /** One product over all kernel columns, which then lie side by side. */
  private final boolean joined;

  private final int column;

  /** Output pixels at a time: with a 1x1 kernel so many that the buffer stays in the L1 cache. */
  private final int chunk;

  private final int bias;
  private final int weights;
  private final int weightsPerColumn;

  /**
   * A depthwise 3x3 convolution to compute while packing.
   *
   * @param weights for each block of the source nine vectors and one of biases, packed
   */
  record Depthwise(int[] weights, Activation activation) {
    static Depthwise of(
        Value.Blocks blocks,
        float[] weight,
        float[] bias,
        Activation activation,
        int lanes,
        Packing pack) {
      int[] offsets = new int[blocks.count];
      for (int b = 0; b < blocks.count; b++) {
        float[] vectors = new float[10 * lanes];
        for (int lane = 0; lane < blocks.used[b]; lane++) {
          int c = blocks.channel[b] + lane;
          for (int tap = 0; tap < 9; tap++) {
            vectors[tap * lanes + lane] = weight[9 * c + tap];
          }
          vectors[9 * lanes + lane] = bias[c];
        }
        offsets[b] = pack.plain(vectors);
      }
      return new Depthwise(offsets, activation);
    }
  }

  /**
   * @param weight as {@link org.lentigo.network.Graph#parameters()} describes it, for any number of
   *     groups
   * @param zeros offset of a row of zeros
   */
  ConvolutionStep(
      String name,
      Kernels kernels,
      Value.Source in,
      Op.Conv conv,
      float[] weight,
      float[] bias,
      @Nullable Depthwise front,
      Activation activation,
      Value out,
      int zeros,
      Packing pack) {
    super(name, kernels);
    this.in = in;
    this.conv = conv;
    this.front = front;
    this.out = out;
    this.zeros = zeros;
    blocks = new Value.Blocks(in);
    this.activation = activation;
    shape = in.shape();
    channels = conv.in();
    int rows = conv.kernelHeight();
    int columns = conv.kernelWidth();
    // A last block that is not full spills into what follows; planes do not.
    boolean spills = false;
    for (int b = 0; b < blocks.count; b++) {
      spills |= !blocks.part[b].value().planar && blocks.channel[b] + kernels.lanes > channels;
    }
    joined = conv.isSquare(1) || (conv.dilation() == 1 && !spills);
    column =
        conv.isSquare(1)
            ? wholeBlocks(channels + (spills ? kernels.lanes : 0))
            : rows * channels + (spills ? kernels.lanes : 0);
    chunk =
        conv.isSquare(1) && conv.stride() == 1 ? chunk(shape.width(), column) : out.shape.width();
    this.bias = pack.vector(bias);
    Dense dense = new Dense(conv, weight);
    if (joined) {
      weightsPerColumn = 0;
      weights =
          pack.gemm(
              rows * columns * channels,
              conv.out(),
              (i, n) -> dense.at(n, i % channels, i / channels % rows, i / (channels * rows)));
    } else {
      weightsPerColumn = pack.gemmSize(rows * channels, conv.out());
      int first = 0;
      for (int kx = 0; kx < columns; kx++) {
        int x = kx;
        int at =
            pack.gemm(
                rows * channels, conv.out(), (i, n) -> dense.at(n, i % channels, i / channels, x));
        first = kx == 0 ? at : first;
      }
      weights = first;
    }
  }

  private int wholeBlocks(int channels) {
    return (channels + kernels.lanes - 1) / kernels.lanes * kernels.lanes;
  }

  /** A share of the row, in whole tiles of {@link Kernels#gemm}. */
  private static int chunk(int width, int column) {
    int chunks = (int) (((long) width * column + BUFFER - 1) / BUFFER);
    return ((width + chunks - 1) / chunks + 7) / 8 * 8;
  }

  /** The buffer's size in floats: half of a small first-level cache. */
  private static final int BUFFER = 4096;

  /** A convolution's weights as if it had one group. */
  record Dense(Op.Conv conv, float[] weight) {
    float at(int out, int in, int ky, int kx) {
      int perGroup = conv.in() / conv.groups();
      if (in / perGroup != out / (conv.out() / conv.groups())) {
        return 0;
      }
      int row = (out * perGroup + in % perGroup) * conv.kernelHeight() + ky;
      return weight[row * conv.kernelWidth() + kx];
    }
  }

  @Override
  Collection<Value> reads() {
    return in.values();
  }

  @Override
  List<Value> writes() {
    return List.of(out);
  }

  @Override
  int tasks() {
    return out.shape.height();
  }

  private int outBlocks() {
    return (conv.out() + kernels.lanes - 1) / kernels.lanes;
  }

  private int packed() {
    return (int)
        Arena.roundUp((long) (shape.width() + 2 * conv.paddingWidth()) * column + kernels.lanes);
  }

  @Override
  int scratch() {
    // A planar result passes through a row of blocks.
    return packed() + outBlocks() * out.shape.width() * kernels.lanes;
  }

  @Override
  void run(float[] m, int y, int scratch) {
    int width = out.shape.width();
    boolean direct = !out.planar;
    int lanes = kernels.lanes;
    int target = direct ? out.offset + y * out.row() : scratch + packed();
    int block = direct ? out.stride() : width * lanes;
    if (conv.isSquare(1) && conv.stride() == 1) {
      for (int x = 0; x < width; x += chunk) {
        int to = Math.min(x + chunk, width);
        if (front != null) {
          depthwise(m, y, x, to, scratch, front);
        } else {
          packRow(m, y, x, to, scratch, 0);
        }
        product(m, scratch, column, to - x, channels, target + x * lanes, block);
      }
    } else if (joined) {
      int top = y * conv.stride() - conv.paddingHeight();
      for (int ky = 0; ky < conv.kernelHeight(); ky++) {
        packRow(m, top + ky, 0, shape.width(), scratch + ky * channels, conv.paddingWidth());
      }
      int depth = conv.taps() * channels;
      product(m, scratch, conv.stride() * column, width, depth, target, block);
    } else {
      runByColumn(m, y, scratch, target, block);
    }
    for (int b = 0; b < outBlocks(); b++) {
      activation.cutAbove(kernels, m, target + b * block, width * lanes);
    }
    if (!direct) {
      for (int c = 0; c < conv.out(); c++) {
        int from = target + c / lanes * block + c % lanes;
        int to = out.offset + c * out.stride() + y * out.row();
        for (int x = 0; x < width; x++) {
          m[to + x] = m[from + x * lanes];
        }
      }
    }
  }

  private void product(float[] m, int a, int lda, int pixels, int depth, int target, int block) {
    int lanes = kernels.lanes;
    kernels.gemm(
        m,
        a,
        lda,
        pixels,
        0,
        depth,
        depth,
        weights,
        outBlocks(),
        bias,
        0,
        lanes,
        target,
        lanes,
        block,
        activation.floor);
  }

  /** A product for each kernel column and the output pixels that it reaches, all summed up. */
  private void runByColumn(float[] m, int y, int scratch, int target, int block) {
    int k = conv.kernelHeight();
    int columns = conv.kernelWidth();
    int d = conv.dilation();
    int s = conv.stride();
    int lanes = kernels.lanes;
    int width = out.shape.width();
    int top = y * s - conv.paddingHeight();
    int first = 0;
    int end = k;
    while (top + first * d < 0) {
      first++;
    }
    while (top + (end - 1) * d >= shape.height()) {
      end--;
    }
    for (int ky = first; ky < end; ky++) {
      packRow(m, top + ky * d, 0, shape.width(), scratch + ky * channels, 0);
    }
    fill(m, target, block, width);
    // The middle column, which reaches every pixel, comes last: only then are the sums complete.
    for (int i = 1; i <= columns; i++) {
      int kx = (columns / 2 + i) % columns;
      int shift = kx * d - conv.paddingWidth();
      int from = Math.max(0, (-shift + s - 1) / s);
      int to = Math.min(width, Math.floorDiv(shape.width() - 1 - shift, s) + 1);
      if (from < to) {
        int result = target + from * lanes;
        kernels.gemm(
            m,
            scratch + (from * s + shift) * column,
            s * column,
            to - from,
            first * channels,
            end * channels,
            k * channels,
            weights + kx * weightsPerColumn,
            outBlocks(),
            result,
            lanes,
            block,
            result,
            lanes,
            block,
            i == columns ? activation.floor : Float.NEGATIVE_INFINITY);
      }
    }
  }

  private void fill(float[] m, int target, int block, int width) {
    for (int b = 0; b < outBlocks(); b++) {
      int from = bias + b * kernels.lanes;
      for (int x = 0; x < width; x++) {
        int to = target + b * block + x * kernels.lanes;
        System.arraycopy(m, from, m, to, kernels.lanes);
      }
    }
  }

  /** A stretch of row y of the input, or zeros outside it, with zero columns on both sides. */
  private void packRow(float[] m, int y, int from, int to, int target, int pad) {
    int width = to - from;
    if (y < 0 || y >= shape.height()) {
      zeroColumns(m, target, width + 2 * pad);
      return;
    }
    zeroColumns(m, target, pad);
    int start = target + pad * column;
    for (int b = 0; b < blocks.count; b++) {
      Value v = blocks.part[b].value();
      int dst = start + blocks.channel[b];
      int gate = blocks.gate(b);
      int pixelGate = blocks.pixelGate(b, y);
      pixelGate = pixelGate == Kernels.NONE ? Kernels.NONE : pixelGate + from;
      int row = blocks.row(b, y);
      if (v.planar) {
        kernels.packPlane(m, row + from, m[gate], pixelGate, width, dst, column);
      } else {
        kernels.pack(m, row + from * kernels.lanes, gate, pixelGate, width, dst, column);
      }
    }
    zeroColumns(m, start + width * column, pad);
  }

  private void zeroColumns(float[] m, int to, int count) {
    for (int x = 0; x < count; x++) {
      Kernels.zero(m, to + x * column, channels);
    }
  }

  private void depthwise(float[] m, int y, int from, int to, int target, Depthwise dw) {
    boolean above = y > 0;
    boolean below = y < shape.height() - 1;
    for (int b = 0; b < blocks.count; b++) {
      int row = blocks.row(b, y);
      int pitch = blocks.part[b].value().row();
      int gate = blocks.pixelGate(b, y);
      int gatePitch = gate == Kernels.NONE ? 0 : shape.width();
      kernels.depthwise3x3(
          m,
          above ? row - pitch : zeros,
          row,
          below ? row + pitch : zeros,
          above ? gate - gatePitch : gate,
          gate,
          below ? gate + gatePitch : gate,
          from,
          to,
          shape.width(),
          dw.weights()[b],
          blocks.gate(b),
          target + blocks.channel[b],
          column,
          dw.activation().floor);
    }
    dw.activation().cutAbove(kernels, m, target, (to - from) * column);
  }
}
