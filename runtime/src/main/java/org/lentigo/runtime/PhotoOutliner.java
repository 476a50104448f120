package org.lentigo.runtime;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Ruler;
import org.lentigo.runtime.Measurement.ModelId;

/**
 * From a photo's file to all that Lentigo says and draws of it, the same bytes as {@code lentigo
 * segment} writes and {@code lentigo serve} answers. {@link Segmenter} is for whoever has pixels
 * and wants a mask.
 *
 * <pre>{@code
 * try (Segmenter segmenter = Segmenter.bundled()) {
 *   PhotoOutliner outliner = new PhotoOutliner(segmenter);
 *   OutlinedPhoto photo = outliner.outline(Path.of("photo.jpg"), null);
 *   Files.write(Path.of("photo_mask.png"), photo.mask());
 *   Files.write(Path.of("photo.json"), photo.json("photo.jpg"));
 * }
 * }</pre>
 *
 * <p>In a photo where nothing looks like a lesion ({@link Segmentation#likeness}) it outlines
 * nothing, and says so in the quality; {@link Segmenter} outlines whatever is most like one.
 *
 * <p>Any number of threads may call one at once; {@link PixelBudget} keeps large photos within
 * Java's memory. The segmenter stays the caller's to close.
 */
public final class PhotoOutliner {
  private final Segmenter segmenter;
  private final ModelId model;
  private final boolean doubtful;

  /** Outlines with this segmenter; hashes its model once, in some milliseconds. */
  public PhotoOutliner(Segmenter segmenter) {
    this(segmenter, ModelId.of(segmenter));
  }

  /**
   * As {@link #PhotoOutliner(Segmenter)}, for whoever has the model's identity already.
   *
   * @param model of the segmenter's model
   */
  public PhotoOutliner(Segmenter segmenter, ModelId model) {
    this(segmenter, model, false);
  }

  private PhotoOutliner(Segmenter segmenter, ModelId model, boolean doubtful) {
    this.segmenter = segmenter;
    this.model = model;
    this.doubtful = doubtful;
  }

  /** What outlines. */
  public ModelId model() {
    return model;
  }

  /** One that also outlines what does not look like a lesion; the quality still says so. */
  public PhotoOutliner doubtfulToo() {
    return new PhotoOutliner(segmenter, model, true);
  }

  /**
   * Reads and outlines a photo of up to {@link PhotoReader#DEFAULT_MAX_PIXELS}.
   *
   * @param file JPEG, PNG, BMP, TIFF, WebP or GIF
   * @param threshold a pixel is lesion where its probability is at least this, in (0, 1); null for
   *     the model's
   * @throws UnreadableImageException if it cannot be read or is too large; the message says why in
   *     one line, without the file's name
   * @throws IllegalArgumentException if the threshold is not in (0, 1)
   * @throws IllegalStateException if the segmenter is closed
   */
  public OutlinedPhoto outline(Path file, @Nullable Float threshold)
      throws UnreadableImageException {
    long start = System.nanoTime();
    Photo photo = PhotoReader.read(file);
    return outline(photo, System.nanoTime() - start, threshold);
  }

  /**
   * As {@link #outline(Path, Float)}, of the bytes of a file.
   *
   * @param maxPixels refuses larger photos
   */
  public OutlinedPhoto outline(byte[] file, long maxPixels, @Nullable Float threshold)
      throws UnreadableImageException {
    long start = System.nanoTime();
    Photo photo = PhotoReader.read(file, maxPixels);
    return outline(photo, System.nanoTime() - start, threshold);
  }

  /**
   * As {@link #outline(Path, Float)}, of a photo that was read before.
   *
   * @param photo in its scale, where that is known ({@link Photo#in}); else a ruler is looked for
   * @param readNanos what reading it took, in nanoseconds, for the timings
   */
  public OutlinedPhoto outline(Photo photo, long readNanos, @Nullable Float threshold) {
    long start = System.nanoTime();
    Segmentation lesion =
        threshold == null
            ? segmenter.segment(photo.image())
            : segmenter.segment(photo.image(), threshold);
    OptionalDouble likeness = lesion.likeness(photo.image());
    if (likeness.orElse(1) < PhotoQuality.LEAST_LIKENESS && !doubtful) {
      lesion = lesion.withoutLesion();
    }
    List<Contour> contours = lesion.contours();
    long took = System.nanoTime() - start;

    Map<String, Double> timings = new LinkedHashMap<>();
    timings.put("read", millis(readNanos));
    timings.put("prepare", millis(lesion.prepareNanos()));
    timings.put("network", millis(lesion.networkNanos()));
    timings.put("outline", millis(took - lesion.prepareNanos() - lesion.networkNanos()));
    start = System.nanoTime();
    Scale scale = photo.scale() == null ? Ruler.find(photo.image()).orElse(null) : photo.scale();
    PhotoQuality quality =
        PhotoQuality.of(
            photo.image(),
            lesion.mask(),
            contours,
            likeness.isPresent() ? (Double) likeness.getAsDouble() : null);
    Measurement measurement =
        Measurement.of(lesion, contours, photo.image(), scale, quality, photo.warnings(), model);
    timings.put("measure", millis(System.nanoTime() - start));
    return new OutlinedPhoto(photo, lesion, contours, measurement, timings);
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e4) / 1e2;
  }
}
