package org.lentigo.imaging.measure;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;

/**
 * The measures of a lesion's outline: how large, how asymmetric (A of the ABCD rule) and how
 * irregular at its border (B). They describe; what they mean is for a doctor to say. {@code
 * docs/measurements.md} has formulas and sources in one table.
 *
 * <p>Lengths are in pixels, and are those of the region that the pixels cover: pixel (x, y) is the
 * square from x to x + 1. All parts of a mask count together, their holes taken off, but for {@code
 * solidity} and the notches, which are the largest part's. Where the photo's frame cuts the lesion,
 * the frame is taken for its border.
 *
 * @param perimeterPx length of all borders, holes' too: A. M. Vossepoel and A. W. M. Smeulders
 *     (Computer Graphics and Image Processing 20, 1982), {@code 0.980 n_e + 1.406 n_o - 0.091 n_c},
 *     over the line through the middles of the cracks between lesion and background: steps straight
 *     on, pairs of steps around a corner, changes of direction. Within 1 % of the true length for
 *     curves (discs from a radius of 30 pixels; 3 % from 10); a border that runs along the pixels'
 *     rows is told 2 % too short
 * @param largestDiameterPx the largest distance of two points of the lesion (Feret's or caliper
 *     diameter)
 * @param smallestDiameterPx the least distance of two parallel lines that hold the lesion between
 *     them: both by rotating calipers around the convex hull (M. I. Shamos, PhD thesis, Yale 1978),
 *     exact for the pixels' squares
 * @param axisAngleDegrees from the horizontal to the major principal axis, anticlockwise as seen on
 *     a screen, in (-90, 90]: the direction of the larger second central moment
 * @param elongation of the two principal axes, the longer over the shorter, at least 1: {@code
 *     sqrt(l1 / l2)} of the second central moments. Near 1 the axes have no direction to speak of,
 *     and the asymmetries are about arbitrary ones
 * @param asymmetryMajor the share of the lesion that does not fall on lesion when it is mirrored at
 *     its major principal axis, which runs through its centroid: {@code |M xor M'| / (2 |M|)}, 0
 *     for what is symmetric, below 1 (W. V. Stoecker, W. W. Li and R. H. Moss, Computerized Medical
 *     Imaging and Graphics 16, 1992)
 * @param asymmetryMinor likewise, at the minor axis
 * @param compactness {@code 4 pi area / perimeter^2} (E. P. Cox, Journal of Paleontology 1, 1927):
 *     1 for a disc, less for what is long or ragged
 * @param solidity the area of the largest part, holes filled, over that of its convex hull, in (0,
 *     1]
 * @param fractalDimension box-counting dimension of the border, 1 for a smooth line, towards 2 for
 *     one that fills the plane (B. B. Mandelbrot 1982; for lesions E. Claridge, P. N. Hall, M.
 *     Keefe and J. P. Allen, Journal of Biomedical Engineering 14, 1992): the slope of the counts
 *     of boxes over their sides, both as logarithms, from 2 pixels to a quarter of the lesion; null
 *     for a lesion of less than {@value #LEAST_FRACTAL_SIDE} pixels
 * @param notches how many stretches of the outer border lie deeper within the convex hull than
 *     {@value #NOTCH_SHARE} of the largest diameter and 1.5 pixels (convexity defects)
 * @param deepestNotchPx how deep the deepest of them lies, at a right angle to the hull's side; 0
 *     without any
 */
