package org.lentigo.runtime;

import java.awt.Rectangle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Millimetres;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Shape;
import org.lentigo.network.Model;
import org.lentigo.runtime.internal.Json;
import org.lentigo.runtime.internal.LentigoVersion;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * What Lentigo says about one photo, and its JSON form. The schema, whose version is {@value
 * #SCHEMA}:
 *
 * <pre>
 * schema           "lentigo-segmentation/1"
 * notice           an outline, not a diagnosis
 * lentigo_version  such as "0.1.0"
 * image            file (as given), width, height (pixels, as displayed)
 * lesion           area_px, area_fraction (0..1), outlines (how many parts),
 *                  bounding_box {x, y, width, height} or null without a lesion,
 *                  mean_confidence (mean probability inside the mask) or null,
 *                  predicted_jaccard (the Jaccard index that an expert's mask is likely to give
 *                  this one, 0..1) or null if the model does not predict it,
 *                  measures {perimeter_px, largest_diameter_px, smallest_diameter_px,
 *                  axis_angle_degrees, elongation, asymmetry_major, asymmetry_minor, compactness,
 *                  solidity, fractal_dimension or null, notches, deepest_notch_px: see Shape;
 *                  colours {white, red, light_brown, dark_brown, blue_grey, black}: see Colours}
 *                  or null without a lesion,
 *                  millimetres {mm_per_pixel, source ("given", "dicom", "exif", "ruler"), doubt,
 *                  area_mm2, perimeter_mm, largest_diameter_mm, smallest_diameter_mm} or null
 *                  where the scale is not known,
 *                  contours [{hole, points [[x, y], ...]}] along pixel borders, in pixels
 *                  from the top left corner
 * quality          blur_px, lightness, glare, hair, cut, likeness (or null), problem ("nothing_found",
 *                  "blurred", "dark", "bright", "glare", "cut", "hair" or null), advice (a
 *                  sentence) or null: see PhotoQuality
 * threshold        a pixel is lesion where its probability is at least this
 * magnification    of the second look: 1 for the whole photo or of no use, up to 5 for a small
 *                  lesion's surroundings
 * model            name, variant, sha256 (of the model file), input_size, views (mirror images of
 *                  the photo that it was shown: 1, or 4 with --mirror), looks (how often at most: 2, or 1
 *                  with --one-look)
 * warnings         [text]
 * timings_ms       read, prepare, network, outline
 * </pre>
 *
 * Fields may be added under the same version; none is renamed or removed.
 *
 * <p>{@link OutlinedPhoto#json} writes it, {@link #read} reads it back:
 *
 * <pre>{@code
 * Measurement before = Measurement.read(Path.of("photo.json"));
 * System.out.println(before.areaPx() + " pixels, drawn by " + before.model().name());
 * }</pre>
 *
 * @param width of the photo as displayed, in pixels
 * @param height likewise
 * @param areaPx the lesion's pixels
 * @param areaFraction the lesion's share of the photo, 0 to 1
 * @param outlines how many parts the lesion has, holes not counted
 * @param box around all parts, in pixels; null without a lesion
 * @param meanConfidence mean probability inside the mask, 0 to 1; null without a lesion
 * @param predictedJaccard the Jaccard index that an expert's mask is likely to give this one, 0 to
 *     1; null if the model does not predict it
 * @param shape the outline's measures; null without a lesion
 * @param colours in the lesion; null without one
 * @param scale how large pixels are on the skin; null where that is not known
 * @param quality of the photo; null in what earlier versions wrote
 * @param threshold a pixel is lesion where its probability is at least this, in (0, 1)
 * @param magnification of the second look; see {@link Segmentation#magnification}
 * @param model which drew it
 * @param warnings what was odd about the file, a sentence each
 */
public record Measurement(
    int width,
    int height,
    long areaPx,
    double areaFraction,
    int outlines,
    @Nullable Box box,
    @Nullable Double meanConfidence,
    @Nullable Double predictedJaccard,
    @Nullable Shape shape,
    @Nullable Colours colours,
    @Nullable Scale scale,
    @Nullable PhotoQuality quality,
    float threshold,
    double magnification,
    ModelId model,
    List<String> warnings) {
  /** The JSON form's name and version. */
  public static final String SCHEMA = "lentigo-segmentation/1";

  public Measurement {
    warnings = List.copyOf(warnings);
  }

  private static final String NOTICE =
      "An outline and its measurements. Not a diagnosis, and no substitute for one.";

  /**
   * Which model drew it.
   *
   * @param name what the model calls itself
   * @param variant of network, such as {@code T4-5}
   * @param sha256 of the model's file, 64 hexadecimal digits
   * @param inputSize the side of the square that the photo was squeezed into, in pixels
   * @param views in how many mirror images the model saw the photo; see {@link Segmenter#views}
   * @param looks how often it looked at it, at most; see {@link Segmenter#looks}
   */
  public record ModelId(
      String name, String variant, String sha256, int inputSize, int views, int looks) {
    /** Of what outlines; hashes its model, in some milliseconds. */
    public static ModelId of(Segmenter segmenter) {
      return of(segmenter.model(), segmenter.views(), segmenter.looks());
    }

    /** As {@link #of(Segmenter)}, for whoever has not opened the segmenter yet. */
    public static ModelId of(Model model, int views, int looks) {
      return new ModelId(
          model.name(),
          model.network().name(),
          model.sha256(),
          model.preprocessing().size(),
          views,
          looks);
    }
  }

  /** What there is to say about a photo's outline. */
  static Measurement of(
      Segmentation lesion,
      List<Contour> contours,
      RgbImage photo,
      @Nullable Scale scale,
      PhotoQuality quality,
      List<String> warnings,
      ModelId model) {
    Shape shape = Shape.of(lesion.mask(), contours);
    return new Measurement(
        lesion.width(),
        lesion.height(),
        lesion.area(),
        lesion.areaFraction(),
        (int) contours.stream().filter(c -> !c.hole()).count(),
        boundingBox(contours),
        orNull(lesion.meanConfidence()),
        orNull(lesion.predictedJaccard()),
        shape,
        shape == null ? null : Colours.of(photo, lesion.mask()),
        scale,
        quality,
        lesion.threshold(),
        lesion.magnification(),
        model,
        warnings);
  }

  private static @Nullable Double orNull(OptionalDouble value) {
    return value.isPresent() ? value.getAsDouble() : null;
  }

  /** Around all parts of the lesion; null without one. */
  private static @Nullable Box boundingBox(List<Contour> contours) {
    Rectangle all = null;
    for (Contour contour : contours) {
      Box box = contour.boundingBox();
      Rectangle one = new Rectangle(box.x(), box.y(), box.width(), box.height());
      all = all == null ? one : all.union(one);
    }
    return all == null ? null : new Box(all.x, all.y, all.width, all.height);
  }

  /** The lesion's size on the skin; null where the scale is not known. */
  public @Nullable Millimetres millimetres() {
    return scale == null ? null : Millimetres.of(scale, areaPx, shape);
  }

  /**
   * Writes the photo's JSON form.
   *
   * @param photo what the photo is called
   * @param timingsMs milliseconds by step
   */
  void write(
      JsonGenerator json, String photo, List<Contour> contours, Map<String, Double> timingsMs) {
    json.writeStartObject();
    json.writeStringProperty("schema", SCHEMA);
    json.writeStringProperty("notice", NOTICE);
    json.writeStringProperty("lentigo_version", LentigoVersion.get());
    json.writeObjectPropertyStart("image");
    json.writeStringProperty("file", photo);
    json.writeNumberProperty("width", width);
    json.writeNumberProperty("height", height);
    json.writeEndObject();
    json.writeObjectPropertyStart("lesion");
    json.writeNumberProperty("area_px", areaPx);
    json.writeNumberProperty("area_fraction", areaFraction);
    json.writeNumberProperty("outlines", outlines);
    if (box == null) {
      json.writeNullProperty("bounding_box");
    } else {
      json.writeObjectPropertyStart("bounding_box");
      json.writeNumberProperty("x", box.x());
      json.writeNumberProperty("y", box.y());
      json.writeNumberProperty("width", box.width());
      json.writeNumberProperty("height", box.height());
      json.writeEndObject();
    }
    if (meanConfidence == null) {
      json.writeNullProperty("mean_confidence");
    } else {
      json.writeNumberProperty("mean_confidence", meanConfidence);
    }
    if (predictedJaccard == null) {
      json.writeNullProperty("predicted_jaccard");
    } else {
      json.writeNumberProperty("predicted_jaccard", predictedJaccard);
    }
    MeasuresJson.write(json, shape, colours);
    MeasuresJson.write(json, scale, millimetres());
    json.writeArrayPropertyStart("contours");
    for (Contour contour : contours) {
      writeContour(json, contour);
    }
    json.writeEndArray();
    json.writeEndObject();
    MeasuresJson.write(json, quality);
    json.writeNumberProperty("threshold", threshold);
    json.writeNumberProperty("magnification", magnification);
    json.writeObjectPropertyStart("model");
    json.writeStringProperty("name", model.name);
    json.writeStringProperty("variant", model.variant);
    json.writeStringProperty("sha256", model.sha256);
    json.writeNumberProperty("input_size", model.inputSize);
    json.writeNumberProperty("views", model.views);
    json.writeNumberProperty("looks", model.looks);
    json.writeEndObject();
    json.writeArrayPropertyStart("warnings");
    warnings.forEach(json::writeString);
    json.writeEndArray();
    json.writeObjectPropertyStart("timings_ms");
    timingsMs.forEach(json::writeNumberProperty);
    json.writeEndObject();
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private static void writeContour(JsonGenerator json, Contour contour) {
    json.writeStartObject();
    json.writeBooleanProperty("hole", contour.hole());
    json.writeArrayPropertyStart("points");
    int[] xy = contour.xy();
    for (int i = 0; i < xy.length; i += 2) {
      json.writeStartArray();
      json.writeNumber(xy[i]);
      json.writeNumber(xy[i + 1]);
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /**
   * Reads a file of {@link OutlinedPhoto#json}, except for its contours and timings.
   *
   * @throws IOException if it cannot be read or is no such file
   */
  public static Measurement read(Path file) throws IOException {
    Map<String, Object> values = new HashMap<>();
    List<String> warnings = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file);
        JsonParser json = Json.FACTORY.createParser(ObjectReadContext.empty(), in)) {
      Deque<String> path = new ArrayDeque<>();
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.START_OBJECT && json.currentName() != null) {
          path.addLast(json.currentName() + ".");
        } else if (token == JsonToken.END_OBJECT) {
          path.pollLast();
        } else if (token == JsonToken.START_ARRAY && "contours".equals(json.currentName())) {
          json.skipChildren();
        } else if (token == JsonToken.VALUE_STRING && json.currentName() == null) {
          warnings.add(json.getString());
        } else if (token == JsonToken.VALUE_STRING) {
          values.put(String.join("", path) + json.currentName(), json.getString());
        } else if (token.isNumeric()) {
          values.put(String.join("", path) + json.currentName(), json.getDoubleValue());
        }
      }
      if (!SCHEMA.equals(values.get("schema"))) {
        throw new IOException("not written by this version of lentigo segment");
      }
      Fields fields = new Fields(values);
      Box box =
          values.containsKey("lesion.bounding_box.x")
              ? new Box(
                  fields.integer("lesion.bounding_box.x"),
                  fields.integer("lesion.bounding_box.y"),
                  fields.integer("lesion.bounding_box.width"),
                  fields.integer("lesion.bounding_box.height"))
              : null;
      return new Measurement(
          fields.integer("image.width"),
          fields.integer("image.height"),
          (long) fields.number("lesion.area_px"),
          fields.number("lesion.area_fraction"),
          fields.integer("lesion.outlines"),
          box,
          (Double) values.get("lesion.mean_confidence"),
          (Double) values.get("lesion.predicted_jaccard"),
          MeasuresJson.shape(fields),
          MeasuresJson.colours(fields),
          MeasuresJson.scale(fields),
          MeasuresJson.quality(fields),
          (float) fields.number("threshold"),
          values.containsKey("magnification") ? fields.number("magnification") : 1,
          new ModelId(
              fields.text("model.name"),
              fields.text("model.variant"),
              fields.text("model.sha256"),
              fields.integer("model.input_size"),
              values.containsKey("model.views") ? fields.integer("model.views") : 1,
              values.containsKey("model.looks") ? fields.integer("model.looks") : 1),
          warnings);
    } catch (JacksonException e) {
      throw new IOException("damaged JSON: " + e.getOriginalMessage(), e);
    }
  }
}
