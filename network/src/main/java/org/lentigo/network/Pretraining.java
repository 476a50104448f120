package org.lentigo.network;

import java.io.IOException;
import java.nio.file.Path;

/** Reads weights that others trained and published, from a file in their own layout. */
@FunctionalInterface
public interface Pretraining {
  /**
   * A model of the network with those weights, and random ones where the file has none. Its
   * provenance says whose they are, which licence binds them and the file's hash.
   *
   * @param network the one to begin with
   * @param seed of the random weights
   * @throws ModelFormatException if the file does not hold these weights
   * @throws IOException if it cannot be read
   */
  Model read(Network network, Path file, long seed) throws IOException;
}
