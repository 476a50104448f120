package org.lentigo.training;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.lentigo.imaging.RgbImage;

/**
 * Turns a photo and its mask into a varied network input.
 *
 * <p>The order is that of the world: one affine map moves photo and mask alike (turned in the
 * photo's natural aspect ratio, then squashed to the square input as at run time; what lies beyond
 * the border is mirrored in both), the lesion may be set into another photo's skin, hairs and a
 * ruler lie on the skin, the lamp shades it (illumination, dark corners), the lens blurs it, and
 * the camera changes colours and adds noise. Only the first two touch the mask.
 *
 * <p>The same arguments give the same output. Not thread-safe: it keeps its scratch memory.
 */
public final class Augmenter {
  private static final int LEVELS = 1024;
  private static final int GAUSSIANS = 1 << 12;
  private static final float[] GAUSSIAN = gaussians();

  /** Sizes of what is drawn are given for this input size and scaled to the real one. */
  private static final float REFERENCE = 224;

  private static final int GEOMETRY_TRIES = 4;

  private final TrainingConfig.Augmentation strengths;
  private final float[] mean;
  private final float[] std;

  // Scratch, grown as needed.
  private float[] reduced = new float[0];
  private float[] plane = new float[0];
  private float[] coverage = new float[0];
  private int[] covered = new int[0];
  private int coveredCount;
  private final float[][] curves = new float[3][LEVELS + 1];
  private float[] skinPlanes = new float[0];
  private float[] skinTarget = new float[0];

  /**
   * @param mean of each channel, RGB, subtracted from values of 0 to 1
   * @param std of each channel, above 0, which the difference is divided by
   */
  public Augmenter(TrainingConfig.Augmentation strengths, float[] mean, float[] std) {
    if (mean.length != 3 || std.length != 3 || !(std[0] > 0 && std[1] > 0 && std[2] > 0)) {
      throw new IllegalArgumentException(
          "normalisation: got mean "
              + Arrays.toString(mean)
              + " and std "
              + Arrays.toString(std)
              + ", wanted three of each and every std above 0");
    }
    this.strengths = strengths;
    this.mean = mean.clone();
    this.std = std.clone();
  }

  /**
   * Makes one sample.
   *
   * @param sample any size; reduced by area first where it is much larger than the input
   * @param skin a photo in whose skin the lesion may be shown instead of its own
   * @param sampleSeed decides everything random
   * @param size S, pixels across and down of the input
   * @param chwOut receives 3 x S x S normalised values from {@code chwOffset}
   * @param maskOut receives S x S values from {@code maskOffset}: the share of the pixel inside the
   *     lesion, 0 to 1
   */
  public void fill(
      Sample sample,
      Sample skin,
      long sampleSeed,
      int size,
      float[] chwOut,
      int chwOffset,
      float[] maskOut,
      int maskOffset) {
    int pixels = size * size;
    if (plane.length < pixels) {
      plane = new float[pixels];
      coverage = new float[pixels];
      covered = new int[pixels];
    }
    SplittableRandom random = new SplittableRandom(sampleSeed);
    move(sample, random, size, chwOut, chwOffset, maskOut, maskOffset);
    // Without this strength nothing is drawn for it, so that earlier runs can be repeated.
    if (strengths.otherSkin() > 0 && random.nextDouble() < strengths.otherSkin()) {
      if (skinTarget.length < pixels) {
        skinPlanes = new float[3 * pixels];
        skinTarget = new float[pixels];
      }
      move(skin, random, size, skinPlanes, 0, skinTarget, 0);
      float reach = (float) between(random, 0.03, 0.12);
      OtherSkin.show(size, reach, chwOut, chwOffset, maskOut, maskOffset, skinPlanes, skinTarget);
    }
    if (random.nextDouble() < strengths.hairs()) {
      drawHairs(random, size, chwOut, chwOffset);
    }
    if (random.nextDouble() < strengths.ruler()) {
      drawRuler(random, size, chwOut, chwOffset);
    }
    shade(
        random, (double) sample.image().width() / sample.image().height(), size, chwOut, chwOffset);
    blur(random, size, chwOut, chwOffset);
    develop(random, size, chwOut, chwOffset);
  }

