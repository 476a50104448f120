package org.lentigo.runtime;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Millimetres;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Shape;
import tools.jackson.core.JsonGenerator;

/** The JSON form of {@link Shape}, {@link Colours} and {@link Scale}: see {@link Measurement}. */
final class MeasuresJson {
  private static final String MEASURES = "lesion.measures.";
  private static final String COLOURS = MEASURES + "colours.";
  private static final String QUALITY = "quality.";
  private static final String SCALE = "lesion.millimetres.";

  private MeasuresJson() {}

  static void write(JsonGenerator json, @Nullable Shape shape, @Nullable Colours colours) {
    if (shape == null || colours == null) {
      json.writeNullProperty("measures");
      return;
    }
    json.writeObjectPropertyStart("measures");
    numbers(json, Shape.NAMES, shape.values());
    json.writeObjectPropertyStart("colours");
    double[] shares = colours.shares();
    for (int i = 0; i < shares.length; i++) {
      json.writeNumberProperty(Colours.NAMES.get(i), shares[i]);
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** Null numbers are written, as {@code null}. */
  private static void numbers(
      JsonGenerator json, List<String> names, List<? extends @Nullable Number> values) {
    for (int i = 0; i < values.size(); i++) {
      Number value = values.get(i);
      if (value == null) {
        json.writeNullProperty(names.get(i));
      } else if (value instanceof Integer whole) {
        json.writeNumberProperty(names.get(i), whole);
      } else {
        json.writeNumberProperty(names.get(i), value.doubleValue());
      }
    }
  }

  static void write(JsonGenerator json, @Nullable Scale scale, @Nullable Millimetres lesion) {
    if (scale == null || lesion == null) {
      json.writeNullProperty("millimetres");
      return;
    }
    json.writeObjectPropertyStart("millimetres");
    json.writeNumberProperty("mm_per_pixel", scale.mmPerPixel());
    json.writeStringProperty("source", scale.source().label());
    json.writeNumberProperty("doubt", scale.doubt());
    List<@Nullable Double> sizes = lesion.values();
    for (int i = 0; i < sizes.size(); i++) {
      Double size = sizes.get(i);
      if (size != null) {
        json.writeNumberProperty(Millimetres.NAMES.get(i), size);
      }
    }
    json.writeEndObject();
  }

  static void write(JsonGenerator json, @Nullable PhotoQuality quality) {
    if (quality == null) {
      json.writeNullProperty("quality");
      return;
    }
    json.writeObjectPropertyStart("quality");
    numbers(json, PhotoQuality.NAMES, quality.values());
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
    return fields.has(QUALITY + PhotoQuality.NAMES.get(0))
        ? new PhotoQuality(
            fields.number(QUALITY + PhotoQuality.NAMES.get(0)),
            fields.number(QUALITY + PhotoQuality.NAMES.get(1)),
            fields.number(QUALITY + PhotoQuality.NAMES.get(2)),
            fields.number(QUALITY + PhotoQuality.NAMES.get(3)),
            fields.number(QUALITY + PhotoQuality.NAMES.get(4)),
            fields.numberOrNull(QUALITY + PhotoQuality.NAMES.get(5)))
        : null;
  }

  /** Null where there is none, as in what earlier versions wrote. */
  static @Nullable Shape shape(Fields fields) throws IOException {
    return fields.has(MEASURES + Shape.NAMES.get(0))
        ? new Shape(
            fields.number(MEASURES + Shape.NAMES.get(0)),
            fields.number(MEASURES + Shape.NAMES.get(1)),
            fields.number(MEASURES + Shape.NAMES.get(2)),
            fields.number(MEASURES + Shape.NAMES.get(3)),
            fields.number(MEASURES + Shape.NAMES.get(4)),
            fields.number(MEASURES + Shape.NAMES.get(5)),
            fields.number(MEASURES + Shape.NAMES.get(6)),
            fields.number(MEASURES + Shape.NAMES.get(7)),
            fields.number(MEASURES + Shape.NAMES.get(8)),
            fields.numberOrNull(MEASURES + Shape.NAMES.get(9)),
            fields.integer(MEASURES + Shape.NAMES.get(10)),
            fields.number(MEASURES + Shape.NAMES.get(11)))
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
