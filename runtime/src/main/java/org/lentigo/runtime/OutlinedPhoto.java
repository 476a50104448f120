package org.lentigo.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Overlay;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.runtime.internal.Json;
import tools.jackson.core.JsonGenerator;

/**
 * A photo with its outline, made by {@link PhotoOutliner}, and the files that Lentigo makes of it.
 * Holds the photo's pixels, 3 bytes each: keep the bytes of its files rather than this.
 *
 * <pre>{@code
 * OutlinedPhoto outlined = outliner.outline(Path.of("photo.jpg"), null);
 * Measurement measured = outlined.measurement();
 * System.out.printf("%.1f %% of the photo%n", 100 * measured.areaFraction());
 * Files.write(Path.of("photo_overlay.jpg"), outlined.overlay());
 * }</pre>
 *
 * @param photo as it was read, turned upright
 * @param lesion mask and probabilities, of the photo's size
 * @param contours the mask's outlines along pixel borders, in pixels from the top left corner
 * @param measurement what there is to say of them
 * @param timings milliseconds of the steps {@code read}, {@code prepare}, {@code network}, {@code
 *     outline} and {@code measure}, in this order
 */
public record OutlinedPhoto(
    Photo photo,
    Segmentation lesion,
    List<Contour> contours,
    Measurement measurement,
    Map<String, Double> timings) {

  public OutlinedPhoto {
    contours = List.copyOf(contours);
    timings = Collections.unmodifiableMap(new LinkedHashMap<>(timings));
  }

  /**
   * The mask as a PNG of the photo's size, 255 where lesion is and 0 elsewhere.
   *
   * @throws IOException if the JDK's image writer fails, which no photo is known to make it do
   */
  public byte[] mask() throws IOException {
    return bytes(out -> Masks.writePng(lesion.mask(), out));
  }

  /**
   * The photo with its outline drawn on, as a JPEG of the photo's size.
   *
   * @throws IllegalArgumentException if a side is longer than {@link PhotoWriter#MAX_JPEG_SIDE}
   *     pixels
   * @throws IOException as {@link #mask}
   */
  public byte[] overlay() throws IOException {
    return bytes(
        out ->
            PhotoWriter.writeJpeg(
                Overlay.draw(photo.image(), contours, Overlay.Style.PREDICTION), out));
  }

  /**
   * The photo as it was read, as a JPEG: for whoever cannot show its format.
   *
   * @throws IllegalArgumentException as {@link #overlay}
   * @throws IOException as {@link #mask}
   */
  public byte[] plain() throws IOException {
    return bytes(out -> PhotoWriter.writeJpeg(photo.image(), out));
  }

  /**
   * The JSON form, in UTF-8: see {@link Measurement}.
   *
   * @param name what the photo is called in it
   */
  public byte[] json(String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.generator(out)) {
      measurement.write(json, name, contours, timings);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(AtomicFiles.Content content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    content.writeTo(out);
    return out.toByteArray();
  }
}
