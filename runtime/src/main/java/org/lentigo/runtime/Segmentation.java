package org.lentigo.runtime;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lentigo.imaging.Components;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Evidence;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Resampling;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.metrics.Likeness;
import org.lentigo.imaging.metrics.MapFeatures;
import org.lentigo.network.Calibration;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.network.PostProcessing;

/**
 * The outlined lesion in one photo, at the photo's own size. Immutable.
 *
 * <p>The network's probabilities, of one look at the photo or two, are enlarged (bilinearly) to the
 * photo's size and then cut at the threshold; enlarging a mask instead would leave its outline in
 * steps. Then the model's {@link PostProcessing} is applied.
 *
 * <pre>{@code
 * Segmentation lesion = segmenter.segment(image);
 * byte[] mask = lesion.mask().data(); // width * height values, 1 in the lesion and 0 outside
 * for (Contour outline : lesion.contours()) {
 *   int[] xy = outline.xy(); // x0, y0, x1, y1, ... in pixels from the top left corner
 * }
 * }</pre>
 */
public final class Segmentation {
  private final float[] map;
  private final int size;

  /** The map that the mask is cut from, {@code side * side}: the network's own, or a finer one. */
  private final float[] fine;

  private final int side;
  private final float threshold;
  private final Mask mask;
  private final long area;
  private final OptionalDouble meanConfidence;
  private final Optional<JaccardPredictor> predictor;
  private final PostProcessing post;
  private final long prepareNanos;
  private final long networkNanos;

  /**
   * @param model whose output it is
   * @param map the network's output at its first look, S * S probabilities at the model's input
   *     size S; which part is the lesion, and what is predicted of it, are by this map alone
   * @param fine the map to cut the mask from: that one, or that and a second look in one, which may
   *     have more rows and as many columns
   */
  Segmentation(
      Model model,
      float[] map,
      float[] fine,
      RgbImage photo,
      float threshold,
      long prepareNanos,
      long networkNanos) {
    this.map = map;
    this.size = model.preprocessing().size();
    this.fine = fine;
    side = (int) Math.round(Math.sqrt(fine.length));
    this.threshold = threshold;
    this.prepareNanos = prepareNanos;
    this.networkNanos = networkNanos;
    predictor = model.calibration().flatMap(Calibration::predictor);
    Resampling.Cut cut = Resampling.cut(fine, side, side, photo.width(), photo.height(), threshold);
    post = model.postProcessing();
    mask = cleaned(cut.mask(), map, size, post);
    area = mask.area();
    double inMask = cut.sum();
    if (mask != cut.mask()) {
      inMask += Resampling.sumGrowth(fine, side, side, cut.mask(), mask);
    }
    meanConfidence = area == 0 ? OptionalDouble.empty() : OptionalDouble.of(inMask / area);
  }

  /**
   * What a model takes for the lesion in a mask.
   *
   * @param map what speaks for its parts, {@code size * size} probabilities of the same picture
   */
  static Mask cleaned(Mask mask, float[] map, int size, PostProcessing post) {
    return Components.clean(
        mask,
        post.minShare(),
        post.byEvidence() ? new Evidence(map, size, size) : null,
        post.fillHoles());
  }

  /** The same map, of which nothing is taken for a lesion. */
  private Segmentation(Segmentation other) {
    map = other.map;
    size = other.size;
    fine = other.fine;
    side = other.side;
    threshold = other.threshold;
    mask = new Mask(other.width(), other.height(), new byte[other.mask.data().length]);
    area = 0;
    meanConfidence = OptionalDouble.empty();
    predictor = other.predictor;
    post = other.post;
    prepareNanos = other.prepareNanos;
    networkNanos = other.networkNanos;
  }

  /** Without its lesion, for a photo that seems to show none; the probabilities stay. */
  public Segmentation withoutLesion() {
    return new Segmentation(this);
  }

