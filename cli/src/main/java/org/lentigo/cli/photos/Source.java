package org.lentigo.cli.photos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.runtime.OutlinedPhoto;

/** How photos are read, and what is made of them beside mask, overlay and JSON. */
public interface Source {
  /** A file that was read. */
  interface Opened {
    Photo photo();

    /**
     * Outlines what is beside the photo in the file, such as further frames.
     *
     * @param outliner what will outline the photo, too
     */
    default Opened withFurther(Function<Photo, OutlinedPhoto> outliner) throws IOException {
      return this;
    }

    /**
     * Further files, by the ends of their names, as {@link Source#further} lists them.
     *
     * @param overlay the JPEG with the outline; null where none is wanted
     */
    Map<String, byte[]> further(OutlinedPhoto outlined, byte @Nullable [] overlay)
        throws IOException;
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be taken as a photo; the message says why
   */
  Opened open(Path file, long maxPixels) throws IOException;

  /** How many pixels it has, by its header; 0 if that does not tell. */
  long pixels(Path file);

  /** What is to be said of these photos together, before any of them is opened. */
  default List<String> notes(List<Path> photos) {
    return List.of();
  }

  /** The ends of the names of further files. */
  List<String> further(boolean overlay);

  /** Whether a file that is there already is what was made now. */
  boolean same(byte[] there, byte[] made);

  /** Pictures in files of their own. */
  Source PICTURES =
      new Source() {
        @Override
        public Opened open(Path file, long maxPixels) throws IOException {
          Photo photo = PhotoReader.read(file, maxPixels);
          return new Opened() {
            @Override
            public Photo photo() {
              return photo;
            }

            @Override
            public Map<String, byte[]> further(OutlinedPhoto outlined, byte @Nullable [] overlay) {
              return Map.of();
            }
          };
        }

        @Override
        public long pixels(Path file) {
          try {
            Size size = PhotoReader.size(file);
            return (long) size.width() * size.height();
          } catch (UnreadableImageException e) {
            return 0; // Reading it says what is wrong.
          }
        }

        @Override
        public List<String> further(boolean overlay) {
          return List.of();
        }

        @Override
        public boolean same(byte[] there, byte[] made) {
          return Arrays.equals(there, made);
        }
      };
}
