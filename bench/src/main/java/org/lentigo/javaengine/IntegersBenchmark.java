package org.lentigo.javaengine;

import static org.lentigo.javaengine.Vectors.L;
import static org.lentigo.javaengine.Vectors.S;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Would the pointwise step be faster in 16-bit integers? The same tile of the matrix product, four
 * pixels by two registers of output channels at a depth of 192, in floats and in every form of
 * integers that Java can say; in nanoseconds. {@code ./lentigo bench --kernels}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class IntegersBenchmark {
  private static final int DEPTH = 192;
  private static final int PIXELS = 4;
  private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> WHOLE = ShortVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> HALF =
      VectorSpecies.of(short.class, VectorShape.forBitSize(S.vectorBitSize() / 2));

  private final float[] a = new float[PIXELS * DEPTH];
  private final float[] w = new float[2 * L * DEPTH];
  private final float[] out = new float[PIXELS * 2 * L];
  private final short[] shortA = new short[a.length];
  private final short[] shortW = new short[w.length];
  private final int[] pairedW = new int[w.length / 2];
  private final int[] intOut = new int[out.length];
  private final short[] shortOut = new short[out.length];

  /** Fills the matrices. */
  @Setup
  public void setUp() {
    for (int i = 0; i < a.length; i++) {
      shortA[i] = (short) (i % 13 - 6);
      a[i] = shortA[i];
    }
    for (int i = 0; i < w.length; i++) {
      shortW[i] = (short) (i % 11 - 5);
      w[i] = shortW[i];
    }
    for (int i = 0; i < pairedW.length; i++) {
      pairedW[i] = shortW[2 * i + 1] << 16 | shortW[2 * i] & 0xffff;
    }
  }

  /** What the engine does: one fused multiply-add a register. */
  @Benchmark
  public float floats() {
    FloatVector s0 = FloatVector.zero(S);
    FloatVector t0 = s0;
    FloatVector s1 = s0;
    FloatVector t1 = s0;
    FloatVector s2 = s0;
    FloatVector t2 = s0;
    FloatVector s3 = s0;
    FloatVector t3 = s0;
    for (int k = 0; k < DEPTH; k++) {
      FloatVector v = FloatVector.fromArray(S, w, 2 * L * k);
      FloatVector u = FloatVector.fromArray(S, w, 2 * L * k + L);
      FloatVector x = FloatVector.broadcast(S, a[k]);
      s0 = x.fma(v, s0);
      t0 = x.fma(u, t0);
      x = FloatVector.broadcast(S, a[DEPTH + k]);
      s1 = x.fma(v, s1);
      t1 = x.fma(u, t1);
      x = FloatVector.broadcast(S, a[2 * DEPTH + k]);
      s2 = x.fma(v, s2);
      t2 = x.fma(u, t2);
      x = FloatVector.broadcast(S, a[3 * DEPTH + k]);
      s3 = x.fma(v, s3);
      t3 = x.fma(u, t3);
    }
    s0.intoArray(out, 0);
    t0.intoArray(out, L);
    s1.intoArray(out, 2 * L);
    t1.intoArray(out, 3 * L);
    s2.intoArray(out, 4 * L);
    t2.intoArray(out, 5 * L);
    s3.intoArray(out, 6 * L);
    t3.intoArray(out, 7 * L);
    return out[1];
  }

  /** Weights of 16 bits, widened as they are loaded; products and sums of 32 bits. */
  @Benchmark
  public int widenedShorts() {
    IntVector s0 = IntVector.zero(I);
    IntVector t0 = s0;
    IntVector s1 = s0;
    IntVector t1 = s0;
    IntVector s2 = s0;
    IntVector t2 = s0;
    IntVector s3 = s0;
    IntVector t3 = s0;
    for (int k = 0; k < DEPTH; k++) {
      ShortVector narrow = ShortVector.fromArray(HALF, shortW, 2 * L * k);
      IntVector v = (IntVector) narrow.convertShape(VectorOperators.S2I, I, 0);
      narrow = ShortVector.fromArray(HALF, shortW, 2 * L * k + L);
      IntVector u = (IntVector) narrow.convertShape(VectorOperators.S2I, I, 0);
      IntVector x = IntVector.broadcast(I, shortA[k]);
      s0 = s0.add(x.mul(v));
      t0 = t0.add(x.mul(u));
      x = IntVector.broadcast(I, shortA[DEPTH + k]);
      s1 = s1.add(x.mul(v));
      t1 = t1.add(x.mul(u));
      x = IntVector.broadcast(I, shortA[2 * DEPTH + k]);
      s2 = s2.add(x.mul(v));
      t2 = t2.add(x.mul(u));
      x = IntVector.broadcast(I, shortA[3 * DEPTH + k]);
      s3 = s3.add(x.mul(v));
      t3 = t3.add(x.mul(u));
    }
    return stored(s0, t0, s1, t1, s2, t2, s3, t3);
  }

  /** Two weights of 16 bits in a lane of 32, parted by shifts. */
  @Benchmark
  public int pairedShorts() {
    IntVector s0 = IntVector.zero(I);
    IntVector t0 = s0;
    IntVector s1 = s0;
    IntVector t1 = s0;
    IntVector s2 = s0;
    IntVector t2 = s0;
    IntVector s3 = s0;
    IntVector t3 = s0;
    for (int k = 0; k < DEPTH / 2; k++) {
      IntVector both = IntVector.fromArray(I, pairedW, 2 * L * k);
      IntVector high = both.lanewise(VectorOperators.ASHR, 16);
      IntVector low = both.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
      IntVector other = IntVector.fromArray(I, pairedW, 2 * L * k + L);
      IntVector otherHigh = other.lanewise(VectorOperators.ASHR, 16);
      IntVector otherLow =
          other.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
      s0 = s0.add(low.mul(shortA[2 * k])).add(high.mul(shortA[2 * k + 1]));
      t0 = t0.add(otherLow.mul(shortA[2 * k])).add(otherHigh.mul(shortA[2 * k + 1]));
      int at = DEPTH + 2 * k;
      s1 = s1.add(low.mul(shortA[at])).add(high.mul(shortA[at + 1]));
      t1 = t1.add(otherLow.mul(shortA[at])).add(otherHigh.mul(shortA[at + 1]));
      at += DEPTH;
      s2 = s2.add(low.mul(shortA[at])).add(high.mul(shortA[at + 1]));
      t2 = t2.add(otherLow.mul(shortA[at])).add(otherHigh.mul(shortA[at + 1]));
      at += DEPTH;
      s3 = s3.add(low.mul(shortA[at])).add(high.mul(shortA[at + 1]));
      t3 = t3.add(otherLow.mul(shortA[at])).add(otherHigh.mul(shortA[at + 1]));
    }
    return stored(s0, t0, s1, t1, s2, t2, s3, t3);
  }

  private int stored(
      IntVector s0,
      IntVector t0,
      IntVector s1,
      IntVector t1,
      IntVector s2,
      IntVector t2,
      IntVector s3,
      IntVector t3) {
    s0.intoArray(intOut, 0);
    t0.intoArray(intOut, L);
    s1.intoArray(intOut, 2 * L);
    t1.intoArray(intOut, 3 * L);
    s2.intoArray(intOut, 4 * L);
    t2.intoArray(intOut, 5 * L);
    s3.intoArray(intOut, 6 * L);
    t3.intoArray(intOut, 7 * L);
    return intOut[1];
  }

  /**
   * Plain loops, which the compiler turns into multiplications of pairs with one addition (x86's
   * PMADDWD): the only way to that instruction, since the Vector API has no such operation.
   */
  @Benchmark
  public int dotProducts() {
    for (int p = 0; p < PIXELS; p++) {
      for (int o = 0; o < 2 * L; o++) {
        int x = p * DEPTH;
        int v = o * DEPTH;
        int sum = 0;
        for (int k = 0; k < DEPTH / 2; k++) {
          sum +=
              shortA[x + 2 * k] * shortW[v + 2 * k] + shortA[x + 2 * k + 1] * shortW[v + 2 * k + 1];
        }
        intOut[p * 2 * L + o] = sum;
      }
    }
    return intOut[1];
  }

  /** A bound, of no use: products and sums of 16 bits, which overflow. */
  @Benchmark
  public int shortsThatOverflow() {
    ShortVector s0 = ShortVector.zero(WHOLE);
    ShortVector s1 = s0;
    ShortVector s2 = s0;
    ShortVector s3 = s0;
    for (int k = 0; k < DEPTH; k++) {
      ShortVector v = ShortVector.fromArray(WHOLE, shortW, 2 * L * k);
      s0 = s0.add(v.mul(ShortVector.broadcast(WHOLE, shortA[k])));
      s1 = s1.add(v.mul(ShortVector.broadcast(WHOLE, shortA[DEPTH + k])));
      s2 = s2.add(v.mul(ShortVector.broadcast(WHOLE, shortA[2 * DEPTH + k])));
      s3 = s3.add(v.mul(ShortVector.broadcast(WHOLE, shortA[3 * DEPTH + k])));
    }
    s0.intoArray(shortOut, 0);
    s1.intoArray(shortOut, 2 * L);
    s2.intoArray(shortOut, 4 * L);
    s3.intoArray(shortOut, 6 * L);
    return shortOut[1];
  }
}
