package org.lentigo.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.metrics.Correlation;
import org.lentigo.imaging.metrics.MapFeatures;
import org.lentigo.network.Calibration;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.network.PostProcessing;

/**
 * Teaches a trained model how sure it may be, on images held out from its training: scales its
 * probabilities (see {@link Calibration}) and fits a predictor of the Jaccard index on {@link
 * MapFeatures} of the scaled ones (see {@link JaccardPredictor}). Both are logistic regressions, of
 * the share of each pixel that is lesion and of the Jaccard index of each image; the second is
 * fractional (L. Papke and J. Wooldridge, 1996), so that the predictions have the right mean.
 */
public final class Calibrator {
  /** With fewer images no predictor of the Jaccard index is fitted. */
  public static final int LEAST_IMAGES = 10;

  /** Just enough that coefficients stay finite where the truth is met perfectly. */
  private static final double SLIGHT_PENALTY = 1e-3;

  /** Of a coefficient of a feature whose deviation is 1. */
  private static final double PREDICTOR_PENALTY = 0.1;

  /** Outside these a slope says that the network knows nothing, or that the images are too few. */
  private static final double LEAST_SLOPE = 0.05;

  private static final double MOST_SLOPE = 20;
  private static final double MOST_OFFSET = 10;

  private static final int PARTS = 10;

  private static final int HALVINGS = 40;

  /** Float's probability closest to 1 has about this logit: what lies beyond is not known. */
  private static final float MOST_LOGIT = 16;

  private Calibrator() {}

  /**
   * A held-out image.
   *
   * @param logits the network's, at its own resolution of S x S
   * @param coverage the share of each of those pixels that is lesion, 0 to 1
   * @param jaccard of the model's mask at the size of the expert's
   */
  public record HeldOut(float[] logits, float[] coverage, double jaccard) {
    /**
     * Of the network's output.
     *
     * @param probabilities at the model's input size of S x S
     * @param truth the expert's mask, at its own size
     * @param jaccard of the model's mask at that size
     */
    public static HeldOut ofProbabilities(
        float[] probabilities, int size, Mask truth, double jaccard) {
      float[] logits = new float[probabilities.length];
      for (int i = 0; i < logits.length; i++) {
        double p = probabilities[i];
        double logit = StrictMath.log(p / (1 - p));
        logits[i] = (float) Math.max(-MOST_LOGIT, Math.min(MOST_LOGIT, logit));
      }
      return new HeldOut(logits, Masks.coverage(truth, size, size), jaccard);
    }

    private static HeldOut ofLogits(Model model, float[] logits, Mask truth) {
      int size = model.preprocessing().size();
      return new HeldOut(
          logits,
          Masks.coverage(truth, size, size),
          Validation.jaccard(
              probabilities(logits, 1, 0), size, truth, model.threshold(), model.postProcessing()));
    }
  }

  /**
   * What a calibrated model's map of a photo that it had not learnt from looked like, and how well
   * its mask fitted.
   *
   * @param features as {@link MapFeatures#regressors} of all {@link MapFeatures#NAMES}
   * @param jaccard 0 to 1
   */
  public record Experience(double[] features, double jaccard) {
    /**
     * Of a map.
     *
     * @param probabilities {@code size * size} of them, calibrated
     * @param threshold the model's
     * @param post the model's
     * @param jaccard of the model's mask at the expert's size
     */
    public static Experience of(
        float[] probabilities, int size, float threshold, PostProcessing post, double jaccard) {
      return new Experience(
          MapFeatures.of(probabilities, size, size, threshold, post.minShare(), post.byEvidence())
              .regressors(MapFeatures.NAMES),
          jaccard);
    }
  }

  /**
   * The model with calibrated probabilities and, from {@value #LEAST_IMAGES} images on, a predictor
   * of the Jaccard index. Its masks of one look stay; see {@link Model#calibrated}. Where the
   * probabilities tell next to nothing of the truth they are left as they are.
   *
   * @param images held out from the model's training, in a fixed order
   * @throws IllegalArgumentException if there is no image or one has another size than the model's
   *     input
   */
  public static Model calibrate(Model model, List<HeldOut> images) {
    return calibrate(model, images, List.of());
  }

