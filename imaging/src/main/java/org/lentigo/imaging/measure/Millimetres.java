package org.lentigo.imaging.measure;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Scale;

/**
 * A lesion's size on the skin, where the photo's scale is known.
 *
 * @param area in square millimetres
 * @param perimeter in millimetres; null without a lesion, as the diameters
 * @param largestDiameter in millimetres
 * @param smallestDiameter in millimetres
 */
public record Millimetres(
    double area,
    @Nullable Double perimeter,
    @Nullable Double largestDiameter,
    @Nullable Double smallestDiameter) {
  /** The sizes' names in the order of {@link #values}, as JSON and tables have them. */
  public static final List<String> NAMES =
      List.of("area_mm2", "perimeter_mm", "largest_diameter_mm", "smallest_diameter_mm");

  /**
   * Of a lesion in pixels.
   *
   * @param shape null without a lesion
   */
  public static Millimetres of(Scale scale, long areaPx, @Nullable Shape shape) {
    double area = scale.squareMm(areaPx);
    return shape == null
        ? new Millimetres(area, null, null, null)
        : new Millimetres(
            area,
            scale.mm(shape.perimeterPx()),
            scale.mm(shape.largestDiameterPx()),
            scale.mm(shape.smallestDiameterPx()));
  }

  /** In the order of {@link #NAMES}. */
  public List<@Nullable Double> values() {
    return Collections.unmodifiableList(
        Arrays.<@Nullable Double>asList(area, perimeter, largestDiameter, smallestDiameter));
  }
}
