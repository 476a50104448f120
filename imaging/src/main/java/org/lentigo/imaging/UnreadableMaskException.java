package org.lentigo.imaging;

import java.io.IOException;
import java.nio.file.Path;

/** A file that cannot serve as a mask: not a picture, damaged, too large or not two-valued. */
public final class UnreadableMaskException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final String reason;

  /**
   * @param reason one line without the file's name
   */
  public UnreadableMaskException(Path file, String reason) {
    super(file + ": " + reason);
    this.file = file;
    this.reason = reason;
  }

  /** The file refused. */
  public Path file() {
    return file;
  }

  /** Why, in one line that does not repeat the file's name. */
  public String reason() {
    return reason;
  }
}
