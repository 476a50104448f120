package org.lentigo.imaging.measure;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Scale;

/**
 * Finds a ruler's millimetres along an edge of a photo. It would rather find none than a wrong one:
 * equal distances alone are no ruler (hairs, skin lines and JPEG's blocks have them, too), and do
 * not say what they are. So there must be ticks in a row at equal distances, at least {@value
 * #LEAST_TICKS}, and every fifth or every tenth, and no others, must be longer, as rulers mark
 * their millimetres.
 *
 * <p>Strips along each edge are looked at in turn: the mean lightness across a strip, without what
 * changes slowly along it, is compared with itself moved on (autocorrelation), which gives the
 * distance of ticks; their places give it again, by least squares, and their lengths across the
 * edge are then compared. A ruler must lie along the edge within about two degrees.
 */
public final class Ruler {
  /** Two marks of five are among so many, with some to compare them with. */
  static final int LEAST_TICKS = 9;

  /** Photos are reduced so far along their longer side. */
  private static final int SIDE = 1024;

  /** How deep rulers reach into the photo, as a share of its side. */
  private static final double REACH = 0.3;

  /** Ticks closer than this many pixels cannot be told from each other. */
  private static final int LEAST_PERIOD = 6;

  private static final double LEAST_CORRELATION = 0.45;

  /** Ticks differ from what lies between them by so much (of 100). */
  private static final double LEAST_CONTRAST = 6;

  /** No tick lies further than this from its place, in ticks' distances. */
  private static final double MOST_DEVIATION = 0.12;

  /** Long ticks are at least so much longer than short ones. */
  private static final double LONGER = 1.25;

  /** And the short ones are of one length, but for this. */
  private static final double ALIKE = 1.5;

  /**
   * Nobody sees whether the ruler touches the skin, nor whether the camera looks straight at it.
   */
  private static final double LEAST_DOUBT = 0.02;

  private Ruler() {}

  /** The scale by a ruler, if one is found beyond doubt about what its ticks are. */
  public static Optional<Scale> find(RgbImage photo) {
    RgbImage small = Resampling.reduced(photo, SIDE);
    byte[] rgb = small.data();
    Plane plane =
        new Plane(small.width(), small.height(), new float[small.width() * small.height()]);
    for (int i = 0; i < plane.light.length; i++) {
      int sum = (rgb[3 * i] & 0xff) + (rgb[3 * i + 1] & 0xff) + (rgb[3 * i + 2] & 0xff);
      plane.light[i] = sum * 100f / 765;
    }
    Comb best = null;
    for (Plane turned :
        new Plane[] {plane, plane.flipped(), plane.turned(), plane.turned().flipped()}) {
      Comb found = turned.ticks();
      if (found != null && (best == null || found.count > best.count)) {
        best = found;
      }
    }
    if (best == null) {
      return Optional.empty();
    }
    // As the longer side, which is cut to whole pixels exactly.
    double shrink = Math.min(1, (double) SIDE / Math.max(photo.width(), photo.height()));
    double mm = shrink / best.period;
    return mm < Scale.LEAST_MM || mm > Scale.MOST_MM
        ? Optional.empty()
        : Optional.of(new Scale(mm, Scale.Source.RULER, Math.max(LEAST_DOUBT, best.doubt)));
  }

  /**
   * Ticks in a row.
   *
   * @param period their distance in pixels
   * @param first the place of the first
   * @param count how many
   * @param doubt the standard error of the distance, as a share of it
   */
  private record Comb(double period, double first, int count, double doubt) {
    int place(int i) {
      return (int) Math.round(first + i * period);
    }
  }

  /** Lightness of a photo that is turned so that the ruler may lie along its upper edge. */
  private record Plane(int width, int height, float[] light) {
    Plane flipped() {
      float[] to = new float[light.length];
      for (int y = 0; y < height; y++) {
        System.arraycopy(light, y * width, to, (height - 1 - y) * width, width);
      }
      return new Plane(width, height, to);
    }

