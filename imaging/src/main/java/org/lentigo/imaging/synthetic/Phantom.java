package org.lentigo.imaging.synthetic;

import java.util.Locale;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

/**
 * A drawn lesion and its exact outline. It looks enough like a dermoscopic photo to exercise every
 * step from file to mask, and not enough to say how well a model does on patients.
 *
 * @param image the picture
 * @param mask the lesion that was drawn, as far as it is in the field of view; of equal size
 * @param seed what it was drawn from
 */
public record Phantom(RgbImage image, Mask mask, long seed) {
  /** The shortest side that is drawn. */
  public static final int MIN_SIDE = 16;

  /**
   * Draws a phantom. The same seed and size give the same bits on every machine; the same seed at
   * another size of the same proportions gives the same scene.
   *
   * @param width pixels across, at least {@link #MIN_SIDE}
   * @param height pixels down, at least {@link #MIN_SIDE}
   */
  public static Phantom draw(long seed, int width, int height) {
    if (width < MIN_SIDE || height < MIN_SIDE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a phantom needs at least %d x %d pixels, got %d x %d",
              MIN_SIDE,
              MIN_SIDE,
              width,
              height));
    }
    PhantomPainter painter = new PhantomPainter(seed, width, height);
    Mask mask = painter.paint();
    return new Phantom(painter.image(), mask, seed);
  }
}
