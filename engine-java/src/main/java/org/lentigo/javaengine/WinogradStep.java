package org.lentigo.javaengine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.lentigo.network.Op;
import org.lentigo.network.Shape;

/**
 * A dense 3x3 convolution of stride 1 by Winograd's F(2x2, 3x3) (Lavin and Gray 2015, arXiv
 * 1509.09308): 16 products give four outputs where the direct way takes 36. With a dilation of d
 * the pixels d apart form d x d maps of their own, each convolved without dilation. A task is a row
 * of tiles.
 */
final class WinogradStep extends Step {
  private static final int ENTRIES = 16;

  /** The transformed inputs' size in floats: half of a small first-level cache. */
  private static final int BUFFER = 6144;

  private final Value.Source in;
  private final Value.Blocks blocks;
  private final int channels;
  private final Value out;
  private final int dilation;
  private final Activation activation;
  private final int zeros;
  private final Shape shape;

  private final int[] columns;
  private final int[] rows;

  /** Blocks whose transforms are held at a time, so many that they stay in the L1 cache. */
  private final int chunk;

  /** Values from one tile to the next in the transformed input. */
  private final int tile;

  private final int weights;
  private final int weightsPerEntry;
  private final int bias;

  WinogradStep(
      String name,
      Kernels kernels,
      Value.Source in,
      Op.Conv conv,
      float[] weight,
      float[] bias,
      Activation activation,
      Value out,
      int zeros,
      Packing pack) {
    super(name, kernels);
    this.in = in;
    this.out = out;
    this.zeros = zeros;
    blocks = new Value.Blocks(in);
    channels = conv.in();
    dilation = conv.dilation();
    this.activation = activation;
    shape = in.shape();
    columns = tiles(shape.width(), dilation);
    rows = tiles(shape.height(), dilation);
    int perBlock = 4 * columns.length * kernels.lanes;
    chunk = Math.max(1, Math.min(blocks.count, BUFFER / perBlock));
    tile = chunk * kernels.lanes;
    this.bias = pack.vector(bias);
    weightsPerEntry = pack.gemmSize(channels, conv.out());
    ConvolutionStep.Dense dense = new ConvolutionStep.Dense(conv, weight);
    int first = 0;
    for (int entry = 0; entry < ENTRIES; entry++) {
      int i = entry / 4;
      int j = entry % 4;
      int at = pack.gemm(channels, conv.out(), (c, n) -> transformed(dense, n, c, i, j));
      first = entry == 0 ? at : first;
    }
    weights = first;
  }

