package org.lentigo.imaging;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Directory;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a photo's EXIF tags say of it, or a TIFF's own: they are one structure.
 *
 * @param orientation 1 to 8, 1 is upright
 * @param dotsPerMm across as down; 0 where they do not say, or what is written for printing
 * @param width of the picture that the tags were written for, in pixels; 0 where they do not say
 * @param height likewise
 * @param taken when the photo was taken, by the camera's clock; null where they do not say
 */
record Exif(
    int orientation, double dotsPerMm, int width, int height, @Nullable LocalDateTime taken) {
  static final Exif NONE = new Exif(1, 0, 0, 0, null);

  private static final DateTimeFormatter TAKEN =
      DateTimeFormatter.ofPattern("uuuu:MM:dd HH:mm:ss", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private static final double MM_PER_INCH = 25.4;
  private static final int UNIT_INCH = 2;
  private static final int UNIT_CM = 3;

  /**
   * What cameras and programs write who know nothing of a scale: how large to print the photo, or
   * to show it on a screen (dots an inch; the same in centimetres is often rounded).
   */
  private static final double[] CUSTOMARY = {
    72, 96, 120, 144, 150, 180, 200, 240, 250, 300, 314, 350, 360, 400, 600, 720, 1200, 2400
  };

  private static final double ROUNDED = 0.02;

  /** A dermatoscope, or a camera near the skin, shows so much along the longer side. */
  private static final double LEAST_FIELD_MM = 3;

  private static final double MOST_FIELD_MM = 200;

  /** Pixels that are not square are no camera's. */
  private static final double SQUARE = 1.005;

  /** Reads the tags; damaged ones count as none, as with viewers. */
  static Exif read(byte[] bytes, int from, int end) {
    if (end <= from) {
      return NONE;
    }
    Metadata metadata = new Metadata();
    try {
      new ExifReader().extract(new ByteArrayReader(Arrays.copyOfRange(bytes, from, end)), metadata);
    } catch (RuntimeException e) {
      return NONE;
    }
    ExifIFD0Directory first = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
    if (first == null) {
      return NONE;
    }
    int turned = integer(first, ExifIFD0Directory.TAG_ORIENTATION);
    ExifSubIFDDirectory second = metadata.getFirstDirectoryOfType(ExifSubIFDDirectory.class);
    return new Exif(
        turned < 1 || turned > 8 ? 1 : turned,
        dotsPerMm(first),
        second == null ? 0 : integer(second, ExifSubIFDDirectory.TAG_EXIF_IMAGE_WIDTH),
        second == null ? 0 : integer(second, ExifSubIFDDirectory.TAG_EXIF_IMAGE_HEIGHT),
        second == null ? null : taken(second));
  }

  private static @Nullable LocalDateTime taken(Directory tags) {
    String text = tags.getString(ExifSubIFDDirectory.TAG_DATETIME_ORIGINAL);
    try {
      return text == null ? null : LocalDateTime.parse(text.strip(), TAKEN);
    } catch (DateTimeParseException e) {
      return null; // Cameras whose clock was never set write zeros, or blanks.
    }
  }

  private static double dotsPerMm(Directory tags) {
    Double x = tags.getDoubleObject(ExifIFD0Directory.TAG_X_RESOLUTION);
    Double y = tags.getDoubleObject(ExifIFD0Directory.TAG_Y_RESOLUTION);
    int unit = integer(tags, ExifIFD0Directory.TAG_RESOLUTION_UNIT);
    if (x == null || y == null || !(x > 0 && y > 0) || x / y > SQUARE || y / x > SQUARE) {
      return 0;
    }
    if (unit == UNIT_INCH) {
      // Whoever has measured a scale does not find a whole number of dots an inch.
      return x == Math.rint(x) ? 0 : x / MM_PER_INCH;
    }
    double inch = x * MM_PER_INCH / 10;
    boolean customary = Arrays.stream(CUSTOMARY).anyMatch(c -> Math.abs(inch - c) < ROUNDED * c);
    return unit == UNIT_CM && !customary ? x / 10 : 0;
  }

  private static int integer(Directory tags, int tag) {
    Integer value = tags.getInteger(tag);
    return value == null ? 0 : value;
  }

  /**
   * The scale on the skin that a photo's resolution means, if it can mean one.
   *
   * @param storedWidth of the picture as stored, in pixels
   * @param storedHeight likewise
   * @return null where the tags say nothing, were written for a picture of another size, or would
   *     make the photo's longer side less than 3 mm or more than 200
   */
  @Nullable Scale scale(int storedWidth, int storedHeight) {
    boolean resized = width != 0 && width != storedWidth || height != 0 && height != storedHeight;
    double field = Math.max(storedWidth, storedHeight) / dotsPerMm;
    return resized || !(field >= LEAST_FIELD_MM && field <= MOST_FIELD_MM)
        ? null
        : Scale.of(1 / dotsPerMm, Scale.Source.EXIF);
  }
}
