package org.lentigo.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lentigo.imaging.Fingerprint;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;

/**
 * Photos that nothing may be fitted on, because something is measured on them. They are known again
 * by what they look like, see {@link Fingerprint}, whatever they are called and wherever they lie.
 */
public final class HeldOut {
  /** The entry of a model's provenance that names what its training held out. */
  public static final String PROVENANCE = "held_out_fingerprints";

  /**
   * What the models held out that were trained before they could say so: all of them on the 858
   * images of ISIC 2016, with the same seed and share.
   */
  private static final String EARLIER_DATA =
      "87d297f1c014fe6ed708a2c27e4aad32d0c60cc4b5182fc4cdc7185afb43dca6";

  private static final String EARLIER_LIST = "isic2016-held-out.txt";
  private static final long EARLIER_SEED = 1;
  private static final double EARLIER_SHARE = 0.1;

  private final List<Fingerprint> photos;

  private HeldOut(Collection<Fingerprint> photos) {
    this.photos = List.copyOf(photos);
  }

  /** Of these photos; those that cannot be read are in nobody's way. */
  public static HeldOut of(Collection<Pair> pairs) {
    return new HeldOut(fingerprints(pairs.stream().map(Pair::image).toList()).values());
  }

  /** Of photos that have been looked at already. */
  static HeldOut ofLooks(Collection<Fingerprint> photos) {
    return new HeldOut(photos);
  }

  /**
   * What a model's training held out, as far as the model says so; empty if it does not.
   *
   * @throws IOException if the model says so in a way that cannot be read
   */
  public static HeldOut of(Model model) throws IOException {
    String text = model.provenance().get(PROVENANCE);
    try {
      if (text != null) {
        return parse(Arrays.stream(text.split(" ", -1)));
      }
      return isEarlier(model.provenance()) ? read(EARLIER_LIST) : new HeldOut(List.of());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          model.name() + ": what its training held out cannot be read: " + e.getMessage(), e);
    }
  }

  private static boolean isEarlier(Map<String, String> provenance) {
    String config = provenance.get("config");
    if (config == null
        || provenance.containsKey(Trainer.FOLD)
        || !EARLIER_DATA.equals(provenance.get("data_sha256"))) {
      return false;
    }
    TrainingConfig used = TrainingConfig.defaults().with(config);
    return used.seedOfSplit() == EARLIER_SEED && used.validationFraction() == EARLIER_SHARE;
  }

  static HeldOut read(String list) throws IOException {
    return parse(lines(list).stream().map(line -> line.split(" ", 2)[0]));
  }

  /** A list on the class path: a line a photo, its fingerprint, a space and its name. */
  static List<String> lines(String list) throws IOException {
    try (InputStream in = HeldOut.class.getResourceAsStream(list)) {
      if (in == null) {
        throw new IOException("the class path lacks " + list + "; build Lentigo again");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
          .lines()
          .toList();
    }
  }

  private static HeldOut parse(Stream<String> fingerprints) {
    return new HeldOut(fingerprints.map(Fingerprint::parse).toList());
  }

  /** What these photos look like; those that cannot be read are left out. Reads every photo. */
  public static Map<Path, Fingerprint> fingerprints(Collection<Path> photos) {
    return photos.parallelStream()
        .flatMap(
            photo -> fingerprint(photo).map(fingerprint -> Map.entry(photo, fingerprint)).stream())
        .collect(
            Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
  }

  private static Optional<Fingerprint> fingerprint(Path photo) {
    try {
      return Optional.of(Fingerprint.of(PhotoReader.read(photo).image()));
    } catch (UnreadableImageException e) {
      return Optional.empty(); // Whoever wants more of it will say so.
    }
  }

  /** Those of the photos that are held out, in the order of their paths. */
  public List<Path> among(Map<Path, Fingerprint> looks) {
    return looks.entrySet().stream()
        .filter(entry -> contains(entry.getValue()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  private boolean contains(Fingerprint photo) {
    return photos.stream().anyMatch(photo::isLike);
  }

  /** These and others. */
  public HeldOut and(HeldOut others) {
    return new HeldOut(Stream.concat(photos.stream(), others.photos.stream()).toList());
  }

  /** How many. */
  public int size() {
    return photos.size();
  }

  /** For a model's provenance; see {@link #of(Model)}. */
  @Override
  public String toString() {
    return photos.stream().map(Fingerprint::toString).collect(Collectors.joining(" "));
  }
}
