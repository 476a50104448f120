package org.lentigo.imaging.video;

import java.io.IOException;
import java.nio.file.Path;

/** Video files, found on the class path through {@link java.util.ServiceLoader}. */
public interface VideoFormat {
  /**
   * Opens a video file.
   *
   * @throws IOException if it is none, or its decoder is not at hand
   */
  FrameReader read(Path file) throws IOException;

  /**
   * Begins a video file; it appears under its name when it is finished.
   *
   * @param width of every frame in pixels, at least 2; an odd last column is left out
   * @param height likewise
   * @param framesPerSecond about how many there will be
   * @throws IOException if it cannot be written, or its encoder is not at hand
   */
  FrameWriter write(Path file, int width, int height, double framesPerSecond) throws IOException;
}
