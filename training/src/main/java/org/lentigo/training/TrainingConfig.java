package org.lentigo.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.PostProcessing;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/**
 * Everything that decides what a training run computes, with a default for every field. A file
 * names only what it changes:
 *
 * <pre>{@code
 * learningRate: 3e-3
 * stages:
 *   - {size: 112, epochs: 10, batch: 16}
 *   - {size: 224, epochs: 5, batch: 8}
 * augmentation:
 *   hairs: 0.5
 * }</pre>
 *
 * @param seed decides the split, the initial weights, the order of the images and the augmentation
 * @param splitSeed decides the split in the seed's place, so that runs of different seeds hold the
 *     same images out; 0 for the seed
 * @param variant the network by its name, such as {@code T4-5}, see {@link Networks}
 * @param stages progressive resizing: trained one after the other, small images first
 * @param learningRate of AdamW after the warm-up, above 0
 * @param minimumLearningRate where the cosine ends, 0 to {@code learningRate}
 * @param weightDecay of AdamW, 0 or more
 * @param warmupEpochs epochs in which the learning rate rises linearly, 0 to 1000, may be a
 *     fraction; a shorter run rises to its end
 * @param averageDecay of the exponential moving average of the weights, a step: 0 (the average is
 *     the weights) to below 1
 * @param gradientClip largest global L2 norm of the gradient, above 0
 * @param loss how the loss is put together
 * @param augmentation how training images are varied
 * @param validationFraction share of the images held out, 0 (none) to below 1
 * @param threads of the engine and of the batch loader, at least 1
 * @param precision of the training passes: {@code float32}, or {@code bfloat16}, which is half as
 *     fast again on processors that have such arithmetic; see {@link Precision}
 * @param checkpointMinutes most minutes of work a kill can lose, above 0
 * @param validateEvery epochs from one validation to the next, at least 1
 * @param postProcessing what happens to masks after the threshold, in validation and in the model
 */
