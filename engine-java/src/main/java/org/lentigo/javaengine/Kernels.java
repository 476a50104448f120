package org.lentigo.javaengine;

import java.util.Arrays;

/**
 * The inner loops, here in plain Java: the engine's fallback, and what {@link VectorKernels}
 * replaces where the Vector API is at hand. A loop that no profile shows stays plain in both.
 *
 * <p>Every method works on one array, the arena, at offsets. A map of C channels is stored in
 * blocks of {@link #lanes} channels, {@code [C / lanes][row][column][lane]}; a map of one channel
 * and the picture are planes, {@code [C][row][column]}. The lanes of a last block beyond C hold
 * values that nobody reads.
 */
class Kernels {
  /** Stands for an offset that is not there. */
  static final int NONE = -1;

  /** Channels in a block. */
  final int lanes;

  /** Blocks of output channels that {@link #gemm} works on together. */
  final int group;

  /**
   * @param lanes a multiple of 4
   */
  Kernels(int lanes) {
    this(lanes, 2);
  }

  Kernels(int lanes, int group) {
    if (lanes < 4 || lanes % 4 != 0) {
      throw new IllegalArgumentException("a block needs a multiple of 4 channels, got " + lanes);
    }
    this.lanes = lanes;
    this.group = group;
  }

  String description() {
    return "plain Java, blocks of " + lanes + " channels";
  }

  /**
   * A matrix product: {@code out[p][n] = max(floor, init[p][n] + sum over k of a[p][k] w[k][n])}.
   *
   * @param a row p of the left matrix starts at {@code a + p * lda}
   * @param from first k, inclusive
   * @param to last k, exclusive
   * @param depth rows k of the right matrix as it is stored
   * @param w the right matrix as {@link Packing#gemm} stores it
   * @param blocks blocks n of the result
   * @param init what the sum starts from: {@code init + p * initPixel + n * initBlock}; may be out
   * @param out the result, addressed likewise
   * @param floor 0 for ReLU, else negative infinity
   */
  void gemm(
      float[] m,
      int a,
      int lda,
      int pixels,
      int from,
      int to,
      int depth,
      int w,
      int blocks,
      int init,
      int initPixel,
      int initBlock,
      int out,
      int outPixel,
      int outBlock,
      float floor) {
    for (int b = 0; b < blocks; b++) {
      int first = b / group * group;
      int width = Math.min(group, blocks - first) * lanes;
      int wb = w + first * lanes * depth + (b - first) * lanes;
      for (int p = 0; p < pixels; p++) {
        int row = a + p * lda;
        int from0 = init + p * initPixel + b * initBlock;
        int to0 = out + p * outPixel + b * outBlock;
        for (int lane = 0; lane < lanes; lane += 4) {
          float s0 = m[from0 + lane];
          float s1 = m[from0 + lane + 1];
          float s2 = m[from0 + lane + 2];
          float s3 = m[from0 + lane + 3];
          int v = wb + from * width + lane;
          for (int k = from; k < to; k++, v += width) {
            float x = m[row + k];
            s0 += x * m[v];
            s1 += x * m[v + 1];
            s2 += x * m[v + 2];
            s3 += x * m[v + 3];
          }
          m[to0 + lane] = atLeast(s0, floor);
          m[to0 + lane + 1] = atLeast(s1, floor);
          m[to0 + lane + 2] = atLeast(s2, floor);
          m[to0 + lane + 3] = atLeast(s3, floor);
        }
      }
    }
  }

  /** As Math.max, but quick, and NaN passes. */
  static float atLeast(float x, float floor) {
    return x < floor ? floor : x;
  }

  /**
   * A stretch of a row of a depthwise 3x3 convolution on one block.
   *
   * @param r0 the rows above, at and below; a row outside the map is a row of zeros
   * @param g0 the spatial attention's rows, which multiply r0 to r2; {@link #NONE} for none
   * @param from first pixel, inclusive
   * @param to last pixel, exclusive
   * @param w nine vectors of weights and one of biases
   * @param gate the channel attention's vector; ones if there is none
   * @param out where pixel {@code from} goes
   */
  void depthwise3x3(
      float[] m,
      int r0,
      int r1,
      int r2,
      int g0,
      int g1,
      int g2,
      int from,
      int to,
      int width,
      int w,
      int gate,
      int out,
      int outPixel,
      float floor) {
    for (int x = from; x < to; x++) {
      for (int lane = 0; lane < lanes; lane++) {
        float sum = 0;
        for (int kx = 0; kx < 3; kx++) {
          int column = x + kx - 1;
          if (column < 0 || column >= width) {
            continue;
          }
          int i = column * lanes + lane;
          int v = w + kx * lanes + lane;
          float a = m[r0 + i] * m[v];
          float b = m[r1 + i] * m[v + 3 * lanes];
          float c = m[r2 + i] * m[v + 6 * lanes];
          if (g0 != NONE) {
            a *= m[g0 + column];
            b *= m[g1 + column];
            c *= m[g2 + column];
          }
          sum += a + b + c;
        }
        float shifted = sum * m[gate + lane] + m[w + 9 * lanes + lane];
        m[out + (x - from) * outPixel + lane] = atLeast(shifted, floor);
      }
    }
  }

