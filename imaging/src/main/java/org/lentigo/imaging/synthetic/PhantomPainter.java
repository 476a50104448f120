package org.lentigo.imaging.synthetic;

import java.util.Random;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

/**
 * Paints one phantom, layer on layer. Lengths are in units of the picture's shorter side and the
 * origin is its centre, so that a scene does not depend on the pixels it is painted in.
 *
 * <p>For equal bits everywhere: {@link Random}, whose algorithm its specification fixes, and {@link
 * StrictMath} for every function that is not exactly rounded.
 */
final class PhantomPainter {
  private static final int CHANNELS = 3;

  /** Skin under a dermatoscope's lamp, from light to dark; 0 to 1. */
  private static final double[][] SKIN = {
    {0.93, 0.79, 0.75},
    {0.89, 0.70, 0.63},
    {0.82, 0.62, 0.52},
    {0.71, 0.51, 0.40},
    {0.56, 0.38, 0.29},
    {0.40, 0.27, 0.21},
  };

  /** How strongly a pigment swallows red, green and blue. */
  private static final double[][] PIGMENTS = {
    {0.55, 0.95, 1.15}, // brown
    {0.30, 0.60, 0.80}, // tan
    {0.45, 0.95, 0.95}, // red-brown
    {1.00, 1.10, 1.05}, // black
    {0.95, 0.85, 0.65}, // blue-grey
  };

  private final Random random;
  private final int width;
  private final int height;
  private final int scale;
  private final double halfWidth;
  private final double halfHeight;

  /** Red, green and blue from 0 to 1, row by row. */
  private final double[][] rgb;

  PhantomPainter(long seed, int width, int height) {
    // Mixed, because Random's first draws from neighbouring seeds resemble each other.
    this.random = new Random(Noise.mix(seed + 0x9e3779b97f4a7c15L));
    this.width = width;
    this.height = height;
    this.scale = Math.min(width, height);
    this.halfWidth = 0.5 * width / scale;
    this.halfHeight = 0.5 * height / scale;
    this.rgb = new double[CHANNELS][width * height];
  }

  /** Paints everything and returns the lesion's mask. */
  Mask paint() {
    paintSkin();
    Lesion lesion = new Lesion();
    double[] levels = lesion.levels();
    paintLesion(lesion.radius, levels);
    if (chance(0.2)) {
      paintRuler();
    }
    if (chance(0.45)) {
      paintHairs();
    }
    if (chance(0.25)) {
      paintBubbles();
    }
    light();
    blur(chance(0.3) ? between(0.8, 2.0) / 400 : between(0.2, 0.6) / 400);
    Field field = chance(0.3) ? Field.round(this) : Field.open();
    darken(field);
    addSensorNoise(between(0.004, 0.016));
    return mask(levels, field);
  }

  RgbImage image() {
    byte[] data = new byte[CHANNELS * width * height];
    for (int c = 0; c < CHANNELS; c++) {
      for (int i = 0; i < width * height; i++) {
        data[CHANNELS * i + c] = (byte) (int) (255 * clamp(rgb[c][i]) + 0.5);
      }
    }
    return new RgbImage(width, height, data);
  }