  /**
   * As {@link #calibrate(Model, List)}, with the predictor's coefficients fitted on what other
   * models of the kind did on photos that they had not seen, such as those of a cross-validation,
   * which are more than a split holds out. Its level is fitted on this model's own images: it may
   * do better than those did.
   *
   * @param elsewhere empty to fit the predictor on the model's own images alone
   */
  public static Model calibrate(Model model, List<HeldOut> images, List<Experience> elsewhere) {
    return calibrate(
        model,
        images,
        elsewhere.size() >= LEAST_IMAGES
            ? Optional.of(predictor(elsewhere))
            : Optional.<JaccardPredictor>empty());
  }

  /**
   * As {@link #calibrate(Model, List)}, with the predictor of another model of the kind, such as
   * the one that this one follows: its coefficients stay, its level is fitted on this model's own
   * images.
   *
   * @throws IllegalArgumentException also if the predictor is not one of {@link MapFeatures#NAMES}
   */
  public static Model calibrate(Model model, List<HeldOut> images, JaccardPredictor predictor) {
    if (!predictor.features().equals(MapFeatures.NAMES)) {
      throw new IllegalArgumentException(
          "wanted a predictor from "
              + MapFeatures.NAMES
              + ", got one from "
              + predictor.features());
    }
    return calibrate(model, images, Optional.of(predictor));
  }