  /** Copies one block's row to pixels {@code outPixel} apart, multiplied by what gates it. */
  void pack(float[] m, int src, int gate, int pixelGate, int width, int out, int outPixel) {
    for (int x = 0; x < width; x++) {
      float g = pixelGate == NONE ? 1 : m[pixelGate + x];
      for (int lane = 0; lane < lanes; lane++) {
        m[out + x * outPixel + lane] = m[src + x * lanes + lane] * g * m[gate + lane];
      }
    }
  }

  /**
   * Copies one plane's row into one lane of pixels {@code outPixel} apart, times {@code factor} and
   * what gates it.
   */
  final void packPlane(
      float[] m, int src, float factor, int pixelGate, int width, int out, int outPixel) {
    for (int x = 0; x < width; x++) {
      float g = pixelGate == NONE ? factor : factor * m[pixelGate + x];
      m[out + x * outPixel] = m[src + x] * g;
    }
  }

  /**
   * First half of Winograd's input transform (Lavin and Gray 2015, arXiv 1509.09308, F(2x2, 3x3)),
   * down the rows of one block: a row of {@code B^T d}, which is {@code r0 + sign * r1}.
   *
   * @param r0 two of the tile row's four rows; one outside the map is a row of zeros
   * @param g0 the spatial attention's rows or {@link #NONE}
   * @param sign 1 or -1
   * @param gate the channel attention's vector; ones if there is none
   */
  void winogradRow(
      float[] m, int r0, int r1, int g0, int g1, float sign, int width, int gate, int out) {
    for (int x = 0; x < width; x++) {
      float f0 = g0 == NONE ? 1 : m[g0 + x];
      float f1 = g1 == NONE ? sign : sign * m[g1 + x];
      for (int lane = 0; lane < lanes; lane++) {
        int i = x * lanes + lane;
        float v = m[r0 + i] * f0 + m[r1 + i] * f1;
        m[out + i] = v * m[gate + lane];
      }
    }
  }

  /**
   * Second half, along one of those rows: {@code (B^T d) B}.
   *
   * @param row the row; the first tile column's pixel x is at {@code row + x * lanes}
   * @param starts where each tile starts, in pixels
   * @param dilation pixels between a tile's columns
   * @param out tile t of column j goes to {@code out + j * outColumn + t * outTile}
   */
  void winogradColumns(
      float[] m, int row, int[] starts, int dilation, int out, int outColumn, int outTile) {
    for (int t = 0; t < starts.length; t++) {
      for (int lane = 0; lane < lanes; lane++) {
        int i = row + starts[t] * lanes + lane;
        float a = m[i];
        float b = m[i + dilation * lanes];
        float c = m[i + 2 * dilation * lanes];
        float d = m[i + 3 * dilation * lanes];
        int o = out + t * outTile + lane;
        m[o] = a - c;
        m[o + outColumn] = b + c;
        m[o + 2 * outColumn] = c - b;
        m[o + 3 * outColumn] = b - d;
      }
    }
  }

  /**
   * First half of Winograd's output transform, along the rows: of four products {@code matrix}
   * apart, each of n values, {@code p0 + p1 + p2} and {@code p1 - p2 - p3}.
   */
  void winogradFold(float[] m, int products, int matrix, int n, int out0, int out1) {
    for (int i = 0; i < n; i++) {
      float p0 = m[products + i];
      float p1 = m[products + matrix + i];
      float p2 = m[products + 2 * matrix + i];
      float p3 = m[products + 3 * matrix + i];
      m[out0 + i] = p0 + p1 + p2;
      m[out1 + i] = p1 - p2 - p3;
    }
  }

