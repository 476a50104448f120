package org.lentigo.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lentigo.imaging.Contour;

/** Outlines as well-known binary (OGC 06-103r4, section 8.2): what spatial databases read. */
final class Wkb {
  private static final int POLYGON = 3;
  private static final int MULTI_POLYGON = 6;

  private Wkb() {}

  /**
   * A multipolygon in pixels from the photo's top left corner, y downward; each hole belongs to the
   * smallest outline around it. Without a lesion it is empty.
   *
   * @param contours of one mask
   */
  static byte[] multiPolygon(List<Contour> contours) {
    Map<Contour, List<Contour>> polygons = new LinkedHashMap<>();
    // The largest first, as they are traced: the last one that holds a hole is the smallest.
    for (Contour contour : contours) {
      if (!contour.hole()) {
        polygons.put(contour, new ArrayList<>(List.of(contour)));
      }
    }
    for (Contour hole : contours) {
      if (hole.hole()) {
        List<Contour> around = null;
        for (Map.Entry<Contour, List<Contour>> polygon : polygons.entrySet()) {
          if (polygon.getKey().area() > hole.area() && holds(polygon.getKey(), hole)) {
            around = polygon.getValue();
          }
        }
        if (around == null) {
          throw new IllegalArgumentException("a hole without an outline around it");
        }
        around.add(hole);
      }
    }
    return write(polygons.values().stream().toList());
  }

  private static byte[] write(List<List<Contour>> polygons) {
    int size = 9;
    for (List<Contour> rings : polygons) {
      size += 9;
      for (Contour ring : rings) {
        size += 4 + 16 * (ring.size() + 1);
      }
    }
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    head(out, MULTI_POLYGON, polygons.size());
    for (List<Contour> rings : polygons) {
      head(out, POLYGON, rings.size());
      for (Contour ring : rings) {
        int[] xy = ring.xy();
        out.putInt(ring.size() + 1);
        for (int i = 0; i < xy.length; i++) {
          out.putDouble(xy[i]);
        }
        // A ring ends where it began.
        out.putDouble(xy[0]).putDouble(xy[1]);
      }
    }
    return out.array();
  }

  /** Byte order (1: little endian), type, number of parts. */
  private static void head(ByteBuffer out, int type, int parts) {
    out.put((byte) 1).putInt(type).putInt(parts);
  }

  /** Whether an outline encloses a hole's topmost pixel, by the even-odd rule. */
  private static boolean holds(Contour outline, Contour hole) {
    int[] of = hole.xy();
    int top = 0;
    for (int i = 2; i < of.length; i += 2) {
      if (of[i + 1] < of[top + 1] || of[i + 1] == of[top + 1] && of[i] < of[top]) {
        top = i;
      }
    }
    // The pixel right of and below the first of the topmost corners is background within the hole.
    double x = of[top] + 0.5;
    double y = of[top + 1] + 0.5;
    boolean inside = false;
    int[] xy = outline.xy();
    int last = xy.length - 2;
    for (int i = 0; i < xy.length; last = i, i += 2) {
      if (xy[i + 1] > y != xy[last + 1] > y && xy[i] > x) {
        // Borders run along the axes: this one is upright, at xy[i] = xy[last].
        inside = !inside;
      }
    }
    return inside;
  }
}
