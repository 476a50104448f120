package org.lentigo.runtime;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;

/**
 * The trained model that comes with Lentigo, for a square of {@code model.preprocessing().size()}
 * pixels a side (224).
 *
 * <pre>{@code
 * Segmenter segmenter = Segmenter.of(BundledModel.read(), 2);
 * }</pre>
 */
public final class BundledModel {
  /** Its name, and that of its file and of its folder under {@code models/}. */
  public static final String NAME = "ulrts-net";

  private BundledModel() {}

  /**
   * Reads it from the class path, 1.6 MB, anew at each call.
   *
   * @throws FileNotFoundException if this build of Lentigo was made without it
   * @throws IOException if it cannot be read
   */
  public static Model read() throws IOException {
    String file = NAME + ".safetensors";
    try (InputStream in = BundledModel.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new FileNotFoundException(
            "this build of Lentigo carries no model (models/"
                + NAME
                + "/"
                + file
                + " was missing when it was built); name a model file");
      }
      return ModelFile.read(in.readAllBytes());
    }
  }
}