  /**
   * Second half, down the columns, for one block of one row of tiles, with bias and ReLU.
   *
   * @param folded tile t's value in row i and column j is at {@code folded + (2 i + j) * matrix + t
   *     * tile}
   * @param out0 the upper output row
   * @param out1 the lower output row
   * @param spare takes a vector that lies right of the map
   */
  void winogradOutput(
      float[] m,
      int folded,
      int matrix,
      int tile,
      int[] starts,
      int dilation,
      int width,
      int bias,
      int out0,
      int out1,
      int spare,
      float floor) {
    for (int t = 0; t < starts.length; t++) {
      for (int j = 0; j < 2; j++) {
        int x = starts[t] + j * dilation;
        int upper = x < width ? out0 + x * lanes : spare;
        int lower = x < width ? out1 + x * lanes : spare;
        int f = folded + j * matrix + t * tile;
        for (int lane = 0; lane < lanes; lane++) {
          float b = m[bias + lane];
          float f0 = m[f + lane];
          float f1 = m[f + 2 * matrix + lane];
          float f2 = m[f + 4 * matrix + lane];
          float f3 = m[f + 6 * matrix + lane];
          m[upper + lane] = atLeast(f0 + f1 + f2 + b, floor);
          m[lower + lane] = atLeast(f1 - f2 - f3 + b, floor);
        }
      }
    }
  }

