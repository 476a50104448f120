package org.lentigo.imaging.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Lab;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;

/**
 * How good a photo is for outlining, in numbers, each with a limit; {@code docs/quality.md} has how
 * often they are right.
 *
 * @param blur the width of a Gaussian that would have made the steepest edges what they are, in
 *     pixels of the photo at {@value #FINE}: by how much their slopes lose when they are smoothed
 *     (S. Zhuo and T. Sim, "Defocus map estimation from a single image", Pattern Recognition 44,
 *     2011); 0 sharp to 9
 * @param lightness the L* that nine in ten pixels of the photo's middle (the ellipse within its
 *     frame) stay below; 0 to 100
 * @param glare the share of the photo that is nearly white and much lighter than what lies around
 *     it; 0 to 1
 * @param hair the share of the lesion under long dark lines; 0 to 1
 * @param cut the share of the lesion's border that lies on the photo's frame; 0 to 1
 * @param likeness how much what was outlined looks like a lesion at all, 0 to 1; null where that is
 *     not known
 */
public record PhotoQuality(
    double blur,
    double lightness,
    double glare,
    double hair,
    double cut,
    @Nullable Double likeness) {
  /** The numbers' names in the order of {@link #values}, as JSON and tables have them. */
  public static final List<String> NAMES =
      List.of("blur_px", "lightness", "glare", "hair", "cut", "likeness");

  /** What may be wrong with a photo, the worst first, and one sentence of advice for each. */
  public enum Problem {
    NOTHING_FOUND("nothing that looks like a lesion was found: put one into the middle"),
    BLURRED("too blurred: hold still and focus"),
    DARK("too dark: add light, or expose longer"),
    BRIGHT("too bright: take light away, or expose less"),
    GLARE("glare on the skin: tilt the lamp, or use polarised light or a contact fluid"),
    CUT("the lesion is cut by the frame: step back, or move it into the middle"),
    HAIR("hair over the lesion: comb it aside or shave it");

    private final String advice;

    Problem(String advice) {
      this.advice = advice;
    }

    /** One sentence, without a full stop. */
    public String advice() {
      return advice;
    }

    /** As files have it, such as {@code nothing_found}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The limits: each lies on the good side of what it bounds. */
  public static final double MOST_BLUR = 1.9;

  public static final double LEAST_LIGHTNESS = 52;
  public static final double MOST_LIGHTNESS = 98;
  public static final double MOST_GLARE = 0.004;
  public static final double MOST_HAIR = 0.1;
  public static final double MOST_CUT = 0.05;
  public static final double LEAST_LIKENESS = 0.5;

  private static final int FINE = 512;
  private static final int COARSE = 256;

  /** Nearly white, of 255 in all channels. */
  private static final int WHITE = 235;

  /** And so much lighter than the mean around it. */
  private static final int STANDS_OUT = 18;

  /** Around is a square of this share of the longer side. */
  private static final int AROUND = 12;

  /** The two smoothings whose slopes are compared, in pixels. */
  private static final double ONCE = 1;

  private static final double TWICE = 2;

  /** The steepest pixels are this share. */
  private static final double EDGES = 0.005;

  /** The rim of the dermatoscope's tube is no edge of the photo's. */
  private static final int TUBE = 50;

  private static final double END_OF_SCALE = 9;

  /**
   * Looks at a photo.
   *
   * @param lesion the outlined lesion, of the photo's size
   * @param contours of this mask
   * @param likeness how much it looks like a lesion, 0 to 1; null where that is not known
   * @throws IllegalArgumentException if the sizes differ
   */
  public static PhotoQuality of(
      RgbImage photo, Mask lesion, List<Contour> contours, @Nullable Double likeness) {
    lesion.requireSizeOf(photo);
    RgbImage fine = Resampling.reduced(photo, FINE);
    RgbImage coarse = Resampling.reduced(fine, COARSE);
    float[] lab = Lab.of(coarse);
    return new PhotoQuality(
        blur(fine),
        lightness(lab, coarse.width(), coarse.height()),
        glare(fine),
        Hair.shareOf(Masks.resize(lesion, coarse.width(), coarse.height()), lab),
        cut(contours, photo.width(), photo.height()),
        likeness);
  }

  /** In the order of {@link #NAMES}; null for a likeness that is not known. */
  public List<@Nullable Double> values() {
    return Collections.unmodifiableList(
        Arrays.<@Nullable Double>asList(blur, lightness, glare, hair, cut, likeness));
  }

  /** What is wrong, the worst first; empty for a good photo. */
  public List<Problem> problems() {
    List<Problem> problems = new ArrayList<>();
    for (Problem problem : Problem.values()) {
      if (has(problem)) {
        problems.add(problem);
      }
    }
    return problems;
  }

  /** The worst of what is wrong; null for a good photo. */
  public @Nullable Problem worst() {
    List<Problem> problems = problems();
    return problems.isEmpty() ? null : problems.get(0);
  }

  /** Whether this is wrong. */
  public boolean has(Problem problem) {
    return switch (problem) {
      case NOTHING_FOUND -> likeness != null && likeness < LEAST_LIKENESS;
      case BLURRED -> blur > MOST_BLUR;
      case DARK -> lightness < LEAST_LIGHTNESS;
      case BRIGHT -> lightness > MOST_LIGHTNESS;
      case GLARE -> glare > MOST_GLARE;
      case CUT -> cut > MOST_CUT;
      case HAIR -> hair > MOST_HAIR;
    };
  }

  private static double blur(RgbImage photo) {
    int width = photo.width();
    int height = photo.height();
    float[] grey = new float[width * height];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = photo.data()[3 * i + 1] & 0xff;
    }
    float[] once = smoothed(grey, width, height, ONCE);
    float[] twice = smoothed(grey, width, height, TWICE);
    float[] slopes = new float[grey.length];
    for (int y = 1; y < height - 1; y++) {
      for (int x = 1; x < width - 1; x++) {
        int i = y * width + x;
        slopes[i] = twice[i] < TUBE ? 0 : slope(once, i, width);
      }
    }
    float steep = rank(slopes, (int) ((1 - EDGES) * (slopes.length - 1)));
    double sharp = 0;
    double soft = 0;
    for (int y = 1; y < height - 1; y++) {
      for (int x = 1; x < width - 1; x++) {
        int i = y * width + x;
        if (slopes[i] >= steep && slopes[i] > 0) {
          sharp += slopes[i];
          soft += slope(twice, i, width);
        }
      }
    }
    double ratio = soft == 0 ? 1 : sharp / soft;
    double square = (TWICE * TWICE - ratio * ratio * ONCE * ONCE) / (ratio * ratio - 1);
    return ratio <= 1 ? END_OF_SCALE : Math.min(END_OF_SCALE, Math.sqrt(Math.max(0, square)));
  }

  private static float slope(float[] grey, int i, int width) {
    float across = grey[i + 1] - grey[i - 1];
    float down = grey[i + width] - grey[i - width];
    return (float) Math.sqrt(across * across + down * down);
  }

  /** The value that so many others lie below or at; slopes are at most 361. */
  private static float rank(float[] slopes, int rank) {
    int[] counts = new int[362];
    for (float slope : slopes) {
      counts[(int) slope]++;
    }
    int below = 0;
    int bin = 0;
    while (below + counts[bin] <= rank) {
      below += counts[bin++];
    }
    // Only what is alike is sorted: most of a photo is flat.
    float[] alike = new float[counts[bin]];
    int count = 0;
    for (float slope : slopes) {
      if ((int) slope == bin) {
        alike[count++] = slope;
      }
    }
    Arrays.sort(alike);
    return alike[rank - below];
  }

  /** By a Gaussian, along the rows and along the columns; the frame's pixels go on outside it. */
  private static float[] smoothed(float[] grey, int width, int height, double sigma) {
    int reach = (int) Math.ceil(3 * sigma);
    float[] kernel = new float[reach + 1];
    float sum = 0;
    for (int k = 0; k <= reach; k++) {
      kernel[k] = (float) Math.exp(-k * k / (2 * sigma * sigma));
      sum += k == 0 ? kernel[k] : 2 * kernel[k];
    }
    for (int k = 0; k <= reach; k++) {
      kernel[k] /= sum;
    }
    float[] rows = new float[grey.length];
    float[] line = new float[width + 2 * reach];
    for (int y = 0; y < height; y++) {
      int row = y * width;
      Arrays.fill(line, 0, reach, grey[row]);
      System.arraycopy(grey, row, line, reach, width);
      Arrays.fill(line, reach + width, line.length, grey[row + width - 1]);
      for (int k = 0; k <= reach; k++) {
        float weight = k == 0 ? kernel[0] / 2 : kernel[k];
        for (int x = 0; x < width; x++) {
          rows[row + x] += weight * (line[x + reach - k] + line[x + reach + k]);
        }
      }
    }
    float[] both = new float[grey.length];
    for (int y = 0; y < height; y++) {
      int row = y * width;
      for (int k = 0; k <= reach; k++) {
        int above = Math.max(0, y - k) * width;
        int below = Math.min(height - 1, y + k) * width;
        float weight = k == 0 ? kernel[0] / 2 : kernel[k];
        for (int x = 0; x < width; x++) {
          both[row + x] += weight * (rows[above + x] + rows[below + x]);
        }
      }
    }
    return both;
  }

  private static double lightness(float[] lab, int width, int height) {
    double[] light = new double[width * height];
    int count = 0;
    for (int i = 0; i < light.length; i++) {
      double u = (i % width + 0.5) / width * 2 - 1;
      double v = (i / width + 0.5) / height * 2 - 1;
      if (u * u + v * v <= 1) {
        light[count++] = lab[3 * i];
      }
    }
    if (count == 0) {
      return lab[0];
    }
    Arrays.sort(light, 0, count);
    return light[(int) (0.9 * (count - 1))];
  }

  private static double glare(RgbImage photo) {
    int width = photo.width();
    int height = photo.height();
    byte[] rgb = photo.data();
    int[] sums = new int[(width + 1) * (height + 1)];
    for (int y = 0; y < height; y++) {
      int row = 0;
      for (int x = 0; x < width; x++) {
        row += rgb[3 * (y * width + x) + 1] & 0xff;
        sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
      }
    }
    int reach = Math.max(width, height) / AROUND;
    long glare = 0;
    for (int y = 0; y < height; y++) {
      int top = Math.max(0, y - reach);
      int bottom = Math.min(height, y + reach + 1);
      for (int x = 0; x < width; x++) {
        int at = 3 * (y * width + x);
        if ((rgb[at] & 0xff) >= WHITE
            && (rgb[at + 1] & 0xff) >= WHITE
            && (rgb[at + 2] & 0xff) >= WHITE) {
          int left = Math.max(0, x - reach);
          int right = Math.min(width, x + reach + 1);
          double mean =
              (double)
                      (sums[bottom * (width + 1) + right]
                          - sums[bottom * (width + 1) + left]
                          - sums[top * (width + 1) + right]
                          + sums[top * (width + 1) + left])
                  / ((bottom - top) * (right - left));
          glare += (rgb[at + 1] & 0xff) - mean >= STANDS_OUT ? 1 : 0;
        }
      }
    }
    return (double) glare / ((long) width * height);
  }

  private static double cut(List<Contour> contours, int width, int height) {
    long onFrame = 0;
    long all = 0;
    for (Contour contour : contours) {
      int[] xy = contour.xy();
      int x = xy[xy.length - 2];
      int y = xy[xy.length - 1];
      for (int i = 0; i < xy.length; i += 2) {
        int length = Math.abs(xy[i] - x) + Math.abs(xy[i + 1] - y);
        boolean upright = xy[i] == x;
        boolean frame = upright ? x == 0 || x == width : y == 0 || y == height;
        all += length;
        onFrame += frame ? length : 0;
        x = xy[i];
        y = xy[i + 1];
      }
    }
    return all == 0 ? 0 : (double) onFrame / all;
  }
}
