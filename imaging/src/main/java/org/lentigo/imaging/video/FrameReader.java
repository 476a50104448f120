package org.lentigo.imaging.video;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.RgbImage;

/** Frames of a moving picture, one after the other. Not thread-safe. */
public interface FrameReader extends AutoCloseable {
  /** Frames a second at which they were taken; 0 if nothing says so. */
  double framesPerSecond();

  /**
   * The next frame, or null after the last. It may have another size than the one before.
   *
   * @throws IOException if it cannot be read; the frame after it may be asked for all the same
   */
  @Nullable RgbImage next() throws IOException;

  @Override
  void close() throws IOException;
}
