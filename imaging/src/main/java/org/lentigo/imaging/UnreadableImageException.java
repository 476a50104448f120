package org.lentigo.imaging;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file that cannot be taken as a picture. The message is one line without the file's name, which
 * the caller puts in front.
 */
public final class UnreadableImageException extends IOException {
  private static final long serialVersionUID = 1;

  public UnreadableImageException(String message) {
    this(message, null);
  }

  public UnreadableImageException(String message, @Nullable Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Without line breaks and what else steers a terminal. */
  static String oneLine(String text) {
    return text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
  }
}
