package org.lentigo.imaging.metrics;

/** What a {@link Summary} says about a set of images. Ratios are from 0 to 1. */
public enum Metric {
  JACCARD("Jaccard index", "mean over images"),
  DICE("Dice", "mean over images"),
  SENSITIVITY("Sensitivity", "mean over images"),
  SPECIFICITY("Specificity", "mean over images"),
  ACCURACY("Accuracy", "mean over images"),
  HD95("HD95", "mean over images, pixels of the mask"),
  THRESHOLDED_JACCARD("Thresholded Jaccard", "mean over images, 0 where below 0.65"),
  /** What EGE-UNet and MALUNet call mIoU. It weighs an image by its size and its lesion's. */
  POOLED_JACCARD("Pooled Jaccard", "all images' pixels counted together"),
  FAILURE_SHARE("Failures", "share of images with a Jaccard index below 0.65"),
  /** The images number a tenth of the set, rounded up. */
  WORST_DECILE_JACCARD("Worst decile", "mean Jaccard index of the worst tenth of the images");

  private final String label;
  private final String convention;

  Metric(String label, String convention) {
    this.label = label;
    this.convention = convention;
  }

  /** What to call it in a table. */
  public String label() {
    return label;
  }

  /** How it is taken over the images, in a few words. */
  public String convention() {
    return convention;
  }

  /** Whether it is a ratio from 0 to 1, which tables show in percent, rather than a length. */
  public boolean isRatio() {
    return this != HD95;
  }
}
