package org.lentigo.javaengine;

/** Picks the kernels for this JVM. */
final class KernelChoice {
  private KernelChoice() {}

  private static final String MODULE = "jdk.incubator.vector";

  /** A block of the fallback: as many channels as most processors' vectors hold. */
  private static final int PLAIN_LANES = 8;

  private static final Kernels BEST = hasVectors() ? vector() : plain();

  static boolean hasVectors() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  /** The Vector API's if the module is there, else plain Java's. */
  static Kernels best() {
    return BEST;
  }

  static Kernels plain() {
    return new Kernels(PLAIN_LANES);
  }

  /** Not to be called without the module. */
  private static Kernels vector() {
    return new VectorKernels();
  }
}
