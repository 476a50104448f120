package org.lentigo.server;

import io.javalin.http.HttpStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Overlay;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.runtime.Json;
import org.lentigo.runtime.Measurement;
import org.lentigo.runtime.Measurement.ModelId;
import org.lentigo.runtime.PixelBudget;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import tools.jackson.core.JsonGenerator;

/** Outlines photos, so many at a time as there are threads and memory for. */
final class Outliner {
  private final Segmenter segmenter;
  private final ModelId model;
  private final long maxPixels;
  private final Gate gate;

  /** The rest of Java's memory is for uploads; see {@link Tuning#uploadMemory}. */
  private final PixelBudget memory = new PixelBudget(Runtime.getRuntime().maxMemory() / 4 * 3);

  Outliner(Segmenter segmenter, ServerConfig.Limits limits) {
    this.segmenter = segmenter;
    model = ModelId.of(segmenter.model());
    maxPixels = limits.pixels();
    gate = new Gate("photos", limits.threads(), limits.waiting() + limits.live());
  }

  /** A photo and its outline. */
  record Outlined(
      Photo photo,
      Segmentation lesion,
      List<Contour> contours,
      Measurement measurement,
      Map<String, Double> timings) {

    /** The mask, byte for byte as {@code lentigo segment} writes it. */
    byte[] mask() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Masks.writePng(lesion.mask(), out);
      return out.toByteArray();
    }

    /** The photo with its outline, likewise. */
    byte[] overlay() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PhotoWriter.writeJpeg(Overlay.draw(photo.image(), contours, Overlay.Style.PREDICTION), out);
      return out.toByteArray();
    }

    /** The photo as it was read, for a browser that cannot show its format. */
    byte[] plain() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      PhotoWriter.writeJpeg(photo.image(), out);
      return out.toByteArray();
    }

    byte[] json(String name) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (JsonGenerator json = Json.generator(out)) {
        measurement.write(json, name, contours, timings);
      }
      return out.toByteArray();
    }
  }

  /** What is made of an outlined photo while there is still memory set aside for it. */
  @FunctionalInterface
  interface Use {
    byte[] of(Outlined outlined) throws IOException;
  }

  /**
   * Outlines a photo.
   *
   * @param threshold null for the model's
   * @throws Problem 413, 422 or 429
   */
  byte[] outline(byte[] file, @Nullable Float threshold, Use use) throws IOException {
    long pixels = pixels(file);
    try (Gate.Place place = gate.enter();
        PixelBudget.Share share = memory.take(pixels)) {
      return use.of(outlineNow(file, threshold));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.stopping();
    } catch (OutOfMemoryError e) {
      throw outOfMemory();
    }
  }

  private static Problem outOfMemory() {
    return Problem.busy("the photo does not fit into the memory that is left; try again later");
  }

  /** A place among the photos for work that is not a photo's. */
  Gate.Place enter() {
    return gate.enter();
  }

  int present() {
    return gate.present();
  }

  private long pixels(byte[] file) {
    try {
      Size size = PhotoReader.size(file);
      long pixels = (long) size.width() * size.height();
      if (pixels > maxPixels) {
        throw new Problem(
                HttpStatus.CONTENT_TOO_LARGE,
                "too-many-pixels",
                size.width()
                    + " x "
                    + size.height()
                    + " pixels are more than the limit of "
                    + maxPixels
                    + "; reduce the photo, or start the server with a larger --max-pixels")
            .with("limit_pixels", maxPixels)
            .with("pixels", pixels);
      }
      return pixels;
    } catch (UnreadableImageException e) {
      throw unreadable(e);
    }
  }

  private static Problem unreadable(UnreadableImageException e) {
    if (e.getCause() instanceof OutOfMemoryError) {
      return outOfMemory();
    }
    return new Problem(
        HttpStatus.UNPROCESSABLE_CONTENT, "unreadable-photo", String.valueOf(e.getMessage()));
  }

  private Outlined outlineNow(byte[] file, @Nullable Float threshold) {
    long start = System.nanoTime();
    Photo photo;
    try {
      photo = PhotoReader.read(file, maxPixels);
    } catch (UnreadableImageException e) {
      throw unreadable(e);
    }
    long read = System.nanoTime();
    Segmentation lesion =
        threshold == null
            ? segmenter.segment(photo.image())
            : segmenter.segment(photo.image(), threshold);
    List<Contour> contours = lesion.contours();
    long outlined = System.nanoTime();
    Map<String, Double> timings = new LinkedHashMap<>();
    timings.put("read", millis(read - start));
    timings.put("prepare", millis(lesion.prepareNanos()));
    timings.put("network", millis(lesion.networkNanos()));
    timings.put("outline", millis(outlined - read - lesion.prepareNanos() - lesion.networkNanos()));
    return new Outlined(
        photo,
        lesion,
        contours,
        Measurement.of(lesion, contours, photo.warnings(), model),
        timings);
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e4) / 1e2;
  }
}
