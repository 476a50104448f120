package org.lentigo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;

/** Small photos and masks on disk: a dark disc on skin. */
final class Pictures {
  private Pictures() {}

  /** Written in the format that its name says. */
  static Path photo(Path file, int width, int height) {
    byte[] data = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean lesion = inDisc(x, y, width, height);
        int i = 3 * (y * width + x);
        data[i] = (byte) (lesion ? 90 : 215);
        data[i + 1] = (byte) (lesion ? 60 : 170);
        data[i + 2] = (byte) (lesion ? 45 : 150 + (x * 7 + y * 13) % 20);
      }
    }
    RgbImage image = new RgbImage(width, height, data);
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      AtomicFiles.write(
          file,
          out -> {
            if (file.toString().endsWith(".png")) {
              PhotoWriter.writePng(image, out);
            } else {
              PhotoWriter.writeJpeg(image, out);
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  static Path photo(Path file) {
    return photo(file, 60, 45);
  }

  /** The disc of {@link #photo}. */
  static Path mask(Path file, int width, int height) {
    byte[] data = new byte[width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        data[y * width + x] = (byte) (inDisc(x, y, width, height) ? 1 : 0);
      }
    }
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      AtomicFiles.write(file, out -> Masks.writePng(new Mask(width, height, data), out));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private static boolean inDisc(int x, int y, int width, int height) {
    return Math.hypot(x - width / 2.0, y - height / 2.0) < Math.min(width, height) / 3.0;
  }
}
