package org.lentigo.javaengine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the loops with the Vector API share. Loaded only where the module is there.
 *
 * <p>The species is a constant, every vector a local variable, and no method takes or returns a
 * vector where the compiler might not inline it: else vectors become objects.
 */
final class Vectors {
  static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  static final int L = S.length();

  /**
   * AVX-512 and NEON have 32 registers, in which the sums of four pixels by four blocks fit with
   * all else; AVX2 has 16.
   */
  static final boolean MANY_REGISTERS = L != 8;

  private Vectors() {}

  static FloatVector load(float[] m, int at) {
    return FloatVector.fromArray(S, m, at);
  }

  static FloatVector all(float x) {
    return FloatVector.broadcast(S, x);
  }

  /**
   * With {@link #again} does ReLU as {@code (x + |x|) / 2}: exact, three quick instructions, and
   * NaN passes. Java's maximum takes six, and a comparison makes JDK 17 leave the registers.
   */
  static float half(float floor) {
    return floor == 0 ? 0.5f : 1;
  }

  /** How often to add |x|: not at all where there is no ReLU. */
  static float again(float floor) {
    return floor == 0 ? 1 : 0;
  }
}
