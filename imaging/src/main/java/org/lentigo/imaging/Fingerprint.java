package org.lentigo.imaging;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;

/**
 * What a photo looks like, in 512 bits: whether it grows brighter from each of 16 x 16 places to
 * the right and downwards. A photo is known again under another name, in another format, saved anew
 * as a JPEG, and at half or twice its size; not when it was cropped, turned or mirrored. No picture
 * can be made of the bits.
 *
 * <p>2,494 photos of ISIC 2016 and 2017 were all known again, saved anew as JPEGs at 0.44 to 2
 * times their size: they differed from themselves in 1.4 % of what counts at most. Ten pairs of
 * files in these sets differ less than that, the next one in 3 %, all others in 6 % or more.
 */
public final class Fingerprint {
  private static final int SIDE = 16;
  private static final int BITS = 2 * SIDE * SIDE;

  /** Two places whose brightness, 0 to 1, differs by less say nothing: a copy may have it else. */
  private static final float LEAST_DIFFERENCE = 0.5f / 255;

  /** The share of what counts that may differ in a copy. */
  private static final double TOLERANCE = 0.02;

  /** A picture of which less counts has next to nothing in it. Photos have 326 and more. */
  private static final int LEAST_BITS = 64;

  private final long[] bits;

  /** Which of the bits count; of a fingerprint that was read it is not known, and all do. */
  private final long[] counts;

  private Fingerprint(long[] bits, long[] counts) {
    this.bits = bits;
    this.counts = counts;
  }

  /** That of a photo. */
  public static Fingerprint of(RgbImage photo) {
    int points = SIDE + 1;
    float[] planes = Resampling.toPlanes(photo, points, points);
    int plane = points * points;
    float[] grey = new float[plane];
    for (int i = 0; i < plane; i++) {
      grey[i] = 0.299f * planes[i] + 0.587f * planes[plane + i] + 0.114f * planes[2 * plane + i];
    }
    long[] bits = new long[BITS / Long.SIZE];
    long[] counts = new long[BITS / Long.SIZE];
    for (int bit = 0; bit < BITS; bit++) {
      int place = bit % (SIDE * SIDE);
      int at = place / SIDE * points + place % SIDE;
      float difference = grey[at + (bit < SIDE * SIDE ? 1 : points)] - grey[at];
      long one = 1L << bit % Long.SIZE;
      bits[bit / Long.SIZE] |= difference > 0 ? one : 0;
      counts[bit / Long.SIZE] |= Math.abs(difference) >= LEAST_DIFFERENCE ? one : 0;
    }
    return new Fingerprint(bits, counts);
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is no fingerprint
   */
  public static Fingerprint parse(String text) {
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    if (bytes.length != BITS / Byte.SIZE) {
      throw new IllegalArgumentException(
          "a fingerprint has " + BITS + " bits, got " + bytes.length * Byte.SIZE);
    }
    long[] bits = new long[BITS / Long.SIZE];
    ByteBuffer.wrap(bytes).asLongBuffer().get(bits);
    long[] all = new long[bits.length];
    Arrays.fill(all, -1);
    return new Fingerprint(bits, all);
  }

  /**
   * Whether this photo, which has been looked at, is another one or a copy of it. A picture with
   * next to nothing in it is like none.
   */
  public boolean isLike(Fingerprint other) {
    int counting = 0;
    int differing = 0;
    for (int i = 0; i < bits.length; i++) {
      counting += Long.bitCount(counts[i]);
      differing += Long.bitCount((bits[i] ^ other.bits[i]) & counts[i]);
    }
    return counting >= LEAST_BITS && differing <= TOLERANCE * counting;
  }

  /** 86 characters without spaces or commas. */
  @Override
  public String toString() {
    ByteBuffer bytes = ByteBuffer.allocate(BITS / Byte.SIZE);
    bytes.asLongBuffer().put(bits);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }
}
