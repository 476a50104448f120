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
  private final float floor;
  private final int zeros;

  private final Shape shape;
  private final int channels;

  /** One product over all kernel columns, which then lie side by side. */
  private final boolean joined;

  private final int column;
  private final int bias;
  private final int weights;
  private final int weightsPerColumn;

  /**
   * A depthwise 3x3 convolution to compute while packing.
   *
   * @param weights for each block of the source nine vectors and one of biases, packed
   */
  record Depthwise(int[] weights, float floor) {
    static Depthwise of(
        Value.Blocks blocks, float[] weight, float[] bias, boolean relu, int lanes, Packing pack) {
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
      return new Depthwise(offsets, ConvolutionStep.floor(relu));
    }
  }

  static float floor(boolean relu) {
    return relu ? 0 : Float.NEGATIVE_INFINITY;
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
      boolean relu,
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
    floor = floor(relu);
    shape = in.shape();
    channels = conv.in();
    int k = conv.kernel();
    // A last block that is not full spills into what follows; planes do not.
    boolean spills = false;
    for (int b = 0; b < blocks.count; b++) {
      spills |= !blocks.part[b].value().planar && blocks.channel[b] + kernels.lanes > channels;
    }
    joined = k == 1 || (conv.dilation() == 1 && !spills);
    column = k * channels + (spills ? kernels.lanes : 0);
    this.bias = pack.vector(bias);
    Dense dense = new Dense(conv, weight);
    if (joined) {
      weightsPerColumn = 0;
      weights =
          pack.gemm(
              k * k * channels,
              conv.out(),
              (i, n) -> dense.at(n, i % channels, i / channels % k, i / (channels * k)));
    } else {
      weightsPerColumn = pack.gemmSize(k * channels, conv.out());
      int first = 0;
      for (int kx = 0; kx < k; kx++) {
        int x = kx;
        int at =
            pack.gemm(
                k * channels, conv.out(), (i, n) -> dense.at(n, i % channels, i / channels, x));
        first = kx == 0 ? at : first;
      }
      weights = first;
    }
  }

  /** A convolution's weights as if it had one group. */
  record Dense(Op.Conv conv, float[] weight) {
    float at(int out, int in, int ky, int kx) {
      int perGroup = conv.in() / conv.groups();
      if (in / perGroup != out / (conv.out() / conv.groups())) {
        return 0;
      }
      int k = conv.kernel();
      return weight[((out * perGroup + in % perGroup) * k + ky) * k + kx];
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
        Arena.roundUp((long) (shape.width() + 2 * conv.padding()) * column + kernels.lanes);
  }

  @Override
  int scratch() {
    // A planar result passes through a row of blocks.
    return packed() + outBlocks() * out.shape.width() * kernels.lanes;
  }

  @Override
  void run(float[] m, int y, int scratch) {
    int k = conv.kernel();
    int d = conv.dilation();
    int pad = joined ? conv.padding() : 0;
    int top = y * conv.stride() - conv.padding();
    int first = 0;
    int end = k;
    if (front != null) {
      depthwise(m, y, scratch, front);
    } else {
      while (top + first * d < 0) {
        first++;
      }
      while (top + (end - 1) * d >= shape.height()) {
        end--;
      }
      for (int ky = joined ? 0 : first; ky < (joined ? k : end); ky++) {
        packRow(m, top + ky * d, scratch + ky * channels, pad);
      }
    }

    int width = out.shape.width();
    boolean direct = !out.planar;
    int target = direct ? out.offset + y * out.row() : scratch + packed();
    int block = direct ? out.stride() : width * kernels.lanes;
    int lanes = kernels.lanes;
    if (joined) {
      kernels.gemm(
          m,
          scratch,
          conv.stride() * column,
          width,
          0,
          k * k * channels,
          k * k * channels,
          weights,
          outBlocks(),
          bias,
          0,
          lanes,
          target,
          lanes,
          block,
          floor);
    } else {
      // The middle column, which every pixel has, comes last: only then is the sum complete.
      boolean begun = false;
      for (int i = 1; i <= k; i++) {
        int kx = (k / 2 + i) % k;
        int shift = (kx - k / 2) * d;
        int s = conv.stride();
        int from = Math.max(0, (-shift + s - 1) / s);
        int to = Math.min(width, Math.floorDiv(shape.width() - 1 - shift, s) + 1);
        if (!begun) {
          begun = true;
          fill(m, target, block, width);
        }
        if (from < to) {
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
              target + from * lanes,
              lanes,
              block,
              target + from * lanes,
              lanes,
              block,
              i == k ? floor : Float.NEGATIVE_INFINITY);
        }
      }
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

  private void fill(float[] m, int target, int block, int width) {
    for (int b = 0; b < outBlocks(); b++) {
      int from = bias + b * kernels.lanes;
      for (int x = 0; x < width; x++) {
        int to = target + b * block + x * kernels.lanes;
        System.arraycopy(m, from, m, to, kernels.lanes);
      }
    }
  }

  /** Row y of the input, or zeros outside it, with zero columns on both sides. */
  private void packRow(float[] m, int y, int to, int pad) {
    int width = shape.width();
    if (y < 0 || y >= shape.height()) {
      zeroColumns(m, to, width + 2 * pad);
      return;
    }
    zeroColumns(m, to, pad);
    int start = to + pad * column;
    for (int b = 0; b < blocks.count; b++) {
      Value v = blocks.part[b].value();
      int dst = start + blocks.channel[b];
      int gate = blocks.gate(b);
      if (v.planar) {
        float factor = gate == Kernels.NONE ? 1 : m[gate];
        kernels.packPlane(m, blocks.row(b, y), factor, blocks.pixelGate(b, y), width, dst, column);
      } else {
        kernels.pack(m, blocks.row(b, y), gate, blocks.pixelGate(b, y), width, dst, column);
      }
    }
    zeroColumns(m, start + width * column, pad);
  }

  private void zeroColumns(float[] m, int to, int count) {
    for (int x = 0; x < count; x++) {
      Kernels.zero(m, to + x * column, channels);
    }
  }

  private void depthwise(float[] m, int y, int to, Depthwise dw) {
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
          shape.width(),
          dw.weights()[b],
          blocks.gate(b),
          to + blocks.channel[b],
          column,
          dw.floor());
    }
  }
}
