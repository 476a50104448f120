package org.lentigo.cli.photos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.lentigo.runtime.internal.PhotoNames;

/** Where the outputs for each photo go, so that no two photos share one. */
public final class Names {
  private Names() {}

  /** The file's name without its extension. */
  public static String stem(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? name : name.substring(0, dot);
  }

  /**
   * The outputs of one photo.
   *
   * @param photo the input
   * @param prefix the outputs' path without a suffix, such as {@link PhotoNames#MASK}
   */
  public record Target(Path photo, Path prefix) {
    Path mask() {
      return with(PhotoNames.MASK);
    }

    Path overlay() {
      return with(PhotoNames.OVERLAY);
    }

    Path json() {
      return with(PhotoNames.JSON);
    }

    Path with(String suffix) {
      return prefix.resolveSibling(prefix.getFileName() + suffix);
    }
  }

  /**
   * One target a photo, in the same order. {@code base/sub/x.jpg} goes to {@code out/sub/x}. Photos
   * of one folder that differ only in their extension keep it: {@code out/sub/x.jpg} and {@code
   * out/sub/x.png}. If two of different folders would still meet, all outputs repeat the inputs'
   * folders from the last one that all photos have in common.
   */
  public static List<Target> plan(List<PhotoFinder.Found> photos, Path out) {
    List<Path> prefixes = new ArrayList<>();
    for (PhotoFinder.Found photo : photos) {
      prefixes.add(absolute(photo.base()).relativize(absolute(photo.file())));
    }
    if (meet(photos, prefixes)) {
      Path common = commonFolder(photos);
      prefixes.replaceAll(unused -> common);
      for (int i = 0; i < prefixes.size(); i++) {
        prefixes.set(i, common.relativize(absolute(photos.get(i).file())));
      }
    }
    Map<String, Integer> uses = new HashMap<>();
    for (Path file : prefixes) {
      uses.merge(key(withoutExtension(file)), 1, Integer::sum);
      uses.merge(key(file), 1, Integer::sum);
    }
    List<Target> targets = new ArrayList<>();
    for (int i = 0; i < prefixes.size(); i++) {
      Path file = prefixes.get(i);
      Path stem = withoutExtension(file);
      // A file without an extension counts twice by itself.
      boolean alone = uses.getOrDefault(key(stem), 0) == (stem.equals(file) ? 2 : 1);
      targets.add(new Target(photos.get(i).file(), out.resolve(alone ? stem : file)));
    }
    return targets;
  }

  private static Path withoutExtension(Path file) {
    return file.resolveSibling(stem(file));
  }

  /** Whether two photos' names below the output folder are the same, extension included. */
  private static boolean meet(List<PhotoFinder.Found> photos, List<Path> relative) {
    Set<String> full = new HashSet<>();
    Map<String, Path> folders = new HashMap<>();
    for (int i = 0; i < relative.size(); i++) {
      Path folder = absolute(photos.get(i).file()).getParent();
      Path stem = withoutExtension(relative.get(i));
      Path other = folders.putIfAbsent(key(stem), folder);
      if (!full.add(key(relative.get(i))) || (other != null && !other.equals(folder))) {
        return true;
      }
    }
    return false;
  }

  private static Path commonFolder(List<PhotoFinder.Found> photos) {
    Path common = absolute(photos.get(0).file());
    for (PhotoFinder.Found photo : photos) {
      Path folder = absolute(photo.file()).resolveSibling("");
      while (!folder.startsWith(common)) {
        common = Objects.requireNonNull(common.getParent(), "folders of two file systems");
      }
    }
    return common;
  }

  /** Equal for names that a file system which ignores case holds to be one. */
  private static String key(Path path) {
    return path.toString().toLowerCase(Locale.ROOT);
  }

  /**
   * The absolute path without {@code .} and {@code ..}. Behind a symbolic link {@code ..} is the
   * folder above the one it leads to, as it is to the file system, and not the one it lies in.
   */
  static Path absolute(Path path) {
    Path whole = path.toAbsolutePath();
    Path current = whole.getRoot();
    for (Path name : whole) {
      if (name.toString().equals("..")) {
        Path from = Files.isSymbolicLink(current) ? real(current) : current;
        Path above = from.getParent();
        current = above == null ? current : above;
      } else if (!name.toString().equals(".")) {
        current = current.resolve(name);
      }
    }
    return current;
  }

  private static Path real(Path link) {
    try {
      return link.toRealPath();
    } catch (IOException e) {
      return link; // It leads nowhere, and whoever opens what lies behind it will say so.
    }
  }
}
