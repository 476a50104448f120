package org.lentigo.dicom;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A DICOM object that cannot be used. The message is one line that names tags and what is wrong
 * with them, never a value that could say who the patient is, and not the file's name.
 */
public final class DicomException extends IOException {
  private static final long serialVersionUID = 1;

  public DicomException(String message) {
    this(message, null);
  }

  public DicomException(String message, @Nullable Throwable cause) {
    super(message.replaceAll("[\\s\\p{Cntrl}]+", " ").strip(), cause);
  }
}
