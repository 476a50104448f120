package org.lentigo.imaging.synthetic;

/** Smooth and cellular random fields over the plane, made from a seed by integer hashing. */
final class Noise {
  private static final int CHANNELS = 3;

  private final long[] seeds = new long[CHANNELS];

  Noise(long seed) {
    for (int channel = 0; channel < CHANNELS; channel++) {
      seeds[channel] = mix(seed + 0x9e3779b97f4a7c15L * (channel + 1));
    }
  }

  /** David Stafford's variant 13 of the 64-bit finaliser: any two inputs give unrelated outputs. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** From 0 to 1, independent for each lattice point and channel. */
  private double lattice(long x, long y, int channel) {
    long h = mix(mix(seeds[channel] + x) + y);
    return (h >>> 11) * 0x1p-53;
  }

  /** A smooth field from -1 to 1 with features about 1 apart. */
  double at(double x, double y) {
    long x0 = (long) Math.floor(x);
    long y0 = (long) Math.floor(y);
    double fx = smooth(x - x0);
    double fy = smooth(y - y0);
    double top = mix(lattice(x0, y0, 0), lattice(x0 + 1, y0, 0), fx);
    double bottom = mix(lattice(x0, y0 + 1, 0), lattice(x0 + 1, y0 + 1, 0), fx);
    return 2 * mix(top, bottom, fy) - 1;
  }

  /** Layers of {@link #at}, each at twice the frequency and half the strength; -1 to 1. */
  double fractal(double x, double y, int octaves) {
    double sum = 0;
    double total = 0;
    double strength = 1;
    for (int octave = 0; octave < octaves; octave++) {
      // Shifted, so that the layers' lattices do not meet at the origin.
      sum += strength * at(x + 17.3 * octave, y - 9.1 * octave);
      total += strength;
      strength /= 2;
      x *= 2;
      y *= 2;
    }
    return sum / total;
  }

  /**
   * How far a point is from the walls of irregular cells about 1 across: 0 on a wall, growing to
   * about 1 in the middle of a cell (S. Worley, "A cellular texture basis function", 1996).
   */
  double cells(double x, double y) {
    long x0 = (long) Math.floor(x);
    long y0 = (long) Math.floor(y);
    double nearest = Double.MAX_VALUE;
    double second = Double.MAX_VALUE;
    for (long cy = y0 - 1; cy <= y0 + 1; cy++) {
      for (long cx = x0 - 1; cx <= x0 + 1; cx++) {
        double dx = cx + 0.15 + 0.7 * lattice(cx, cy, 1) - x;
        double dy = cy + 0.15 + 0.7 * lattice(cx, cy, 2) - y;
        double d = dx * dx + dy * dy;
        if (d < nearest) {
          second = nearest;
          nearest = d;
        } else if (d < second) {
          second = d;
        }
      }
    }
    return Math.sqrt(second) - Math.sqrt(nearest);
  }

  private static double smooth(double t) {
    return t * t * t * (t * (6 * t - 15) + 10);
  }

  private static double mix(double a, double b, double share) {
    return a + share * (b - a);
  }
}