public record Shape(
    double perimeterPx,
    double largestDiameterPx,
    double smallestDiameterPx,
    double axisAngleDegrees,
    double elongation,
    double asymmetryMajor,
    double asymmetryMinor,
    double compactness,
    double solidity,
    @Nullable Double fractalDimension,
    int notches,
    double deepestNotchPx) {
  /** The measures' names in the order of {@link #values}, as JSON and tables have them. */
  public static final List<String> NAMES =
      List.of(
          "perimeter_px",
          "largest_diameter_px",
          "smallest_diameter_px",
          "axis_angle_degrees",
          "elongation",
          "asymmetry_major",
          "asymmetry_minor",
          "compactness",
          "solidity",
          "fractal_dimension",
          "notches",
          "deepest_notch_px");

  static final int LEAST_FRACTAL_SIDE = 32;
  static final double NOTCH_SHARE = 0.02;

  private static final double LEAST_NOTCH_PX = 1.5;

  /** As many points a side are enough to tell the share of an area to a thousandth. */
  private static final int MOST_SAMPLES = 1024;

  /** In the order of {@link #NAMES}: an Integer for the notches, a Double or null else. */
  public List<@Nullable Number> values() {
    return Collections.unmodifiableList(
        Arrays.<@Nullable Number>asList(
            perimeterPx,
            largestDiameterPx,
            smallestDiameterPx,
            axisAngleDegrees,
            elongation,
            asymmetryMajor,
            asymmetryMinor,
            compactness,
            solidity,
            fractalDimension,
            notches,
            deepestNotchPx));
  }

  /** Measures a mask; null if it is empty. */
  public static @Nullable Shape of(Mask mask) {
    return of(mask, Contours.trace(mask));
  }

  /**
   * As {@link #of(Mask)}.
   *
   * @param contours of this mask, by {@link Contours#trace}
   */
  public static @Nullable Shape of(Mask mask, List<Contour> contours) {
    if (contours.isEmpty()) {
      return null;
    }
    double perimeter = 0;
    for (Contour contour : contours) {
      perimeter += Perimeter.of(contour);
    }
    Hull hull = Hull.of(contours);
    double[] diameters = hull.diameters();
    Box box = hull.box();
    Moments moments = Moments.of(mask, box);
    Contour largest = contours.get(0);
    Hull around = Hull.of(List.of(largest));
    double threshold = Math.max(LEAST_NOTCH_PX, NOTCH_SHARE * diameters[0]);
    int notches = 0;
    double deepest = 0;
    boolean within = false;
    for (double depth : around.depths(largest)) {
      // A notch ends where the border is half way back, or its own roughness would count.
      if (depth >= threshold) {
        notches += within ? 0 : 1;
        within = true;
        deepest = Math.max(deepest, depth);
      } else if (depth < threshold / 2) {
        within = false;
      }
    }
    return new Shape(
        perimeter,
        diameters[0],
        diameters[1],
        moments.angleDegrees(),
        moments.elongation(),
        asymmetry(mask, box, moments, moments.angle()),
        asymmetry(mask, box, moments, moments.angle() + Math.PI / 2),
        4 * Math.PI * moments.area() / (perimeter * perimeter),
        largest.area() / around.area(),
        BoxCounting.dimension(contours, box, LEAST_FRACTAL_SIDE),
        notches,
        deepest);
  }

  /** Mirrors points of the lesion at the line through its centroid in a direction (y down). */
  private static double asymmetry(Mask mask, Box box, Moments moments, double angle) {
    int stride = Math.max(1, Math.max(box.width(), box.height()) / MOST_SAMPLES);
    double cos = Math.cos(2 * angle);
    double sin = Math.sin(2 * angle);
    long looked = 0;
    long missed = 0;
    // As many points of the lesion fall beside it as of its mirror image do: equal areas.
    for (int y = box.y() + stride / 2; y < box.y() + box.height(); y += stride) {
      for (int x = box.x() + stride / 2; x < box.x() + box.width(); x += stride) {
        if (mask.get(x, y)) {
          double dx = x + 0.5 - moments.x();
          double dy = y + 0.5 - moments.y();
          int mx = (int) Math.floor(moments.x() + cos * dx + sin * dy);
          int my = (int) Math.floor(moments.y() + sin * dx - cos * dy);
          looked++;
          boolean hit =
              mx >= 0 && my >= 0 && mx < mask.width() && my < mask.height() && mask.get(mx, my);
          missed += hit ? 0 : 1;
        }
      }
    }
    return looked == 0 ? 0 : (double) missed / looked;
  }
}
