package org.lentigo.network;

import java.io.IOException;

/** A model file that cannot be used; the message says what was seen and what is wanted. */
public final class ModelFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  ModelFormatException(String message) {
    super(message);
  }

  ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
