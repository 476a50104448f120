package org.lentigo.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lentigo.imaging.Fingerprint;
import org.lentigo.imaging.dataset.Pair;

/**
 * Keeps the 379 test images of ISIC 2016 out of training: every figure that this project and its
 * peers publish is measured on them, and they lie about in the training parts of later data sets
 * under the same names. They are known by their names and, whatever they are called, by what they
 * look like: see {@link Fingerprint}.
 */
public final class TestSetGuard {
  /** The entry of a model's provenance that says whether it may have learnt from such images. */
  public static final String PROVENANCE = "test_images";

  /** What stands there where it may; there is no entry where it may not. */
  public static final String ALLOWED = "allowed";

  private static final String LIST = "isic2016-test.txt";

  private TestSetGuard() {}

  /**
   * Refuses images of the test set. Reads every image.
   *
   * @throws IOException if one of the pairs bears the name of an ISIC 2016 test image, or looks
   *     like one
   */
  public static void check(List<Pair> pairs) throws IOException {
    checkNames(pairs.stream().map(Pair::stem).toList());
    checkLooks(HeldOut.fingerprints(pairs.stream().map(Pair::image).toList()));
  }

  /**
   * The first half of {@link #check}, which reads no image.
   *
   * @param stems the files' names without their extensions
   */
  public static void checkNames(Collection<String> stems) throws IOException {
    refuse(named(stems));
  }

  /**
   * Those that are names of the test set's images, in their order.
   *
   * @param stems the files' names without their extensions
   */
  public static List<String> named(Collection<String> stems) throws IOException {
    Set<String> test =
        HeldOut.lines(LIST).stream().map(line -> line.split(" ", 2)[1]).collect(Collectors.toSet());
    return stems.stream().filter(test::contains).toList();
  }

  /** The second half of {@link #check}, of images that have been read already. */
  public static void checkLooks(Map<Path, Fingerprint> looks) throws IOException {
    refuse(HeldOut.read(LIST).among(looks).stream().map(Path::toString).toList());
  }

  private static void refuse(List<String> found) throws IOException {
    if (!found.isEmpty()) {
      throw new IOException(
          found.size()
              + " of the images belong to the ISIC 2016 test set, such as "
              + found.get(0)
              + "; leave them out, or add --allow-test-images and never score the model on that"
              + " set");
    }
  }
}