  // Geometry

  private void move(
      Sample sample,
      SplittableRandom random,
      int size,
      float[] out,
      int offset,
      float[] maskOut,
      int maskOffset) {
    RgbImage image = sample.image();
    SoftMask target = sample.target();
    double share = target.share();
    for (int attempt = 1; ; attempt++) {
      boolean last = attempt == GEOMETRY_TRIES;
      double angle = last ? 0 : Math.toRadians(strengths.rotation() * signed(random));
      double zoom =
          Math.exp(between(random, Math.log(strengths.scaleMin()), Math.log(strengths.scaleMax())));
      double stretch = Math.exp(Math.log1p(strengths.aspect()) / 2 * signed(random));
      double across = image.width() / (zoom * stretch);
      double down = image.height() * stretch / zoom;
      double centreX = image.width() * (0.5 + (last ? 0 : strengths.shift() * signed(random)));
      double centreY = image.height() * (0.5 + (last ? 0 : strengths.shift() * signed(random)));
      if (strengths.flips()) {
        across = random.nextBoolean() ? across : -across;
        down = random.nextBoolean() ? down : -down;
      }
      double cos = Math.cos(angle);
      double sin = Math.sin(angle);
      sample(
          image,
          target,
          size,
          new double[] {
            centreX,
            cos * across / size,
            -sin * down / size,
            centreY,
            sin * across / size,
            cos * down / size
          },
          out,
          offset,
          maskOut,
          maskOffset);
      double visible = 0;
      for (int i = 0; i < size * size; i++) {
        visible += maskOut[maskOffset + i];
      }
      // A turn of a wide photo can push a lesion near its border out of sight. Half of it must
      // stay, or the network would learn from photos of nothing.
      if (last || visible >= 0.5 * share * zoom * zoom * size * size) {
        return;
      }
    }
  }

  /**
   * Samples photo and mask bilinearly.
   *
   * @param map from the input, in pixels from its centre, to the photo: x = map[0] + u map[1] + v
   *     map[2], y = map[3] + u map[4] + v map[5]
   */
  private void sample(
      RgbImage image,
      SoftMask target,
      int size,
      double[] map,
      float[] out,
      int offset,
      float[] maskOut,
      int maskOffset) {
    // Whole-number reduction by area, as near as possible to the map's own, keeps the bilinear
    // samples from skipping pixels.
    int factorX = Math.max(1, (int) Math.round(Math.hypot(map[1], map[2])));
    int factorY = Math.max(1, (int) Math.round(Math.hypot(map[4], map[5])));
    int width = (image.width() + factorX - 1) / factorX;
    int height = (image.height() + factorY - 1) / factorY;
    reduce(image, target, factorX, factorY, width, height);
    float[] source = reduced;
    int pixels = size * size;
    double half = (size - 1) / 2.0;
    float stepX = (float) (map[1] / factorX);
    float stepY = (float) (map[4] / factorY);
    for (int v = 0; v < size; v++) {
      float rowX = (float) ((map[0] - half * map[1] + (v - half) * map[2]) / factorX - 0.5);
      float rowY = (float) ((map[3] - half * map[4] + (v - half) * map[5]) / factorY - 0.5);
      for (int u = 0; u < size; u++) {
        float x = rowX + u * stepX;
        float y = rowY + u * stepY;
        int x0 = (int) Math.floor(x);
        int y0 = (int) Math.floor(y);
        float fx = x - x0;
        float fy = y - y0;
        int left = 4 * mirrored(x0, width);
        int right = 4 * mirrored(x0 + 1, width);
        int top = 4 * width * mirrored(y0, height);
        int bottom = 4 * width * mirrored(y0 + 1, height);
        float a = (1 - fx) * (1 - fy);
        float b = fx * (1 - fy);
        float c = (1 - fx) * fy;
        float d = fx * fy;
        int i = top + left;
        int j = top + right;
        int k = bottom + left;
        int l = bottom + right;
        int o = offset + v * size + u;
        out[o] = a * source[i] + b * source[j] + c * source[k] + d * source[l];
        out[o + pixels] =
            a * source[i + 1] + b * source[j + 1] + c * source[k + 1] + d * source[l + 1];
        out[o + 2 * pixels] =
            a * source[i + 2] + b * source[j + 2] + c * source[k + 2] + d * source[l + 2];
        maskOut[maskOffset + v * size + u] =
            Math.min(
                1, a * source[i + 3] + b * source[j + 3] + c * source[k + 3] + d * source[l + 3]);
      }
    }
  }

