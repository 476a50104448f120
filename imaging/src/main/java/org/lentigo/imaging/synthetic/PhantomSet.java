package org.lentigo.imaging.synthetic;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.dataset.Split;

/** Writes phantoms to disk as a data set's owner would lay them out. */
public final class PhantomSet {
  private static final float JPEG_QUALITY = 0.88f;

  private PhantomSet() {}

  /**
   * Writes phantoms number 1 to {@code count}, drawn from {@code seed}, {@code seed + 1} and so on.
   * Files of the same name are replaced.
   *
   * <p>Images are JPEG and masks PNG, named {@code synthetic_0001} and so on; PH2 has bitmaps whose
   * names its layout dictates ({@code IMD001}), so a file {@code SYNTHETIC.txt} beside them says
   * what they are. In a layout with official parts, every fifth image is for testing and, where
   * there is such a part, every fourth of five for validation.
   *
   * @param dir made if missing
   * @throws IllegalArgumentException if the count is below 1 or a side below {@link
   *     Phantom#MIN_SIDE}
   * @throws IOException if a file cannot be written
   */
  public static void write(Path dir, int count, long seed, int width, int height, Layout layout)
      throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException("a set needs at least 1 phantom, got " + count);
    }
    for (int i = 0; i < count; i++) {
      Phantom phantom = Phantom.draw(seed + i, width, height);
      if (layout == Layout.PH2) {
        writePh2Case(dir, i + 1, phantom);
      } else {
        writeInto(dir, folders(layout, i), layout, i + 1, phantom);
      }
    }
    if (layout == Layout.PH2) {
      String note = "Every image in this folder is synthetic: drawn by Lentigo, of no patient.\n";
      AtomicFiles.write(dir.resolve("SYNTHETIC.txt"), note.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static Layout.Folders folders(Layout layout, int index) {
    Split wanted =
        switch (index % 5) {
          case 4 -> Split.TEST;
          case 3 -> Split.VALIDATION;
          default -> Split.TRAIN;
        };
    List<Layout.Folders> folders = layout.folders();
    return folders.stream()
        .filter(f -> f.split() == wanted)
        .findFirst()
        .orElseGet(() -> folders.get(0));
  }

  private static void writeInto(
      Path dir, Layout.Folders folders, Layout layout, int number, Phantom phantom)
      throws IOException {
    Path images = Files.createDirectories(dir.resolve(folders.images()));
    Path masks = Files.createDirectories(dir.resolve(folders.masks()));
    String stem = String.format(Locale.ROOT, "synthetic_%04d", number);
    String suffix =
        switch (layout) {
          case PLAIN -> "";
          case ISIC_2016 -> "_Segmentation";
          default -> "_segmentation";
        };
    AtomicFiles.write(
        images.resolve(stem + ".jpg"),
        out -> PhotoWriter.writeJpeg(phantom.image(), JPEG_QUALITY, out));
    AtomicFiles.write(
        masks.resolve(stem + suffix + ".png"), out -> Masks.writePng(phantom.mask(), out));
  }

  private static void writePh2Case(Path dir, int number, Phantom phantom) throws IOException {
    String stem = String.format(Locale.ROOT, "IMD%03d", number);
    Path folder = dir.resolve("PH2 Dataset images").resolve(stem);
    Path image = Files.createDirectories(folder.resolve(stem + "_Dermoscopic_Image"));
    Path mask = Files.createDirectories(folder.resolve(stem + "_lesion"));
    writeBmp(image.resolve(stem + ".bmp"), toBufferedImage(phantom.image()));
    writeBmp(mask.resolve(stem + "_lesion.bmp"), toBufferedImage(phantom.mask()));
  }

  private static BufferedImage toBufferedImage(RgbImage image) {
    BufferedImage result =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] bgr = ((DataBufferByte) result.getRaster().getDataBuffer()).getData();
    byte[] rgb = image.data();
    for (int i = 0; i < rgb.length; i += 3) {
      bgr[i] = rgb[i + 2];
      bgr[i + 1] = rgb[i + 1];
      bgr[i + 2] = rgb[i];
    }
    return result;
  }

  /** One bit a pixel, as PH2 has them. */
  private static BufferedImage toBufferedImage(Mask mask) {
    BufferedImage result =
        new BufferedImage(mask.width(), mask.height(), BufferedImage.TYPE_BYTE_BINARY);
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        result.getRaster().setSample(x, y, 0, mask.get(x, y) ? 1 : 0);
      }
    }
    return result;
  }

  private static void writeBmp(Path file, BufferedImage image) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          try (MemoryCacheImageOutputStream bmp = new MemoryCacheImageOutputStream(out)) {
            if (!ImageIO.write(image, "bmp", bmp)) {
              throw new IOException(file + ": this Java cannot write BMP");
            }
          }
        });
  }
}
