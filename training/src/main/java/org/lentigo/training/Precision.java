package org.lentigo.training;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The numbers a training pass computes its maps with. The parameters, their gradients and the
 * optimiser are single precision either way, and so is every inference pass: what is validated and
 * saved is what a reader of the model computes (Micikevicius et al. 2018, arXiv 1710.03740).
 */
public enum Precision {
  /** 32 bits, 24 of them significant. */
  FLOAT32,

  /**
   * 16 bits, 8 of them significant, the exponents of {@link #FLOAT32}: half the memory traffic, and
   * twice the arithmetic on a processor that has it (AVX-512 BF16, AMX). On others it is slower.
   */
  BFLOAT16;

  /** The names that {@link #of} knows, for messages. */
  static String names() {
    return Arrays.stream(values()).map(Precision::toString).collect(Collectors.joining(" or "));
  }

  static boolean exists(String name) {
    return Arrays.stream(values()).anyMatch(value -> value.toString().equals(name));
  }

  /**
   * The precision of a configuration's {@code precision}.
   *
   * @throws IllegalArgumentException if there is none of this name
   */
  public static Precision of(String name) {
    if (!exists(name)) {
      throw new IllegalArgumentException("precision: got " + name + ", wanted " + names());
    }
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** As configurations write it, such as {@code float32}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
