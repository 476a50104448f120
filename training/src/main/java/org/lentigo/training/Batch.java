package org.lentigo.training;

/**
 * One training step's input. The arrays belong to the {@link BatchLoader} and are filled anew after
 * its next {@code next()}: copy what must stay.
 *
 * @param count images, N
 * @param size pixels across and down, S
 * @param images N x 3 x S x S: RGB from 0 to 1, then less the mean and divided by the standard
 *     deviation of each channel
 * @param masks N x 1 x S x S: the share of each pixel inside the lesion, 0 to 1
 * @param boundary N x 1 x S x S: the weight of each pixel in the cross-entropy, from 1 far from the
 *     lesion's edge to 1 + {@link TrainingConfig.Loss#boundary} on a straight edge. It is {@code 1
 *     + boundary * min(1, 2 |box(m) - m|)}, where m is the mask rounded to 0 or 1 and box the mean
 *     over a square window of 31/352 of the size: the weight of F3Net (Wei et al. 2020, arXiv
 *     1911.11445, its PPA loss) and PraNet, which use 1 + 5 |box(m) - m|. Unlike theirs the window
 *     ends at the image's border, which is not an edge of the lesion.
 */
public record Batch(int count, int size, float[] images, float[] masks, float[] boundary) {}
