package org.lentigo.network;

import java.util.List;

/**
 * What happens to a photo before the network sees it: resized to {@code size} x {@code size}
 * without regard to its aspect ratio, scaled to 0..1, then {@code (x - mean) / std} per channel.
 *
 * @param size side of the network's input in pixels, at most {@link #MAX_SIZE}; see {@link
 *     Network#sizeMultiple}
 * @param mean of R, G and B on the 0..1 scale
 * @param std of R, G and B on the 0..1 scale, above 0
 */
public record Preprocessing(int size, List<Float> mean, List<Float> std) {
  /** Far above what helps; a network at this size takes some gigabytes already. */
  public static final int MAX_SIZE = 2048;

  public Preprocessing {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException(
          "the input size must be 1 to " + MAX_SIZE + " pixels, got " + size);
    }
    boolean finite = mean.stream().allMatch(Float::isFinite);
    boolean positive = std.stream().allMatch(s -> Float.isFinite(s) && s > 0);
    if (mean.size() != 3 || std.size() != 3 || !finite || !positive) {
      throw new IllegalArgumentException(
          "normalisation needs three finite means and three positive deviations, got mean "
              + mean
              + ", std "
              + std);
    }
  }

  /**
   * Normalises in place.
   *
   * @param planes one or more pictures as NCHW, each 3 x size x size, values 0..1
   * @throws IllegalArgumentException if the length is not a multiple of 3 x size x size
   */
  public void normalise(float[] planes) {
    int plane = size * size;
    if (planes.length % (3 * plane) != 0) {
      throw new IllegalArgumentException(
          "expected N x 3 x " + size + " x " + size + " values, got " + planes.length);
    }
    for (int start = 0; start < planes.length; start += plane) {
      int channel = start / plane % 3;
      float m = mean.get(channel);
      float scale = 1 / std.get(channel);
      for (int i = start; i < start + plane; i++) {
        planes[i] = (planes[i] - m) * scale;
      }
    }
  }

  /** The same normalisation at another input size. */
  public Preprocessing withSize(int newSize) {
    return new Preprocessing(newSize, mean, std);
  }
}
