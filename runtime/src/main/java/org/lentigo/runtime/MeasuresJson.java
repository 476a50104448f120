package org.lentigo.runtime;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Shape;
import tools.jackson.core.JsonGenerator;

/** The JSON form of {@link Shape}, {@link Colours} and {@link Scale}: see {@link Measurement}. */
final class MeasuresJson {
  private static final String MEASURES = "lesion.measures.";
  private static final String COLOURS = MEASURES + "colours.";
  private static final String SCALE = "lesion.millimetres.";

  private MeasuresJson() {}

  static void write(JsonGenerator json, @Nullable Shape shape, @Nullable Colours colours) {
    if (shape == null || colours == null) {
      json.writeNullProperty("measures");
      return;
    }
    json.writeObjectPropertyStart("measures");
    json.writeNumberProperty("perimeter_px", shape.perimeterPx());
    json.writeNumberProperty("largest_diameter_px", shape.largestDiameterPx());
    json.writeNumberProperty("smallest_diameter_px", shape.smallestDiameterPx());
    json.writeNumberProperty("axis_angle_degrees", shape.axisAngleDegrees());
    json.writeNumberProperty("elongation", shape.elongation());
    json.writeNumberProperty("asymmetry_major", shape.asymmetryMajor());
    json.writeNumberProperty("asymmetry_minor", shape.asymmetryMinor());
    json.writeNumberProperty("compactness", shape.compactness());
    json.writeNumberProperty("solidity", shape.solidity());
    Double dimension = shape.fractalDimension();
    if (dimension == null) {
      json.writeNullProperty("fractal_dimension");
    } else {
      json.writeNumberProperty("fractal_dimension", dimension);
    }
    json.writeNumberProperty("notches", shape.notches());
    json.writeNumberProperty("deepest_notch_px", shape.deepestNotchPx());
    json.writeObjectPropertyStart("colours");
    double[] shares = colours.shares();
    for (int i = 0; i < shares.length; i++) {
      json.writeNumberProperty(Colours.NAMES.get(i), shares[i]);
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  static void write(JsonGenerator json, @Nullable Scale scale, long areaPx, @Nullable Shape shape) {
    if (scale == null) {
      json.writeNullProperty("millimetres");
      return;
    }
    json.writeObjectPropertyStart("millimetres");
    json.writeNumberProperty("mm_per_pixel", scale.mmPerPixel());
    json.writeStringProperty("source", name(scale.source()));
    json.writeNumberProperty("doubt", scale.doubt());
    json.writeNumberProperty("area_mm2", scale.squareMm(areaPx));
    if (shape != null) {
      json.writeNumberProperty("perimeter_mm", scale.mm(shape.perimeterPx()));
      json.writeNumberProperty("largest_diameter_mm", scale.mm(shape.largestDiameterPx()));
      json.writeNumberProperty("smallest_diameter_mm", scale.mm(shape.smallestDiameterPx()));
    }
    json.writeEndObject();
  }

  static void write(JsonGenerator json, @Nullable PhotoQuality quality) {
    if (quality == null) {
      json.writeNullProperty("quality");
      return;
    }
    json.writeObjectPropertyStart("quality");
    json.writeNumberProperty("blur_px", quality.blur());
    json.writeNumberProperty("lightness", quality.lightness());
    json.writeNumberProperty("glare", quality.glare());
    json.writeNumberProperty("hair", quality.hair());
    json.writeNumberProperty("cut", quality.cut());
    Double likeness = quality.likeness();
    if (likeness == null) {
      json.writeNullProperty("likeness");
    } else {
      json.writeNumberProperty("likeness", likeness);
    }
    PhotoQuality.Problem worst = quality.worst();
    if (worst == null) {
      json.writeNullProperty("problem");
      json.writeNullProperty("advice");
    } else {
      json.writeStringProperty("problem", worst.label());
      json.writeStringProperty("advice", worst.advice());
    }
    json.writeEndObject();
  }

  static @Nullable PhotoQuality quality(Fields fields) throws IOException {
    return fields.has("quality.blur_px")
        ? new PhotoQuality(
            fields.number("quality.blur_px"),
            fields.number("quality.lightness"),
            fields.number("quality.glare"),
            fields.number("quality.hair"),
            fields.number("quality.cut"),
            fields.has("quality.likeness") ? (Double) fields.number("quality.likeness") : null)
        : null;
  }

  private static String name(Scale.Source source) {
    return source.name().toLowerCase(Locale.ROOT);
  }

  /** Null where there is none, as in what earlier versions wrote. */
  static @Nullable Shape shape(Fields fields) throws IOException {
    return fields.has(MEASURES + "perimeter_px")
        ? new Shape(
            fields.number(MEASURES + "perimeter_px"),
            fields.number(MEASURES + "largest_diameter_px"),
            fields.number(MEASURES + "smallest_diameter_px"),
            fields.number(MEASURES + "axis_angle_degrees"),
            fields.number(MEASURES + "elongation"),
            fields.number(MEASURES + "asymmetry_major"),
            fields.number(MEASURES + "asymmetry_minor"),
            fields.number(MEASURES + "compactness"),
            fields.number(MEASURES + "solidity"),
            fields.has(MEASURES + "fractal_dimension")
                ? (Double) fields.number(MEASURES + "fractal_dimension")
                : null,
            fields.integer(MEASURES + "notches"),
            fields.number(MEASURES + "deepest_notch_px"))
        : null;
  }

  static @Nullable Colours colours(Fields fields) throws IOException {
    if (!fields.has(COLOURS + Colours.NAMES.get(0))) {
      return null;
    }
    double[] shares = new double[Colours.NAMES.size()];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = fields.number(COLOURS + Colours.NAMES.get(i));
    }
    return new Colours(shares[0], shares[1], shares[2], shares[3], shares[4], shares[5]);
  }

  static @Nullable Scale scale(Fields fields) throws IOException {
    if (!fields.has(SCALE + "mm_per_pixel")) {
      return null;
    }
    String source = fields.text(SCALE + "source");
    try {
      return new Scale(
          fields.number(SCALE + "mm_per_pixel"),
          Scale.Source.valueOf(source.toUpperCase(Locale.ROOT)),
          fields.number(SCALE + "doubt"));
    } catch (IllegalArgumentException e) {
      throw new IOException("a scale in the JSON file is none: " + e.getMessage(), e);
    }
  }
}
