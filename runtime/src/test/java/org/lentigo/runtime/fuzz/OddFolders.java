package org.lentigo.runtime.fuzz;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.lentigo.imaging.dataset.Layout;

/**
 * Folders that are something like data sets: names of every layout in the wrong places, odd names,
 * folders called as pictures are, damaged, empty and missing files, links into nothing and in
 * circles.
 */
final class OddFolders {
  private static final List<String> FILES =
      List.of(
          "x.jpg",
          "x.png",
          "x.PNG",
          "x_mask.png",
          "x_Segmentation.png",
          "x_superpixels.png",
          "y.webp",
          "y.bmp",
          "y_mask.bmp",
          "_mask.png",
          "_segmentation.png",
          "png",
          ".png",
          "..png",
          "a..png",
          "a.png.",
          "jpg",
          " .jpg",
          "a b.jpg",
          "a\nb.png",
          "\u00fc\u00df\u65e5.jpg",
          "IMD001.bmp",
          "IMD001_lesion.bmp",
          "z".repeat(251) + ".jpg",
          "z".repeat(246) + "_mask.png",
          "notes.txt");

  private final List<String> names = new ArrayList<>(FILES);
  private final List<byte[]> contents;

  OddFolders() throws IOException {
    contents = new ArrayList<>(SeedFiles.masks());
    contents.addAll(SeedFiles.photos().subList(0, 6));
    for (int i = 0; i < 8; i++) {
      names.add("images");
      names.add("masks");
    }
    for (Layout layout : Layout.values()) {
      for (Layout.Folders folders : layout.folders()) {
        names.add(folders.images());
        names.add(folders.masks());
      }
    }
    names.addAll(
        List.of("PH2 Dataset images", "IMD001", "IMD001_Dermoscopic_Image", "IMD001_lesion"));
  }

  /** Fills an empty folder, as {@code mutator} draws. */
  void fill(Path root, Mutator mutator) throws IOException {
    List<Path> folders = new ArrayList<>(List.of(root));
    if (mutator.below(2) == 0) {
      folders.add(Files.createDirectory(root.resolve("images")));
      folders.add(Files.createDirectory(root.resolve("masks")));
    }
    for (int left = 4 + mutator.below(16); left > 0; left--) {
      try {
        Path path = mutator.oneOf(folders).resolve(mutator.oneOf(names));
        if (Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        boolean folder = !path.getFileName().toString().contains(".");
        int kind = mutator.below(10);
        if (kind == 0) {
          Path target = mutator.oneOf(List.of(path, root, Path.of(".."), Path.of("images")));
          Files.createSymbolicLink(path, target);
        } else if (folder != (kind == 1)) {
          folders.add(Files.createDirectory(path));
        } else {
          byte[] content = mutator.oneOf(contents);
          Files.write(path, kind < 6 ? content : mutator.damaged(content, contents));
        }
      } catch (InvalidPathException | UnsupportedOperationException e) {
        // Not a name in this machine's encoding, or no links here: one file fewer.
      }
    }
  }

  /** Deletes what is in the folder. */
  static void empty(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, java.io.IOException e)
              throws IOException {
            if (!folder.equals(root)) {
              Files.delete(folder);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
