package org.lentigo.imaging;

import java.util.Locale;

/**
 * How large a photo's pixels are on the skin.
 *
 * @param mmPerPixel millimetres that a pixel spans, across as down; above 0
 * @param source who says so
 * @param doubt the standard uncertainty of {@code mmPerPixel} as a share of it, 0 where the source
 *     gives none. A length is as doubtful, an area twice as much.
 */
public record Scale(double mmPerPixel, Source source, double doubt) {
  /** Where a scale comes from. */
  public enum Source {
    /** Whoever asked gave it. */
    GIVEN,
    /** The pixel spacing of a DICOM object. */
    DICOM,
    /** The resolution in the photo's EXIF or TIFF tags. */
    EXIF,
    /** A ruler in the photo. */
    RULER;

    /** As files have it, such as {@code exif}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** No photo of skin has pixels below a thousandth of a millimetre, or above a decimetre. */
  public static final double LEAST_MM = 0.001;

  public static final double MOST_MM = 100;

  /**
   * @throws IllegalArgumentException if {@code mmPerPixel} is not from {@value #LEAST_MM} to
   *     {@value #MOST_MM}, or the doubt not from 0 to 1
   */
  public Scale {
    if (!(mmPerPixel >= LEAST_MM && mmPerPixel <= MOST_MM)) {
      throw new IllegalArgumentException(
          "a pixel must span %s to %s mm, got %s".formatted(LEAST_MM, MOST_MM, mmPerPixel));
    }
    if (!(doubt >= 0 && doubt <= 1)) {
      throw new IllegalArgumentException("a scale's doubt must lie in [0, 1], got " + doubt);
    }
  }

  /** A scale without doubt, such as a person gives, or a DICOM object's pixel spacing. */
  public static Scale of(double mmPerPixel, Source source) {
    return new Scale(mmPerPixel, source, 0);
  }

  /** A length of so many pixels in millimetres. */
  public double mm(double pixels) {
    return pixels * mmPerPixel;
  }

  /** An area of so many pixels in square millimetres. */
  public double squareMm(double pixels) {
    return pixels * mmPerPixel * mmPerPixel;
  }
}
