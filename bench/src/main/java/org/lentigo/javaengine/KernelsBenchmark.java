package org.lentigo.javaengine;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The Java engine's inner loops at sizes of ULRTS-Net, under JMH: {@code ./lentigo bench
 * --kernels}. One call is a row of a map or what a task does with one; in microseconds.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelsBenchmark {
  private static final int WIDTH = 56;
  private static final int DEPTH = 192;
  private static final int CHANNELS = 192;

  /** Places in the arena, far enough apart for everything below. */
  private static final int APART = 1 << 17;

  /** Which loops. */
  @Param({"vector", "plain"})
  public String kernels = "";

  private Kernels k = KernelChoice.plain();
  private final float[] m = new float[8 * APART];
  private final int[] tiles = new int[WIDTH / 2];

  /** Fills the arena. */
  @Setup
  public void setUp() {
    k = kernels.equals("vector") ? KernelChoice.best() : KernelChoice.plain();
    for (int i = 0; i < m.length; i++) {
      m[i] = i % 13 - 6;
    }
    for (int t = 0; t < tiles.length; t++) {
      tiles[t] = 2 * t;
    }
  }

  /** 192 channels to 192 for a row of 56 pixels, as in E4: 2.06 million multiply-accumulates. */
  @Benchmark
  public float matrixProduct() {
    int blocks = CHANNELS / k.lanes;
    k.gemm(
        m,
        0,
        DEPTH,
        WIDTH,
        0,
        DEPTH,
        DEPTH,
        APART,
        blocks,
        3 * APART,
        0,
        k.lanes,
        4 * APART,
        k.lanes,
        WIDTH * k.lanes,
        0);
    return m[4 * APART];
  }

  /** One block of channels for a row of 112 pixels, as at full depth in the decoder. */
  @Benchmark
  public float depthwise() {
    int row = 112 * k.lanes;
    k.depthwise3x3(
        m,
        0,
        row,
        2 * row,
        Kernels.NONE,
        Kernels.NONE,
        Kernels.NONE,
        0,
        112,
        112,
        APART,
        2 * APART,
        3 * APART,
        k.lanes,
        0);
    return m[3 * APART];
  }

  /** The input transform of a row of 28 tiles of one block. */
  @Benchmark
  public float winogradInput() {
    int row = WIDTH * k.lanes;
    k.winogradRow(m, 0, row, Kernels.NONE, Kernels.NONE, 1, WIDTH, 2 * APART, APART);
    k.winogradColumns(m, APART, tiles, 1, 3 * APART, tiles.length * k.lanes, k.lanes);
    return m[3 * APART];
  }

  /** The sigmoid of a map of 224 x 224. */
  @Benchmark
  public float sigmoid() {
    k.sigmoid(m, 0, 224 * 224, 4 * APART);
    return m[4 * APART];
  }
}
