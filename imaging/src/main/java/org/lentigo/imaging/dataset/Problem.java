package org.lentigo.imaging.dataset;

import java.nio.file.Path;

/**
 * Why a file or pair of a data set is left out.
 *
 * @param file the image, mask or folder at fault
 * @param message one line that does not repeat the file's name
 */
public record Problem(Path file, String message) {
  /** One line for a reader: the file and what is wrong with it. */
  @Override
  public String toString() {
    return file + ": " + message;
  }
}