  /**
   * @param taught elsewhere; its level is fitted on the images
   */
  private static Model calibrate(
      Model model, List<HeldOut> images, Optional<JaccardPredictor> taught) {
    if (images.isEmpty()) {
      throw new IllegalArgumentException("no image to calibrate on");
    }
    int size = model.preprocessing().size();
    for (HeldOut image : images) {
      if (image.logits.length != size * size || image.coverage.length != size * size) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "wanted %d x %d logits and truths, got %d and %d",
                size,
                size,
                image.logits.length,
                image.coverage.length));
      }
    }
    Calibration platt = platt(model, images);
    float threshold = (float) platt.apply(model.threshold());
    List<Experience> own = new ArrayList<>();
    for (HeldOut image : images) {
      own.add(
          Experience.of(
              probabilities(image.logits, platt.slope(), platt.offset()),
              size,
              threshold,
              model.postProcessing(),
              image.jaccard));
    }
    Optional<JaccardPredictor> predictor = taught.map(fitted -> levelled(fitted, own));
    if (predictor.isEmpty() && own.size() >= LEAST_IMAGES) {
      predictor = Optional.of(predictor(own));
    }
    return model.calibrated(
        new Calibration(platt.slope(), platt.offset(), images.size(), predictor));
  }

  /**
   * The provenance that {@code elsewhere} adds to a model: whatever licence binds the peers or the
   * photos binds the model as well.
   *
   * @param peers the models whose experience it was
   * @param photos that they had not seen
   */
  public static Map<String, String> experienceOf(
      Model model, List<Model> peers, List<Trainer.Source> photos) {
    return Ancestry.withPeers(model, peers, photos);
  }

  /** At the end of a training run. */
  static Model calibrate(
      Model model, Engine engine, float[] parameters, List<SampleStore.Held> held) {
    engine.parameters().put(parameters);
    List<HeldOut> images = new ArrayList<>();
    for (SampleStore.Held image : held) {
      float[] planes = image.planes().clone();
      model.preprocessing().normalise(planes);
      float[] logits = engine.infer(planes, 1, model.preprocessing().size());
      images.add(HeldOut.ofLogits(model, logits, image.truth()));
    }
    return calibrate(model, images);
  }

  private static Calibration platt(Model model, List<HeldOut> images) {
    double[] fitted =
        LogisticRegression.fit(
            row -> {
              double[] x = {1, 0};
              for (HeldOut image : images) {
                for (int i = 0; i < image.logits.length; i++) {
                  x[1] = image.logits[i];
                  row.accept(x, image.coverage[i]);
                }
              }
            },
            new double[] {0, 1},
            new double[] {SLIGHT_PENALTY, SLIGHT_PENALTY});
    double slope = rounded(fitted[1]);
    double offset = rounded(fitted[0]);
    if (slope >= LEAST_SLOPE && slope <= MOST_SLOPE && Math.abs(offset) <= MOST_OFFSET) {
      Calibration platt = new Calibration(slope, offset, images.size(), Optional.empty());
      float threshold = (float) platt.apply(model.threshold());
      if (threshold > 0 && threshold < 1) {
        return platt;
      }
    }
    return new Calibration(1, 0, images.size(), Optional.empty());
  }

  private static JaccardPredictor predictor(List<Experience> images) {
    double[][] features = images.stream().map(Experience::features).toArray(double[][]::new);
    double[] jaccard = images.stream().mapToDouble(Experience::jaccard).toArray();
    double[] crossValidated = new double[features.length];
    for (int part = 0; part < PARTS; part++) {
      int left = part;
      List<Double> coefficients =
          coefficients(
              features,
              jaccard,
              IntStream.range(0, features.length).filter(i -> i % PARTS != left).toArray());
      JaccardPredictor without = new JaccardPredictor(MapFeatures.NAMES, coefficients, 0);
      for (int i = part; i < features.length; i += PARTS) {
        crossValidated[i] = without.predict(features[i]);
      }
    }
    double correlation = Correlation.pearson(crossValidated, jaccard);
    return new JaccardPredictor(
        MapFeatures.NAMES,
        coefficients(features, jaccard, IntStream.range(0, features.length).toArray()),
        Double.isFinite(correlation) ? rounded(correlation) : 0);
  }

  /** The intercept moved so that the mean prediction of these images is their mean truth. */
  private static JaccardPredictor levelled(JaccardPredictor predictor, List<Experience> images) {
    double wanted = images.stream().mapToDouble(Experience::jaccard).average().orElseThrow();
    double low = -MOST_OFFSET;
    double high = MOST_OFFSET;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      JaccardPredictor moved = moved(predictor, middle);
      double mean =
          images.stream().mapToDouble(e -> moved.predict(e.features)).average().orElseThrow();
      if (mean < wanted) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return moved(predictor, rounded((low + high) / 2));
  }

  private static JaccardPredictor moved(JaccardPredictor predictor, double by) {
    List<Double> coefficients = new ArrayList<>(predictor.coefficients());
    coefficients.set(0, coefficients.get(0) + by);
    return new JaccardPredictor(predictor.features(), coefficients, predictor.correlation());
  }

  /** Fitted on standardised features, since the penalty weighs them alike; given for raw ones. */
  private static List<Double> coefficients(double[][] features, double[] jaccard, int[] rows) {
    int n = MapFeatures.NAMES.size();
    double[] mean = new double[n];
    double[] deviation = new double[n];
    for (int f = 0; f < n; f++) {
      int feature = f;
      double[] column = Arrays.stream(rows).mapToDouble(i -> features[i][feature]).toArray();
      double average = Arrays.stream(column).average().orElse(0);
      double square = Arrays.stream(column).map(v -> (v - average) * (v - average)).sum();
      mean[f] = average;
      deviation[f] = square > 0 ? Math.sqrt(square / rows.length) : 1;
    }
    double[] penalty = new double[n + 1];
    Arrays.fill(penalty, PREDICTOR_PENALTY);
    penalty[0] = SLIGHT_PENALTY;
    double[] fitted =
        LogisticRegression.fit(
            row -> {
              double[] x = new double[n + 1];
              x[0] = 1;
              for (int i : rows) {
                for (int f = 0; f < n; f++) {
                  x[f + 1] = (features[i][f] - mean[f]) / deviation[f];
                }
                row.accept(x, jaccard[i]);
              }
            },
            new double[n + 1],
            penalty);
    List<Double> raw = new ArrayList<>();
    double intercept = fitted[0];
    for (int f = 0; f < n; f++) {
      double coefficient = fitted[f + 1] / deviation[f];
      intercept -= coefficient * mean[f];
      raw.add(rounded(coefficient));
    }
    raw.add(0, rounded(intercept));
    return raw;
  }

  private static float[] probabilities(float[] logits, double slope, double offset) {
    float[] probabilities = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      probabilities[i] = (float) (1 / (1 + Math.exp(-(slope * logits[i] + offset))));
    }
    return probabilities;
  }

  /** To what the data can tell, and so that a model's metadata can be read by people. */
  private static double rounded(double value) {
    // Plus zero, or there would be a -0.0.
    return Math.rint(value * 1e6) / 1e6 + 0.0;
  }
}
