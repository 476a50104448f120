package org.lentigo.imaging.video;

import java.io.IOException;
import org.lentigo.imaging.RgbImage;

/**
 * Takes the frames of a moving picture. Until {@link #finish} the target is as it was, also where
 * it was there before: frames are gathered beside it. Not thread-safe.
 */
public interface FrameWriter extends AutoCloseable {
  /**
   * Adds a frame.
   *
   * @param frame as large as the first one
   * @param seconds when it is shown, from the first frame on; later than the frame before
   */
  void write(RgbImage frame, double seconds) throws IOException;

  /**
   * Makes the moving picture whole and puts it in its place. No frame may follow.
   *
   * @throws IOException if it cannot be made whole, with the target as it was; or put in its place
   */
  void finish() throws IOException;

  /** Frees everything, and throws away what is not finished. */
  @Override
  void close() throws IOException;
}
