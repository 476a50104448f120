package org.lentigo.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** Finds photos on any file system that Hadoop knows. */
final class PhotoPaths {
  private static final Set<String> EXTENSIONS =
      Set.of("jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp", "gif");

  private PhotoPaths() {}

  /** By its name's ending; hidden files are none. */
  static boolean isPhoto(String path) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    return !name.startsWith(".")
        && !name.startsWith("_")
        && EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
  }

  /**
   * Finds photos one after the other, without holding all their paths.
   *
   * @param patterns folders, searched with their subfolders; files, taken whatever they are called;
   *     or globs of either
   * @throws FileNotFoundException if there is nothing by one of these names
   */
  static void find(List<String> patterns, Configuration hadoop, Consumer<String> found)
      throws IOException {
    for (String pattern : patterns) {
      Path path = new Path(pattern);
      FileSystem files = path.getFileSystem(hadoop);
      FileStatus[] matches = files.globStatus(path);
      if (matches == null || matches.length == 0) {
        throw new FileNotFoundException(pattern + ": no such file or folder");
      }
      for (FileStatus match : matches) {
        if (match.isFile()) {
          found.accept(match.getPath().toString());
        } else {
          list(files, match.getPath(), found);
        }
      }
    }
  }

  /**
   * The photos in a folder and its subfolders. Hadoop's own listing is one request for many folders
   * of an object store, but asks for permissions, too, for which a local file system starts a
   * process a file: 3 ms each.
   */
  private static void list(FileSystem files, Path folder, Consumer<String> found)
      throws IOException {
    boolean local = files.getUri().getScheme().equals("file");
    RemoteIterator<? extends FileStatus> all =
        local ? files.listStatusIterator(folder) : files.listFiles(folder, true);
    while (all.hasNext()) {
      FileStatus file = all.next();
      if (file.isDirectory()) {
        list(files, file.getPath(), found);
      } else if (isPhoto(file.getPath().toString())) {
        found.accept(file.getPath().toString());
      }
    }
  }
}
