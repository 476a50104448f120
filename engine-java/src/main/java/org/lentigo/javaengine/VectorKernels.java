package org.lentigo.javaengine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner loops with the Vector API. Loaded only where the module is there.
 *
 * <p>The species is a constant, every vector a local variable, and no method takes or returns a
 * vector where the compiler might not inline it: else vectors become objects.
 */
final class VectorKernels extends Kernels {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int L = S.length();

  /** With 32 registers (AVX-512) eight pixels by two blocks stay in them, with 16 four do. */
  private static final boolean WIDE = L >= 16;

  VectorKernels() {
    super(L);
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
    for (int b = 0; b < blocks; b += GROUP) {
      boolean pair = blocks - b >= GROUP;
      int wb = w + b * L * depth + from * (pair ? 2 * L : L);
      int p = 0;
      int source = a + from;
      int start = init + b * initBlock;
      int target = out + b * outBlock;
      if (pair) {
        if (WIDE) {
          for (; p + 8 <= pixels; p += 8) {
            gemm8x2(
                m, source + p * lda, lda, n, wb, start + p * initPixel, initPixel, initBlock,
                target + p * outPixel, outPixel, outBlock, floor);
          }
        }
        for (; p + 4 <= pixels; p += 4) {
          gemm4x2(
              m, source + p * lda, lda, n, wb, start + p * initPixel, initPixel, initBlock,
              target + p * outPixel, outPixel, outBlock, floor);
        }
        for (; p < pixels; p++) {
          gemm1x2(
              m, source + p * lda, n, wb, start + p * initPixel, initBlock,
              target + p * outPixel, outBlock, floor);
        }
      } else {
        for (; p + 8 <= pixels; p += 8) {
          gemm8x1(
              m, source + p * lda, lda, n, wb, start + p * initPixel, initPixel,
              target + p * outPixel, outPixel, floor);
        }
        for (; p < pixels; p++) {
          gemm1x1(m, source + p * lda, n, wb, start + p * initPixel, target + p * outPixel, floor);
        }
      }
    }
  }

  private static FloatVector load(float[] m, int at) {
    return FloatVector.fromArray(S, m, at);
  }

  private static FloatVector all(float x) {
    return FloatVector.broadcast(S, x);
  }

  /** NaN passes, and it is two instructions where Java's maximum takes more. */
  private static FloatVector atLeast(FloatVector x, FloatVector floor) {
    return x.blend(floor, x.compare(VectorOperators.LT, floor));
  }