  /** Entry (i, j) of {@code G g G^T}. */
  private static float transformed(ConvolutionStep.Dense g, int out, int in, int i, int j) {
    double sum = 0;
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 3; x++) {
        sum += factor(i, y) * factor(j, x) * g.at(out, in, y, x);
      }
    }
    return (float) sum;
  }

  /** Entry (i, k) of G. */
  private static double factor(int i, int k) {
    return switch (i) {
      case 0 -> k == 0 ? 1 : 0;
      case 1 -> 0.5;
      case 2 -> k == 1 ? -0.5 : 0.5;
      default -> k == 2 ? 1 : 0;
    };
  }

  /**
   * The first pixel of each pair of outputs {@code dilation} apart that together cover the side.
   */
  private static int[] tiles(int side, int dilation) {
    List<Integer> starts = new ArrayList<>();
    for (int start = 0; start < side; start += 2 * dilation) {
      for (int phase = start; phase < Math.min(start + dilation, side); phase++) {
        starts.add(phase);
      }
    }
    return starts.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Whether this way is worth its transforms: an estimate in vector operations, measured on the
   * layers of ULRTS-Net.
   */
  static boolean pays(Op.Conv conv, Shape in, int lanes) {
    if (!conv.isSquare(3) || conv.stride() != 1 || conv.groups() != 1) {
      return false;
    }
    int d = conv.dilation();
    double tiles = (double) tiles(in.height(), d).length * tiles(in.width(), d).length;
    double inBlocks = Math.ceil((double) conv.in() / lanes);
    double outBlocks = Math.ceil((double) conv.out() / lanes);
    double transforms = tiles * (TRANSFORM_IN * inBlocks + TRANSFORM_OUT * outBlocks);
    double products = tiles * ENTRIES * conv.in() * outBlocks;
    // The direct way leaves out what lies outside the map.
    double taps =
        (3 - 2.0 * Math.min(d, in.height()) / in.height())
            * (3 - 2.0 * Math.min(d, in.width()) / in.width());
    double direct = (double) in.height() * in.width() * taps * conv.in() * outBlocks;
    return products + transforms < direct;
  }

  private static final double TRANSFORM_IN = 80;
  private static final double TRANSFORM_OUT = 80;

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
    return rows.length;
  }

  /** The transformed row, with the zeros around it that the tiles at the edges read. */
  private int row() {
    return (int) Arena.roundUp((long) (shape.width() + 3 * dilation) * kernels.lanes);
  }

  /** One entry of all tiles' transformed inputs. */
  private int input() {
    return (int) Arena.roundUp((long) columns.length * tile);
  }

  private int productTile() {
    return out.blocks() * kernels.lanes;
  }

  /** One entry of all tiles' products. */
  private int product() {
    return (int) Arena.roundUp((long) columns.length * productTile());
  }

  @Override
  int scratch() {
    return row() + 4 * input() + (4 + 8) * product() + kernels.lanes;
  }

  @Override
  void run(float[] m, int task, int scratch) {
    int lanes = kernels.lanes;
    int width = shape.width();
    int y = rows[task];
    int inputs = scratch + row();
    int input = input();
    int products = inputs + 4 * input;
    int product = product();
    int folded = products + 4 * product;
    int spare = folded + 8 * product;
    Kernels.zero(m, scratch, dilation * lanes);
    Kernels.zero(m, scratch + (dilation + width) * lanes, 2 * dilation * lanes);
    for (int i = 0; i < 4; i++) {
      for (int first = 0; first < blocks.count; first += chunk) {
        int end = Math.min(first + chunk, blocks.count);
        int from = blocks.channel[first];
        int to = end == blocks.count ? channels : blocks.channel[end];
        for (int b = first; b < end; b++) {
          transformRow(m, i, b, y, scratch + dilation * lanes);
          kernels.winogradColumns(
              m, scratch, columns, dilation, inputs + blocks.channel[b] - from, input, tile);
        }
        for (int j = 0; j < 4; j++) {
          int target = products + j * product;
          kernels.gemm(
              m,
              inputs + j * input - from,
              tile,
              columns.length,
              from,
              to,
              channels,
              weights + (4 * i + j) * weightsPerEntry,
              out.blocks(),
              first == 0 ? zeros : target,
              first == 0 ? 0 : productTile(),
              first == 0 ? 0 : lanes,
              target,
              productTile(),
              lanes,
              Float.NEGATIVE_INFINITY);
        }
      }
      int row = folded + 2 * i * product;
      kernels.winogradFold(
          m, products, product, columns.length * productTile(), row, row + product);
    }

    boolean lower = y + dilation < shape.height();
    for (int b = 0; b < out.blocks(); b++) {
      int row = out.offset + b * out.stride() + y * out.row();
      kernels.winogradOutput(
          m,
          folded + b * lanes,
          product,
          productTile(),
          columns,
          dilation,
          width,
          bias + b * lanes,
          row,
          // A row below the map goes where nobody reads: the products are done with.
          lower ? row + dilation * out.row() : inputs,
          spare,
          activation.floor);
      activation.cutAbove(kernels, m, row, width * lanes);
      if (lower) {
        activation.cutAbove(kernels, m, row + dilation * out.row(), width * lanes);
      }
    }
  }

  /** The rows of a tile, counted in dilations from its second, that make up row i of B^T d. */
  private static final int[] FIRST = {-1, 0, 1, 0};

  private static final int[] SECOND = {1, 1, 0, 2};

  private void transformRow(float[] m, int i, int b, int y, int to) {
    int y0 = y + FIRST[i] * dilation;
    int y1 = y + SECOND[i] * dilation;
    boolean in0 = y0 >= 0 && y0 < shape.height();
    boolean in1 = y1 < shape.height();
    kernels.winogradRow(
        m,
        in0 ? blocks.row(b, y0) : zeros,
        in1 ? blocks.row(b, y1) : zeros,
        blocks.pixelGate(b, in0 ? y0 : y),
        blocks.pixelGate(b, in1 ? y1 : y),
        i == 1 ? 1 : -1,
        shape.width(),
        blocks.gate(b),
        to);
  }
}
