package org.lentigo.imaging.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contour.Box;

/**
 * The convex hull of contours' corners, by the monotone chain (A. M. Andrew, Information Processing
 * Letters 9, 1979).
 *
 * @param corners at least four, each x and y, clockwise on a screen, none on a line between two
 *     others
 */
record Hull(List<int[]> corners) {
  static Hull of(List<Contour> contours) {
    List<int[]> points = new ArrayList<>();
    for (Contour contour : contours) {
      int[] xy = contour.xy();
      for (int i = 0; i < xy.length && !contour.hole(); i += 2) {
        points.add(new int[] {xy[i], xy[i + 1]});
      }
    }
    points.sort(Comparator.<int[]>comparingInt(p -> p[0]).thenComparingInt(p -> p[1]));
    List<int[]> hull = new ArrayList<>(half(points));
    List<int[]> reversed = new ArrayList<>(points);
    Collections.reverse(reversed);
    hull.addAll(half(reversed));
    return new Hull(List.copyOf(hull));
  }

  private static List<int[]> half(List<int[]> points) {
    List<int[]> chain = new ArrayList<>();
    for (int[] p : points) {
      while (chain.size() > 1
          && cross(chain.get(chain.size() - 2), chain.get(chain.size() - 1), p) <= 0) {
        chain.remove(chain.size() - 1);
      }
      chain.add(p);
    }
    return chain.subList(0, chain.size() - 1);
  }

  /** Twice the area of a triangle, above 0 if it runs clockwise on a screen. */
  private static long cross(int[] a, int[] b, int[] c) {
    return (long) (b[0] - a[0]) * (c[1] - a[1]) - (long) (b[1] - a[1]) * (c[0] - a[0]);
  }

  double area() {
    long twice = 0;
    for (int i = 1; i + 1 < corners.size(); i++) {
      twice += cross(corners.get(0), corners.get(i), corners.get(i + 1));
    }
    return twice / 2.0;
  }

  /** The smallest upright rectangle around it. */
  Box box() {
    int left = Integer.MAX_VALUE;
    int top = Integer.MAX_VALUE;
    int right = Integer.MIN_VALUE;
    int bottom = Integer.MIN_VALUE;
    for (int[] p : corners) {
      left = Math.min(left, p[0]);
      right = Math.max(right, p[0]);
      top = Math.min(top, p[1]);
      bottom = Math.max(bottom, p[1]);
    }
    return new Box(left, top, right - left, bottom - top);
  }

  /**
   * The largest diameter and the smallest: for each side of the hull, the corner furthest from it.
   */
  double[] diameters() {
    int n = corners.size();
    double largest = 0;
    double smallest = Double.POSITIVE_INFINITY;
    int opposite = 1;
    for (int i = 0; i < n; i++) {
      int[] a = corners.get(i);
      int[] b = corners.get((i + 1) % n);
      long reach = cross(a, b, corners.get(opposite));
      for (long next = cross(a, b, corners.get((opposite + 1) % n));
          next >= reach;
          next = cross(a, b, corners.get((opposite + 1) % n))) {
        // Of two equally far, as on parallel sides, each may end the largest diameter.
        largest = Math.max(largest, furthest(a, b, corners.get(opposite)));
        opposite = (opposite + 1) % n;
        reach = next;
      }
      largest = Math.max(largest, furthest(a, b, corners.get(opposite)));
      smallest = Math.min(smallest, reach / distance(a, b));
    }
    return new double[] {largest, smallest};
  }

  private static double furthest(int[] a, int[] b, int[] c) {
    return Math.max(distance(a, c), distance(b, c));
  }

  private static double distance(int[] a, int[] b) {
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  }

  /**
   * How deep the corners of a contour lie within this hull of it, from one of the hull's corners
   * on; in pixels, at a right angle to the side of the hull that spans them.
   */
  double[] depths(Contour contour) {
    int n = contour.size();
    int[] xy = contour.xy();
    Comparator<int[]> order = Comparator.<int[]>comparingInt(p -> p[0]).thenComparingInt(p -> p[1]);
    int[][] sorted = corners.stream().sorted(order).toArray(int[][]::new);
    int first = 0;
    while (Arrays.binarySearch(sorted, corner(xy, first), order) < 0) {
      first++;
    }
    double[] depths = new double[n];
    int[] a = corner(xy, first);
    for (int from = 0; from < n; ) {
      int to = from + 1;
      while (to < n && Arrays.binarySearch(sorted, corner(xy, (first + to) % n), order) < 0) {
        to++;
      }
      int[] b = corner(xy, (first + to) % n);
      double side = distance(a, b);
      for (int i = from + 1; i < to && side > 0; i++) {
        depths[i] = Math.abs(cross(a, b, corner(xy, (first + i) % n))) / side;
      }
      from = to;
      a = b;
    }
    return depths;
  }

  private static int[] corner(int[] xy, int i) {
    return new int[] {xy[2 * i], xy[2 * i + 1]};
  }
}
