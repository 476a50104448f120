package org.lentigo.javaengine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.lentigo.network.Op;
import org.lentigo.network.Shape;

/** The steps that are not dense convolutions. */
final class MapSteps {
  private MapSteps() {}

  /** A step that reads one source and writes one value. */
  private abstract static class Simple extends Step {
    final Value.Source in;
    final Shape shape;
    final Value out;

    Simple(String name, Kernels kernels, Value.Source in, Value out) {
      super(name, kernels);
      this.in = in;
      this.out = out;
      shape = in.shape();
    }

    @Override
    final Collection<Value> reads() {
      return in.values();
    }

    @Override
    final List<Value> writes() {
      return List.of(out);
    }
  }

  /**
   * A depthwise convolution (or BatchNorm, which is one of size 1) that no 1x1 convolution follows.
   * A task is an output row.
   */
  static final class Depthwise extends Simple {
    private final Value.Blocks blocks;
    private final Op.Conv conv;
    private final int weights;
    private final int bias;
    private final Activation activation;

    /**
     * @param in blocks that are full but for the last
     */
    Depthwise(
        String name,
        Kernels kernels,
        Value.Source in,
        Op.Conv conv,
        float[] weight,
        float[] bias,
        Activation activation,
        Value out,
        Packing pack) {
      super(name, kernels, in, out);
      blocks = new Value.Blocks(in);
      this.conv = conv;
      this.activation = activation;
      int taps = conv.taps();
      int lanes = kernels.lanes;
      float[] vectors = new float[out.blocks() * taps * lanes];
      for (int i = 0; i < weight.length; i++) {
        int c = i / taps;
        vectors[(c / lanes * taps + i % taps) * lanes + c % lanes] = weight[i];
      }
      weights = pack.plain(vectors);
      this.bias = pack.vector(bias);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      int taps = conv.taps();
      for (int b = 0; b < blocks.count; b++) {
        int target = out.offset + b * out.stride() + y * out.row();
        for (int i = target; i < target + out.row(); i += lanes) {
          System.arraycopy(m, bias + b * lanes, m, i, lanes);
        }
        for (int tap = 0; tap < taps; tap++) {
          int row = tap / conv.kernelWidth() * conv.dilation() - conv.paddingHeight();
          int iy = y * conv.stride() + row;
          if (iy >= 0 && iy < shape.height()) {
            int shift = tap % conv.kernelWidth() * conv.dilation() - conv.paddingWidth();
            addTap(m, b, iy, shift, weights + (b * taps + tap) * lanes, target);
          }
        }
        cutBelow(m, target);
        activation.cutAbove(kernels, m, target, out.row());
      }
    }

    /** One tap, at the output's pixels that it reaches. */
    private void addTap(float[] m, int b, int y, int shift, int w, int target) {
      int lanes = kernels.lanes;
      int s = conv.stride();
      int from = Math.max(0, Math.floorDiv(s - 1 - shift, s));
      int to = Math.min(out.shape.width(), Math.floorDiv(shape.width() - 1 - shift, s) + 1);
      int source = blocks.row(b, y) + (from * s + shift) * lanes;
      int gate = blocks.gate(b);
      int pixelGate = blocks.pixelGate(b, y);
      if (gate == Packing.ONES && pixelGate == Kernels.NONE) {
        kernels.addTap(m, source, s * lanes, w, to - from, target + from * lanes);
        return;
      }
      for (int x = from; x < to; x++) {
        int i = blocks.row(b, y) + (x * s + shift) * lanes;
        float g = pixelGate == Kernels.NONE ? 1 : m[pixelGate + x * s + shift];
        for (int lane = 0; lane < lanes; lane++) {
          m[target + x * lanes + lane] += m[i + lane] * g * m[gate + lane] * m[w + lane];
        }
      }
    }

    private void cutBelow(float[] m, int target) {
      if (activation.floor == 0) {
        kernels.relu(m, target, out.row(), target);
      }
    }
  }

  /** A convolution from a few planes to one, as the spatial attention's. A task is a row. */
  static final class PlaneConvolution extends Simple {
    private final Value.Blocks blocks;
    private final Op.Conv conv;
    private final float[] weight;
    private final float bias;
    private final Activation activation;

    PlaneConvolution(
        String name,
        Kernels kernels,
        Value.Source in,
        Op.Conv conv,
        float[] weight,
        float bias,
        Activation activation,
        Value out) {
      super(name, kernels, in, out);
      blocks = new Value.Blocks(in);
      this.conv = conv;
      this.weight = weight;
      this.bias = bias;
      this.activation = activation;
    }

