package org.lentigo.javaengine;

import static org.lentigo.javaengine.Vectors.L;
import static org.lentigo.javaengine.Vectors.S;
import static org.lentigo.javaengine.Vectors.again;
import static org.lentigo.javaengine.Vectors.all;
import static org.lentigo.javaengine.Vectors.half;
import static org.lentigo.javaengine.Vectors.load;

import jdk.incubator.vector.FloatVector;

/**
 * The matrix product of a few pixels by a few blocks of channels with the Vector API: {@code
 * gemm4x3} is four pixels by three blocks, whose sums stay in registers. See {@link Kernels#gemm}.
 */
final class MatrixTiles {
  private MatrixTiles() {}

  static void gemm4x4(
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
    int init2 = init + 2 * initBlock;
    int init3 = init + 3 * initBlock;
    FloatVector s0 = FloatVector.fromArray(S, m, init);
    FloatVector t0 = FloatVector.fromArray(S, m, init1);
    FloatVector c0 = FloatVector.fromArray(S, m, init2);
    FloatVector d0 = FloatVector.fromArray(S, m, init3);
    FloatVector s1 = FloatVector.fromArray(S, m, init + initPixel);
    FloatVector t1 = FloatVector.fromArray(S, m, init1 + initPixel);
    FloatVector c1 = FloatVector.fromArray(S, m, init2 + initPixel);
    FloatVector d1 = FloatVector.fromArray(S, m, init3 + initPixel);
    FloatVector s2 = FloatVector.fromArray(S, m, init + 2 * initPixel);
    FloatVector t2 = FloatVector.fromArray(S, m, init1 + 2 * initPixel);
    FloatVector c2 = FloatVector.fromArray(S, m, init2 + 2 * initPixel);
    FloatVector d2 = FloatVector.fromArray(S, m, init3 + 2 * initPixel);
    FloatVector s3 = FloatVector.fromArray(S, m, init + 3 * initPixel);
    FloatVector t3 = FloatVector.fromArray(S, m, init1 + 3 * initPixel);
    FloatVector c3 = FloatVector.fromArray(S, m, init2 + 3 * initPixel);
    FloatVector d3 = FloatVector.fromArray(S, m, init3 + 3 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    for (int k = 0; k < n; k++) {
      int i = w + 4 * L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector u = FloatVector.fromArray(S, m, i + L);
      FloatVector y = FloatVector.fromArray(S, m, i + 2 * L);
      FloatVector z = FloatVector.fromArray(S, m, i + 3 * L);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      c0 = x.fma(y, c0);
      d0 = x.fma(z, d0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      c1 = x.fma(y, c1);
      d1 = x.fma(z, d1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      c2 = x.fma(y, c2);
      d2 = x.fma(z, d2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
      c3 = x.fma(y, c3);
      d3 = x.fma(z, d3);
    }
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    int out1 = out + outBlock;
    int out2 = out + 2 * outBlock;
    int out3 = out + 3 * outBlock;
    s0.abs().fma(again, s0).mul(half).intoArray(m, out);
    t0.abs().fma(again, t0).mul(half).intoArray(m, out1);
    c0.abs().fma(again, c0).mul(half).intoArray(m, out2);
    d0.abs().fma(again, d0).mul(half).intoArray(m, out3);
    s1.abs().fma(again, s1).mul(half).intoArray(m, out + outPixel);
    t1.abs().fma(again, t1).mul(half).intoArray(m, out1 + outPixel);
    c1.abs().fma(again, c1).mul(half).intoArray(m, out2 + outPixel);
    d1.abs().fma(again, d1).mul(half).intoArray(m, out3 + outPixel);
    s2.abs().fma(again, s2).mul(half).intoArray(m, out + 2 * outPixel);
    t2.abs().fma(again, t2).mul(half).intoArray(m, out1 + 2 * outPixel);
    c2.abs().fma(again, c2).mul(half).intoArray(m, out2 + 2 * outPixel);
    d2.abs().fma(again, d2).mul(half).intoArray(m, out3 + 2 * outPixel);
    s3.abs().fma(again, s3).mul(half).intoArray(m, out + 3 * outPixel);
    t3.abs().fma(again, t3).mul(half).intoArray(m, out1 + 3 * outPixel);
    c3.abs().fma(again, c3).mul(half).intoArray(m, out2 + 3 * outPixel);
    d3.abs().fma(again, d3).mul(half).intoArray(m, out3 + 3 * outPixel);
  }

  static void gemm4x3(
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
    int init2 = init + 2 * initBlock;
    FloatVector s0 = FloatVector.fromArray(S, m, init);
    FloatVector t0 = FloatVector.fromArray(S, m, init1);
    FloatVector c0 = FloatVector.fromArray(S, m, init2);
    FloatVector s1 = FloatVector.fromArray(S, m, init + initPixel);
    FloatVector t1 = FloatVector.fromArray(S, m, init1 + initPixel);
    FloatVector c1 = FloatVector.fromArray(S, m, init2 + initPixel);
    FloatVector s2 = FloatVector.fromArray(S, m, init + 2 * initPixel);
    FloatVector t2 = FloatVector.fromArray(S, m, init1 + 2 * initPixel);
    FloatVector c2 = FloatVector.fromArray(S, m, init2 + 2 * initPixel);
    FloatVector s3 = FloatVector.fromArray(S, m, init + 3 * initPixel);
    FloatVector t3 = FloatVector.fromArray(S, m, init1 + 3 * initPixel);
    FloatVector c3 = FloatVector.fromArray(S, m, init2 + 3 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    for (int k = 0; k < n; k++) {
      int i = w + 3 * L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector u = FloatVector.fromArray(S, m, i + L);
      FloatVector y = FloatVector.fromArray(S, m, i + 2 * L);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      c0 = x.fma(y, c0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      c1 = x.fma(y, c1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      c2 = x.fma(y, c2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
      c3 = x.fma(y, c3);
    }
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    int out1 = out + outBlock;
    int out2 = out + 2 * outBlock;
    s0.abs().fma(again, s0).mul(half).intoArray(m, out);
    t0.abs().fma(again, t0).mul(half).intoArray(m, out1);
    c0.abs().fma(again, c0).mul(half).intoArray(m, out2);
    s1.abs().fma(again, s1).mul(half).intoArray(m, out + outPixel);
    t1.abs().fma(again, t1).mul(half).intoArray(m, out1 + outPixel);
    c1.abs().fma(again, c1).mul(half).intoArray(m, out2 + outPixel);
    s2.abs().fma(again, s2).mul(half).intoArray(m, out + 2 * outPixel);
    t2.abs().fma(again, t2).mul(half).intoArray(m, out1 + 2 * outPixel);
    c2.abs().fma(again, c2).mul(half).intoArray(m, out2 + 2 * outPixel);
    s3.abs().fma(again, s3).mul(half).intoArray(m, out + 3 * outPixel);
    t3.abs().fma(again, t3).mul(half).intoArray(m, out1 + 3 * outPixel);
    c3.abs().fma(again, c3).mul(half).intoArray(m, out2 + 3 * outPixel);
  }

  static void gemm8x2(
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
    FloatVector s0 = FloatVector.fromArray(S, m, init);
    FloatVector t0 = FloatVector.fromArray(S, m, init1);
    FloatVector s1 = FloatVector.fromArray(S, m, init + initPixel);
    FloatVector t1 = FloatVector.fromArray(S, m, init1 + initPixel);
    FloatVector s2 = FloatVector.fromArray(S, m, init + 2 * initPixel);
    FloatVector t2 = FloatVector.fromArray(S, m, init1 + 2 * initPixel);
    FloatVector s3 = FloatVector.fromArray(S, m, init + 3 * initPixel);
    FloatVector t3 = FloatVector.fromArray(S, m, init1 + 3 * initPixel);
    FloatVector s4 = FloatVector.fromArray(S, m, init + 4 * initPixel);
    FloatVector t4 = FloatVector.fromArray(S, m, init1 + 4 * initPixel);
    FloatVector s5 = FloatVector.fromArray(S, m, init + 5 * initPixel);
    FloatVector t5 = FloatVector.fromArray(S, m, init1 + 5 * initPixel);
    FloatVector s6 = FloatVector.fromArray(S, m, init + 6 * initPixel);
    FloatVector t6 = FloatVector.fromArray(S, m, init1 + 6 * initPixel);
    FloatVector s7 = FloatVector.fromArray(S, m, init + 7 * initPixel);
    FloatVector t7 = FloatVector.fromArray(S, m, init1 + 7 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    int a4 = a + 4 * lda;
    int a5 = a + 5 * lda;
    int a6 = a + 6 * lda;
    int a7 = a + 7 * lda;
    for (int k = 0; k < n; k++) {
      int i = w + 2 * L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector u = FloatVector.fromArray(S, m, i + L);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
      x = FloatVector.broadcast(S, m[a4 + k]);
      s4 = x.fma(v, s4);
      t4 = x.fma(u, t4);
      x = FloatVector.broadcast(S, m[a5 + k]);
      s5 = x.fma(v, s5);
      t5 = x.fma(u, t5);
      x = FloatVector.broadcast(S, m[a6 + k]);
      s6 = x.fma(v, s6);
      t6 = x.fma(u, t6);
      x = FloatVector.broadcast(S, m[a7 + k]);
      s7 = x.fma(v, s7);
      t7 = x.fma(u, t7);
    }
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    int out1 = out + outBlock;
    s0.abs().fma(again, s0).mul(half).intoArray(m, out);
    t0.abs().fma(again, t0).mul(half).intoArray(m, out1);
    s1.abs().fma(again, s1).mul(half).intoArray(m, out + outPixel);
    t1.abs().fma(again, t1).mul(half).intoArray(m, out1 + outPixel);
    s2.abs().fma(again, s2).mul(half).intoArray(m, out + 2 * outPixel);
    t2.abs().fma(again, t2).mul(half).intoArray(m, out1 + 2 * outPixel);
    s3.abs().fma(again, s3).mul(half).intoArray(m, out + 3 * outPixel);
    t3.abs().fma(again, t3).mul(half).intoArray(m, out1 + 3 * outPixel);
    s4.abs().fma(again, s4).mul(half).intoArray(m, out + 4 * outPixel);
    t4.abs().fma(again, t4).mul(half).intoArray(m, out1 + 4 * outPixel);
    s5.abs().fma(again, s5).mul(half).intoArray(m, out + 5 * outPixel);
    t5.abs().fma(again, t5).mul(half).intoArray(m, out1 + 5 * outPixel);
    s6.abs().fma(again, s6).mul(half).intoArray(m, out + 6 * outPixel);
    t6.abs().fma(again, t6).mul(half).intoArray(m, out1 + 6 * outPixel);
    s7.abs().fma(again, s7).mul(half).intoArray(m, out + 7 * outPixel);
    t7.abs().fma(again, t7).mul(half).intoArray(m, out1 + 7 * outPixel);
  }

  static void gemm4x2(
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
    FloatVector s0 = FloatVector.fromArray(S, m, init);
    FloatVector t0 = FloatVector.fromArray(S, m, init1);
    FloatVector s1 = FloatVector.fromArray(S, m, init + initPixel);
    FloatVector t1 = FloatVector.fromArray(S, m, init1 + initPixel);
    FloatVector s2 = FloatVector.fromArray(S, m, init + 2 * initPixel);
    FloatVector t2 = FloatVector.fromArray(S, m, init1 + 2 * initPixel);
    FloatVector s3 = FloatVector.fromArray(S, m, init + 3 * initPixel);
    FloatVector t3 = FloatVector.fromArray(S, m, init1 + 3 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    for (int k = 0; k < n; k++) {
      int i = w + 2 * L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector u = FloatVector.fromArray(S, m, i + L);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
    }
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    int out1 = out + outBlock;
    s0.abs().fma(again, s0).mul(half).intoArray(m, out);
    t0.abs().fma(again, t0).mul(half).intoArray(m, out1);
    s1.abs().fma(again, s1).mul(half).intoArray(m, out + outPixel);
    t1.abs().fma(again, t1).mul(half).intoArray(m, out1 + outPixel);
    s2.abs().fma(again, s2).mul(half).intoArray(m, out + 2 * outPixel);
    t2.abs().fma(again, t2).mul(half).intoArray(m, out1 + 2 * outPixel);
    s3.abs().fma(again, s3).mul(half).intoArray(m, out + 3 * outPixel);
    t3.abs().fma(again, t3).mul(half).intoArray(m, out1 + 3 * outPixel);
  }

  static void gemm8x1(
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
    FloatVector s0 = FloatVector.fromArray(S, m, init);
    FloatVector s1 = FloatVector.fromArray(S, m, init + initPixel);
    FloatVector s2 = FloatVector.fromArray(S, m, init + 2 * initPixel);
    FloatVector s3 = FloatVector.fromArray(S, m, init + 3 * initPixel);
    FloatVector s4 = FloatVector.fromArray(S, m, init + 4 * initPixel);
    FloatVector s5 = FloatVector.fromArray(S, m, init + 5 * initPixel);
    FloatVector s6 = FloatVector.fromArray(S, m, init + 6 * initPixel);
    FloatVector s7 = FloatVector.fromArray(S, m, init + 7 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    int a4 = a + 4 * lda;
    int a5 = a + 5 * lda;
    int a6 = a + 6 * lda;
    int a7 = a + 7 * lda;
    int k = 0;
    for (; k <= n - 2; k += 2) {
      int i = w + L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      x = FloatVector.broadcast(S, m[a4 + k]);
      s4 = x.fma(v, s4);
      x = FloatVector.broadcast(S, m[a5 + k]);
      s5 = x.fma(v, s5);
      x = FloatVector.broadcast(S, m[a6 + k]);
      s6 = x.fma(v, s6);
      x = FloatVector.broadcast(S, m[a7 + k]);
      s7 = x.fma(v, s7);
      v = FloatVector.fromArray(S, m, i + L);
      x = FloatVector.broadcast(S, m[a + k + 1]);
      s0 = x.fma(v, s0);
      x = FloatVector.broadcast(S, m[a1 + k + 1]);
      s1 = x.fma(v, s1);
      x = FloatVector.broadcast(S, m[a2 + k + 1]);
      s2 = x.fma(v, s2);
      x = FloatVector.broadcast(S, m[a3 + k + 1]);
      s3 = x.fma(v, s3);
      x = FloatVector.broadcast(S, m[a4 + k + 1]);
      s4 = x.fma(v, s4);
      x = FloatVector.broadcast(S, m[a5 + k + 1]);
      s5 = x.fma(v, s5);
      x = FloatVector.broadcast(S, m[a6 + k + 1]);
      s6 = x.fma(v, s6);
      x = FloatVector.broadcast(S, m[a7 + k + 1]);
      s7 = x.fma(v, s7);
    }
    for (; k < n; k++) {
      int i = w + L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      x = FloatVector.broadcast(S, m[a4 + k]);
      s4 = x.fma(v, s4);
      x = FloatVector.broadcast(S, m[a5 + k]);
      s5 = x.fma(v, s5);
      x = FloatVector.broadcast(S, m[a6 + k]);
      s6 = x.fma(v, s6);
      x = FloatVector.broadcast(S, m[a7 + k]);
      s7 = x.fma(v, s7);
    }
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    s0.abs().fma(again, s0).mul(half).intoArray(m, out);
    s1.abs().fma(again, s1).mul(half).intoArray(m, out + outPixel);
    s2.abs().fma(again, s2).mul(half).intoArray(m, out + 2 * outPixel);
    s3.abs().fma(again, s3).mul(half).intoArray(m, out + 3 * outPixel);
    s4.abs().fma(again, s4).mul(half).intoArray(m, out + 4 * outPixel);
    s5.abs().fma(again, s5).mul(half).intoArray(m, out + 5 * outPixel);
    s6.abs().fma(again, s6).mul(half).intoArray(m, out + 6 * outPixel);
    s7.abs().fma(again, s7).mul(half).intoArray(m, out + 7 * outPixel);
  }

  static void gemm4x1(
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
    FloatVector s0 = FloatVector.fromArray(S, m, init);
    FloatVector s1 = FloatVector.fromArray(S, m, init + initPixel);
    FloatVector s2 = FloatVector.fromArray(S, m, init + 2 * initPixel);
    FloatVector s3 = FloatVector.fromArray(S, m, init + 3 * initPixel);
    int a1 = a + lda;
    int a2 = a + 2 * lda;
    int a3 = a + 3 * lda;
    int k = 0;
    for (; k <= n - 2; k += 2) {
      int i = w + L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
      v = FloatVector.fromArray(S, m, i + L);
      x = FloatVector.broadcast(S, m[a + k + 1]);
      s0 = x.fma(v, s0);
      x = FloatVector.broadcast(S, m[a1 + k + 1]);
      s1 = x.fma(v, s1);
      x = FloatVector.broadcast(S, m[a2 + k + 1]);
      s2 = x.fma(v, s2);
      x = FloatVector.broadcast(S, m[a3 + k + 1]);
      s3 = x.fma(v, s3);
    }
    for (; k < n; k++) {
      int i = w + L * k;
      FloatVector v = FloatVector.fromArray(S, m, i);
      FloatVector x = FloatVector.broadcast(S, m[a + k]);
      s0 = x.fma(v, s0);
      x = FloatVector.broadcast(S, m[a1 + k]);
      s1 = x.fma(v, s1);
      x = FloatVector.broadcast(S, m[a2 + k]);
      s2 = x.fma(v, s2);
      x = FloatVector.broadcast(S, m[a3 + k]);
      s3 = x.fma(v, s3);
    }
    FloatVector half = FloatVector.broadcast(S, half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    s0.abs().fma(again, s0).mul(half).intoArray(m, out);
    s1.abs().fma(again, s1).mul(half).intoArray(m, out + outPixel);
    s2.abs().fma(again, s2).mul(half).intoArray(m, out + 2 * outPixel);
    s3.abs().fma(again, s3).mul(half).intoArray(m, out + 3 * outPixel);
  }

  static void gemm1x1(float[] m, int a, int n, int w, int step, int init, int out, float floor) {
    FloatVector s = load(m, init);
    for (int k = 0; k < n; k++) {
      s = all(m[a + k]).fma(load(m, w + k * step), s);
    }
    s.abs().fma(all(again(floor)), s).mul(half(floor)).intoArray(m, out);
  }
}