    Plane turned() {
      float[] to = new float[light.length];
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          to[x * height + y] = light[y * width + x];
        }
      }
      return new Plane(height, width, to);
    }

    @Nullable Comb ticks() {
      int strip = Math.max(2, height / 100);
      Comb best = null;
      for (int y = 0; y + strip <= REACH * height; y += Math.max(1, strip / 2)) {
        double[] q = detrended(profile(y, strip));
        double period = period(q);
        for (int sign = -1; sign <= 1 && period > 0; sign += 2) {
          Comb comb = fitted(q, sign, period);
          if (comb != null
              && (best == null || comb.count > best.count)
              && marksEveryFifth(comb, y + strip / 2, sign)) {
            best = comb;
          }
        }
      }
      return best;
    }

    /** Mean lightness across a strip. */
    private float[] profile(int top, int strip) {
      float[] profile = new float[width];
      for (int y = top; y < top + strip; y++) {
        for (int x = 0; x < width; x++) {
          profile[x] += light[y * width + x] / strip;
        }
      }
      return profile;
    }

    /** Less its mean over some way on both sides: the longest distance of ticks. */
    private static double[] detrended(float[] profile) {
      int n = profile.length;
      int way = n / LEAST_TICKS + 1;
      double[] sums = new double[n + 1];
      for (int i = 0; i < n; i++) {
        sums[i + 1] = sums[i] + profile[i];
      }
      double[] q = new double[n];
      for (int i = 0; i < n; i++) {
        int from = Math.max(0, i - way / 2);
        int to = Math.min(n, i + way / 2 + 1);
        q[i] = profile[i] - (sums[to] - sums[from]) / (to - from);
      }
      return q;
    }

    /** At which a profile is most like itself moved on; 0 if at none. */
    private static double period(double[] q) {
      int n = q.length;
      double least = 0;
      double most = 0;
      double[] squares = new double[n + 1];
      for (int i = 0; i < n; i++) {
        least = Math.min(least, q[i]);
        most = Math.max(most, q[i]);
        squares[i + 1] = squares[i] + q[i] * q[i];
      }
      if (most - least < LEAST_CONTRAST) {
        return 0; // No tick can stand out.
      }
      double[] r = new double[n / LEAST_TICKS + 3];
      for (int lag = 0; lag < r.length && lag < n; lag++) {
        double sum = 0;
        for (int i = 0; i + lag < n; i++) {
          sum += q[i] * q[i + lag];
        }
        double before = squares[n - lag];
        double after = squares[n] - squares[lag];
        r[lag] = sum / Math.sqrt(Math.max(1e-12, before * after));
      }
      // The first peak: later ones are its multiples.
      for (int lag = LEAST_PERIOD; lag + 1 < r.length; lag++) {
        if (r[lag] >= LEAST_CORRELATION && r[lag] >= r[lag - 1] && r[lag] > r[lag + 1]) {
          double curve = r[lag - 1] - 2 * r[lag] + r[lag + 1];
          return lag + (curve < 0 ? (r[lag - 1] - r[lag + 1]) / (2 * curve) : 0);
        }
      }
      return 0;
    }

    /**
     * The longest row of ticks that stand out at about this distance.
     *
     * @param sign -1 for dark ticks, 1 for light ones
     */
    private static @Nullable Comb fitted(double[] profile, int sign, double period) {
      double[] q = Arrays.stream(profile).map(v -> sign * v).toArray();
      Comb best = null;
      for (int start = 0; start + (LEAST_TICKS - 1) * period < q.length; start++) {
        if (!peak(q, start, period)) {
          continue;
        }
        double at = start;
        double distance = period;
        int count = 1;
        double sumI = 0;
        double sumIi = 0;
        double sumP = at;
        double sumIp = 0;
        double sumPp = at * at;
        while (true) {
          int next = nearestPeak(q, at + distance, period);
          if (next < 0) {
            break;
          }
          sumI += count;
          sumIi += (double) count * count;
          sumP += next;
          sumIp += (double) count * next;
          sumPp += (double) next * next;
          count++;
          distance =
              count < 3 ? period : (count * sumIp - sumI * sumP) / (count * sumIi - sumI * sumI);
          at = count < 3 ? next : (sumP - distance * sumI) / count + distance * (count - 1);
        }
        if (count >= LEAST_TICKS && (best == null || count > best.count)) {
          double slope = (count * sumIp - sumI * sumP) / (count * sumIi - sumI * sumI);
          double first = (sumP - slope * sumI) / count;
          double residual =
              Math.max(0, sumPp - first * sumP - slope * sumIp) / Math.max(1, count - 2);
          double error = Math.sqrt(residual / (sumIi - sumI * sumI / count));
          best = new Comb(slope, first, count, error / slope);
        }
        start += (int) period / 2;
      }
      return best;
    }

    /** Whether a tick stands out here from what lies half a distance away on both sides. */
    private static boolean peak(double[] q, int at, double period) {
      int half = (int) Math.round(period / 2);
      if (at < 1 || at + 1 >= q.length || q[at] < q[at - 1] || q[at] < q[at + 1]) {
        return false;
      }
      double left = q[Math.max(0, at - half)];
      double right = q[Math.min(q.length - 1, at + half)];
      return q[at] - Math.max(left, right) >= LEAST_CONTRAST;
    }

    private static int nearestPeak(double[] q, double at, double period) {
      int reach = Math.max(1, (int) Math.round(MOST_DEVIATION * period));
      int middle = (int) Math.round(at);
      for (int d = 0; d <= reach; d++) {
        for (int i : new int[] {middle + d, middle - d}) {
          if (i >= 0 && i < q.length && peak(q, i, period)) {
            return i;
          }
        }
      }
      return -1;
    }

    /** Whether every fifth tick, or every tenth, is longer than the others. */
    private boolean marksEveryFifth(Comb comb, int y, int sign) {
      double[] lengths = new double[comb.count];
      for (int i = 0; i < comb.count; i++) {
        lengths[i] = length(comb, i, y, sign);
      }
      return marked(lengths, 5) || marked(lengths, 10);
    }

    private static boolean marked(double[] lengths, int every) {
      for (int offset = 0; offset < every; offset++) {
        double[] marks = new double[lengths.length];
        double[] others = new double[lengths.length];
        int m = 0;
        int o = 0;
        for (int i = 0; i < lengths.length; i++) {
          if (i % every == offset) {
            marks[m++] = lengths[i];
          } else {
            others[o++] = lengths[i];
          }
        }
        Arrays.sort(marks, 0, m);
        Arrays.sort(others, 0, o);
        // A hair or a figure may draw out one in ten of the others; if more differ, there may be
        // half millimetres among them.
        double longest = others[(int) Math.ceil(0.9 * o) - 1];
        double shortest = others[(int) Math.floor(0.1 * o)];
        if (m >= 2 && marks[0] >= LONGER * longest && longest <= ALIKE * shortest) {
          return true;
        }
      }
      return false;
    }

    /** How far a tick reaches across, in pixels. */
    private double length(Comb comb, int i, int y, int sign) {
      int half = (int) Math.round(comb.period / 2);
      int x = comb.place(i);
      int length = 1;
      for (int direction = -1; direction <= 1; direction += 2) {
        int gap = 0;
        for (int at = y + direction; at >= 0 && at < height && gap < 2; at += direction) {
          boolean tick = contrast(x, at, half, sign) >= LEAST_CONTRAST / 2;
          gap = tick ? 0 : gap + 1;
          length += tick ? 1 : 0;
        }
      }
      return length;
    }

    /**
     * How much a pixel, or its neighbour, stands out from half a distance to the left and right.
     */
    private double contrast(int x, int y, int half, int sign) {
      double here = Double.NEGATIVE_INFINITY;
      for (int d = -1; d <= 1; d++) {
        here = Math.max(here, sign * at(x + d, y));
      }
      return here - Math.max(sign * at(x - half, y), sign * at(x + half, y));
    }

    private double at(int x, int y) {
      return light[y * width + Math.max(0, Math.min(width - 1, x))];
    }
  }
}
