package org.lentigo.javaengine;

import static org.lentigo.javaengine.Vectors.L;
import static org.lentigo.javaengine.Vectors.S;
import static org.lentigo.javaengine.Vectors.again;
import static org.lentigo.javaengine.Vectors.half;

import jdk.incubator.vector.FloatVector;

/** A row of a depthwise 3x3 convolution with the Vector API. See {@link Kernels#depthwise3x3}. */
final class DepthwiseRows {
  private DepthwiseRows() {}

  static void depthwisePlain(
      float[] m,
      int r0,
      int r1,
      int r2,
      int from,
      int to,
      int width,
      int w,
      int gate,
      int out,
      int outPixel,
      float floor) {
    FloatVector g = FloatVector.fromArray(S, m, gate).mul(half(floor));
    FloatVector w00 = FloatVector.fromArray(S, m, w).mul(g);
    FloatVector w01 = FloatVector.fromArray(S, m, w + L).mul(g);
    FloatVector w02 = FloatVector.fromArray(S, m, w + 2 * L).mul(g);
    FloatVector w10 = FloatVector.fromArray(S, m, w + 3 * L).mul(g);
    FloatVector w11 = FloatVector.fromArray(S, m, w + 4 * L).mul(g);
    FloatVector w12 = FloatVector.fromArray(S, m, w + 5 * L).mul(g);
    FloatVector w20 = FloatVector.fromArray(S, m, w + 6 * L).mul(g);
    FloatVector w21 = FloatVector.fromArray(S, m, w + 7 * L).mul(g);
    FloatVector w22 = FloatVector.fromArray(S, m, w + 8 * L).mul(g);
    FloatVector bias = FloatVector.fromArray(S, m, w + 9 * L).mul(half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    FloatVector a0 = FloatVector.fromArray(S, m, from == 0 ? Packing.ZEROS : r0 + (from - 1) * L);
    FloatVector a1 = FloatVector.fromArray(S, m, from == 0 ? Packing.ZEROS : r1 + (from - 1) * L);
    FloatVector a2 = FloatVector.fromArray(S, m, from == 0 ? Packing.ZEROS : r2 + (from - 1) * L);
    FloatVector b0 = FloatVector.fromArray(S, m, r0 + from * L);
    FloatVector b1 = FloatVector.fromArray(S, m, r1 + from * L);
    FloatVector b2 = FloatVector.fromArray(S, m, r2 + from * L);
    int last = Math.min(to, width - 1);
    int target = out - from * outPixel;
    int x = from;
    for (; x < last - 1; x += 2) {
      FloatVector c0 = FloatVector.fromArray(S, m, r0 + (x + 1) * L);
      FloatVector c1 = FloatVector.fromArray(S, m, r1 + (x + 1) * L);
      FloatVector c2 = FloatVector.fromArray(S, m, r2 + (x + 1) * L);
      FloatVector p = a0.fma(w00, bias);
      FloatVector q = a1.fma(w10, a2.mul(w20));
      p = b0.fma(w01, p);
      q = b1.fma(w11, q);
      p = b2.fma(w21, p);
      q = c0.fma(w02, q);
      p = c1.fma(w12, p);
      q = c2.fma(w22, q);
      p = p.add(q);
      p.abs().fma(again, p).intoArray(m, target + x * outPixel);
      FloatVector d0 = FloatVector.fromArray(S, m, r0 + (x + 2) * L);
      FloatVector d1 = FloatVector.fromArray(S, m, r1 + (x + 2) * L);
      FloatVector d2 = FloatVector.fromArray(S, m, r2 + (x + 2) * L);
      p = b0.fma(w00, bias);
      q = b1.fma(w10, b2.mul(w20));
      p = c0.fma(w01, p);
      q = c1.fma(w11, q);
      p = c2.fma(w21, p);
      q = d0.fma(w02, q);
      p = d1.fma(w12, p);
      q = d2.fma(w22, q);
      p = p.add(q);
      p.abs().fma(again, p).intoArray(m, target + (x + 1) * outPixel);
      a0 = c0;
      b0 = d0;
      a1 = c1;
      b1 = d1;
      a2 = c2;
      b2 = d2;
    }
    for (; x < last; x++) {
      FloatVector c0 = FloatVector.fromArray(S, m, r0 + (x + 1) * L);
      FloatVector c1 = FloatVector.fromArray(S, m, r1 + (x + 1) * L);
      FloatVector c2 = FloatVector.fromArray(S, m, r2 + (x + 1) * L);
      FloatVector p = a0.fma(w00, bias);
      FloatVector q = a1.fma(w10, a2.mul(w20));
      p = b0.fma(w01, p);
      q = b1.fma(w11, q);
      p = b2.fma(w21, p);
      q = c0.fma(w02, q);
      p = c1.fma(w12, p);
      q = c2.fma(w22, q);
      p = p.add(q);
      p.abs().fma(again, p).intoArray(m, target + x * outPixel);
      a0 = b0;
      a1 = b1;
      a2 = b2;
      b0 = c0;
      b1 = c1;
      b2 = c2;
    }
    if (to < width) {
      return;
    }
    FloatVector p = a0.fma(w00, bias);
    FloatVector q = a1.fma(w10, a2.mul(w20));
    p = b0.fma(w01, p);
    q = b1.fma(w11, q);
    p = b2.fma(w21, p);
    p = p.add(q);
    p.abs().fma(again, p).intoArray(m, target + last * outPixel);
  }

  static void depthwiseGated(
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
    FloatVector g = FloatVector.fromArray(S, m, gate).mul(half(floor));
    FloatVector w00 = FloatVector.fromArray(S, m, w).mul(g);
    FloatVector w01 = FloatVector.fromArray(S, m, w + L).mul(g);
    FloatVector w02 = FloatVector.fromArray(S, m, w + 2 * L).mul(g);
    FloatVector w10 = FloatVector.fromArray(S, m, w + 3 * L).mul(g);
    FloatVector w11 = FloatVector.fromArray(S, m, w + 4 * L).mul(g);
    FloatVector w12 = FloatVector.fromArray(S, m, w + 5 * L).mul(g);
    FloatVector w20 = FloatVector.fromArray(S, m, w + 6 * L).mul(g);
    FloatVector w21 = FloatVector.fromArray(S, m, w + 7 * L).mul(g);
    FloatVector w22 = FloatVector.fromArray(S, m, w + 8 * L).mul(g);
    FloatVector bias = FloatVector.fromArray(S, m, w + 9 * L).mul(half(floor));
    FloatVector again = FloatVector.broadcast(S, again(floor));
    FloatVector a0 =
        FloatVector.fromArray(S, m, from == 0 ? Packing.ZEROS : r0 + (from - 1) * L)
            .mul(FloatVector.broadcast(S, m[g0 + Math.max(from - 1, 0)]));
    FloatVector a1 =
        FloatVector.fromArray(S, m, from == 0 ? Packing.ZEROS : r1 + (from - 1) * L)
            .mul(FloatVector.broadcast(S, m[g1 + Math.max(from - 1, 0)]));
    FloatVector a2 =
        FloatVector.fromArray(S, m, from == 0 ? Packing.ZEROS : r2 + (from - 1) * L)
            .mul(FloatVector.broadcast(S, m[g2 + Math.max(from - 1, 0)]));
    FloatVector b0 =
        FloatVector.fromArray(S, m, r0 + from * L).mul(FloatVector.broadcast(S, m[g0 + from]));
    FloatVector b1 =
        FloatVector.fromArray(S, m, r1 + from * L).mul(FloatVector.broadcast(S, m[g1 + from]));
    FloatVector b2 =
        FloatVector.fromArray(S, m, r2 + from * L).mul(FloatVector.broadcast(S, m[g2 + from]));
    int last = Math.min(to, width - 1);
    int target = out - from * outPixel;
    for (int x = from; x < last; x++) {
      FloatVector c0 =
          FloatVector.fromArray(S, m, r0 + (x + 1) * L)
              .mul(FloatVector.broadcast(S, m[g0 + x + 1]));
      FloatVector c1 =
          FloatVector.fromArray(S, m, r1 + (x + 1) * L)
              .mul(FloatVector.broadcast(S, m[g1 + x + 1]));
      FloatVector c2 =
          FloatVector.fromArray(S, m, r2 + (x + 1) * L)
              .mul(FloatVector.broadcast(S, m[g2 + x + 1]));
      FloatVector p = a0.fma(w00, bias);
      FloatVector q = a1.fma(w10, a2.mul(w20));
      p = b0.fma(w01, p);
      q = b1.fma(w11, q);
      p = b2.fma(w21, p);
      q = c0.fma(w02, q);
      p = c1.fma(w12, p);
      q = c2.fma(w22, q);
      p = p.add(q);
      p.abs().fma(again, p).intoArray(m, target + x * outPixel);
      a0 = b0;
      a1 = b1;
      a2 = b2;
      b0 = c0;
      b1 = c1;
      b2 = c2;
    }
    if (to < width) {
      return;
    }
    FloatVector p = a0.fma(w00, bias);
    FloatVector q = a1.fma(w10, a2.mul(w20));
    p = b0.fma(w01, p);
    q = b1.fma(w11, q);
    p = b2.fma(w21, p);
    p = p.add(q);
    p.abs().fma(again, p).intoArray(m, target + last * outPixel);
  }
}
