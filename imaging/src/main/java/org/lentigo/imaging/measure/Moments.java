package org.lentigo.imaging.measure;

import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.Mask;

/**
 * Centroid and second central moments of a mask's pixels, as unit squares.
 *
 * @param area in pixels
 * @param x of the centroid, in pixels from the left border
 * @param y likewise, from the top
 * @param xx variance along x, in pixels squared
 * @param yy likewise, along y
 * @param xy covariance
 */
record Moments(double area, double x, double y, double xx, double yy, double xy) {
  /** Of a unit square along its side. */
  private static final double OF_A_PIXEL = 1.0 / 12;

  /** Of a mask with at least one pixel, all of them within a box. */
  static Moments of(Mask mask, Box box) {
    double area = 0;
    double sumX = 0;
    double sumY = 0;
    double sumXx = 0;
    double sumYy = 0;
    double sumXy = 0;
    // From the box's middle, or squares of large coordinates would cancel.
    double middleX = box.x() + box.width() / 2.0;
    double middleY = box.y() + box.height() / 2.0;
    for (int row = box.y(); row < box.y() + box.height(); row++) {
      long count = 0;
      double x = 0;
      double x2 = 0;
      for (int column = box.x(); column < box.x() + box.width(); column++) {
        if (mask.get(column, row)) {
          double dx = column + 0.5 - middleX;
          count++;
          x += dx;
          x2 += dx * dx;
        }
      }
      double dy = row + 0.5 - middleY;
      area += count;
      sumX += x;
      sumY += count * dy;
      sumXx += x2;
      sumYy += count * dy * dy;
      sumXy += x * dy;
    }
    double meanX = sumX / area;
    double meanY = sumY / area;
    return new Moments(
        area,
        middleX + meanX,
        middleY + meanY,
        sumXx / area - meanX * meanX + OF_A_PIXEL,
        sumYy / area - meanY * meanY + OF_A_PIXEL,
        sumXy / area - meanX * meanY);
  }

  /** Of the major axis, in radians from x towards y (clockwise on a screen), (-pi/2, pi/2]. */
  double angle() {
    // What cancels but for rounding is no direction.
    double difference = Math.abs(xx - yy) < 1e-9 * (xx + yy) ? 0 : xx - yy;
    double mixed = Math.abs(xy) < 1e-9 * (xx + yy) ? 0 : xy;
    return Math.atan2(2 * mixed, difference) / 2;
  }

  /** As {@link #angle}, in degrees, anticlockwise on a screen, in (-90, 90]. */
  double angleDegrees() {
    double degrees = -Math.toDegrees(angle());
    return degrees <= -90 ? 90 : degrees + 0.0;
  }

  double elongation() {
    double half = Math.hypot((xx - yy) / 2, xy);
    double mean = (xx + yy) / 2;
    return Math.sqrt((mean + half) / (mean - half));
  }
}
