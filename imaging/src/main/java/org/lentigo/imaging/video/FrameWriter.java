package org.lentigo.imaging.video;

import java.io.IOException;
import org.lentigo.imaging.RgbImage;

/** Takes the frames of a moving picture. Not thread-safe. */
public interface FrameWriter extends AutoCloseable {
  /**
   * Adds a frame.
   *
   * @param frame as large as the first one
   * @param seconds when it is shown, from the first frame on; later than the frame before
   */
  void write(RgbImage frame, double seconds) throws IOException;

  /** Ends the moving picture and makes it whole. */
  @Override
  void close() throws IOException;
}
