package org.lentigo.imaging;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Path2D;
import java.util.List;

/** Draws outlines on photos. */
public final class Overlay {
  private Overlay() {}

  /** Line width as a share of the photo's shorter side. */
  private static final float LINE_SHARE = 1 / 400f;

  /**
   * How an outline looks: a bright line between dark borders, one of which shows on any skin.
   *
   * @param line colour of the line, 0xRRGGBB
   * @param casing colour of the borders on both sides, 0xRRGGBB
   */
  public record Style(int line, int casing) {
    /** What a model found: yellow on black. */
    public static final Style PREDICTION = new Style(0xffe000, 0x101010);

    /** What an expert drew: cyan on black. */
    public static final Style TRUTH = new Style(0x00e5ff, 0x101010);
  }

  /** Outlines drawn alike. */
  public record Layer(List<Contour> contours, Style style) {
    public Layer {
      contours = List.copyOf(contours);
    }
  }

  /** The photo with these outlines; {@code photo} itself stays as it is. */
  public static RgbImage draw(RgbImage photo, List<Contour> contours, Style style) {
    return draw(photo, List.of(new Layer(contours, style)));
  }

  /**
   * The photo with several sets of outlines, such as an expert's and a model's, the last on top.
   * The line is 1/400 of the shorter side wide, at least one pixel, and each of its two borders
   * half as wide, also at least one pixel.
   */
  public static RgbImage draw(RgbImage photo, List<Layer> layers) {
    RgbImage drawn = new RgbImage(photo.width(), photo.height(), photo.data().clone());
    // Pixel borders run between pixels: a thinner line would cover two of them by half.
    float line = Math.max(2, Math.min(photo.width(), photo.height()) * LINE_SHARE);
    float casing = line / 2;
    Graphics2D graphics = Pixels.wrap(drawn).createGraphics();
    try {
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      // Without it, Java2D moves thin lines by half a pixel.
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      for (Layer layer : layers) {
        Path2D path = path(layer.contours());
        stroke(graphics, path, layer.style().casing(), line + 2 * casing);
        stroke(graphics, path, layer.style().line(), line);
      }
    } finally {
      graphics.dispose();
    }
    return drawn;
  }

  private static void stroke(Graphics2D graphics, Path2D path, int colour, float width) {
    graphics.setColor(new Color(colour));
    graphics.setStroke(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.draw(path);
  }

  private static Path2D path(List<Contour> contours) {
    Path2D.Float path = new Path2D.Float(Path2D.WIND_EVEN_ODD);
    for (Contour contour : contours) {
      int[] xy = contour.xy();
      path.moveTo(xy[0], xy[1]);
      for (int i = 2; i < xy.length; i += 2) {
        path.lineTo(xy[i], xy[i + 1]);
      }
      path.closePath();
    }
    return path;
  }
}