  private Mask mask(double[] levels, Field field) {
    byte[] data = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        boolean inside = levels[i] <= 1 && field.brightness(u(x), v(y)) >= 0.5;
        data[i] = (byte) (inside ? 1 : 0);
      }
    }
    return new Mask(width, height, data);
  }

  private void paintSkin() {
    double tone = between(0, SKIN.length - 1.001);
    // Squared: light skin is the more frequent in the public sets, dark skin must still occur.
    tone = tone * tone / (SKIN.length - 1);
    int lighter = (int) tone;
    double[] base = new double[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      base[c] = mix(SKIN[lighter][c], SKIN[lighter + 1][c], tone - lighter) * between(0.96, 1.04);
    }
    Noise mottle = noise();
    Noise redness = noise();
    Noise grain = noise();
    double mottling = between(0.02, 0.07);
    double reddening = between(0.01, 0.06);
    double furrows = between(0.01, 0.05);
    double furrowSize = between(35, 60);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = u(x);
        double v = v(y);
        double shade = 1 + mottling * mottle.fractal(3 * u, 3 * v, 4);
        double furrow = 1 - grain.cells(furrowSize * u, furrowSize * v);
        shade -= furrows * furrow * furrow * furrow;
        double red = reddening * redness.fractal(4 * u, 4 * v, 3);
        int i = y * width + x;
        rgb[0][i] = base[0] * shade * (1 + 0.3 * red);
        rgb[1][i] = base[1] * shade * (1 - red);
        rgb[2][i] = base[2] * shade * (1 - 0.8 * red);
      }
    }
  }

  /** One star-shaped outline: a radius for every direction, from a few low harmonics. */
  private final class Outline {
    private static final int FIRST_HARMONIC = 2;

    private final double centreU;
    private final double centreV;
    private final double radius;
    private final double flattening = between(0.65, 1);
    private final double cosine;
    private final double sine;
    private final double[] strengths = new double[6];
    private final double[] phases = new double[6];

    Outline(double centreU, double centreV, double radius, double irregularity) {
      this.centreU = centreU;
      this.centreV = centreV;
      this.radius = radius;
      double angle = between(0, 2 * Math.PI);
      this.cosine = StrictMath.cos(angle);
      this.sine = StrictMath.sin(angle);
      for (int k = 0; k < strengths.length; k++) {
        strengths[k] = irregularity * between(-1, 1) / (k + FIRST_HARMONIC);
        phases[k] = between(0, 2 * Math.PI);
      }
    }

    /** The distance from the centre as a share of the radius there: at most 1 inside. */
    double level(double u, double v) {
      double along = cosine * (u - centreU) + sine * (v - centreV);
      double across = (cosine * (v - centreV) - sine * (u - centreU)) / flattening;
      double distance = Math.sqrt(along * along + across * across) / radius;
      if (distance > 3) {
        return distance;
      }
      double theta = StrictMath.atan2(across, along);
      double r = 1;
      for (int k = 0; k < strengths.length; k++) {
        r += strengths[k] * StrictMath.cos((k + FIRST_HARMONIC) * theta + phases[k]);
      }
      return distance / Math.max(0.4, r);
    }
  }

  /** Where the lesion is: one outline or two that overlap, their border made uneven. */
  private final class Lesion {
    final double radius;
    private final Outline first;
    private final Outline second;
    private final Noise shiftU = noise();
    private final Noise shiftV = noise();
    private final double shift;

    Lesion() {
      radius = 0.15 * StrictMath.pow(3.2, random.nextDouble());
      boolean acrossTheBorder = chance(0.12);
      double reach = acrossTheBorder ? 1 : 0.35;
      double centreU = between(-1, 1) * reach * halfWidth;
      double centreV = between(-1, 1) * reach * halfHeight;
      double irregularity = between(0.05, 0.5);
      first = new Outline(centreU, centreV, radius, irregularity);
      double angle = between(0, 2 * Math.PI);
      double apart = chance(0.35) ? between(0.4, 0.8) * radius : 0;
      second =
          new Outline(
              centreU + apart * StrictMath.cos(angle),
              centreV + apart * StrictMath.sin(angle),
              radius * (apart == 0 ? 0.5 : between(0.5, 0.9)),
              irregularity);
      shift = between(0.02, 0.12) * radius;
    }

    /** For each pixel: at most 1 inside, growing outward by about 1 a radius. */
    double[] levels() {
      double[] levels = new double[width * height];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          levels[y * width + x] = level(u(x), v(y));
        }
      }
      return levels;
    }

    private double level(double u, double v) {
      double plain = Math.min(first.level(u, v), second.level(u, v));
      if (plain > 2) {
        return plain;
      }
      double frequency = 3 / radius;
      double su = u + shift * shiftU.fractal(frequency * u, frequency * v, 3);
      double sv = v + shift * shiftV.fractal(frequency * u, frequency * v, 3);
      return Math.min(first.level(su, sv), second.level(su, sv));
    }
  }

  private void paintLesion(double radius, double[] levels) {
    double darkness = between(0.45, 1.5);
    double border = chance(0.35) ? between(0.15, 0.35) : between(0.03, 0.12);
    double[] pigment = PIGMENTS[random.nextInt(3)];
    double[] other = PIGMENTS[random.nextInt(PIGMENTS.length)];
    double variegation = chance(0.5) ? between(0.4, 1) : between(0, 0.3);
    double centreDarker = between(-0.2, 0.6);
    double network = chance(0.5) ? between(0.25, 0.7) : 0;
    double mesh = between(34, 60);
    double globules = chance(0.4) ? between(0.5, 1.1) : 0;
    double globuleSize = between(22, 40);
    double veil = chance(0.15) ? between(0.3, 0.6) : 0;
    Noise patches = noise();
    Noise where = noise();
    Noise cells = noise();
    Noise dots = noise();
    double patchSize = 1.6 / radius;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = u(x);
        double v = v(y);
        int i = y * width + x;
        double level = levels[i];
        double inside = 1 - smoothStep(1 - border, 1 + border, level);
        if (inside == 0) {
          continue;
        }
        double patch = patches.fractal(patchSize * u, patchSize * v, 5);
        double place = where.fractal(patchSize * u + 5, patchSize * v, 3);
        double density = 0.85 + 0.7 * patch + centreDarker * (1 - Math.min(1, level)) - 0.3;
        if (network > 0) {
          // A net of dark lines round paler holes, which fades where the lesion is structureless.
          double bent = 0.35 * patches.fractal(0.35 * mesh * u, 0.35 * mesh * v, 2);
          double wall = 1 - smoothStep(0, 0.6, cells.cells(mesh * u + bent, mesh * v - bent));
          density += network * (wall - 0.45) * smoothStep(-0.2, 0.35, place);
        }
        if (globules > 0) {
          double heart = smoothStep(0.5, 0.75, dots.cells(globuleSize * u, globuleSize * v));
          density += globules * heart * smoothStep(-0.1, 0.35, -place);
        }
        density = darkness * inside * Math.max(0.15, density);
        double share = variegation * smoothStep(-0.1, 0.5, place);
        double pale = veil * inside * smoothStep(0, 0.5, patch + 0.3 * place);
        for (int c = 0; c < CHANNELS; c++) {
          double swallowed = mix(pigment[c], other[c], share);
          double through = rgb[c][i] * StrictMath.exp(-density * swallowed);
          rgb[c][i] = mix(through, 0.55 + 0.05 * c, pale);
        }
      }
    }
  }

  private void paintHairs() {
    boolean light = chance(0.15);
    int count = 2 + random.nextInt(chance(0.3) ? 40 : 14);
    double mainDirection = between(0, Math.PI);
    double spread = between(0.2, 1.4);
    double thickness = between(0.0013, 0.0035);
    for (int hair = 0; hair < count; hair++) {
      double[] colour = new double[CHANNELS];
      double shade = light ? between(0.75, 0.95) : between(0.08, 0.25);
      for (int c = 0; c < CHANNELS; c++) {
        colour[c] = shade * (1 - 0.12 * c);
      }
      paintHair(mainDirection + spread * between(-1, 1), thickness * between(0.6, 1.3), colour);
    }
  }

  /** A hair is a line whose direction turns slowly; it thins towards its tip. */
  private void paintHair(double direction, double thickness, double[] colour) {
    double length = between(0.3, 1.5);
    double turn = between(-1.2, 1.2);
    double wave = between(-0.4, 0.4);
    double u = between(-1.1, 1.1) * halfWidth;
    double v = between(-1.1, 1.1) * halfHeight;
    double[] cover = new double[width * height];
    double step = 0.5 / scale;
    int steps = (int) (length / step);
    for (int s = 0; s < steps; s++) {
      double t = (double) s / steps;
      double heading = direction + turn * t * length + wave * StrictMath.sin(5 * t * length);
      u += step * StrictMath.cos(heading);
      v += step * StrictMath.sin(heading);
      stamp(cover, u, v, thickness * (1 - 0.7 * t));
    }
    for (int i = 0; i < cover.length; i++) {
      if (cover[i] > 0) {
        for (int c = 0; c < CHANNELS; c++) {
          rgb[c][i] = mix(rgb[c][i], colour[c], 0.88 * cover[i]);
        }
      }
    }
  }

  /** Marks a disc in {@code cover}, as the share of each pixel it covers. */
  private void stamp(double[] cover, double u, double v, double radius) {
    double px = (u + halfWidth) * scale - 0.5;
    double py = (v + halfHeight) * scale - 0.5;
    double r = radius * scale;
    int left = Math.max(0, (int) Math.floor(px - r - 1));
    int right = Math.min(width - 1, (int) Math.ceil(px + r + 1));
    int top = Math.max(0, (int) Math.floor(py - r - 1));
    int bottom = Math.min(height - 1, (int) Math.ceil(py + r + 1));
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        double distance = Math.sqrt((x - px) * (x - px) + (y - py) * (y - py));
        // A disc thinner than a pixel covers a part of it only.
        double share = Math.min(clamp(r + 0.5 - distance), 2 * r);
        cover[y * width + x] = Math.max(cover[y * width + x], share);
      }
    }
  }

  /** Millimetre ticks along one side, every fifth longer. */
  private void paintRuler() {
    boolean acrossTheTop = chance(0.5);
    boolean far = chance(0.5);
    double spacing = between(0.025, 0.05);
    double offset = between(0.01, 0.06);
    double strength = between(0.5, 0.85);
    double halfLine = between(0.0012, 0.0024);
    double longTick = between(0.05, 0.08);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double along = acrossTheTop ? u(x) : v(y);
        double across = acrossTheTop ? v(y) : u(x);
        double fromSide =
            (acrossTheTop ? halfHeight : halfWidth) - (far ? across : -across) - offset;
        long tick = Math.round(along / spacing);
        double length = longTick * (Math.floorMod(tick, 5L) == 0 ? 1 : 0.55);
        double sideways = (Math.abs(along - tick * spacing) - halfLine) * scale;
        double endways = Math.max(-fromSide, fromSide - length) * scale;
        double ink = strength * clamp(0.5 - sideways) * clamp(0.5 - endways);
        if (ink > 0) {
          blend(y * width + x, 0.1, ink);
        }
      }
    }
  }

  /** Air in the contact gel: a pale rim with a dark line round it, and the lamp's reflection. */
  private void paintBubbles() {
    int count = 1 + random.nextInt(9);
    for (int bubble = 0; bubble < count; bubble++) {
      double centreU = between(-1, 1) * halfWidth;
      double centreV = between(-1, 1) * halfHeight;
      double radius = 0.012 * StrictMath.pow(6, random.nextDouble());
      double strength = between(0.3, 0.8);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double du = (u(x) - centreU) / radius;
          double dv = (v(y) - centreV) / radius;
          double d = Math.sqrt(du * du + dv * dv);
          if (d > 1.3) {
            continue;
          }
          int i = y * width + x;
          // Light from the upper left: that side of the rim is the brighter.
          double facing = d == 0 ? 0.5 : 0.5 - 0.35 * (du + dv) / d;
          blend(i, 0.1, 0.6 * strength * bump(d, 1.05, 0.06));
          blend(i, 1, strength * facing * bump(d, 0.88, 0.12));
          double gu = du + 0.4;
          double gv = dv + 0.4;
          blend(i, 1, strength * bump(Math.sqrt(gu * gu + gv * gv), 0, 0.22));
        }
      }
    }
  }

  /** An uneven lamp and a camera's colour cast. */
  private void light() {
    double angle = between(0, 2 * Math.PI);
    double slope = between(0, 0.22);
    double slopeU = slope * StrictMath.cos(angle);
    double slopeV = slope * StrictMath.sin(angle);
    double fall = between(0, 0.35);
    double[] cast = {between(0.95, 1.04), between(0.97, 1.03), between(0.93, 1.07)};
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double u = u(x);
        double v = v(y);
        double lamp = (1 + slopeU * u + slopeV * v) * (1 - fall * (u * u + v * v));
        for (int c = 0; c < CHANNELS; c++) {
          rgb[c][y * width + x] *= lamp * cast[c];
        }
      }
    }
  }

  /**
   * What the dermatoscope's tube lets through: everything, or a disc with dark corners round it.
   */
  private record Field(double radius, double softness, double centreU, double centreV) {
    /** Beyond the corners of any picture. */
    private static final double FAR = 1e6;

    static Field open() {
      return new Field(FAR, 1, 0, 0);
    }

    static Field round(PhantomPainter p) {
      double corner = Math.sqrt(p.halfWidth * p.halfWidth + p.halfHeight * p.halfHeight);
      return new Field(
          p.between(0.78, 0.97) * corner,
          p.between(0.005, 0.06),
          p.between(-0.03, 0.03),
          p.between(-0.03, 0.03));
    }

    /** From 0 in the dark to 1. */
    double brightness(double u, double v) {
      double du = u - centreU;
      double dv = v - centreV;
      double d = Math.sqrt(du * du + dv * dv);
      return 1 - smoothStep(radius - softness, radius + softness, d);
    }
  }

  private void darken(Field field) {
    double black = between(0.01, 0.06);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        blend(y * width + x, black, 1 - field.brightness(u(x), v(y)));
      }
    }
  }

  /** Gaussian blur of the given standard deviation, along the rows and then the columns. */
  private void blur(double sigma) {
    double pixels = sigma * scale;
    int reach = (int) Math.ceil(3 * pixels);
    double[] kernel = new double[2 * reach + 1];
    double sum = 0;
    for (int k = -reach; k <= reach; k++) {
      kernel[k + reach] = StrictMath.exp(-0.5 * k * k / (pixels * pixels));
      sum += kernel[k + reach];
    }
    for (int k = 0; k < kernel.length; k++) {
      kernel[k] /= sum;
    }
    for (int c = 0; c < CHANNELS; c++) {
      rgb[c] = blurred(blurred(rgb[c], kernel, 1, 0), kernel, 0, 1);
    }
  }

  private double[] blurred(double[] from, double[] kernel, int dx, int dy) {
    int reach = kernel.length / 2;
    double[] to = new double[from.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double sum = 0;
        for (int k = -reach; k <= reach; k++) {
          int sx = Math.min(width - 1, Math.max(0, x + k * dx));
          int sy = Math.min(height - 1, Math.max(0, y + k * dy));
          sum += kernel[k + reach] * from[sy * width + sx];
        }
        to[y * width + x] = sum;
      }
    }
    return to;
  }

  private void addSensorNoise(double sigma) {
    for (int i = 0; i < width * height; i++) {
      double grey = 0.6 * sigma * random.nextGaussian();
      for (int c = 0; c < CHANNELS; c++) {
        rgb[c][i] += grey + 0.6 * sigma * random.nextGaussian();
      }
    }
  }

  private void blend(int i, double grey, double share) {
    for (int c = 0; c < CHANNELS; c++) {
      rgb[c][i] = mix(rgb[c][i], grey, share);
    }
  }

  private double u(int x) {
    return (x + 0.5) / scale - halfWidth;
  }

  private double v(int y) {
    return (y + 0.5) / scale - halfHeight;
  }

  private double between(double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private Noise noise() {
    return new Noise(random.nextLong());
  }

  private static double mix(double a, double b, double share) {
    return a + share * (b - a);
  }

  private static double clamp(double value) {
    return Math.min(1, Math.max(0, value));
  }

  private static double smoothStep(double low, double high, double value) {
    double t = clamp((value - low) / (high - low));
    return t * t * (3 - 2 * t);
  }

  /** 1 at the centre, falling to 0 a width away. */
  private static double bump(double value, double centre, double width) {
    return 1 - smoothStep(0, width, Math.abs(value - centre));
  }
}
