package org.lentigo.server;

import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DicomException;
import org.lentigo.dicom.DicomPhoto;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.PixelBudget;
import org.lentigo.runtime.Segmenter;

/** Outlines photos, so many at a time as there are threads and memory for. */
final class Outliner {
  private final PhotoOutliner outliner;
  private final long maxPixels;
  private final Gate gate;

  /** The rest of Java's memory is for uploads; see {@link Tuning#uploadMemory}. */
  private final PixelBudget memory = new PixelBudget(Runtime.getRuntime().maxMemory() / 4 * 3);

  Outliner(Segmenter segmenter, ServerConfig.Limits limits) {
    outliner = new PhotoOutliner(segmenter);
    maxPixels = limits.pixels();
    gate = new Gate("photos", limits.threads(), limits.waiting() + limits.live());
  }

  /** What is made of an outlined photo while there is still memory set aside for it. */
  @FunctionalInterface
  interface Use {
    /**
     * @param object the DICOM object that the photo is in; null if it is a picture
     * @param again outlines further frames as the photo was
     */
    byte[] of(
        OutlinedPhoto outlined, @Nullable DicomPhoto object, Function<Photo, OutlinedPhoto> again)
        throws IOException;
  }

  /**
   * Outlines a photo.
   *
   * @param threshold null for the model's
   * @param scale of the photo; null for what it says of itself
   * @throws Problem 413, 422 or 429
   */
  byte[] outline(byte[] file, @Nullable Float threshold, @Nullable Scale scale, Use use)
      throws IOException {
    boolean dicom = DicomPhoto.isDicom(file);
    // The size of a picture costs nothing; that of an object may have to be inflated.
    long known = dicom ? 0 : pixels(pictureSize(file));
    try (Gate.Place place = gate.enter()) {
      long pixels = dicom ? pixels(DicomPhoto.size(file, maxPixels)) : known;
      try (PixelBudget.Share share = memory.take(pixels)) {
        long start = System.nanoTime();
        DicomPhoto object = dicom ? DicomPhoto.read(file, maxPixels) : null;
        Photo photo = object == null ? PhotoReader.read(file, maxPixels) : object.photo();
        long took = System.nanoTime() - start;
        return use.of(
            outliner.outline(scale == null ? photo : photo.in(scale), took, threshold),
            object,
            frame -> outliner.outline(scale == null ? frame : frame.in(scale), 0, threshold));
      }
    } catch (UnreadableImageException | DicomException e) {
      throw unreadable(e);
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

  private static Size pictureSize(byte[] file) {
    try {
      return PhotoReader.size(file);
    } catch (UnreadableImageException e) {
      throw unreadable(e);
    }
  }

  /** Counts the pixels, and refuses too many. */
  private long pixels(Size size) {
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
  }

  private static Problem unreadable(IOException e) {
    if (e.getCause() instanceof OutOfMemoryError) {
      return outOfMemory();
    }
    return new Problem(
        HttpStatus.UNPROCESSABLE_CONTENT, "unreadable-photo", String.valueOf(e.getMessage()));
  }
}
