package org.lentigo.network;

/**
 * What happens to a mask after the threshold, at the photo's size.
 *
 * @param minShare a connected part (8-connectivity) stays if its area is at least this share of the
 *     largest part's; in [0, 1]: 0 keeps every part, 1 only the largest
 * @param fillHoles whether background that the lesion encloses becomes lesion
 */
public record PostProcessing(double minShare, boolean fillHoles) {
  /** The mask stays as it is. */
  public static final PostProcessing NONE = new PostProcessing(0, false);

  /**
   * @throws IllegalArgumentException if {@code minShare} is outside [0, 1]
   */
  public PostProcessing {
    if (!(minShare >= 0 && minShare <= 1)) {
      throw new IllegalArgumentException(
          "the smallest part kept must be a share in [0, 1] of the largest, got " + minShare);
    }
  }

  /**
   * In words: {@code none}, {@code largest} or {@code largest+fill}, as {@code --post} takes them.
   */
  public String describe() {
    if (equals(NONE)) {
      return "none";
    }
    String parts = minShare == 1 ? "largest" : "parts of at least " + minShare + " of the largest";
    return parts + (fillHoles ? "+fill" : "");
  }
}
