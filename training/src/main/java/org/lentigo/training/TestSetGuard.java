package org.lentigo.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.lentigo.imaging.dataset.Pair;

/**
 * Keeps the 379 test images of ISIC 2016 out of training: every figure that this project and its
 * peers publish is measured on them, and they lie about in the training parts of later data sets
 * under the same names.
 */
public final class TestSetGuard {
  private static final String LIST = "isic2016-test-stems.txt";

  private TestSetGuard() {}

  /**
   * Refuses images of the test set.
   *
   * @throws IOException if one of the pairs bears the name of an ISIC 2016 test image
   */
  public static void check(List<Pair> pairs) throws IOException {
    checkStems(pairs.stream().map(Pair::stem).toList());
  }

  /**
   * As {@link #check}, of photos without masks.
   *
   * @param stems the files' names without their extensions
   */
  public static void checkStems(List<String> stems) throws IOException {
    Set<String> test = stems();
    List<String> found = stems.stream().filter(test::contains).toList();
    if (!found.isEmpty()) {
      throw new IOException(
          found.size()
              + " of the images belong to the ISIC 2016 test set, such as "
              + found.get(0)
              + "; leave them out, or add --allow-test-images and never score the model on that"
              + " set");
    }
  }

  private static Set<String> stems() throws IOException {
    try (InputStream in = TestSetGuard.class.getResourceAsStream(LIST)) {
      if (in == null) {
        throw new IOException("the class path lacks " + LIST + "; build Lentigo again");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))
          .lines()
          .collect(Collectors.toSet());
    }
  }
}
