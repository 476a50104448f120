package org.lentigo.imaging.measure;

import java.awt.Graphics2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import org.lentigo.imaging.Mask;

/** Figures whose measures are known: a pixel belongs to one where its centre does. */
final class Figures {
  private Figures() {}

  /** Whether a point belongs to a figure. */
  @FunctionalInterface
  interface Figure {
    boolean holds(double x, double y);
  }

  static Mask draw(int width, int height, Figure figure) {
    byte[] data = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        data[y * width + x] = (byte) (figure.holds(x + 0.5, y + 0.5) ? 1 : 0);
      }
    }
    return new Mask(width, height, data);
  }

  static Figure disc(double x, double y, double radius) {
    return (px, py) -> Math.hypot(px - x, py - y) <= radius;
  }

  /**
   * An ellipse whose first half axis points {@code degrees} anticlockwise from the horizontal, seen
   * on a screen.
   */
  static Figure ellipse(double x, double y, double a, double b, double degrees) {
    return turned(x, y, degrees, (u, v) -> u * u / (a * a) + v * v / (b * b) <= 1);
  }

  /** A rectangle of {@code a} along that direction and {@code b} across it. */
  static Figure rectangle(double x, double y, double a, double b, double degrees) {
    return turned(x, y, degrees, (u, v) -> Math.abs(u) <= a / 2 && Math.abs(v) <= b / 2);
  }

  private static Figure turned(double x, double y, double degrees, Figure figure) {
    double cos = Math.cos(Math.toRadians(degrees));
    double sin = Math.sin(Math.toRadians(degrees));
    return (px, py) ->
        figure.holds(cos * (px - x) - sin * (py - y), sin * (px - x) + cos * (py - y));
  }

  /** Teeth of equal width and gaps as wide, on a bar. */
  static Figure comb(int teeth, int width, int depth, int bar) {
    return (x, y) ->
        y > 2
            && y < 2 + bar + depth
            && x > 2
            && x < 2 + width * (2 * teeth - 1)
            && (y < 2 + bar || (int) ((x - 2) / width) % 2 == 0);
  }

  /** H. von Koch's snowflake, of dimension log 4 / log 3. */
  static Mask snowflake(int side, int depth) {
    Path2D path = new Path2D.Double();
    double x = side * 0.1;
    double y = side * 0.3;
    double length = side * 0.8;
    path.moveTo(x, y);
    double[] at = {x, y};
    for (int turn = 0; turn < 3; turn++) {
      koch(path, at, length, Math.toRadians(120 * turn), depth);
    }
    path.closePath();
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D graphics = image.createGraphics();
    graphics.fill(path);
    graphics.dispose();
    byte[] grey = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    return draw(side, side, (px, py) -> grey[(int) py * side + (int) px] != 0);
  }

  private static void koch(Path2D path, double[] at, double length, double angle, int depth) {
    if (depth == 0) {
      at[0] += length * Math.cos(angle);
      at[1] += length * Math.sin(angle);
      path.lineTo(at[0], at[1]);
      return;
    }
    for (double turn : new double[] {0, -60, 60, 0}) {
      koch(path, at, length / 3, angle + Math.toRadians(turn), depth - 1);
    }
  }
}