  /**
   * How much the outlined region looks like a lesion at all, 0 to 1 ({@link Likeness}); empty if
   * the model was not calibrated, since it takes probabilities that mean what they say. Computed
   * anew at each call, in some milliseconds.
   *
   * @param photo that was outlined
   * @throws IllegalArgumentException if it is of another size
   */
  public OptionalDouble likeness(RgbImage photo) {
    if (photo.width() != width() || photo.height() != height()) {
      throw new IllegalArgumentException(
          "a photo of %d x %d pixels, outlined was one of %d x %d"
              .formatted(photo.width(), photo.height(), width(), height()));
    }
    return predictor.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(Likeness.of(photo, mask, map, features()));
  }

  /**
   * How good the photo is, and how much what was outlined looks like a lesion. Computed anew at
   * each call, in some ten milliseconds.
   *
   * @param photo that was outlined
   * @throws IllegalArgumentException if it is of another size
   */
  public PhotoQuality quality(RgbImage photo) {
    OptionalDouble likeness = likeness(photo);
    return PhotoQuality.of(
        photo, mask, contours(), likeness.isPresent() ? (Double) likeness.getAsDouble() : null);
  }

  private MapFeatures features() {
    return MapFeatures.of(map, size, size, threshold, post.minShare(), post.byEvidence());
  }

  /** The photo's width in pixels. */
  public int width() {
    return mask.width();
  }

  /** The photo's height in pixels. */
  public int height() {
    return mask.height();
  }

  /** A pixel is lesion where its probability is at least this. */
  public float threshold() {
    return threshold;
  }

  /**
   * The probability of lesion at each pixel of the photo, 0 to 1: {@code width * height} values,
   * row by row. Made anew at each call, since it takes four bytes a pixel.
   */
  public float[] probabilities() {
    return Resampling.resizePlane(fine, side, side, width(), height());
  }

  /**
   * The network's own output at its first look, 0 to 1, before it is enlarged: {@link #networkSize}
   * squared values, row by row, of the photo squeezed into a square. A copy. What a second look
   * added is not in it.
   */
  public float[] networkProbabilities() {
    return map.clone();
  }

  /** The side of {@link #networkProbabilities} in pixels: the model's input size. */
  public int networkSize() {
    return size;
  }

  /** The pixels whose probability is at least the threshold, after the model's post-processing. */
  public Mask mask() {
    return mask;
  }

  /** The outlines of the mask, outer ones and holes. Traced anew at each call. */
  public List<Contour> contours() {
    return Contours.trace(mask);
  }

  /** The lesion's pixels. */
  public long area() {
    return area;
  }

  /** The lesion's share of the photo, 0 to 1. */
  public double areaFraction() {
    return (double) area / ((long) width() * height());
  }

  /**
   * The mean probability over the pixels of the mask, 0 to 1; empty if the mask is. The network's
   * own confidence: for how well the outline may fit, see {@link #predictedJaccard}.
   */
  public OptionalDouble meanConfidence() {
    return meanConfidence;
  }

  /**
   * The Jaccard index that an expert's mask is likely to give this one, 0 to 1, as the model's
   * {@link JaccardPredictor} has it from the probability map; 0 if the mask is empty. Empty if the
   * model has none (it was not calibrated, or by a later version of Lentigo with other features).
   * It takes for granted that the photo is like those the model was calibrated on and shows a
   * lesion. Computed anew at each call, in well under a millisecond.
   */
  public OptionalDouble predictedJaccard() {
    if (predictor.isEmpty()) {
      return OptionalDouble.empty();
    }
    JaccardPredictor known = predictor.get();
    if (!MapFeatures.NAMES.containsAll(known.features())) {
      return OptionalDouble.empty();
    }
    MapFeatures features = features();
    return OptionalDouble.of(
        area == 0 || features.empty() ? 0 : known.predict(features.regressors(known.features())));
  }

  /**
   * The magnification of the second look: 1 if there was none, it was at the whole photo or it was
   * of no use, up to 5 if it was at a small lesion's surroundings alone. The outline is that much
   * finer.
   */
  public double magnification() {
    return (double) side / size;
  }

  /** The time to resize and normalise the photo, in nanoseconds. */
  public long prepareNanos() {
    return prepareNanos;
  }

  /** The time in the network, in nanoseconds. */
  public long networkNanos() {
    return networkNanos;
  }
}
