package org.lentigo.imaging;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.util.Iterator;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.spi.ImageReaderWriterSpi;
import javax.imageio.spi.ImageWriterSpi;

/**
 * The image plug-ins used, each named rather than searched for, so that the result does not depend
 * on what else an application has on its class path, nor on services surviving a shaded jar.
 */
final class Plugins {
  private Plugins() {}

  // The JDK's own JPEG reader is two to three times as fast as the one that takes precedence.
  static final ImageReaderSpi JPEG_READER = jdk(ImageReaderSpi.class, "jpeg");
  static final ImageReaderSpi PNG_READER = jdk(ImageReaderSpi.class, "png");
  static final ImageReaderSpi GIF_READER = jdk(ImageReaderSpi.class, "gif");
  static final ImageReaderSpi BMP_READER = jdk(ImageReaderSpi.class, "bmp");
  static final TIFFImageReaderSpi TIFF_READER = new TIFFImageReaderSpi();
  static final ImageReaderSpi WEBP_READER = new WebPImageReaderSpi();

  /** For CMYK, which the JDK decodes without an error into wrong colours, and rarer kinds. */
  static final ImageReaderSpi ANY_JPEG_READER = anyJpeg();

  static final ImageWriterSpi JPEG_WRITER = jdk(ImageWriterSpi.class, "jpeg");
  static final ImageWriterSpi PNG_WRITER = jdk(ImageWriterSpi.class, "png");

  private static <T extends ImageReaderWriterSpi> T jdk(Class<T> kind, String format) {
    String home = "com.sun.imageio.plugins." + format + ".";
    Iterator<T> found =
        IIORegistry.getDefaultInstance()
            .getServiceProviders(kind, p -> p.getClass().getName().startsWith(home), false);
    if (!found.hasNext()) {
      throw new IllegalStateException(
          "this Java has no " + kind.getSimpleName() + " for " + format);
    }
    return found.next();
  }

  private static ImageReaderSpi anyJpeg() {
    IIORegistry registry = IIORegistry.getDefaultInstance();
    JPEGImageReaderSpi spi = registry.getServiceProviderByClass(JPEGImageReaderSpi.class);
    if (spi == null) {
      // It finds the JDK's reader, which it leans on, only by being registered.
      spi = new JPEGImageReaderSpi();
      registry.registerServiceProvider(spi, ImageReaderSpi.class);
    }
    return spi;
  }
}