  /** Means over cells of factorX x factorY pixels, as R, G, B, mask, each 0 to 1. */
  private void reduce(
      RgbImage image, SoftMask target, int factorX, int factorY, int width, int height) {
    if (reduced.length < 4 * width * height) {
      reduced = new float[4 * width * height];
    }
    byte[] colours = image.data();
    byte[] inside = target.data();
    for (int y = 0; y < height; y++) {
      int firstY = y * factorY;
      int endY = Math.min(image.height(), firstY + factorY);
      for (int x = 0; x < width; x++) {
        int firstX = x * factorX;
        int endX = Math.min(image.width(), firstX + factorX);
        int red = 0;
        int green = 0;
        int blue = 0;
        int lesion = 0;
        for (int sy = firstY; sy < endY; sy++) {
          for (int i = sy * image.width() + firstX, end = sy * image.width() + endX; i < end; i++) {
            red += colours[3 * i] & 0xff;
            green += colours[3 * i + 1] & 0xff;
            blue += colours[3 * i + 2] & 0xff;
            lesion += inside[i];
          }
        }
        float share = 1f / ((endX - firstX) * (endY - firstY));
        int o = 4 * (y * width + x);
        reduced[o] = red * share / 255;
        reduced[o + 1] = green * share / 255;
        reduced[o + 2] = blue * share / 255;
        reduced[o + 3] = lesion * share / SoftMask.WHOLE;
      }
    }
  }

  /** The index a position beyond the border shows in the mirror: ... 1 0 | 0 1 ... n-1 | n-1 ... */
  private static int mirrored(int i, int length) {
    if (i >= 0 && i < length) {
      return i;
    }
    int folded = Math.floorMod(i, 2 * length);
    return folded < length ? folded : 2 * length - 1 - folded;
  }

  // Things on the skin

  private void drawHairs(SplittableRandom random, int size, float[] out, int offset) {
    // Few hairs most of the time, a thicket now and then.
    int hairs = 1 + (int) (24 * Math.pow(random.nextDouble(), 2.5));
    double growth = between(random, 0, 2 * Math.PI);
    double spread = between(random, 0.1, 0.8);
    boolean light = random.nextDouble() < 0.15;
    float tone = (float) (light ? between(random, 0.7, 0.95) : between(random, 0.02, 0.25));
    float warmth = (float) between(random, 0.02, 0.1);
    double width = between(random, 0.35, 0.95) * size / REFERENCE;
    for (int hair = 0; hair < hairs; hair++) {
      double direction =
          growth + spread * (signed(random) + signed(random)) + (random.nextInt(6) == 0 ? 1.5 : 0);
      double length = size * between(random, 0.2, 1.1);
      double bend = length * 0.25 * triangular(random);
      double twist = length * 0.15 * triangular(random);
      double middleX = size * between(random, -0.05, 1.05);
      double middleY = size * between(random, -0.05, 1.05);
      double alongX = Math.cos(direction);
      double alongY = Math.sin(direction);
      float radius = (float) (width * between(random, 0.7, 1.3));
      int segments = 20;
      float previousX = 0;
      float previousY = 0;
      for (int i = 0; i <= segments; i++) {
        double t = 2.0 * i / segments - 1;
        double along = t * length / 2;
        double aside = bend * (t * t - 0.33) + twist * t * (t * t - 0.6);
        float x = (float) (middleX + along * alongX - aside * alongY);
        float y = (float) (middleY + along * alongY + aside * alongX);
        if (i > 0) {
          // Thick at the root, thin at the tip.
          cover(previousX, previousY, x, y, radius * (1.15f - 0.6f * i / segments), size);
        }
        previousX = x;
        previousY = y;
      }
      paint(
          tone + warmth,
          tone,
          Math.max(0, tone - warmth),
          (float) between(random, 0.5, 0.95),
          size,
          out,
          offset);
    }
  }

