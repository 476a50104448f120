package org.lentigo.network;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A trained network with all that is needed to run it and to say where it comes from.
 *
 * @param name such as {@code ulrts-net-isic2016}
 * @param network which graph the weights belong to
 * @param weights exactly the tensors of the variant's graph
 * @param preprocessing from a photo to the network's input
 * @param threshold a pixel is lesion where its probability is at least this; in (0, 1)
 * @param postProcessing what happens to the mask after the threshold
 * @param calibration how its probabilities were calibrated; empty if they were not
 * @param quantization how it is computed in 8-bit integers; empty if in floats
 * @param provenance free text by key: data, data hash, seed, settings, epochs, time, ...
 */
public record Model(
    String name,
    Network network,
    Weights weights,
    Preprocessing preprocessing,
    float threshold,
    PostProcessing postProcessing,
    Optional<Calibration> calibration,
    Optional<Quantization> quantization,
    SortedMap<String, String> provenance) {
  /** Provenance: a line for each licence that binds the weights; absent where none does. */
  public static final String LICENCE = "licence";

  /** Provenance: a line for each photo set and model that this one or an ancestor learnt from. */
  public static final String LINEAGE = "lineage";

  /**
   * @throws IllegalArgumentException if the weights do not fit the network or hold a value that is
   *     not finite, the network cannot take the input size, or the threshold is outside (0, 1)
   */
  public Model {
    network.requireSize(preprocessing.size());
    weights = weights.of(network.graph());
    if (!(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException("the threshold must lie in (0, 1), got " + threshold);
    }
    provenance = Collections.unmodifiableSortedMap(new TreeMap<>(provenance));
  }

  /** A model without post-processing and not calibrated. */
  public Model(
      String name,
      Network network,
      Weights weights,
      Preprocessing preprocessing,
      float threshold,
      SortedMap<String, String> provenance) {
    this(
        name,
        network,
        weights,
        preprocessing,
        threshold,
        PostProcessing.NONE,
        Optional.empty(),
        Optional.empty(),
        provenance);
  }

  /** What binds the weights beyond Lentigo's own licence, a line each; empty if nothing does. */
  public Optional<String> licence() {
    return Optional.ofNullable(provenance.get(LICENCE));
  }

  /** The network's graph. */
  public Graph graph() {
    return network.graph();
  }

  /** The same model with a different square input; see {@link Preprocessing#size()}. */
  public Model withInputSize(int size) {
    return new Model(
        name,
        network,
        weights,
        preprocessing.withSize(size),
        threshold,
        postProcessing,
        calibration,
        quantization,
        provenance);
  }

  /**
   * The same model with masks treated otherwise. Its predictor of the Jaccard index, which was
   * fitted to the masks as they were, is dropped.
   */
  public Model withPostProcessing(PostProcessing other) {
    if (other.equals(postProcessing)) {
      return this;
    }
    Optional<Calibration> kept =
        calibration.map(c -> new Calibration(c.slope(), c.offset(), c.images(), Optional.empty()));
    return new Model(
        name, network, weights, preprocessing, threshold, other, kept, quantization, provenance);
  }

  /**
   * The same model with calibrated probabilities: {@code slope * logit + offset} is folded into the
   * weight and bias of the head's convolution, which only an interpolation separates from the
   * output, so that the network's structure stays. The threshold moves along: at the network's own
   * resolution the masks stay the same up to rounding, and enlarged to a photo their outlines move
   * by fractions of a pixel of the network's.
   *
   * @param fitted to this model's probabilities; on a model that was calibrated before, the
   *     calibration kept is that from the network as it was trained
   * @throws IllegalArgumentException if the threshold would leave (0, 1)
   */
  public Model calibrated(Calibration fitted) {
    Calibration whole =
        calibration
            .map(
                before ->
                    new Calibration(
                        fitted.slope() * before.slope(),
                        fitted.slope() * before.offset() + fitted.offset(),
                        fitted.images(),
                        fitted.predictor()))
            .orElse(fitted);
    return new Model(
        name,
        network,
        withHead(fitted.slope(), fitted.offset()),
        preprocessing,
        (float) fitted.apply(threshold),
        postProcessing,
        Optional.of(whole),
        quantization,
        provenance);
  }

  /**
   * The same model as it was trained, before {@link #calibrated}, up to rounding; its masks stay.
   */
  public Model uncalibrated() {
    return calibration
        .map(
            before ->
                new Model(
                    name,
                    network,
                    withHead(1 / before.slope(), -before.offset() / before.slope()),
                    preprocessing,
                    (float) before.undo(threshold),
                    postProcessing,
                    Optional.empty(),
                    quantization,
                    provenance))
        .orElse(this);
  }

  /** The weights with the head's results multiplied by a slope and moved by an offset. */
  private Weights withHead(double slope, double offset) {
    Map<String, float[]> tensors = new LinkedHashMap<>(weights.tensors());
    String head = network.head();
    float[] weight = weights.get(head + ".weight").clone();
    for (int i = 0; i < weight.length; i++) {
      weight[i] = (float) (slope * weight[i]);
    }
    float bias = weights.get(head + ".bias")[0];
    tensors.put(head + ".weight", weight);
    tensors.put(head + ".bias", new float[] {(float) (slope * bias + offset)});
    return new Weights(tensors);
  }

  /**
   * SHA-256 of {@link ModelFile#encode}, in hexadecimal: what {@code sha256sum} says of its file.
   */
  public String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(ModelFile.encode(this)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The provenance with one more entry. */
  public Model withProvenance(Map<String, String> more) {
    SortedMap<String, String> all = new TreeMap<>(provenance);
    all.putAll(more);
    return new Model(
        name,
        network,
        weights,
        preprocessing,
        threshold,
        postProcessing,
        calibration,
        quantization,
        all);
  }

  /**
   * The same model computed in 8-bit integers. Its weights stay as they are and are rounded where
   * it runs.
   *
   * @param newName such as {@code ulrts-net-int8}
   */
  public Model quantized(String newName, Quantization how) {
    return new Model(
        newName,
        network,
        weights,
        preprocessing,
        threshold,
        postProcessing,
        calibration,
        Optional.of(how),
        provenance);
  }
}