    /** Whether this step can do it. */
    static boolean fits(Op.Conv conv, Value.Source in) {
      return conv.out() == 1
          && conv.stride() == 1
          && conv.in() <= 4
          && in.parts().stream().allMatch(p -> p.value().planar && p.plain());
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    private int pitch() {
      return (int) Arena.roundUp(shape.width() + 2L * conv.paddingWidth());
    }

    @Override
    int scratch() {
      return pitch();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int width = shape.width();
      int k = conv.kernelHeight();
      int columns = conv.kernelWidth();
      int to = out.offset + y * width;
      for (int x = 0; x < width; x++) {
        m[to + x] = bias;
      }
      Kernels.zero(m, scratch, pitch());
      for (int c = 0; c < blocks.count; c++) {
        for (int ky = 0; ky < k; ky++) {
          int iy = y + ky * conv.dilation() - conv.paddingHeight();
          if (iy >= 0 && iy < shape.height()) {
            System.arraycopy(m, blocks.row(c, iy), m, scratch + conv.paddingWidth(), width);
            for (int kx = 0; kx < columns; kx++) {
              float w = weight[(c * k + ky) * columns + kx];
              kernels.addScaled(m, scratch + kx * conv.dilation(), w, width, to);
            }
          }
        }
      }
      if (activation.floor == 0) {
        kernels.relu(m, to, width, to);
      }
      activation.cutAbove(kernels, m, to, width);
    }
  }

  /** Bilinear resizing. A task is an output row. */
  static final class Resize extends Simple {
    private final int[] left;
    private final float[] fraction;

    /**
     * @param in one value without attention
     */
    Resize(String name, Kernels kernels, Value.Source in, Value out) {
      super(name, kernels, in, out);
      left = new int[out.shape.width()];
      fraction = new float[left.length];
      for (int x = 0; x < left.length; x++) {
        float at = at(x, shape.width(), out.shape.width());
        left[x] = (int) at;
        fraction[x] = at - left[x];
      }
    }

    /** Where an output pixel's centre lies among the input's, clamped to them. */
    private static float at(int i, int side, int outSide) {
      return Math.min(Math.max((i + 0.5f) * side / outSide - 0.5f, 0), side - 1);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    int scratch() {
      return in.parts().get(0).value().row();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      Value v = in.parts().get(0).value();
      float at = at(y, v.shape.height(), out.shape.height());
      int above = (int) at;
      int below = Math.min(above + 1, v.shape.height() - 1);
      int parts = (int) (v.size() / v.stride());
      for (int p = 0; p < parts; p++) {
        int from = v.offset + p * v.stride();
        int to = out.offset + p * out.stride() + y * out.row();
        kernels.mix(
            m, from + above * v.row(), from + below * v.row(), at - above, v.row(), scratch);
        if (out.shape.width() == 2 * v.shape.width() && !v.planar) {
          kernels.stretchTwice(m, scratch, v.shape.width(), to);
        } else {
          int pixel = v.planar ? 1 : kernels.lanes;
          kernels.stretch(m, scratch, v.shape.width(), pixel, left, fraction, to);
        }
      }
    }
  }

  /** Max pooling. A task is an output row. */
  static final class MaxPool extends Simple {
    private final Value.Blocks blocks;
    private final int size;

    /**
     * @param in blocks that are full but for the last
     */
    MaxPool(String name, Kernels kernels, Value.Source in, int size, Value out) {
      super(name, kernels, in, out);
      blocks = new Value.Blocks(in);
      this.size = size;
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      for (int b = 0; b < blocks.count; b++) {
        kernels.maxPool(
            m,
            blocks.row(b, y * size),
            blocks.part[b].value().row(),
            blocks.gate(b),
            blocks.pixelGate(b, y * size),
            shape.width(),
            size,
            out.shape.width(),
            out.offset + b * out.stride() + y * out.row());
      }
    }
  }

  /** Global average pooling. A task is a block. */
  static final class GlobalAverage extends Simple {
    /**
     * @param in one value in blocks without attention
     */
    GlobalAverage(String name, Kernels kernels, Value.Source in, Value out) {
      super(name, kernels, in, out);
    }

    @Override
    int tasks() {
      return out.blocks();
    }

    @Override
    void run(float[] m, int block, int scratch) {
      Value v = in.parts().get(0).value();
      kernels.average(
          m, v.offset + block * v.stride(), v.pixels(), out.offset + block * kernels.lanes);
    }
  }

  /** Mean and maximum over the channels. A task is a row. */
  static final class ChannelStatistics extends Step {
    private final Value.Source in;
    private final Value.Blocks blocks;
    private final Value mean;
    private final Value maximum;
    private final float share;

    /**
     * @param in blocks
     */
    ChannelStatistics(String name, Kernels kernels, Value.Source in, Value mean, Value maximum) {
      super(name, kernels);
      this.in = in;
      blocks = new Value.Blocks(in);
      share = 1f / in.channels();
      this.mean = mean;
      this.maximum = maximum;
    }

    @Override
    Collection<Value> reads() {
      return in.values();
    }

    @Override
    List<Value> writes() {
      return List.of(mean, maximum);
    }

    @Override
    int tasks() {
      return mean.shape.height();
    }

    private int row() {
      return mean.shape.width() * kernels.lanes;
    }