  private void drawRuler(SplittableRandom random, int size, float[] out, int offset) {
    double scale = size / REFERENCE;
    double spacing = scale * between(random, 4.5, 13);
    double length = scale * between(random, 4, 10);
    double tilt = 0.12 * signed(random);
    double inward = size * between(random, 0, 0.12);
    int side = random.nextInt(4);
    int longEvery = random.nextBoolean() ? 5 : 10;
    boolean baseline = random.nextInt(3) == 0;
    float radius = (float) (scale * between(random, 0.35, 0.75));
    float tone = (float) between(random, 0.02, 0.3);
    double first = between(random, -0.2, 0.3) * size;
    double last = between(random, 0.7, 1.2) * size;
    float[] from = new float[2];
    float[] to = new float[2];
    int tick = 0;
    for (double along = first; along < last; along += spacing, tick++) {
      double base = inward + tilt * (along - size / 2.0);
      double reach = base + (tick % longEvery == 0 ? 1.7 : 1) * length;
      turned(along, base, side, size, from);
      turned(along - tilt * (reach - base), reach, side, size, to);
      cover(from[0], from[1], to[0], to[1], radius, size);
    }
    if (baseline) {
      turned(first, inward + tilt * (first - size / 2.0), side, size, from);
      turned(last, inward + tilt * (last - size / 2.0), side, size, to);
      cover(from[0], from[1], to[0], to[1], radius, size);
    }
    paint(tone, tone, tone, (float) between(random, 0.5, 0.95), size, out, offset);
  }

  /** A point at {@code along} one of the four sides and {@code inward} from it. */
  private static void turned(double along, double inward, int side, int size, float[] point) {
    boolean vertical = side % 2 == 1;
    double depth = side < 2 ? inward : size - inward;
    point[0] = (float) (vertical ? depth : along);
    point[1] = (float) (vertical ? along : depth);
  }

