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
    super(message.replaceAll("\\s+", " ").strip(), cause);
  }
}
