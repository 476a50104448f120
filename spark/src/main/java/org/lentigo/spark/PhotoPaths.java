package org.lentigo.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.lentigo.runtime.internal.PhotoNames;

/**
 * Finds photos on any file system that Hadoop knows: in folders what {@code segment} finds there,
 * but for names that begin with an underscore, which for Hadoop are hidden, too.
 */
final class PhotoPaths {
  private PhotoPaths() {}

  /**
   * Whether a file in a folder is a photo, by its name and those beside it.
   *
   * @throws UncheckedIOException if what lies beside it cannot be looked up
   */
  static boolean isPhoto(FileSystem files, Path file) {
    String name = file.getName();
    return !isHidden(name)
        && PhotoNames.hasExtension(name, PhotoNames.EXTENSIONS)
        && !PhotoNames.isAnnotation(
            name,
            PhotoNames.ANNOTATIONS,
            PhotoNames.EXTENSIONS,
            other -> exists(files, new Path(file.getParent(), other)));
  }

  /**
   * Whether a folder within another is left out.
   *
   * @throws UncheckedIOException if what lies beside it cannot be looked up
   */
  static boolean isLeftOut(FileSystem files, Path folder) {
    return isHidden(folder.getName()) || isLabelFolder(files, folder);
  }

  private static boolean isLabelFolder(FileSystem files, Path folder) {
    return PhotoNames.isLabelFolder(
        folder.getName(), other -> exists(files, new Path(folder.getParent(), other)));
  }

  /** Whether a file that a stream came upon, which leaves out hidden folders itself, is a photo. */
  static boolean arrives(String path, Configuration hadoop) throws IOException {
    Path file = new Path(path);
    FileSystem files = file.getFileSystem(hadoop);
    return isPhoto(files, file) && !isLabelFolder(files, file.getParent());
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".") || name.startsWith("_");
  }

  private static boolean exists(FileSystem files, Path file) {
    try {
      return files.exists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
        } else if (files.getUri().getScheme().equals("file")) {
          listLocal(files, match.getPath(), new HashSet<>(), found);
        } else {
          list(files, match.getPath(), found);
        }
      }
    }
  }

  /** By Hadoop's own listing: for many folders of an object store it is one request. */
  private static void list(FileSystem files, Path folder, Consumer<String> found)
      throws IOException {
    RemoteIterator<? extends FileStatus> all = files.listFiles(folder, true);
    while (all.hasNext()) {
      Path file = all.next().getPath();
      Path above = file.getParent();
      while (above.depth() > folder.depth() && !isLeftOut(files, above)) {
        above = above.getParent();
      }
      if (above.depth() == folder.depth() && isPhoto(files, file)) {
        found.accept(file.toString());
      }
    }
  }

  /**
   * Folder by folder: Hadoop's own listing asks for permissions, too, for which a local file system
   * starts a process a file, 3 ms each; and it follows links in circles.
   *
   * @param above the folders that this one lies in, as they are without links
   */
  private static void listLocal(
      FileSystem files, Path folder, Set<java.nio.file.Path> above, Consumer<String> found)
      throws IOException {
    java.nio.file.Path real = java.nio.file.Path.of(folder.toUri().getPath()).toRealPath();
    if (!above.add(real)) {
      return; // A link back to a folder above it: its photos are found there.
    }
    RemoteIterator<FileStatus> all = files.listStatusIterator(folder);
    while (all.hasNext()) {
      FileStatus file = all.next();
      Path path = file.getPath();
      if (!file.isDirectory()) {
        if (isPhoto(files, path)) {
          found.accept(path.toString());
        }
      } else if (!isLeftOut(files, path)) {
        listLocal(files, path, above, found);
      }
    }
    above.remove(real);
  }
}
