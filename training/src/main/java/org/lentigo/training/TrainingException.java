package org.lentigo.training;

/** A run that cannot go on; the message says what was seen and what to change. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingException(String message) {
    super(message);
  }
}