  /** {@code out = a + (b - a) * t} for n values. */
  void mix(float[] m, int a, int b, float t, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] = m[a + i] + (m[b + i] - m[a + i]) * t;
    }
  }

  /** Doubles the length of one block's row, bilinearly. */
  void stretchTwice(float[] m, int row, int width, int out) {
    for (int x = 0; x < width; x++) {
      int left = row + Math.max(x - 1, 0) * lanes;
      int here = row + x * lanes;
      int right = row + Math.min(x + 1, width - 1) * lanes;
      int o = out + 2 * x * lanes;
      for (int lane = 0; lane < lanes; lane++) {
        float v = m[here + lane];
        m[o + lane] = v + (m[left + lane] - v) * 0.25f;
        m[o + lanes + lane] = v + (m[right + lane] - v) * 0.25f;
      }
    }
  }

  /**
   * Lengthens a row by any factor.
   *
   * @param pixel values in a pixel: {@link #lanes} or 1
   * @param left the pixel left of each output pixel
   * @param fraction how far right of it, in 0..1
   */
  final void stretch(
      float[] m, int row, int width, int pixel, int[] left, float[] fraction, int out) {
    for (int x = 0; x < left.length; x++) {
      int a = row + left[x] * pixel;
      int b = row + Math.min(left[x] + 1, width - 1) * pixel;
      for (int lane = 0; lane < pixel; lane++) {
        m[out + x * pixel + lane] = m[a + lane] + (m[b + lane] - m[a + lane]) * fraction[x];
      }
    }
  }

  /** {@code out = 1 / (1 + exp(-a))} for n values. */
  void sigmoid(float[] m, int a, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] = (float) (1 / (1 + Math.exp(-m[a + i])));
    }
  }

  /** {@code out = max(a, 0)} for n values. */
  void relu(float[] m, int a, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] = atLeast(m[a + i], 0);
    }
  }

  /** {@code a = min(a, ceiling)} for n values. */
  void atMost(float[] m, int a, int n, float ceiling) {
    for (int i = a; i < a + n; i++) {
      m[i] = m[i] > ceiling ? ceiling : m[i];
    }
  }

  /** {@code out = a * factor + summand} for the pixels of one block's row, by lane. */
  void scaleAndShift(float[] m, int a, int width, int factor, int summand, int out) {
    for (int i = 0; i < width * lanes; i += lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        m[out + i + lane] = m[a + i + lane] * m[factor + lane] + m[summand + lane];
      }
    }
  }

  /** {@code out = x P(X <= x)}, X normally distributed, for n values. */
  void gelu(float[] m, int a, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] = gelu(m[a + i]);
    }
  }

  /**
   * With the error function by formula 7.1.26 of Abramowitz and Stegun (1964), which is within
   * 1.5e-7.
   */
  static float gelu(float x) {
    double u = Math.abs(x) * 0.7071067811865476;
    double t = 1 / (1 + 0.3275911 * u);
    double sum = 1.061405429;
    sum = sum * t - 1.453152027;
    sum = sum * t + 1.421413741;
    sum = sum * t - 0.284496736;
    sum = sum * t + 0.254829592;
    double tail = 0.5 * sum * t * Math.exp(-u * u);
    return (float) (x * (x > 0 ? 1 - tail : tail));
  }

  /** {@code out = a} or {@code slope * a} below 0, for the pixels of one block's row, by lane. */
  void prelu(float[] m, int a, int width, int slope, int out) {
    for (int i = 0; i < width * lanes; i += lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        float v = m[a + i + lane];
        m[out + i + lane] = v > 0 ? v : v * m[slope + lane];
      }
    }
  }

  /**
   * {@code out += a * w} for n pixels of one block, by lane: one tap of a depthwise convolution.
   *
   * @param step from one pixel of a to the next
   */
  void addTap(float[] m, int a, int step, int w, int n, int out) {
    for (int p = 0; p < n; p++) {
      for (int lane = 0; lane < lanes; lane++) {
        m[out + p * lanes + lane] += m[a + p * step + lane] * m[w + lane];
      }
    }
  }

  /** The sum over a block's pixels of {@code (a - mean)^2}, by lane. */
  void squaredDeviations(float[] m, int a, int pixels, int mean, int out) {
    zero(m, out, lanes);
    for (int i = a; i < a + pixels * lanes; i += lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        float d = m[i + lane] - m[mean + lane];
        m[out + lane] += d * d;
      }
    }
  }

  /** Softmax over a block's pixels, by lane. */
  void softmax(float[] m, int a, int pixels, int out) {
    int n = pixels * lanes;
    for (int lane = 0; lane < lanes; lane++) {
      float most = Float.NEGATIVE_INFINITY;
      for (int i = lane; i < n; i += lanes) {
        most = Math.max(most, m[a + i]);
      }
      double sum = 0;
      for (int i = lane; i < n; i += lanes) {
        float e = (float) Math.exp(m[a + i] - most);
        m[out + i] = e;
        sum += e;
      }
      float share = (float) (1 / sum);
      for (int i = lane; i < n; i += lanes) {
        m[out + i] *= share;
      }
    }
  }

  /** {@code out = a + b} for n values. */
  void add(float[] m, int a, int b, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] = m[a + i] + m[b + i];
    }
  }

  /** {@code out = a * b} for n values. */
  final void multiply(float[] m, int a, int b, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] = m[a + i] * m[b + i];
    }
  }

  /**
   * Max pooling of one block, into one row.
   *
   * @param row the first of {@code size} rows, {@code pitch} apart
   * @param gate the channel attention's vector; ones if there is none
   * @param pixelGate the spatial attention's row or {@link #NONE}; the next is {@code gatePitch} on
   */
  void maxPool(
      float[] m,
      int row,
      int pitch,
      int gate,
      int pixelGate,
      int gatePitch,
      int size,
      int outWidth,
      int out) {
    for (int x = 0; x < outWidth; x++) {
      for (int lane = 0; lane < lanes; lane++) {
        float best = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < size * size; i++) {
          int column = x * size + i % size;
          float v = m[row + i / size * pitch + column * lanes + lane];
          if (pixelGate != NONE) {
            v *= m[pixelGate + i / size * gatePitch + column];
          }
          best = Math.max(best, v * m[gate + lane]);
        }
        m[out + x * lanes + lane] = best;
      }
    }
  }

  /** The mean of one block over its pixels. */
  void average(float[] m, int src, int pixels, int out) {
    for (int lane = 0; lane < lanes; lane++) {
      double sum = 0;
      for (int p = 0; p < pixels; p++) {
        sum += m[src + p * lanes + lane];
      }
      m[out + lane] = (float) (sum / pixels);
    }
  }

  /**
   * Sums and maxima over the blocks so far, lane by lane.
   *
   * @param used lanes that hold channels
   * @param first whether this is the first block
   */
  void collect(
      float[] m,
      int src,
      int gate,
      int pixelGate,
      int width,
      int used,
      boolean first,
      int sums,
      int maxima) {
    for (int x = 0; x < width; x++) {
      float g = pixelGate == NONE ? 1 : m[pixelGate + x];
      for (int lane = 0; lane < lanes; lane++) {
        int i = x * lanes + lane;
        float v = m[src + i] * g * m[gate + lane];
        boolean counts = lane < used;
        m[sums + i] = (first ? 0 : m[sums + i]) + (counts ? v : 0);
        float best = first ? Float.NEGATIVE_INFINITY : m[maxima + i];
        m[maxima + i] = counts ? Math.max(best, v) : best;
      }
    }
  }

  /** Sums over lanes, times {@code factor}: one value a pixel. Overwrites the sums. */
  void sumLanes(float[] m, int sums, int width, float factor, int out) {
    for (int x = 0; x < width; x++) {
      float sum = 0;
      for (int i = sums + x * lanes; i < sums + (x + 1) * lanes; i++) {
        sum += m[i];
      }
      m[out + x] = sum * factor;
    }
  }

  /** Maxima over lanes: one value a pixel. Overwrites the maxima. */
  void maximumOfLanes(float[] m, int maxima, int width, int out) {
    for (int x = 0; x < width; x++) {
      float best = Float.NEGATIVE_INFINITY;
      for (int i = maxima + x * lanes; i < maxima + (x + 1) * lanes; i++) {
        best = Math.max(best, m[i]);
      }
      m[out + x] = best;
    }
  }

  /** {@code out += a * factor} for n values. */
  void addScaled(float[] m, int a, float factor, int n, int out) {
    for (int i = 0; i < n; i++) {
      m[out + i] += m[a + i] * factor;
    }
  }

  static void zero(float[] m, int from, int n) {
    Arrays.fill(m, from, from + n, 0);
  }
}
