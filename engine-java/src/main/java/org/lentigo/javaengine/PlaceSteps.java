package org.lentigo.javaengine;

import java.util.List;
import org.lentigo.javaengine.NormSteps.Blockwise;
import org.lentigo.network.Op;

/** Steps that move values about, and a few small ones, each of values in blocks. */
final class PlaceSteps {
  private PlaceSteps() {}

  /** {@code x} or {@code slope * x} below 0, a slope a channel. A task is a row. */
  static final class Prelu extends Blockwise {
    private final int slopes;

    Prelu(String name, Kernels kernels, Value x, float[] slopes, Value out, Packing pack) {
      super(name, kernels, List.of(x), out);
      this.slopes = pack.vector(slopes);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      for (int b = 0; b < out.blocks(); b++) {
        int from = x().offset + b * x().stride() + y * x().row();
        int to = out.offset + b * out.stride() + y * out.row();
        kernels.prelu(m, from, out.shape.width(), slopes + b * kernels.lanes, to);
      }
    }
  }

  /**
   * The second half of a transposed convolution: of four maps one after the other, each in whole
   * blocks, one of twice the size. A task is an output row.
   */
  static final class Squares extends Blockwise {
    Squares(String name, Kernels kernels, Value x, Value out) {
      super(name, kernels, List.of(x), out);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      for (int b = 0; b < out.blocks(); b++) {
        int to = out.offset + b * out.stride() + y * out.row();
        for (int column = 0; column < 2; column++) {
          int map = y % 2 * 2 + column;
          int from = x().offset + (map * out.blocks() + b) * x().stride() + y / 2 * x().row();
          for (int p = 0; p < x().shape.width(); p++) {
            System.arraycopy(m, from + p * lanes, m, to + (2 * p + column) * lanes, lanes);
          }
        }
      }
    }
  }

  /** Means over parts of the map. A task is an output row. */
  static final class AdaptiveAverage extends Blockwise {
    AdaptiveAverage(String name, Kernels kernels, Value x, Value out) {
      super(name, kernels, List.of(x), out);
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    private static int from(int part, int side, int parts) {
      return part * side / parts;
    }

    private static int to(int part, int side, int parts) {
      return ((part + 1) * side + parts - 1) / parts;
    }

    @Override
    void run(float[] m, int part, int scratch) {
      int lanes = kernels.lanes;
      int size = out.shape.width();
      int top = from(part, x().shape.height(), size);
      int bottom = to(part, x().shape.height(), size);
      for (int b = 0; b < out.blocks(); b++) {
        for (int column = 0; column < size; column++) {
          int left = from(column, x().shape.width(), size);
          int right = to(column, x().shape.width(), size);
          int to = out.offset + b * out.stride() + part * out.row() + column * lanes;
          Kernels.zero(m, to, lanes);
          for (int y = top; y < bottom; y++) {
            int row = x().offset + b * x().stride() + y * x().row();
            for (int i = row + left * lanes; i < row + right * lanes; i += lanes) {
              for (int lane = 0; lane < lanes; lane++) {
                m[to + lane] += m[i + lane];
              }
            }
          }
          float share = 1f / ((bottom - top) * (right - left));
          for (int lane = 0; lane < lanes; lane++) {
            m[to + lane] *= share;
          }
        }
      }
    }
  }

  /** Each channel moved by its distance. A task is a row. */
  static final class Shift extends Blockwise {
    private final boolean down;

    Shift(String name, Kernels kernels, Value x, boolean down, Value out) {
      super(name, kernels, List.of(x), out);
      this.down = down;
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      int width = out.shape.width();
      for (int c = 0; c < out.shape.channels(); c++) {
        int distance = Op.Shift.of(c, out.shape.channels());
        int row = down ? y - distance : y;
        int shift = down ? 0 : distance;
        boolean outside = row < 0 || row >= out.shape.height();
        int from = x().index(c, outside ? 0 : row, 0);
        int to = out.index(c, y, 0);
        for (int p = 0; p < width; p++) {
          int at = p - shift;
          m[to + p * lanes] = outside || at < 0 || at >= width ? 0 : m[from + at * lanes];
        }
      }
    }
  }

  /** Some of the channels. A task is a row. */
  static final class Slice extends Blockwise {
    private final int first;

    Slice(String name, Kernels kernels, Value x, int first, Value out) {
      super(name, kernels, List.of(x), out);
      this.first = first;
    }

    @Override
    int tasks() {
      return out.shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      if (first % lanes == 0) {
        for (int b = 0; b < out.blocks(); b++) {
          System.arraycopy(
              m, x().index(first + b * lanes, y, 0), m, out.index(b * lanes, y, 0), out.row());
        }
        return;
      }
      for (int c = 0; c < out.shape.channels(); c++) {
        int from = x().index(first + c, y, 0);
        int to = out.index(c, y, 0);
        for (int p = 0; p < out.row(); p += lanes) {
          m[to + p] = m[from + p];
        }
      }
    }
  }

  /** Values back to where the maxima of 2 x 2 windows were. A task is a row of them. */
  static final class Unpool extends Blockwise {
    Unpool(String name, Kernels kernels, Value x, Value whole, Value out) {
      super(name, kernels, List.of(x, whole), out);
    }

    @Override
    int tasks() {
      return x().shape.height();
    }

    @Override
    void run(float[] m, int y, int scratch) {
      int lanes = kernels.lanes;
      Value whole = in.get(1);
      for (int b = 0; b < out.blocks(); b++) {
        int from = x().offset + b * x().stride() + y * x().row();
        int upper = whole.offset + b * whole.stride() + 2 * y * whole.row();
        int lower = upper + whole.row();
        int to = out.offset + b * out.stride() + 2 * y * out.row();
        int below = to + out.row();
        for (int p = 0; p < x().shape.width(); p++) {
          for (int lane = 0; lane < lanes; lane++) {
            int i = 2 * p * lanes + lane;
            float best = m[upper + i];
            int place = 0;
            for (int k = 1; k < 4; k++) {
              float v = m[(k < 2 ? upper : lower) + i + k % 2 * lanes];
              if (v > best) {
                best = v;
                place = k;
              }
            }
            float value = m[from + p * lanes + lane];
            m[to + i] = place == 0 ? value : 0;
            m[to + i + lanes] = place == 1 ? value : 0;
            m[below + i] = place == 2 ? value : 0;
            m[below + i + lanes] = place == 3 ? value : 0;
          }
        }
      }
    }
  }

  /** A convolution along the channels of one pixel. One task. */
  static final class ChannelConvolution extends Blockwise {
    private final float[] weight;

    ChannelConvolution(String name, Kernels kernels, Value x, float[] weight, Value out) {
      super(name, kernels, List.of(x), out);
      this.weight = weight;
    }

    @Override
    int tasks() {
      return 1;
    }

    @Override
    void run(float[] m, int task, int scratch) {
      int channels = out.shape.channels();
      for (int c = 0; c < channels; c++) {
        float sum = 0;
        for (int tap = 0; tap < weight.length; tap++) {
          int from = c + tap - weight.length / 2;
          if (from >= 0 && from < channels) {
            sum += weight[tap] * m[x().offset + from];
          }
        }
        m[out.offset + c] = sum;
      }
    }
  }
}
