package org.lentigo.javaengine;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** Picks the kernels for this JVM. */
final class KernelChoice {
  private KernelChoice() {}

  private static final String MODULE = "jdk.incubator.vector";

  /** The tier at which HotSpot's optimising compiler works. */
  private static final int OPTIMISING_TIER = 4;

  /** A block of the fallback: as many channels as most processors' vectors hold. */
  private static final int PLAIN_LANES = 8;

  private static final Optional<String> LACKING = look();
  private static final Kernels BEST = LACKING.isEmpty() ? vector() : plain();

  /** What the Vector API's kernels want and do not have here, and how to get it. */
  static Optional<String> lacking() {
    return LACKING;
  }

  private static Optional<String> look() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return Optional.of("the Vector API; start Java with --add-modules " + MODULE);
    }
    if (!optimises()) {
      return Optional.of(
          "HotSpot's optimising compiler; start Java without what turns it off, such as -Xint or"
              + " -XX:TieredStopAtLevel=1");
    }
    return Optional.empty();
  }

  /**
   * Whether the optimising compiler is at work. Without it each operation of the Vector API makes
   * an object, which is hundreds of times slower than plain Java. A JVM that does not tell is taken
   * to have one.
   */
  private static boolean optimises() {
    try {
      // Without any compiler there is no such bean; "emulated-client" is the quick one alone.
      return ManagementFactory.getCompilationMXBean() != null
          && !System.getProperty("java.vm.info", "").contains("emulated-client")
          && Boolean.parseBoolean(option("UseCompiler", "true"))
          && Integer.parseInt(option("TieredStopAtLevel", Integer.toString(OPTIMISING_TIER)))
              >= OPTIMISING_TIER;
    } catch (LinkageError e) {
      return true; // A Java put together without its management modules.
    }
  }

  private static String option(String name, String unknown) {
    HotSpotDiagnosticMXBean bean =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    try {
      return bean == null ? unknown : bean.getVMOption(name).getValue();
    } catch (IllegalArgumentException e) {
      return unknown;
    }
  }

  /** The Vector API's if they are fast here, else plain Java's. */
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
