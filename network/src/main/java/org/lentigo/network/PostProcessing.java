package org.lentigo.network;

/**
 * What happens to a mask after the threshold, at the photo's size.
 *
 * @param minShare a connected part (8-connectivity) stays if it counts at least this share of what
 *     the first of them counts; in [0, 1]: 0 keeps every part, 1 only the first
 * @param byEvidence what a part counts: its area, or the sum of its probabilities, weighted by
 *     nearness to the middle of the photo
 * @param fillHoles whether background that the lesion encloses becomes lesion
 */
public record PostProcessing(double minShare, boolean byEvidence, boolean fillHoles) {
  /** The mask stays as it is. */
  public static final PostProcessing NONE = new PostProcessing(0, false, false);

  /** Only the largest part stays, and its holes are filled. */
  public static final PostProcessing LARGEST = new PostProcessing(1, false, true);

  /** Only the likeliest part stays, and its holes are filled. */
  public static final PostProcessing LIKELIEST = new PostProcessing(1, true, true);

  /**
   * @throws IllegalArgumentException if {@code minShare} is outside [0, 1]
   */
  public PostProcessing {
    if (!(minShare >= 0 && minShare <= 1)) {
      throw new IllegalArgumentException(
          "the smallest part kept must be a share in [0, 1] of the first, got " + minShare);
    }
  }

  /**
   * In words, as {@code --post} takes them: {@code none}, {@code largest}, {@code largest+fill},
   * {@code likeliest} or {@code likeliest+fill}.
   */
  public String describe() {
    if (equals(NONE)) {
      return "none";
    }
    String first = byEvidence ? "likeliest" : "largest";
    String parts = minShare == 1 ? first : "parts of at least " + minShare + " of the " + first;
    return parts + (fillHoles ? "+fill" : "");
  }
}