  /** Adds a line with round ends to what {@link #paint} will paint, antialiased. */
  private void cover(float x0, float y0, float x1, float y1, float radius, int size) {
    // A line thinner than a pixel is a paler line one pixel wide.
    float strength = Math.min(1, 2 * radius);
    float reach = Math.max(0.5f, radius) + 0.5f;
    int left = Math.max(0, (int) Math.ceil(Math.min(x0, x1) - reach));
    int right = Math.min(size - 1, (int) Math.floor(Math.max(x0, x1) + reach));
    int top = Math.max(0, (int) Math.ceil(Math.min(y0, y1) - reach));
    int bottom = Math.min(size - 1, (int) Math.floor(Math.max(y0, y1) + reach));
    float dx = x1 - x0;
    float dy = y1 - y0;
    float squared = Math.max(1e-6f, dx * dx + dy * dy);
    for (int y = top; y <= bottom; y++) {
      for (int x = left; x <= right; x++) {
        float t = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / squared));
        float awayX = x - x0 - t * dx;
        float awayY = y - y0 - t * dy;
        float distance = (float) Math.sqrt(awayX * awayX + awayY * awayY);
        float alpha = strength * Math.min(1, reach - distance);
        int i = y * size + x;
        if (alpha > coverage[i]) {
          if (coverage[i] == 0) {
            covered[coveredCount++] = i;
          }
          coverage[i] = alpha;
        }
      }
    }
  }

  /** Blends a colour over the covered pixels and uncovers them. */
  private void paint(
      float red, float green, float blue, float opacity, int size, float[] out, int offset) {
    int pixels = size * size;
    for (int n = 0; n < coveredCount; n++) {
      int i = covered[n];
      float alpha = opacity * coverage[i];
      int o = offset + i;
      out[o] += alpha * (red - out[o]);
      out[o + pixels] += alpha * (green - out[o + pixels]);
      out[o + 2 * pixels] += alpha * (blue - out[o + 2 * pixels]);
      coverage[i] = 0;
    }
    coveredCount = 0;
  }

  // Lamp and lens

  private void shade(SplittableRandom random, double aspect, int size, float[] out, int offset) {
    double direction = between(random, 0, 2 * Math.PI);
    double gradient = strengths.illumination() * triangular(random) * 2 / size;
    float gradientX = (float) (gradient * Math.cos(direction));
    float gradientY = (float) (gradient * Math.sin(direction));
    boolean vignette = random.nextDouble() < strengths.vignette();
    if (gradient == 0 && !vignette) {
      return;
    }
    // The dark corners' edge is a circle in the photo, an ellipse in the squashed input. Radii are
    // shares of the half diagonal; the smallest leaves all but the corners.
    double centreX = size * (0.5 + 0.03 * signed(random));
    double centreY = size * (0.5 + 0.03 * signed(random));
    double diagonal = Math.hypot(aspect, 1);
    float unitX = (float) (2 * aspect / diagonal / size);
    float unitY = (float) (2 / diagonal / size);
    float radius = (float) between(random, 0.8, 1);
    float softness = (float) (0.02 + 0.35 * Math.pow(random.nextDouble(), 2));
    float dark = (float) between(random, 0.02, 0.6);
    float half = (size - 1) / 2f;
    int pixels = size * size;
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        float light = 1 + gradientX * (x - half) + gradientY * (y - half);
        if (vignette) {
          float dx = (float) (x - centreX) * unitX;
          float dy = (float) (y - centreY) * unitY;
          float beyond = (float) Math.sqrt(dx * dx + dy * dy) - radius;
          if (beyond > 0) {
            float t = Math.min(1, beyond / softness);
            light *= 1 - (1 - dark) * t * t * (3 - 2 * t);
          }
        }
        int o = offset + y * size + x;
        out[o] *= light;
        out[o + pixels] *= light;
        out[o + 2 * pixels] *= light;
      }
    }
  }

  private void blur(SplittableRandom random, int size, float[] out, int offset) {
    // A third of the photos; most are sharp.
    double sigma = strengths.blur() * random.nextDouble() * size / REFERENCE;
    if (random.nextInt(3) != 0 || sigma < 0.25) {
      return;
    }
    int radius = (int) Math.ceil(2.5 * sigma);
    float[] kernel = new float[radius + 1];
    double sum = 0;
    for (int i = 0; i <= radius; i++) {
      kernel[i] = (float) Math.exp(-i * i / (2 * sigma * sigma));
      sum += i == 0 ? kernel[i] : 2 * kernel[i];
    }
    for (int i = 0; i <= radius; i++) {
      kernel[i] /= (float) sum;
    }
    for (int channel = 0; channel < 3; channel++) {
      int first = offset + channel * size * size;
      // Twice across the rows, transposing each time, is across and down.
      blurRows(out, first, plane, 0, kernel, size);
      blurRows(plane, 0, out, first, kernel, size);
    }
  }

  private static void blurRows(
      float[] in, int inOffset, float[] out, int outOffset, float[] kernel, int size) {
    int radius = kernel.length - 1;
    for (int y = 0; y < size; y++) {
      int row = inOffset + y * size;
      for (int x = 0; x < size; x++) {
        float sum = kernel[0] * in[row + x];
        if (x >= radius && x < size - radius) {
          for (int i = 1; i <= radius; i++) {
            sum += kernel[i] * (in[row + x - i] + in[row + x + i]);
          }
        } else {
          for (int i = 1; i <= radius; i++) {
            sum += kernel[i] * (in[row + mirrored(x - i, size)] + in[row + mirrored(x + i, size)]);
          }
        }
        out[outOffset + x * size + y] = sum;
      }
    }
  }

  // Camera

  private void develop(SplittableRandom random, int size, float[] out, int offset) {
    float[] matrix = hueAndSaturation(random);
    double contrast = 1 + strengths.contrast() * triangular(random);
    double brightness = strengths.brightness() * triangular(random);
    double gamma = Math.exp(Math.log1p(strengths.gamma()) * triangular(random));
    for (float[] curve : curves) {
      double gain = 1 + strengths.colourCast() * triangular(random);
      for (int i = 0; i <= LEVELS; i++) {
        double value = ((double) i / LEVELS * gain - 0.5) * contrast + 0.5 + brightness;
        curve[i] = (float) Math.pow(Math.max(0, Math.min(1, value)), gamma);
      }
    }
    float noise = (float) (strengths.noise() * Math.pow(random.nextDouble(), 2));
    int pixels = size * size;
    long bits = 0;
    int left = 0;
    for (int i = 0; i < pixels; i++) {
      int o = offset + i;
      float red = out[o];
      float green = out[o + pixels];
      float blue = out[o + 2 * pixels];
      float r = curve(0, matrix[0] * red + matrix[1] * green + matrix[2] * blue);
      float g = curve(1, matrix[3] * red + matrix[4] * green + matrix[5] * blue);
      float b = curve(2, matrix[6] * red + matrix[7] * green + matrix[8] * blue);
      if (noise > 0) {
        if (left == 0) {
          bits = random.nextLong();
          left = 5;
        }
        // Mostly grey noise, as sensors give after demosaicing and JPEG: one draw a pixel.
        float grain = noise * GAUSSIAN[(int) (bits & (GAUSSIANS - 1))];
        bits >>>= 12;
        left--;
        r = unit(r + grain);
        g = unit(g + grain);
        b = unit(b + grain);
      }
      out[o] = (r - mean[0]) / std[0];
      out[o + pixels] = (g - mean[1]) / std[1];
      out[o + 2 * pixels] = (b - mean[2]) / std[2];
    }
  }

  private float curve(int channel, float value) {
    return curves[channel][(int) (unit(value) * LEVELS + 0.5f)];
  }

  private static float unit(float value) {
    return Math.max(0, Math.min(1, value));
  }

  /** A turn about the grey axis, then a move towards or away from it; greys stay as they are. */
  private float[] hueAndSaturation(SplittableRandom random) {
    double turn = 2 * Math.PI * strengths.hue() * triangular(random);
    double saturation = 1 + strengths.saturation() * triangular(random);
    double same = Math.cos(turn) + (1 - Math.cos(turn)) / 3;
    double next = (1 - Math.cos(turn)) / 3 - Math.sin(turn) / Math.sqrt(3);
    double other = (1 - Math.cos(turn)) / 3 + Math.sin(turn) / Math.sqrt(3);
    double[][] hue = {{same, next, other}, {other, same, next}, {next, other, same}};
    // Rec. 601 luma.
    double[] luma = {0.299, 0.587, 0.114};
    float[] matrix = new float[9];
    for (int column = 0; column < 3; column++) {
      double grey = 0;
      for (int row = 0; row < 3; row++) {
        grey += luma[row] * hue[row][column];
      }
      for (int row = 0; row < 3; row++) {
        matrix[3 * row + column] =
            (float) (saturation * hue[row][column] + (1 - saturation) * grey);
      }
    }
    return matrix;
  }

  // Chance

  /** Uniform from -1 to 1. */
  private static double signed(SplittableRandom random) {
    return 2 * random.nextDouble() - 1;
  }

  /** From -1 to 1, most often near 0. */
  private static double triangular(SplittableRandom random) {
    double first = random.nextDouble();
    return first - random.nextDouble();
  }

  private static double between(SplittableRandom random, double least, double most) {
    return least + (most - least) * random.nextDouble();
  }

  /** A table of standard normal deviates: a look-up is ten times faster than nextGaussian. */
  private static float[] gaussians() {
    SplittableRandom random = new SplittableRandom(1);
    float[] table = new float[GAUSSIANS];
    for (int i = 0; i < GAUSSIANS; i++) {
      table[i] = (float) random.nextGaussian();
    }
    return table;
  }
}
