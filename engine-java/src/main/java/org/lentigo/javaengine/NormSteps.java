package org.lentigo.javaengine;

import java.util.Collection;
import java.util.List;
import org.lentigo.network.Op;

/** Normalisations, each of one value in blocks. */
final class NormSteps {
  private NormSteps() {}

  /** A step that reads values in blocks and writes one. */
  abstract static class Blockwise extends Step {
    final List<Value> in;
    final Value out;

    Blockwise(String name, Kernels kernels, List<Value> in, Value out) {
      super(name, kernels);
      this.in = in;
      this.out = out;
    }

    @Override
    final Collection<Value> reads() {
      return in;
    }

    @Override
    final List<Value> writes() {
      return List.of(out);
    }

    /** The first value read. */
    final Value x() {
      return in.get(0);
    }

    /** Lanes of a block that hold channels. */
    final int used(int block) {
      return Math.min(kernels.lanes, out.shape.channels() - block * kernels.lanes);
    }
  }

  /** Each pixel's channels to mean 0 and variance 1, then scaled and shifted. A task is a row. */
  static final class LayerNorm extends Blockwise {
    private final int scale;
    private final int shift;

    LayerNorm(
        String name,
        Kernels kernels,
        Value x,
        float[] scale,
        float[] shift,
        Value out,
        Packing pack) {
      super(name, kernels, List.of(x), out);
      this.scale = pack.vector(scale);
      this.shift = pack.vector(shift);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      int channels = out.shape.channels();
      for (int p = 0; p < out.shape.width(); p++) {
        int from = x().offset + y * x().row() + p * lanes;
        double sum = 0;
        for (int b = 0; b < out.blocks(); b++) {
          for (int i = from + b * x().stride(), lane = 0; lane < used(b); lane++) {
            sum += m[i + lane];
          }
        }
        double mean = sum / channels;
        double squares = 0;
        for (int b = 0; b < out.blocks(); b++) {
          for (int i = from + b * x().stride(), lane = 0; lane < used(b); lane++) {
            squares += (m[i + lane] - mean) * (m[i + lane] - mean);
          }
        }
        float centre = (float) mean;
        float factor = (float) (1 / Math.sqrt(squares / channels + Op.LayerNorm.EPSILON));
        for (int b = 0; b < out.blocks(); b++) {
          int i = from + b * x().stride();
          int to = out.offset + b * out.stride() + y * out.row() + p * lanes;
          int v = b * lanes;
          for (int lane = 0; lane < lanes; lane++) {
            float normal = (m[i + lane] - centre) * factor;
            m[to + lane] = normal * m[scale + v + lane] + m[shift + v + lane];
          }
        }
      }
    }
  }

  /**
   * Mean and squared deviation of each channel over its map, one vector after the other: what a
   * group normalisation is made of. A task is a block.
   */
  static final class Moments extends Blockwise {
    /**
     * @param out twice as many channels as there are in whole blocks: means, then deviations
     */
    Moments(String name, Kernels kernels, Value x, Value out) {
      super(name, kernels, List.of(x), out);
    }

    @Override
    int tasks() {
      return x().blocks();
    }

    @Override
    void run(float[] m, int block, int scratch) {
      int lanes = kernels.lanes;
      int means = out.offset + block * lanes;
      int squares = means + x().blocks() * lanes;
      int from = x().offset + block * x().stride();
      kernels.average(m, from, x().pixels(), means);
      kernels.squaredDeviations(m, from, x().pixels(), means, squares);
    }
  }

  /**
   * The factor and the summand of each channel that normalise its group, scaled and shifted. One
   * task.
   */
  static final class GroupFactors extends Blockwise {
    private final int groups;
    private final int channels;
    private final int pixels;
    private final float[] scale;
    private final float[] shift;

    /**
     * @param moments as {@link Moments} writes them
     * @param pixels of a map
     * @param out laid out as {@code moments}: factors, then summands
     */
    GroupFactors(
        String name,
        Kernels kernels,
        Value moments,
        Op.GroupNorm norm,
        int pixels,
        float[] scale,
        float[] shift,
        Value out) {
      super(name, kernels, List.of(moments), out);
      groups = norm.groups();
      channels = norm.channels();
      this.pixels = pixels;
      this.scale = scale;
      this.shift = shift;
    }

    @Override
    int tasks() {
      return 1;
    }

    @Override
    void run(float[] m, int task, int scratch) {
      int each = channels / groups;
      int second = out.shape.channels() / 2;
      for (int group = 0; group < groups; group++) {
        double mean = 0;
        for (int c = group * each; c < (group + 1) * each; c++) {
          mean += m[x().offset + c];
        }
        mean /= each;
        double variance = 0;
        for (int c = group * each; c < (group + 1) * each; c++) {
          double apart = m[x().offset + c] - mean;
          variance += m[x().offset + second + c] / pixels + apart * apart;
        }
        double factor = 1 / Math.sqrt(variance / each + Op.GroupNorm.EPSILON);
        for (int c = group * each; c < (group + 1) * each; c++) {
          m[out.offset + c] = (float) (factor * scale[c]);
          m[out.offset + second + c] = (float) (shift[c] - mean * factor * scale[c]);
        }
      }
    }
  }

  /**
   * {@code x * factor + summand} by channel, as {@link GroupFactors} writes them. A task is a row.
   */
  static final class Affine extends Blockwise {
    Affine(String name, Kernels kernels, Value x, Value factors, Value out) {
      super(name, kernels, List.of(x, factors), out);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      Value factors = in.get(1);
      for (int b = 0; b < out.blocks(); b++) {
        int factor = factors.offset + b * kernels.lanes;
        kernels.scaleAndShift(
            m,
            x().offset + b * x().stride() + y * x().row(),
            out.shape.width(),
            factor,
            factor + factors.shape.channels() / 2,
            out.offset + b * out.stride() + y * out.row());
      }
    }
  }

  /** Softmax of each channel over its map. A task is a block. */
  static final class Softmax extends Blockwise {
    Softmax(String name, Kernels kernels, Value x, Value out) {
      super(name, kernels, List.of(x), out);
    }

    @Override
    int tasks() {
      return out.blocks();
    }

    @Override
    void run(float[] m, int block, int scratch) {
      kernels.softmax(
          m, x().offset + block * x().stride(), out.pixels(), out.offset + block * out.stride());
    }
  }

  /** Each pixel's channels divided by their sum. A task is a row. */
  static final class Shares extends Blockwise {
    Shares(String name, Kernels kernels, Value x, Value out) {
      super(name, kernels, List.of(x), out);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      for (int p = 0; p < out.shape.width(); p++) {
        int at = y * out.row() + p * lanes;
        double sum = Op.DoubleNorm.EPSILON;
        for (int b = 0; b < out.blocks(); b++) {
          for (int i = x().offset + b * x().stride() + at, lane = 0; lane < used(b); lane++) {
            sum += m[i + lane];
          }
        }
        float factor = (float) (1 / sum);
        for (int b = 0; b < out.blocks(); b++) {
          int from = x().offset + b * x().stride() + at;
          int to = out.offset + b * out.stride() + at;
          for (int lane = 0; lane < lanes; lane++) {
            m[to + lane] = m[from + lane] * factor;
          }
        }
      }
    }
  }
}
