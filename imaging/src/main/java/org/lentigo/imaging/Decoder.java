package org.lentigo.imaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/**
 * The decoder for a picture whose header has been read, on the picture's bytes. Whatever is decoded
 * goes through here: the named plug-in, the stream that ends, the size that the header promised.
 */
final class Decoder implements AutoCloseable {
  private final ImageReader reader;
  private final BytesInput in;
  private final List<String> complaints = new ArrayList<>();

  /**
   * @param bytes the whole file
   * @throws IOException if the decoder finds another size than the header says
   */
  Decoder(byte[] bytes, Header header) throws IOException {
    reader = plugin(header).createReaderInstance();
    in = new BytesInput(bytes);
    try {
      reader.addIIOReadWarningListener(
          (source, warning) -> complaints.add(Header.oneLine(warning)));
      reader.setInput(in, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width != header.width() || height != header.height()) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "%d x %d pixels by its header, %d x %d by its data",
                header.width(),
                header.height(),
                width,
                height));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static ImageReaderSpi plugin(Header header) {
    return switch (header.format()) {
      case JPEG -> header.ordinaryComponents() > 0 ? Plugins.JPEG_READER : Plugins.ANY_JPEG_READER;
      case PNG -> Plugins.PNG_READER;
      case GIF -> Plugins.GIF_READER;
      case BMP -> Plugins.BMP_READER;
      case TIFF -> Plugins.TIFF_READER;
      case WEBP -> Plugins.WEBP_READER;
    };
  }

  ImageReader reader() {
    return reader;
  }

  /** What the decoder found wrong so far, and went on. */
  List<String> complaints() {
    return complaints;
  }

  @Override
  public void close() throws IOException {
    reader.dispose();
    in.close();
  }
}