public record TrainingConfig(
    long seed,
    long splitSeed,
    String variant,
    List<Stage> stages,
    double learningRate,
    double minimumLearningRate,
    double weightDecay,
    double warmupEpochs,
    double averageDecay,
    double gradientClip,
    Loss loss,
    Augmentation augmentation,
    double validationFraction,
    int threads,
    String precision,
    double checkpointMinutes,
    int validateEvery,
    PostProcessing postProcessing) {

  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .build();

  private static final TrainingConfig DEFAULTS =
      new TrainingConfig(
          1,
          0,
          "T4-5",
          List.of(new Stage(112, 60, 16), new Stage(160, 20, 16), new Stage(224, 12, 16)),
          2e-3,
          1e-5,
          1e-2,
          3,
          0.998,
          1,
          new Loss(1, 1, 2, 0.3, 0.5),
          new Augmentation(
              true, 180, 0.8, 1.25, 0.1, 0.1, 0.12, 0.2, 0.3, 0.03, 0.3, 0.3, 0.1, 1.2, 0.03, 0.3,
              0.1, 0.15, 0),
          0.1,
          2,
          "float32",
          2,
          5,
          PostProcessing.LIKELIEST);

  private static final TrainingConfig FINE_TUNING =
      DEFAULTS.with(
          """
          learningRate: 0.001
          warmupEpochs: 1
          stages:
            - {size: 160, epochs: 8, batch: 16}
            - {size: 224, epochs: 6, batch: 16}
          """);

  public TrainingConfig {
    Network network = Networks.get(variant); // an unknown one is told which there are
    require(!stages.isEmpty(), "stages", "an empty list", "at least one {size, epochs, batch}");
    stages = List.copyOf(stages);
    for (Stage stage : stages) {
      require(
          stage.size() % network.sizeMultiple() == 0,
          "stages: size",
          stage.size(),
          "a multiple of "
              + network.sizeMultiple()
              + " for "
              + variant
              + ", such as "
              + Math.max(2, stage.size() / network.sizeMultiple() + 1) * network.sizeMultiple());
    }
    require(
        stages.size() == 1 || stages.stream().allMatch(stage -> stage.epochs() > 0),
        "stages: epochs",
        "0 in one of " + stages.size() + " stages",
        "0 in the only stage, or at least 1 in each");
    require(
        learningRate > 0 && learningRate <= 1, "learningRate", learningRate, "above 0, up to 1");
    require(
        minimumLearningRate >= 0 && minimumLearningRate <= learningRate,
        "minimumLearningRate",
        minimumLearningRate,
        "0 to the learningRate (" + learningRate + ")");
    within("weightDecay", weightDecay, 0, 1);
    within("warmupEpochs", warmupEpochs, 0, 1000);
    require(averageDecay >= 0 && averageDecay < 1, "averageDecay", averageDecay, "0 to below 1");
    require(
        gradientClip > 0 && Double.isFinite(gradientClip), "gradientClip", gradientClip, "above 0");
    require(
        validationFraction >= 0 && validationFraction < 1,
        "validationFraction",
        validationFraction,
        "0 to below 1");
    within("threads", threads, 1, 1024);
    require(Precision.exists(precision), "precision", precision, Precision.names());
    require(
        checkpointMinutes > 0 && Double.isFinite(checkpointMinutes),
        "checkpointMinutes",
        checkpointMinutes,
        "above 0");
    require(validateEvery >= 1, "validateEvery", validateEvery, "at least 1");
  }

  /**
   * A part of the run with one input size.
   *
   * @param size pixels across and down of the network's input, a multiple of 4 (of more for a
   *     network that shrinks the picture further) from 32 to 1024
   * @param epochs passes over the training images, at least 1; 0 in the only stage for a model that
   *     is what it began with, such as the mean of several, and shown photos of this size
   * @param batch images a step, at least 2 (batch normalisation needs more than one)
   */
  public record Stage(int size, int epochs, int batch) {
    public Stage {
      require(
          size >= 32 && size <= 1024 && size % 4 == 0,
          "stages: size",
          size,
          "a multiple of 4 from 32 to 1024");
      require(epochs >= 0, "stages: epochs", epochs, "0 or more");
      within("stages: batch", batch, 2, 1024);
    }
  }

  /**
   * Weights of the loss's terms, each 0 or more.
   *
   * @param crossEntropy of the binary cross-entropy
   * @param jaccard of the soft Jaccard loss
   * @param boundary extra weight of a pixel on the lesion's edge in the cross-entropy: 2 makes it
   *     count three times a pixel far from the edge; see {@link Batch#boundary}
   * @param auxiliary of the same loss on each deep-supervision head (training only)
   * @param teacher share of the teacher's map in what is learnt, 0 to 1, in a run that has a
   *     teacher; the expert's mask has the rest
   */
  public record Loss(
      double crossEntropy, double jaccard, double boundary, double auxiliary, double teacher) {
    public Loss {
      within("loss.crossEntropy", crossEntropy, 0, 100);
      within("loss.jaccard", jaccard, 0, 100);
      within("loss.boundary", boundary, 0, 100);
      within("loss.auxiliary", auxiliary, 0, 100);
      within("loss.teacher", teacher, 0, 1);
      require(
          crossEntropy + jaccard > 0,
          "loss",
          "crossEntropy and jaccard both 0",
          "one of them above 0");
    }
  }

  /**
   * How far {@link Augmenter} may go. Colour values are in the photo's own sRGB, 0 to 1.
   *
   * @param flips mirror left-right and top-bottom, each half of the time
   * @param rotation largest turn either way, degrees, 0 to 180
   * @param scaleMin smallest magnification, 0.1 to {@code scaleMax}
   * @param scaleMax largest magnification, up to 10
   * @param shift largest move along each axis, as a share of the photo's width or height, 0 to 0.5
   * @param aspect largest stretch of one axis against the other: 0.1 for 10 %, 0 to 1
   * @param brightness largest value added, 0 to 1
   * @param contrast largest relative change of the contrast, 0 to below 1
   * @param saturation largest relative change of the saturation, 0 to 1
   * @param hue largest turn of the hue either way, as a share of a full turn, 0 to 0.5
   * @param gamma largest exponent less 1: 0.3 for exponents from 1/1.3 to 1.3, 0 to 2
   * @param illumination largest relative brightening at one edge (and darkening at the opposite), 0
   *     to 1
   * @param colourCast largest relative change of each channel's gain, 0 to below 1
   * @param blur largest standard deviation of the blur, in pixels of a 224 x 224 input, 0 to 5
   * @param noise largest standard deviation of the noise, 0 to 1
   * @param hairs share of the images with drawn hairs, 0 to 1
   * @param ruler share of the images with drawn ruler ticks, 0 to 1
   * @param vignette share of the images with dark corners, 0 to 1
   * @param otherSkin share of the images whose lesion is set into another training photo's skin
   *     where there is room, 0 to 1
   */
  public record Augmentation(
      boolean flips,
      double rotation,
      double scaleMin,
      double scaleMax,
      double shift,
      double aspect,
      double brightness,
      double contrast,
      double saturation,
      double hue,
      double gamma,
      double illumination,
      double colourCast,
      double blur,
      double noise,
      double hairs,
      double ruler,
      double vignette,
      double otherSkin) {
    public Augmentation {
      within("augmentation.rotation", rotation, 0, 180);
      within("augmentation.scaleMax", scaleMax, 0.1, 10);
      within("augmentation.scaleMin", scaleMin, 0.1, scaleMax);
      within("augmentation.shift", shift, 0, 0.5);
      within("augmentation.aspect", aspect, 0, 1);
      within("augmentation.brightness", brightness, 0, 1);
      within("augmentation.contrast", contrast, 0, 0.99);
      within("augmentation.saturation", saturation, 0, 1);
      within("augmentation.hue", hue, 0, 0.5);
      within("augmentation.gamma", gamma, 0, 2);
      within("augmentation.illumination", illumination, 0, 1);
      within("augmentation.colourCast", colourCast, 0, 0.99);
      within("augmentation.blur", blur, 0, 5);
      within("augmentation.noise", noise, 0, 1);
      within("augmentation.hairs", hairs, 0, 1);
      within("augmentation.ruler", ruler, 0, 1);
      within("augmentation.vignette", vignette, 0, 1);
      within("augmentation.otherSkin", otherSkin, 0, 1);
    }

    /** No variation at all: every sample is the photo, resized. */
    public static Augmentation none() {
      return new Augmentation(false, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
  }

  /** What a run without a configuration file does. */
  public static TrainingConfig defaults() {
    return DEFAULTS;
  }

  /**
   * What a run without a configuration file does that begins with a trained model: shorter, without
   * the smallest images, and with half the learning rate.
   */
  public static TrainingConfig fineTuning() {
    return FINE_TUNING;
  }

  /**
   * This configuration with the changes a file names.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException as {@link #with}, with the file's name in front
   */
  public TrainingConfig withFile(Path file) throws IOException {
    String yaml = Files.readString(file);
    try {
      return with(yaml);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * This configuration with the changes of a YAML text. A list of stages replaces the whole list.
   *
   * @throws IllegalArgumentException if the text is not YAML, a key is unknown (the known ones are
   *     named) or a value is out of range
   */
  public TrainingConfig with(String yaml) {
    try {
      JsonNode changes = YAML.readTree(yaml);
      if (changes.isMissingNode() || changes.isNull()) {
        return this;
      }
      return YAML.treeToValue(merge("", YAML.valueToTree(this), changes), TrainingConfig.class);
    } catch (JacksonException e) {
      // A record's constructor speaks for itself; Jackson wraps what it throws.
      if (e.getCause() instanceof IllegalArgumentException invalid) {
        throw new IllegalArgumentException(invalid.getMessage(), e);
      }
      throw new IllegalArgumentException(
          "not a training configuration in YAML: "
              + e.getOriginalMessage()
              + " (line "
              + e.getLocation().getLineNr()
              + ")",
          e);
    }
  }

  /** Every field as YAML; {@code with(toYaml())} on any configuration gives this one. */
  public String toYaml() {
    return YAML.writeValueAsString(this);
  }

  /** What the split is drawn with: {@link #splitSeed}, or the {@link #seed} where that is 0. */
  public long seedOfSplit() {
    return splitSeed == 0 ? seed : splitSeed;
  }

  /** Epochs of all stages together. */
  public int epochs() {
    return stages.stream().mapToInt(Stage::epochs).sum();
  }

  /**
   * The stage an epoch belongs to.
   *
   * @param epoch counted from 0 over all stages, below {@link #epochs()}
   */
  public Stage stageAt(int epoch) {
    int first = 0;
    for (Stage stage : stages) {
      if (epoch >= first && epoch < first + stage.epochs()) {
        return stage;
      }
      first += stage.epochs();
    }
    throw new IllegalArgumentException("epoch: got " + epoch + ", wanted 0 to " + (first - 1));
  }

  // Merging trees rather than letting Jackson fill nulls: the default's tree is then the one list
  // of known keys and their types, and a message can name the path.
  private static JsonNode merge(String path, JsonNode base, JsonNode changes) {
    if (base.isObject()) {
      if (!changes.isObject()) {
        throw invalid(path, changes, "keys of " + names(base));
      }
      ObjectNode merged = (ObjectNode) base.deepCopy();
      for (Map.Entry<String, JsonNode> change : changes.properties()) {
        String key = path.isEmpty() ? change.getKey() : path + "." + change.getKey();
        JsonNode known = base.get(change.getKey());
        if (known == null) {
          throw new IllegalArgumentException(key + ": unknown key; known here: " + names(base));
        }
        merged.set(change.getKey(), merge(key, known, change.getValue()));
      }
      return merged;
    }
    if (base.isArray()) {
      if (!changes.isArray()) {
        throw invalid(path, changes, "a list of " + names(base.get(0)));
      }
      ArrayNode merged = YAML.createArrayNode();
      for (JsonNode entry : changes) {
        String key = path + "[" + merged.size() + "]";
        for (String name : base.get(0).propertyNames()) {
          if (entry.isObject() && !entry.has(name)) {
            throw new IllegalArgumentException(
                key + ": " + name + " is missing; wanted " + names(base.get(0)));
          }
        }
        merged.add(merge(key, base.get(0), entry));
      }
      return merged;
    }
    if (base.isBoolean() && !changes.isBoolean()) {
      throw invalid(path, changes, "true or false");
    }
    if (base.isString() && !changes.isString()) {
      throw invalid(path, changes, "a text");
    }
    if (base.isInt() && !(changes.isIntegralNumber() && changes.canConvertToInt())
        || base.isLong() && !(changes.isIntegralNumber() && changes.canConvertToLong())) {
      throw invalid(path, changes, "a whole number");
    }
    if (base.isNumber() && !changes.isNumber()) {
      throw invalid(path, changes, "a number");
    }
    return changes;
  }

  private static String names(JsonNode object) {
    return String.join(", ", new ArrayList<>(object.propertyNames()));
  }

  private static IllegalArgumentException invalid(String path, JsonNode seen, String wanted) {
    String name = path.isEmpty() ? "the configuration" : path;
    return new IllegalArgumentException(name + ": got " + seen + ", wanted " + wanted);
  }

  private static void within(String name, double value, double least, double most) {
    require(value >= least && value <= most, name, value, least + " to " + most);
  }

  private static void require(boolean valid, String name, Object seen, String wanted) {
    if (!valid) {
      throw new IllegalArgumentException(name + ": got " + seen + ", wanted " + wanted);
    }
  }
}
