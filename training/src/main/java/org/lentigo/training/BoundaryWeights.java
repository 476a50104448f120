package org.lentigo.training;

import java.util.Arrays;

/** Fills {@link Batch#boundary}, whose comment holds the formula. Not thread-safe. */
final class BoundaryWeights {
  private final int size;
  private final int radius;
  private final float weight;
  private final byte[] rounded;
  private final int[] rows;
  private final int[] columns;

  BoundaryWeights(int size, double weight) {
    this.size = size;
    // F3Net's window is 31 pixels of a 352-pixel input.
    this.radius = Math.max(1, Math.round(15f * size / 352));
    this.weight = (float) weight;
    this.rounded = new byte[size * size];
    this.rows = new int[size * size];
    this.columns = new int[size];
  }

  /** One image's weights from its mask, both at the same offset. */
  void fill(float[] masks, float[] out, int offset) {
    for (int y = 0; y < size; y++) {
      int row = y * size;
      int sum = 0;
      for (int x = -radius; x < size; x++) {
        int enters = x + radius;
        if (enters < size) {
          byte value = (byte) (masks[offset + row + enters] >= 0.5f ? 1 : 0);
          rounded[row + enters] = value;
          sum += value;
        }
        int left = x - radius - 1;
        if (left >= 0) {
          sum -= rounded[row + left];
        }
        if (x >= 0) {
          rows[row + x] = sum;
        }
      }
    }
    Arrays.fill(columns, 0);
    for (int y = -radius; y < size; y++) {
      int enters = y + radius;
      int left = y - radius - 1;
      int high = Math.min(size - 1, y + radius) - Math.max(0, y - radius) + 1;
      for (int x = 0; x < size; x++) {
        if (enters < size) {
          columns[x] += rows[enters * size + x];
        }
        if (left >= 0) {
          columns[x] -= rows[left * size + x];
        }
        if (y >= 0) {
          int wide = Math.min(size - 1, x + radius) - Math.max(0, x - radius) + 1;
          float mean = (float) columns[x] / (high * wide);
          float closeness = 2 * Math.abs(mean - rounded[y * size + x]);
          out[offset + y * size + x] = 1 + weight * Math.min(1, closeness);
        }
      }
    }
  }
}
