package org.lentigo.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What computes the network. All compute the same function: probabilities agree within 1e-4 (in
 * practice 1e-6), so that masks of two engines differ in a few pixels of an outline at most. Masks
 * of one engine are the same on every run and with every number of threads.
 */
public enum Engine {
  /**
   * Lentigo's own, in Java with the Vector API: the fastest once the JVM has compiled it, which
   * takes one to two seconds of frames. Needs {@code --add-modules jdk.incubator.vector} and
   * HotSpot's optimising compiler; where either is missing or turned off it does not start.
   */
  JAVA,

  /** ONNX Runtime's CPU kernels on a file laid out for them: at full speed from the first frame. */
  ONNX_RUNTIME,

  /** ONNX Runtime on the file that {@code lentigo export} writes; for comparison. */
  ONNX_RUNTIME_PLAIN,

  /** The Java engine without the Vector API: runs wherever Java does, many times more slowly. */
  JAVA_PLAIN;

  /** The engines that take over from one another, the fastest in a long run first. */
  public static final List<Engine> FOR_LONG_RUNS = List.of(JAVA, ONNX_RUNTIME, JAVA_PLAIN);

  /** The engines that take over from one another, the first to give a mask first. */
  public static final List<Engine> FOR_SHORT_RUNS = List.of(ONNX_RUNTIME, JAVA, JAVA_PLAIN);

  /** This engine, then those that take over where it cannot start. */
  public List<Engine> thenOthers() {
    List<Engine> engines = new ArrayList<>(List.of(this));
    FOR_SHORT_RUNS.stream().filter(e -> e != this).forEach(engines::add);
    return List.copyOf(engines);
  }

  /** As on the command line: {@code onnx-runtime}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