    @Override
    int scratch() {
      return 2 * row() + kernels.lanes;
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int width = mean.shape.width();
      int maxima = scratch + row();
      for (int b = 0; b < blocks.count; b++) {
        kernels.collect(
            m,
            blocks.row(b, y),
            blocks.gate(b),
            blocks.pixelGate(b, y),
            width,
            blocks.used[b],
            b == 0,
            scratch,
            maxima);
      }
      kernels.sumLanes(m, scratch, width, share, mean.offset + y * mean.row());
      kernels.maximumOfLanes(m, maxima, width, maximum.offset + y * maximum.row());
    }
  }

  /** Any operation on each number alone. A task is a stretch of the arena. */
  static final class Elementwise extends Step {
    private static final int STRETCH = 4096;

    enum Kind {
      RELU,
      RELU6,
      GELU,
      SIGMOID,
      ADD,
      MULTIPLY
    }

    private final Kind kind;
    private final List<Value> in;
    private final Value out;

    /**
     * @param in one or two values of the shape and layout of {@code out}
     */
    Elementwise(String name, Kernels kernels, Kind kind, List<Value> in, Value out) {
      super(name, kernels);
      this.kind = kind;
      this.in = in;
      this.out = out;
    }

    @Override
    Collection<Value> reads() {
      return in;
    }

    @Override
    List<Value> writes() {
      return List.of(out);
    }

    @Override
    int tasks() {
      return (int) ((out.size() + STRETCH - 1) / STRETCH);
    }

    @Override
    void run(float[] m, int task, int scratch) {
      int start = task * STRETCH;
      int n = (int) Math.min(STRETCH, out.size() - start);
      int a = in.get(0).offset + start;
      int b = in.get(in.size() - 1).offset + start;
      int to = out.offset + start;
      switch (kind) {
        case RELU -> kernels.relu(m, a, n, to);
        case RELU6 -> {
          kernels.relu(m, a, n, to);
          Activation.RELU6.cutAbove(kernels, m, to, n);
        }
        case GELU -> kernels.gelu(m, a, n, to);
        case SIGMOID -> kernels.sigmoid(m, a, n, to);
        case ADD -> kernels.add(m, a, b, n, to);
        case MULTIPLY -> kernels.multiply(m, a, b, n, to);
      }
    }
  }

  /**
   * Writes a source as one plain value, for the rare reader that cannot read it in parts, and
   * products whose second factor is neither of the attentions'. A task is a row.
   */
  static final class Materialize extends Step {
    private final Value.Source in;
    private final Value factor;
    private final Value out;
    private final boolean multiplied;

    Materialize(String name, Kernels kernels, Value.Source in, Value out) {
      this(name, kernels, in, in.parts().get(0).value(), out, false);
    }

    /**
     * @param factor what multiplies the source, repeated to its shape
     */
    static Materialize product(
        String name, Kernels kernels, Value.Source in, Value factor, Value out) {
      return new Materialize(name, kernels, in, factor, out, true);
    }

    private Materialize(
        String name,
        Kernels kernels,
        Value.Source in,
        Value factor,
        Value out,
        boolean multiplied) {
      super(name, kernels);
      this.in = in;
      this.factor = factor;
      this.out = out;
      this.multiplied = multiplied;
    }

    @Override
    Collection<Value> reads() {
      List<Value> values = new ArrayList<>(in.values());
      values.add(factor);
      return values;
    }

    @Override
    List<Value> writes() {
      return List.of(out);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int channel = 0;
      for (Value.Part part : in.parts()) {
        Value v = part.value();
        if (!multiplied && !v.planar && !out.planar && channel % kernels.lanes == 0) {
          copyBlocks(m, part, y, channel);
          channel += v.shape.channels();
          continue;
        }
        Value gate = part.gate();
        for (int c = 0; c < v.shape.channels(); c++, channel++) {
          float g = gate == null ? 1 : m[gate.offset + part.gateStart() + c];
          int pixelGate = part.pixelGateOffset(y);
          for (int x = 0; x < v.shape.width(); x++) {
            float p = pixelGate == Kernels.NONE ? g : g * m[pixelGate + x];
            if (multiplied) {
              Shape f = factor.shape;
              p *=
                  m[
                      factor.index(
                          f.channels() == 1 ? 0 : channel,
                          f.height() == 1 ? 0 : y,
                          f.width() == 1 ? 0 : x)];
            }
            m[out.index(channel, y, x)] = m[v.index(c, y, x)] * p;
          }
        }
      }
    }

    /** Whole blocks; what the last one has beyond its channels, the next part's overwrite. */
    private void copyBlocks(float[] m, Value.Part part, int y, int channel) {
      Value v = part.value();
      for (int b = 0; b < v.blocks(); b++) {
        kernels.pack(
            m,
            v.offset + b * v.stride() + y * v.row(),
            part.gateOffset(b),
            part.pixelGateOffset(y),
            v.shape.width(),
            out.index(channel + b * kernels.lanes, y, 0),
            kernels.lanes);
      }
    }
  }
}