  private static void gemm8x2(
      float[] m,
      int a,
      int lda,
      int n,
      int w,
      int init,
      int initPixel,
      int initBlock,
      int out,
      int outPixel,
      int outBlock,
      float floor) {
    int init1 = init + initBlock;
    FloatVector s0 = load(m, init);
    FloatVector t0 = load(m, init1);
    FloatVector s1 = load(m, init + initPixel);
    FloatVector t1 = load(m, init1 + initPixel);
    FloatVector s2 = load(m, init + 2 * initPixel);
    FloatVector t2 = load(m, init1 + 2 * initPixel);
    FloatVector s3 = load(m, init + 3 * initPixel);
    FloatVector t3 = load(m, init1 + 3 * initPixel);
    FloatVector s4 = load(m, init + 4 * initPixel);
    FloatVector t4 = load(m, init1 + 4 * initPixel);
    FloatVector s5 = load(m, init + 5 * initPixel);
    FloatVector t5 = load(m, init1 + 5 * initPixel);
    FloatVector s6 = load(m, init + 6 * initPixel);
    FloatVector t6 = load(m, init1 + 6 * initPixel);
    FloatVector s7 = load(m, init + 7 * initPixel);
    FloatVector t7 = load(m, init1 + 7 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    int a4 = a + 4 * lda;
    int a5 = a + 5 * lda;
    int a6 = a + 6 * lda;
    int a7 = a + 7 * lda;
    for (int k = 0; k < n; k++) {
      FloatVector v = load(m, w + 2 * L * k);
      FloatVector u = load(m, w + 2 * L * k + L);
      FloatVector x = all(m[a + k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      x = all(m[a1 + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      x = all(m[a2 + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      x = all(m[a3 + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
      x = all(m[a4 + k]);
      s4 = x.fma(v, s4);
      t4 = x.fma(u, t4);
      x = all(m[a5 + k]);
      s5 = x.fma(v, s5);
      t5 = x.fma(u, t5);
      x = all(m[a6 + k]);
      s6 = x.fma(v, s6);
      t6 = x.fma(u, t6);
      x = all(m[a7 + k]);
      s7 = x.fma(v, s7);
      t7 = x.fma(u, t7);
    }
    FloatVector f = all(floor);
    int out1 = out + outBlock;
    atLeast(s0, f).intoArray(m, out);
    atLeast(t0, f).intoArray(m, out1);
    atLeast(s1, f).intoArray(m, out + outPixel);
    atLeast(t1, f).intoArray(m, out1 + outPixel);
    atLeast(s2, f).intoArray(m, out + 2 * outPixel);
    atLeast(t2, f).intoArray(m, out1 + 2 * outPixel);
    atLeast(s3, f).intoArray(m, out + 3 * outPixel);
    atLeast(t3, f).intoArray(m, out1 + 3 * outPixel);
    atLeast(s4, f).intoArray(m, out + 4 * outPixel);
    atLeast(t4, f).intoArray(m, out1 + 4 * outPixel);
    atLeast(s5, f).intoArray(m, out + 5 * outPixel);
    atLeast(t5, f).intoArray(m, out1 + 5 * outPixel);
    atLeast(s6, f).intoArray(m, out + 6 * outPixel);
    atLeast(t6, f).intoArray(m, out1 + 6 * outPixel);
    atLeast(s7, f).intoArray(m, out + 7 * outPixel);
    atLeast(t7, f).intoArray(m, out1 + 7 * outPixel);
  }

  private static void gemm4x2(
      float[] m,
      int a,
      int lda,
      int n,
      int w,
      int init,
      int initPixel,
      int initBlock,
      int out,
      int outPixel,
      int outBlock,
      float floor) {
    int init1 = init + initBlock;
    FloatVector s0 = load(m, init);
    FloatVector t0 = load(m, init1);
    FloatVector s1 = load(m, init + initPixel);
    FloatVector t1 = load(m, init1 + initPixel);
    FloatVector s2 = load(m, init + 2 * initPixel);
    FloatVector t2 = load(m, init1 + 2 * initPixel);
    FloatVector s3 = load(m, init + 3 * initPixel);
    FloatVector t3 = load(m, init1 + 3 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    for (int k = 0; k < n; k++) {
      FloatVector v = load(m, w + 2 * L * k);
      FloatVector u = load(m, w + 2 * L * k + L);
      FloatVector x = all(m[a + k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      x = all(m[a1 + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      x = all(m[a2 + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      x = all(m[a3 + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
    }
    FloatVector f = all(floor);
    int out1 = out + outBlock;
    atLeast(s0, f).intoArray(m, out);
    atLeast(t0, f).intoArray(m, out1);
    atLeast(s1, f).intoArray(m, out + outPixel);
    atLeast(t1, f).intoArray(m, out1 + outPixel);
    atLeast(s2, f).intoArray(m, out + 2 * outPixel);
    atLeast(t2, f).intoArray(m, out1 + 2 * outPixel);
    atLeast(s3, f).intoArray(m, out + 3 * outPixel);
    atLeast(t3, f).intoArray(m, out1 + 3 * outPixel);
  }

  private static void gemm1x2(
      float[] m, int a, int n, int w, int init, int initBlock, int out, int outBlock, float floor) {
    FloatVector s = load(m, init);
    FloatVector t = load(m, init + initBlock);
    for (int k = 0; k < n; k++) {
      FloatVector x = all(m[a + k]);
      s = x.fma(load(m, w + 2 * L * k), s);
      t = x.fma(load(m, w + 2 * L * k + L), t);
    }
    FloatVector f = all(floor);
    atLeast(s, f).intoArray(m, out);
    atLeast(t, f).intoArray(m, out + outBlock);
  }

  private static void gemm8x1(
      float[] m,
      int a,
      int lda,
      int n,
      int w,
      int init,
      int initPixel,
      int out,
      int outPixel,
      float floor) {
    FloatVector s0 = load(m, init);
    FloatVector s1 = load(m, init + initPixel);
    FloatVector s2 = load(m, init + 2 * initPixel);
    FloatVector s3 = load(m, init + 3 * initPixel);
    FloatVector s4 = load(m, init + 4 * initPixel);
    FloatVector s5 = load(m, init + 5 * initPixel);
    FloatVector s6 = load(m, init + 6 * initPixel);
    FloatVector s7 = load(m, init + 7 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    int a4 = a + 4 * lda;
    int a5 = a + 5 * lda;
    int a6 = a + 6 * lda;
    int a7 = a + 7 * lda;
    for (int k = 0; k < n; k++) {
      FloatVector v = load(m, w + L * k);
      s0 = all(m[a + k]).fma(v, s0);
      s1 = all(m[a1 + k]).fma(v, s1);
      s2 = all(m[a2 + k]).fma(v, s2);
      s3 = all(m[a3 + k]).fma(v, s3);
      s4 = all(m[a4 + k]).fma(v, s4);
      s5 = all(m[a5 + k]).fma(v, s5);
      s6 = all(m[a6 + k]).fma(v, s6);
      s7 = all(m[a7 + k]).fma(v, s7);
    }
    FloatVector f = all(floor);
    atLeast(s0, f).intoArray(m, out);
    atLeast(s1, f).intoArray(m, out + outPixel);
    atLeast(s2, f).intoArray(m, out + 2 * outPixel);
    atLeast(s3, f).intoArray(m, out + 3 * outPixel);
    atLeast(s4, f).intoArray(m, out + 4 * outPixel);
    atLeast(s5, f).intoArray(m, out + 5 * outPixel);
    atLeast(s6, f).intoArray(m, out + 6 * outPixel);
    atLeast(s7, f).intoArray(m, out + 7 * outPixel);
  }

  private static void gemm1x1(float[] m, int a, int n, int w, int init, int out, float floor) {
    FloatVector s = load(m, init);
    for (int k = 0; k < n; k++) {
      s = all(m[a + k]).fma(load(m, w + L * k), s);
    }
    atLeast(s, all(floor)).intoArray(m, out);
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
      int width,
      int w,
      int gate,
      int out,
      int outPixel,
      float floor) {
    if (g0 == NONE) {
      depthwisePlain(m, r0, r1, r2, width, w, gate, out, outPixel, floor);
    } else {
      depthwiseGated(m, r0, r1, r2, g0, g1, g2, width, w, gate, out, outPixel, floor);
    }
  }

  private static void depthwisePlain(
      float[] m,
      int r0,
      int r1,
      int r2,
      int width,
      int w,
      int gate,
      int out,
      int outPixel,
      float floor) {
    FloatVector g = gate == NONE ? all(1) : load(m, gate);
    FloatVector w00 = load(m, w).mul(g);
    FloatVector w01 = load(m, w + L).mul(g);
    FloatVector w02 = load(m, w + 2 * L).mul(g);
    FloatVector w10 = load(m, w + 3 * L).mul(g);
    FloatVector w11 = load(m, w + 4 * L).mul(g);
    FloatVector w12 = load(m, w + 5 * L).mul(g);
    FloatVector w20 = load(m, w + 6 * L).mul(g);
    FloatVector w21 = load(m, w + 7 * L).mul(g);
    FloatVector w22 = load(m, w + 8 * L).mul(g);
    FloatVector bias = load(m, w + 9 * L);
    FloatVector f = all(floor);
    FloatVector zero = all(0);
    FloatVector a0 = zero;
    FloatVector a1 = zero;
    FloatVector a2 = zero;
    FloatVector b0 = load(m, r0);
    FloatVector b1 = load(m, r1);
    FloatVector b2 = load(m, r2);
    int last = width - 1;
    for (int x = 0; x < last; x++) {
      FloatVector c0 = load(m, r0 + (x + 1) * L);
      FloatVector c1 = load(m, r1 + (x + 1) * L);
      FloatVector c2 = load(m, r2 + (x + 1) * L);
      FloatVector p = a0.fma(w00, bias);
      FloatVector q = a1.fma(w10, a2.mul(w20));
      p = b0.fma(w01, p);
      q = b1.fma(w11, q);
      p = b2.fma(w21, p);
      q = c0.fma(w02, q);
      p = c1.fma(w12, p);
      q = c2.fma(w22, q);
      atLeast(p.add(q), f).intoArray(m, out + x * outPixel);
      a0 = b0;
      a1 = b1;
      a2 = b2;
      b0 = c0;
      b1 = c1;
      b2 = c2;
    }
    FloatVector p = a0.fma(w00, bias);
    FloatVector q = a1.fma(w10, a2.mul(w20));
    p = b0.fma(w01, p);
    q = b1.fma(w11, q);
    p = b2.fma(w21, p);
    atLeast(p.add(q), f).intoArray(m, out + last * outPixel);
  }

  private static void depthwiseGated(
      float[] m,
      int r0,
      int r1,
      int r2,
      int g0,
      int g1,
      int g2,
      int width,
      int w,
      int gate,
      int out,
      int outPixel,
      float floor) {
    FloatVector g = gate == NONE ? all(1) : load(m, gate);
    FloatVector w00 = load(m, w).mul(g);
    FloatVector w01 = load(m, w + L).mul(g);
    FloatVector w02 = load(m, w + 2 * L).mul(g);
    FloatVector w10 = load(m, w + 3 * L).mul(g);
    FloatVector w11 = load(m, w + 4 * L).mul(g);
    FloatVector w12 = load(m, w + 5 * L).mul(g);
    FloatVector w20 = load(m, w + 6 * L).mul(g);
    FloatVector w21 = load(m, w + 7 * L).mul(g);
    FloatVector w22 = load(m, w + 8 * L).mul(g);
    FloatVector bias = load(m, w + 9 * L);
    FloatVector f = all(floor);
    FloatVector zero = all(0);
    FloatVector a0 = zero;
    FloatVector a1 = zero;
    FloatVector a2 = zero;
    FloatVector b0 = load(m, r0).mul(all(m[g0]));
    FloatVector b1 = load(m, r1).mul(all(m[g1]));
    FloatVector b2 = load(m, r2).mul(all(m[g2]));
    int last = width - 1;
    for (int x = 0; x < last; x++) {
      FloatVector c0 = load(m, r0 + (x + 1) * L).mul(all(m[g0 + x + 1]));
      FloatVector c1 = load(m, r1 + (x + 1) * L).mul(all(m[g1 + x + 1]));
      FloatVector c2 = load(m, r2 + (x + 1) * L).mul(all(m[g2 + x + 1]));
      FloatVector p = a0.fma(w00, bias);
      FloatVector q = a1.fma(w10, a2.mul(w20));
      p = b0.fma(w01, p);
      q = b1.fma(w11, q);
      p = b2.fma(w21, p);
      q = c0.fma(w02, q);
      p = c1.fma(w12, p);
      q = c2.fma(w22, q);
      atLeast(p.add(q), f).intoArray(m, out + x * outPixel);
      a0 = b0;
      a1 = b1;
      a2 = b2;
      b0 = c0;
      b1 = c1;
      b2 = c2;
    }
    FloatVector p = a0.fma(w00, bias);
    FloatVector q = a1.fma(w10, a2.mul(w20));
    p = b0.fma(w01, p);
    q = b1.fma(w11, q);
    p = b2.fma(w21, p);
    atLeast(p.add(q), f).intoArray(m, out + last * outPixel);
  }

  @Override
  void pack(float[] m, int src, int gate, int pixelGate, int width, int out, int outPixel) {
    FloatVector g = gate == NONE ? all(1) : load(m, gate);
    if (pixelGate != NONE) {
      for (int x = 0; x < width; x++) {
        load(m, src + x * L).mul(all(m[pixelGate + x])).mul(g).intoArray(m, out + x * outPixel);
      }
    } else if (gate != NONE) {
      for (int x = 0; x < width; x++) {
        load(m, src + x * L).mul(g).intoArray(m, out + x * outPixel);
      }
    } else {
      for (int x = 0; x < width; x++) {
        load(m, src + x * L).intoArray(m, out + x * outPixel);
      }
    }
  }

  @Override
  void winogradRows(
      float[] m,
      int r0,
      int r1,
      int r2,
      int r3,
      int g0,
      int g1,
      int g2,
      int g3,
      int width,
      int gate,
      int out,
      int outRow) {
    FloatVector g = gate == NONE ? all(1) : load(m, gate);
    int out1 = out + outRow;
    int out2 = out + 2 * outRow;
    int out3 = out + 3 * outRow;
    if (g0 == NONE) {
      for (int x = 0; x < width; x++) {
        int i = x * L;
        FloatVector a = load(m, r0 + i).mul(g);
        FloatVector b = load(m, r1 + i).mul(g);
        FloatVector c = load(m, r2 + i).mul(g);
        FloatVector d = load(m, r3 + i).mul(g);
        a.sub(c).intoArray(m, out + i);
        b.add(c).intoArray(m, out1 + i);
        c.sub(b).intoArray(m, out2 + i);
        b.sub(d).intoArray(m, out3 + i);
      }
    } else {
      for (int x = 0; x < width; x++) {
        int i = x * L;
        FloatVector a = load(m, r0 + i).mul(g).mul(all(m[g0 + x]));
        FloatVector b = load(m, r1 + i).mul(g).mul(all(m[g1 + x]));
        FloatVector c = load(m, r2 + i).mul(g).mul(all(m[g2 + x]));
        FloatVector d = load(m, r3 + i).mul(g).mul(all(m[g3 + x]));
        a.sub(c).intoArray(m, out + i);
        b.add(c).intoArray(m, out1 + i);
        c.sub(b).intoArray(m, out2 + i);
        b.sub(d).intoArray(m, out3 + i);
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
      FloatVector a = load(m, i);
      FloatVector b = load(m, i + step);
      FloatVector c = load(m, i + 2 * step);
      FloatVector d = load(m, i + 3 * step);
      int o = t * outTile;
      a.sub(c).intoArray(m, out + o);
      b.add(c).intoArray(m, out1 + o);
      c.sub(b).intoArray(m, out2 + o);
      b.sub(d).intoArray(m, out3 + o);
    }
  }

  @Override
  void winogradOutput(
      float[] m,
      int products,
      int matrix,
      int tile,
      int[] starts,
      int dilation,
      int width,
      int bias,
      int out0,
      int out1,
      float floor) {
    FloatVector add = load(m, bias);
    FloatVector f = all(floor);
    int step = dilation * L;
    for (int t = 0; t < starts.length; t++) {
      int x = starts[t];
      boolean right = x + dilation < width;
      int p = products + t * tile;
      FloatVector q1 = load(m, p + matrix);
      FloatVector q2 = load(m, p + 2 * matrix);
      FloatVector l0 = load(m, p).add(q1).add(q2);
      FloatVector n0 = q1.sub(q2).sub(load(m, p + 3 * matrix));
      p += 4 * matrix;
      q1 = load(m, p + matrix);
      q2 = load(m, p + 2 * matrix);
      FloatVector l1 = load(m, p).add(q1).add(q2);
      FloatVector n1 = q1.sub(q2).sub(load(m, p + 3 * matrix));
      p += 4 * matrix;
      q1 = load(m, p + matrix);
      q2 = load(m, p + 2 * matrix);
      FloatVector l2 = load(m, p).add(q1).add(q2);
      FloatVector n2 = q1.sub(q2).sub(load(m, p + 3 * matrix));
      p += 4 * matrix;
      q1 = load(m, p + matrix);
      q2 = load(m, p + 2 * matrix);
      FloatVector l3 = load(m, p).add(q1).add(q2);
      FloatVector n3 = q1.sub(q2).sub(load(m, p + 3 * matrix));
      int o = out0 + x * L;
      atLeast(l0.add(l1).add(l2).add(add), f).intoArray(m, o);
      if (right) {
        atLeast(n0.add(n1).add(n2).add(add), f).intoArray(m, o + step);
      }
      if (out1 != NONE) {
        o = out1 + x * L;
        atLeast(l1.sub(l2).sub(l3).add(add), f).intoArray(m, o);
        if (right) {
          atLeast(n1.sub(n2).sub(n3).add(add), f).intoArray(m, o + step);
        }
      }
    }
  }

  @Override
  void mix(float[] m, int a, int b, float t, int n, int out) {
    FloatVector factor = all(t);
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector x = load(m, a + i);
      load(m, b + i).sub(x).fma(factor, x).intoArray(m, out + i);
    }
    super.mix(m, a + i, b + i, t, n - i, out + i);
  }

  @Override
  void stretchTwice(float[] m, int row, int width, int out) {
    FloatVector quarter = all(0.25f);
    FloatVector a = load(m, row);
    FloatVector b = a;
    for (int x = 0; x < width; x++) {
      FloatVector c = load(m, row + Math.min(x + 1, width - 1) * L);
      a.sub(b).fma(quarter, b).intoArray(m, out + 2 * x * L);
      c.sub(b).fma(quarter, b).intoArray(m, out + 2 * x * L + L);
      a = b;
      b = c;
    }
  }

  @Override
  void sigmoid(float[] m, int a, int n, int out) {
    int i = 0;
    for (; i <= n - L; i += L) {
      FloatVector x = load(m, a + i);
      all(1).div(x.neg().lanewise(VectorOperators.EXP).add(1)).intoArray(m, out + i);
    }
    super.sigmoid(m, a + i, n - i, out + i);
  }

  @Override
  void maximum(float[] m, int a, int n, int out) {
    for (int i = 0; i < n; i += L) {
      FloatVector x = load(m, a + i);
      atLeast(x, load(m, out + i)).intoArray(m, out + i);
    }
  }

  @Override
  void maximumAlong(float[] m, int row, int size, int outWidth, int out) {
    for (int x = 0; x < outWidth; x++) {
      int i = row + x * size * L;
      FloatVector best = load(m, i);
      for (int k = 1; k < size; k++) {
        best = atLeast(best, load(m, i + k * L));
      }
      best.intoArray(m, out + x * L);
    }
  }

  @Override
  void average(float[] m, int src, int pixels, int out) {
    FloatVector a = all(0);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    int p = 0;
    for (; p <= pixels - 4; p += 4) {
      a = a.add(load(m, src + p * L));
      b = b.add(load(m, src + p * L + L));
      c = c.add(load(m, src + p * L + 2 * L));
      d = d.add(load(m, src + p * L + 3 * L));
    }
    for (; p < pixels; p++) {
      a = a.add(load(m, src + p * L));
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
    if (used < L || pixelGate != NONE || gate != NONE) {
      super.collect(m, src, gate, pixelGate, width, used, first, sums, maxima);
    } else if (first) {
      for (int x = 0; x < width; x++) {
        FloatVector v = load(m, src + x * L);
        v.intoArray(m, sums + x * L);
        v.intoArray(m, maxima + x * L);
      }
    } else {
      for (int x = 0; x < width; x++) {
        FloatVector v = load(m, src + x * L);
        v.add(load(m, sums + x * L)).intoArray(m, sums + x * L);
        atLeast(v, load(m, maxima + x * L)).intoArray(m, maxima + x * L);
      }
    }
  }

  @Override
  void sumLanes(float[] m, int sums, int width, float factor, int out) {
    for (int x = 0; x < width; x++) {
      m[out + x] = load(m, sums + x * L).reduceLanes(VectorOperators.ADD) * factor;
    }
  }

  @Override
  void maximumOfLanes(float[] m, int maxima, int width, int out) {
    for (int x = 0; x < width; x++) {
      m[out + x] = load(m, maxima + x * L).reduceLanes(VectorOperators.MAX);
    }
  }

  @Override
  void addScaled(float[] m, int a, float factor, int n, int out) {
    FloatVector f = all(factor);
    int i = 0;
    for (; i <= n - L; i += L) {
      load(m, a + i).fma(f, load(m, out + i)).intoArray(m, out + i);
    }
    super.addScaled(m, a + i, factor, n - i, out + i);
  }
}
