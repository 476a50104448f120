package org.lentigo.javaengine;

import static org.lentigo.javaengine.Vectors.L;
import static org.lentigo.javaengine.Vectors.MANY_REGISTERS;
import static org.lentigo.javaengine.Vectors.S;
import static org.lentigo.javaengine.Vectors.again;
import static org.lentigo.javaengine.Vectors.all;
import static org.lentigo.javaengine.Vectors.half;
import static org.lentigo.javaengine.Vectors.load;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops with the Vector API: see {@link Vectors} for how they are written. Loaded only
 * where the module is there.
 */
final class VectorKernels extends Kernels {
  VectorKernels() {
    super(L, MANY_REGISTERS ? 4 : 3);
  }

  @Override
  String description() {
    return "Vector API, blocks of " + L + " channels";
  }

  @Override
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
    int n = to - from;
    for (int b = 0; b < blocks; b += group) {
      int width = Math.min(group, blocks - b);
      int wb = w + b * L * depth + from * width * L;
      int source = a + from;
      int start = init + b * initBlock;
      int target = out + b * outBlock;
      int p = 0;
      if (width < 3 && (width == 1 || MANY_REGISTERS)) {
        for (; p + 8 <= pixels; p += 8) {
          int q = source + p * lda;
          int r = start + p * initPixel;
          int t = target + p * outPixel;
          if (width == 1) {
            MatrixTiles.gemm8x1(m, q, lda, n, wb, r, initPixel, t, outPixel, floor);
          } else {
            MatrixTiles.gemm8x2(
                m, q, lda, n, wb, r, initPixel, initBlock, t, outPixel, outBlock, floor);
          }
        }
      }
      for (; p + 4 <= pixels; p += 4) {
        int q = source + p * lda;
        int r = start + p * initPixel;
        int t = target + p * outPixel;
        switch (width) {
          case 1 -> MatrixTiles.gemm4x1(m, q, lda, n, wb, r, initPixel, t, outPixel, floor);
          case 2 ->
              MatrixTiles.gemm4x2(
                  m, q, lda, n, wb, r, initPixel, initBlock, t, outPixel, outBlock, floor);
          case 3 ->
              MatrixTiles.gemm4x3(
                  m, q, lda, n, wb, r, initPixel, initBlock, t, outPixel, outBlock, floor);
          default ->
              MatrixTiles.gemm4x4(
                  m, q, lda, n, wb, r, initPixel, initBlock, t, outPixel, outBlock, floor);
        }
      }
      for (; p < pixels; p++) {
        for (int c = 0; c < width; c++) {
          MatrixTiles.gemm1x1(
              m,
              source + p * lda,
              n,
              wb + c * L,
              width * L,
              start + p * initPixel + c * initBlock,
              target + p * outPixel + c * outBlock,
              floor);
        }
      }
    }
  }

  @Override
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
    if (g0 == NONE) {
      DepthwiseRows.depthwisePlain(m, r0, r1, r2, from, to, width, w, gate, out, outPixel, floor);
    } else {
      DepthwiseRows.depthwiseGated(
          m, r0, r1, r2, g0, g1, g2, from, to, width, w, gate, out, outPixel, floor);
    }
  }

  @Override
  void pack(float[] m, int src, int gate, int pixelGate, int width, int out, int outPixel) {
    FloatVector g = FloatVector.fromArray(S, m, gate);
    if (pixelGate != NONE) {
      for (int x = 0; x < width; x++) {
        FloatVector.fromArray(S, m, src + x * L)
            .mul(FloatVector.broadcast(S, m[pixelGate + x]))
            .mul(g)
            .intoArray(m, out + x * outPixel);
      }
    } else if (gate == Packing.ONES) {
      for (int x = 0; x < width; x++) {
        FloatVector.fromArray(S, m, src + x * L).intoArray(m, out + x * outPixel);
      }
    } else {
      for (int x = 0; x < width; x++) {
        FloatVector.fromArray(S, m, src + x * L).mul(g).intoArray(m, out + x * outPixel);
      }
    }
  }

  @Override
  void winogradRow(
      float[] m, int r0, int r1, int g0, int g1, float sign, int width, int gate, int out) {
    FloatVector g = FloatVector.fromArray(S, m, gate);
    FloatVector h = g.mul(sign);
    if (g0 == NONE) {
      for (int x = 0; x < width; x++) {
        int i = x * L;
        load(m, r0 + i).mul(g).add(load(m, r1 + i).mul(h)).intoArray(m, out + i);
      }
    } else {
      for (int x = 0; x < width; x++) {
        int i = x * L;
        FloatVector a = load(m, r0 + i).mul(all(m[g0 + x]));
        FloatVector b = load(m, r1 + i).mul(all(m[g1 + x]));
        a.mul(g).add(b.mul(h)).intoArray(m, out + i);
      }
    }
  }

  @Override
  void winogradColumns(
      float[] m, int row, int[] starts, int dilation, int out, int outColumn, int outTile) {
    int step = dilation * L;
    int out1 = out + outColumn;
    int out2 = out + 2 * outColumn;
    int out3 = out + 3 * outColumn;
    for (int t = 0; t < starts.length; t++) {
      int i = row + starts[t] * L;
      FloatVector a = FloatVector.fromArray(S, m, i);
      FloatVector b = FloatVector.fromArray(S, m, i + step);
      FloatVector c = FloatVector.fromArray(S, m, i + 2 * step);
      FloatVector d = FloatVector.fromArray(S, m, i + 3 * step);
      int o = t * outTile;
      a.sub(c).intoArray(m, out + o);
      b.add(c).intoArray(m, out1 + o);
      c.sub(b).intoArray(m, out2 + o);
      b.sub(d).intoArray(m, out3 + o);
    }
  }

  @Override
  void winogradFold(float[] m, int products, int matrix, int n, int out0, int out1) {
    int products1 = products + matrix;
    int products2 = products + 2 * matrix;
    int products3 = products + 3 * matrix;
    for (int i = 0; i < n; i += L) {
      FloatVector p1 = load(m, products1 + i);
      FloatVector p2 = load(m, products2 + i);
      load(m, products + i).add(p1).add(p2).intoArray(m, out0 + i);
      p1.sub(p2).sub(load(m, products3 + i)).intoArray(m, out1 + i);
    }
  }

  @Override
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
    FloatVector b = load(m, bias);
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    for (int t = 0; t < starts.length; t++) {
      int x = starts[t];
      int i = folded + t * tile;
      FloatVector p1 = load(m, i + 2 * matrix);
      FloatVector p2 = load(m, i + 4 * matrix);
      FloatVector upper = load(m, i).add(p1).add(p2.add(b));
      FloatVector lower = p1.sub(p2).sub(load(m, i + 6 * matrix)).add(b);
      upper.abs().fma(again, upper).mul(half).intoArray(m, out0 + x * L);
      lower.abs().fma(again, lower).mul(half).intoArray(m, out1 + x * L);
      x += dilation;
      i += matrix;
      p1 = load(m, i + 2 * matrix);
      p2 = load(m, i + 4 * matrix);
      upper = load(m, i).add(p1).add(p2.add(b));
      lower = p1.sub(p2).sub(load(m, i + 6 * matrix)).add(b);
      upper.abs().fma(again, upper).mul(half).intoArray(m, x < width ? out0 + x * L : spare);
      lower.abs().fma(again, lower).mul(half).intoArray(m, x < width ? out1 + x * L : spare);
    }
  }

  @Override
  void mix(float[] m, int a, int b, float t, int n, int out) {
    FloatVector factor = FloatVector.broadcast(S, t);
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector x = FloatVector.fromArray(S, m, a + i);
      FloatVector.fromArray(S, m, b + i).sub(x).fma(factor, x).intoArray(m, out + i);
    }
    super.mix(m, a + i, b + i, t, n - i, out + i);
  }

  @Override
  void stretchTwice(float[] m, int row, int width, int out) {
    FloatVector quarter = FloatVector.broadcast(S, 0.25f);
    FloatVector a = FloatVector.fromArray(S, m, row);
    FloatVector b = a;
    for (int x = 0; x < width; x++) {
      FloatVector c = FloatVector.fromArray(S, m, row + Math.min(x + 1, width - 1) * L);
      a.sub(b).fma(quarter, b).intoArray(m, out + 2 * x * L);
      c.sub(b).fma(quarter, b).intoArray(m, out + 2 * x * L + L);
      a = b;
      b = c;
    }
  }

  /**
   * The exponential as a Taylor polynomial of x / 64, squared six times. The Vector API's own gives
   * other last digits once the JVM has compiled the loop.
   *
   * @param x from -32 to 32
   */
  private static FloatVector exp(FloatVector x) {
    FloatVector one = FloatVector.broadcast(S, 1);
    FloatVector y = x.mul(1 / 64f);
    FloatVector e = y.mul(1 / 720f).add(1 / 120f);
    e = e.fma(y, FloatVector.broadcast(S, 1 / 24f));
    e = e.fma(y, FloatVector.broadcast(S, 1 / 6f));
    e = e.fma(y, FloatVector.broadcast(S, 1 / 2f));
    e = e.fma(y, one).fma(y, one);
    e = e.mul(e);
    e = e.mul(e);
    e = e.mul(e);
    e = e.mul(e);
    e = e.mul(e);
    return e.mul(e);
  }

  /** Beyond 32 the result is within 1e-13 of 1 or 0; NaN passes. */
  @Override
  void sigmoid(float[] m, int a, int n, int out) {
    FloatVector one = FloatVector.broadcast(S, 1);
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector x = FloatVector.fromArray(S, m, a + i).max(-32).min(32).neg();
      one.div(exp(x).add(one)).intoArray(m, out + i);
    }
    super.sigmoid(m, a + i, n - i, out + i);
  }

  /** The formula of {@link Kernels#gelu(float)}, as {@code max(x, 0) - |x| * tail}. */
  @Override
  void gelu(float[] m, int a, int n, int out) {
    FloatVector one = FloatVector.broadcast(S, 1);
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector x = FloatVector.fromArray(S, m, a + i);
      FloatVector size = x.abs();
      FloatVector u = size.mul(0.70710678f);
      FloatVector t = one.div(u.mul(0.3275911f).add(one));
      FloatVector sum = t.mul(1.0614054f).sub(1.4531521f);
      sum = sum.fma(t, FloatVector.broadcast(S, 1.4214138f));
      sum = sum.fma(t, FloatVector.broadcast(S, -0.28449674f));
      sum = sum.fma(t, FloatVector.broadcast(S, 0.2548296f));
      FloatVector tail = sum.mul(t).mul(exp(u.mul(u).min(32).neg())).mul(0.5f);
      x.add(size).mul(0.5f).sub(size.mul(tail)).intoArray(m, out + i);
    }
    super.gelu(m, a + i, n - i, out + i);
  }

  @Override
  void relu(float[] m, int a, int n, int out) {
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector x = FloatVector.fromArray(S, m, a + i);
      x.abs().add(x).mul(0.5f).intoArray(m, out + i);
    }
    super.relu(m, a + i, n - i, out + i);
  }

  @Override
  void add(float[] m, int a, int b, int n, int out) {
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector.fromArray(S, m, a + i)
          .add(FloatVector.fromArray(S, m, b + i))
          .intoArray(m, out + i);
    }
    super.add(m, a + i, b + i, n - i, out + i);
  }

  @Override
  void prelu(float[] m, int a, int width, int slope, int out) {
    // x / 2 (1 + slope) + |x| / 2 (1 - slope)
    FloatVector half = FloatVector.fromArray(S, m, slope).mul(0.5f);
    FloatVector even = half.neg().add(0.5f);
    FloatVector odd = half.add(0.5f);
    for (int i = 0; i < width * L; i += L) {
      FloatVector x = FloatVector.fromArray(S, m, a + i);
      x.abs().fma(even, x.mul(odd)).intoArray(m, out + i);
    }
  }

  @Override
  void addTap(float[] m, int a, int step, int w, int n, int out) {
    FloatVector factor = FloatVector.fromArray(S, m, w);
    for (int p = 0; p < n; p++) {
      FloatVector.fromArray(S, m, a + p * step)
          .fma(factor, FloatVector.fromArray(S, m, out + p * L))
          .intoArray(m, out + p * L);
    }
  }

  @Override
  void squaredDeviations(float[] m, int a, int pixels, int mean, int out) {
    FloatVector centre = FloatVector.fromArray(S, m, mean);
    FloatVector sum = FloatVector.broadcast(S, 0);
    for (int i = a; i < a + pixels * L; i += L) {
      FloatVector d = FloatVector.fromArray(S, m, i).sub(centre);
      sum = d.fma(d, sum);
    }
    sum.intoArray(m, out);
  }

  @Override
  void softmax(float[] m, int a, int pixels, int out) {
    FloatVector most = FloatVector.fromArray(S, m, a);
    for (int i = L; i < pixels * L; i += L) {
      most = most.max(FloatVector.fromArray(S, m, a + i));
    }
    FloatVector sum = FloatVector.broadcast(S, 0);
    for (int i = 0; i < pixels * L; i += L) {
      FloatVector e = exp(FloatVector.fromArray(S, m, a + i).sub(most).max(-32));
      e.intoArray(m, out + i);
      sum = sum.add(e);
    }
    FloatVector share = FloatVector.broadcast(S, 1).div(sum);
    for (int i = 0; i < pixels * L; i += L) {
      FloatVector.fromArray(S, m, out + i).mul(share).intoArray(m, out + i);
    }
  }

  @Override
  void scaleAndShift(float[] m, int a, int width, int factor, int summand, int out) {
    FloatVector f = FloatVector.fromArray(S, m, factor);
    FloatVector s = FloatVector.fromArray(S, m, summand);
    for (int i = 0; i < width * L; i += L) {
      FloatVector.fromArray(S, m, a + i).fma(f, s).intoArray(m, out + i);
    }
  }

  @Override
  void atMost(float[] m, int a, int n, float ceiling) {
    int i = a;
    for (; i <= a + n - L; i += L) {
      FloatVector.fromArray(S, m, i).min(ceiling).intoArray(m, i);
    }
    super.atMost(m, i, a + n - i, ceiling);
  }

  @Override
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
    if (size != 2) {
      super.maxPool(m, row, pitch, gate, pixelGate, gatePitch, size, outWidth, out);
      return;
    }
    FloatVector g = FloatVector.fromArray(S, m, gate);
    int next = row + pitch;
    if (pixelGate == NONE) {
      for (int x = 0; x < outWidth; x++) {
        int i = 2 * x * L;
        FloatVector a = load(m, row + i).mul(g).max(load(m, row + i + L).mul(g));
        FloatVector b = load(m, next + i).mul(g).max(load(m, next + i + L).mul(g));
        a.max(b).intoArray(m, out + x * L);
      }
    } else {
      int nextGate = pixelGate + gatePitch;
      for (int x = 0; x < outWidth; x++) {
        int i = 2 * x * L;
        FloatVector a = load(m, row + i).mul(all(m[pixelGate + 2 * x]));
        FloatVector b = load(m, row + i + L).mul(all(m[pixelGate + 2 * x + 1]));
        FloatVector c = load(m, next + i).mul(all(m[nextGate + 2 * x]));
        FloatVector d = load(m, next + i + L).mul(all(m[nextGate + 2 * x + 1]));
        a.mul(g).max(b.mul(g)).max(c.mul(g).max(d.mul(g))).intoArray(m, out + x * L);
      }
    }
  }

  @Override
  void average(float[] m, int src, int pixels, int out) {
    FloatVector a = FloatVector.broadcast(S, 0);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int p = 0;
    for (; p <= pixels - 4; p += 4) {
      a = a.add(FloatVector.fromArray(S, m, src + p * L));
      b = b.add(FloatVector.fromArray(S, m, src + p * L + L));
      c = c.add(FloatVector.fromArray(S, m, src + p * L + 2 * L));
      d = d.add(FloatVector.fromArray(S, m, src + p * L + 3 * L));
    }
    for (; p < pixels; p++) {
      a = a.add(FloatVector.fromArray(S, m, src + p * L));
    }
    a.add(b).add(c.add(d)).mul(1f / pixels).intoArray(m, out);
  }

  @Override
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
    if (used < L || pixelGate != NONE || gate != Packing.ONES) {
      super.collect(m, src, gate, pixelGate, width, used, first, sums, maxima);
    } else if (first) {
      for (int x = 0; x < width; x++) {
        FloatVector v = FloatVector.fromArray(S, m, src + x * L);
        v.intoArray(m, sums + x * L);
        v.intoArray(m, maxima + x * L);
      }
    } else {
      for (int x = 0; x < width; x++) {
        FloatVector v = FloatVector.fromArray(S, m, src + x * L);
        v.add(FloatVector.fromArray(S, m, sums + x * L)).intoArray(m, sums + x * L);
        v.max(FloatVector.fromArray(S, m, maxima + x * L)).intoArray(m, maxima + x * L);
      }
    }
  }

  @Override
  void sumLanes(float[] m, int sums, int width, float factor, int out) {
    // Each pass adds the upper half of the lanes that still count to the lower, which a load does
    // for less than a shuffle. One species only: with a second one JDK 17 no longer knows which
    // vectors it has in hand, and makes objects of them.
    for (int half = L / 2; half > 0; half /= 2) {
      for (int i = sums; i < sums + width * L; i += L) {
        load(m, i).add(load(m, i + half)).intoArray(m, i);
      }
    }
    for (int x = 0; x < width; x++) {
      m[out + x] = m[sums + x * L] * factor;
    }
  }

  @Override
  void maximumOfLanes(float[] m, int maxima, int width, int out) {
    for (int half = L / 2; half > 0; half /= 2) {
      for (int i = maxima; i < maxima + width * L; i += L) {
        load(m, i).max(load(m, i + half)).intoArray(m, i);
      }
    }
    for (int x = 0; x < width; x++) {
      m[out + x] = m[maxima + x * L];
    }
  }

  @Override
  void addScaled(float[] m, int a, float factor, int n, int out) {
    FloatVector f = FloatVector.broadcast(S, factor);
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector.fromArray(S, m, a + i)
          .fma(f, FloatVector.fromArray(S, m, out + i))
          .intoArray(m, out + i);
    }
    super.addScaled(m, a + i, factor, n - i, out + i);
  }
}
