package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.metrics.MapFeatures;
import org.lentigo.network.Calibration;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.PostProcessing;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;
import org.lentigo.training.Calibrator.HeldOut;

class CalibratorTest {
  private static final int SIZE = 32;
  private static final Model MODEL = model();

  private static Model model() {
    Network variant = Networks.get("T4-5");
    return new Model(
        "test",
        variant,
        Weights.random(variant.graph(), 1),
        new Preprocessing(SIZE, List.of(0.5f, 0.5f, 0.5f), List.of(0.2f, 0.2f, 0.2f)),
        0.5f,
        new TreeMap<>());
  }

  private static Calibration calibration(Model model) {
    return model.calibration().orElseThrow();
  }

  /** Pixels whose truth is drawn with probability sigmoid(slope * logit + offset). */
  private static List<HeldOut> images(int count, double slope, double offset) {
    Random random = new Random(6);
    List<HeldOut> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      float[] logits = new float[SIZE * SIZE];
      float[] coverage = new float[SIZE * SIZE];
      for (int k = 0; k < logits.length; k++) {
        logits[k] = (float) (3 * random.nextGaussian());
        double p = 1 / (1 + Math.exp(-(slope * logits[k] + offset)));
        coverage[k] = random.nextDouble() < p ? 1 : 0;
      }
      images.add(new HeldOut(logits, coverage, 0.5 + 0.4 * random.nextDouble()));
    }
    return images;
  }

  @Test
  void theSlopeAndTheOffsetThatMadeTheTruthAreFound() {
    Model calibrated = Calibrator.calibrate(MODEL, images(60, 0.6, -0.4));

    assertThat(calibration(calibrated).slope()).isCloseTo(0.6, within(0.02));
    assertThat(calibration(calibrated).offset()).isCloseTo(-0.4, within(0.04));
    assertThat(calibration(calibrated).images()).isEqualTo(60);
    assertThat((double) calibrated.threshold())
        .isCloseTo(1 / (1 + Math.exp(-calibration(calibrated).offset())), within(1e-6));
  }

  @Test
  void sharesOfPixelsCountAsTheyAre() {
    List<HeldOut> images = new ArrayList<>();
    float[] logits = new float[SIZE * SIZE];
    float[] coverage = new float[SIZE * SIZE];
    for (int k = 0; k < logits.length; k++) {
      logits[k] = k % 11 - 5;
      coverage[k] = (float) (1 / (1 + Math.exp(-(1.5 * logits[k] + 0.5))));
    }
    images.add(new HeldOut(logits, coverage, 0.8));

    Calibration found = calibration(Calibrator.calibrate(MODEL, images));

    // Nothing was drawn, so nothing but the slight penalty is in the way.
    assertThat(found.slope()).isCloseTo(1.5, within(1e-4));
    assertThat(found.offset()).isCloseTo(0.5, within(1e-4));
    assertThat(found.predictor()).isEmpty();
  }

  @Test
  void probabilitiesThatTellNothingStayAsTheyAre() {
    Calibration unrelated = calibration(Calibrator.calibrate(MODEL, images(12, 0, 0)));
    Calibration contrary = calibration(Calibrator.calibrate(MODEL, images(12, -1, 0)));

    for (Calibration c : List.of(unrelated, contrary)) {
      assertThat(c.slope()).isEqualTo(1);
      assertThat(c.offset()).isZero();
    }
  }

  @Test
  void theSameImagesGiveTheSameModel() {
    assertThat(Calibrator.calibrate(MODEL, images(15, 1, 0.1)).sha256())
        .isEqualTo(Calibrator.calibrate(MODEL, images(15, 1, 0.1)).sha256());
  }

  /** Discs of all sizes; the softer the edge, the further off it may be. */
  @Test
  void thePredictedJaccardIndexFollowsTheTrueOne() {
    Random random = new Random(8);
    List<HeldOut> images = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      double radius = 5 + 8 * random.nextDouble();
      double soft = 0.5 + 3 * random.nextDouble();
      float[] logits = new float[SIZE * SIZE];
      float[] coverage = new float[SIZE * SIZE];
      double shift = 0.7 * soft * random.nextGaussian();
      long both = 0;
      long either = 0;
      for (int k = 0; k < logits.length; k++) {
        double distance = Math.hypot(k % SIZE - 15.5, k / SIZE - 15.5);
        logits[k] = (float) ((radius - distance) / soft);
        boolean lesion = distance < radius + shift;
        coverage[k] = lesion ? 1 : 0;
        both += lesion && logits[k] >= 0 ? 1 : 0;
        either += lesion || logits[k] >= 0 ? 1 : 0;
      }
      images.add(new HeldOut(logits, coverage, (double) both / either));
    }

    JaccardPredictor predictor =
        calibration(Calibrator.calibrate(MODEL, images)).predictor().orElseThrow();

    assertThat(predictor.features()).isEqualTo(MapFeatures.NAMES);
    assertThat(predictor.correlation()).isBetween(0.5, 1.0);
    // More expected overlap, more overlap.
    assertThat(predictor.coefficients().get(1)).isPositive();
  }

  @Test
  void theMeanPredictionIsTheMeanTruth() {
    List<HeldOut> images = images(40, 1, 0);
    Model calibrated = Calibrator.calibrate(MODEL, images);
    Calibration c = calibration(calibrated);
    double predicted = 0;
    double actual = 0;
    for (HeldOut image : images) {
      float[] map = probabilities(image.logits(), c);
      MapFeatures features = MapFeatures.of(map, SIZE, SIZE, calibrated.threshold(), 0, false);
      predicted += c.predictor().orElseThrow().predict(features.regressors(MapFeatures.NAMES));
      actual += image.jaccard();
    }
    assertThat(predicted / 40).isCloseTo(actual / 40, within(1e-3));
  }

  /** Coefficients come from elsewhere, the level from the model's own images. */
  @Test
  void thePredictorMayBeFittedOnWhatOtherModelsDidOnPhotosTheyHadNotSeen() {
    SplittableRandom random = new SplittableRandom(3);
    List<Calibrator.Experience> elsewhere = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      double[] features = random.doubles(MapFeatures.NAMES.size(), -1, 1).toArray();
      double score = 0.3 + 2 * features[0] - features[5];
      elsewhere.add(new Calibrator.Experience(features, 1 / (1 + Math.exp(-score))));
    }
    List<HeldOut> own = images(40, 1, 0);

    Calibration c = calibration(Calibrator.calibrate(MODEL, own, elsewhere));

    JaccardPredictor predictor = c.predictor().orElseThrow();
    assertThat(predictor.correlation()).isGreaterThan(0.99);
    assertThat(predictor.coefficients().subList(1, 7))
        .satisfies(
            k -> {
              assertThat(k.get(0)).isCloseTo(2, within(0.05));
              assertThat(k.get(5)).isCloseTo(-1, within(0.05));
              for (int other = 1; other < 5; other++) {
                assertThat(k.get(other)).isCloseTo(0, within(0.05));
              }
            });
    // The masks of these images fit better or worse than those: the mean is right all the same.
    Model calibrated = Calibrator.calibrate(MODEL, own, elsewhere);
    double predicted = 0;
    double actual = 0;
    for (HeldOut image : own) {
      predicted +=
          predictor.predict(
              Calibrator.Experience.of(
                      probabilities(image.logits(), c),
                      SIZE,
                      calibrated.threshold(),
                      PostProcessing.NONE,
                      image.jaccard())
                  .features());
      actual += image.jaccard();
    }
    assertThat(predicted / 40).isCloseTo(actual / 40, within(1e-3));
  }

  private static float[] probabilities(float[] logits, Calibration c) {
    float[] map = new float[logits.length];
    for (int i = 0; i < map.length; i++) {
      map[i] = (float) (1 / (1 + Math.exp(-(c.slope() * logits[i] + c.offset()))));
    }
    return map;
  }

  @Test
  void anImageCanBeGivenByItsProbabilities() {
    float[] probabilities = new float[SIZE * SIZE];
    probabilities[0] = 1;
    probabilities[1] = 0.75f;
    Mask truth = new Mask(1, 1, new byte[] {1});

    HeldOut image = HeldOut.ofProbabilities(probabilities, SIZE, truth, 0.5);

    assertThat(image.logits()[0]).isEqualTo(16);
    assertThat(image.logits()[1]).isCloseTo((float) Math.log(3), within(1e-6f));
    assertThat(image.logits()[2]).isEqualTo(-16);
    assertThat(image.coverage()).hasSize(SIZE * SIZE).containsOnly(1);
  }

  @Test
  void imagesOfAnotherSizeAreRefused() {
    HeldOut wrong = new HeldOut(new float[4], new float[4], 1);
    assertThatThrownBy(() -> Calibrator.calibrate(MODEL, List.of(wrong)))
        .hasMessageContaining("32 x 32")
        .hasMessageContaining("4");
    assertThatThrownBy(() -> Calibrator.calibrate(MODEL, List.of()))
        .hasMessageContaining("no image");
  }
}
