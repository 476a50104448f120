package org.lentigo.network;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A model file that cannot be used; the message says on one line what was seen and what is wanted.
 */
public final class ModelFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST = 300;

  ModelFormatException(String message) {
    this(message, null);
  }

  ModelFormatException(String message, @Nullable Throwable cause) {
    super(oneLine(message), cause);
  }

  /** The names that a message repeats hold whatever stands in the file. */
  private static String oneLine(String message) {
    String line = message.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }
}
