package org.lentigo.network;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A trained network with all that is needed to run it and to say where it comes from.
 *
 * @param name such as {@code ulrts-net-isic2016}
 * @param variant which graph the weights belong to
 * @param weights exactly the tensors of the variant's graph
 * @param preprocessing from a photo to the network's input
 * @param threshold a pixel is lesion where its probability is at least this; in (0, 1)
 * @param provenance free text by key: data, data hash, seed, settings, epochs, time, ...
 */
public record Model(
    String name,
    UlrtsNet.Variant variant,
    Weights weights,
    Preprocessing preprocessing,
    float threshold,
    SortedMap<String, String> provenance) {

  /**
   * @throws IllegalArgumentException if the weights do not fit the variant or hold a value that is
   *     not finite, or the threshold is outside (0, 1)
   */
  public Model {
    weights = weights.of(UlrtsNet.graph(variant));
    if (!(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException("the threshold must lie in (0, 1), got " + threshold);
    }
    provenance = Collections.unmodifiableSortedMap(new TreeMap<>(provenance));
  }

  /** The network's graph. */
  public Graph graph() {
    return UlrtsNet.graph(variant);
  }

  /** The same model with a different square input; see {@link Preprocessing#size()}. */
  public Model withInputSize(int size) {
    return new Model(name, variant, weights, preprocessing.withSize(size), threshold, provenance);
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
    return new Model(name, variant, weights, preprocessing, threshold, all);
  }
}
