package org.lentigo.network;

/** Channels, rows and columns of one picture's tensor (the batch dimension is left out). */
public record Shape(int channels, int height, int width) {
  /** Values in the tensor. */
  public long size() {
    return (long) channels * height * width;
  }

  @Override
  public String toString() {
    return channels + " x " + height + " x " + width;
  }
}
