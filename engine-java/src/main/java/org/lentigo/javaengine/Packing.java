package org.lentigo.javaengine;

import java.util.Arrays;

/**
 * The weights, in the orders in which the kernels read them; the first part of the arena. Before
 * them lie a vector of ones and one of zeros, which kernels read where there is nothing to multiply
 * or add: a choice between two offsets is cheap, one between two vectors is not.
 */
final class Packing {
  /** Where a vector of ones lies. */
  static final int ONES = Arena.START;

  /** Room for each of the two vectors. */
  private static final int MOST_LANES = 64;

  /** Where a vector of zeros lies. */
  static final int ZEROS = ONES + MOST_LANES;

  private final int lanes;
  private final int group;
  private float[] values = new float[1 << 16];
  private int size = ZEROS + MOST_LANES;

  Packing(Kernels kernels) {
    lanes = kernels.lanes;
    group = kernels.group;
    Arrays.fill(values, ONES, ONES + MOST_LANES, 1);
  }

  /** The first offset after them. */
  int size() {
    return size;
  }

  void copyTo(float[] arena) {
    System.arraycopy(values, 0, arena, 0, size);
  }

  private int reserve(long count) {
    int start = size;
    long end = start + Arena.roundUp(count);
    if (end > Arena.MOST) {
      throw new IllegalArgumentException("the network's weights take " + end + " values, too many");
    }
    if (end > values.length) {
      values = Arrays.copyOf(values, (int) Math.min(Arena.MOST, Math.max(end, 2L * values.length)));
    }
    size = (int) end;
    return start;
  }

  /** A vector of one value a channel, with zeros up to whole blocks. */
  int vector(float[] channels) {
    int start = reserve((long) (channels.length + lanes - 1) / lanes * lanes);
    System.arraycopy(channels, 0, values, start, channels.length);
    return start;
  }

  /** Plain values. */
  int plain(float[] all) {
    int start = reserve(all.length);
    System.arraycopy(all, 0, values, start, all.length);
    return start;
  }

  /** Where entry (k, n) of a right matrix is stored. */
  interface Entry {
    float at(int k, int n);
  }

  /**
   * A right matrix of {@link Kernels#gemm}: groups of {@link Kernels#GROUP} blocks (the last may be
   * smaller) one after the other, each {@code [k][block][lane]}.
   */
  int gemm(int depth, int channels, Entry entry) {
    int blocks = (channels + lanes - 1) / lanes;
    int start = reserve(gemmSize(depth, channels));
    for (int n = 0; n < channels; n++) {
      int block = n / lanes;
      int leader = block / group * group;
      int width = Math.min(group, blocks - leader) * lanes;
      int first = start + leader * lanes * depth + (block - leader) * lanes + n % lanes;
      for (int k = 0; k < depth; k++) {
        values[first + k * width] = entry.at(k, n);
      }
    }
    return start;
  }

  /** Values from one right matrix to the next, as {@link #gemm} stores them. */
  int gemmSize(int depth, int channels) {
    int blocks = (channels + lanes - 1) / lanes;
    int exact = Math.multiplyExact(Math.multiplyExact(depth, blocks), lanes);
    return (int) Arena.roundUp(exact);
  }
}
