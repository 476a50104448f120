package org.lentigo.imaging.dataset;

import java.io.IOException;

/** A folder that is no data set, or more than one, or lacks the part asked for. */
public final class DataSetException extends IOException {
  private static final long serialVersionUID = 1L;

  public DataSetException(String message) {
    super(message);
  }
}
