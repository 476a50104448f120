package org.lentigo.cli.photos;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DicomPhoto;
import org.lentigo.runtime.internal.PhotoNames;
import org.lentigo.runtime.internal.Reasons;

/**
 * Finds the photos that a command line names.
 *
 * <ul>
 *   <li>A file is taken whatever its name.
 *   <li>A folder is searched with its subfolders, through symbolic links, for files with an image's
 *       extension. Left out are hidden files and folders, and what lies beside a photo but is none:
 *       see {@link #isAnnotation}.
 *   <li>Anything else with {@code * ? [ ] { }} in it is a glob ({@code **} crosses folders), for
 *       shells that leave it to the command. A folder that it matches is searched.
 * </ul>
 */
public final class PhotoFinder {
  /** What is looked for in folders. */
  public enum Kind {
    PHOTO(PhotoNames.EXTENSIONS),
    JPEG(Set.of("jpg", "jpeg", "jpe")),
    /** Whatever its name: archives give objects names without an extension. */
    DICOM(Set.of("dcm", "dicom", "dic"));

    private final Set<String> extensions;

    Kind(Set<String> extensions) {
      this.extensions = extensions;
    }

    private boolean takes(Path file) {
      return PhotoNames.hasExtension(file.getFileName().toString(), extensions)
          || this == DICOM && isDicom(file);
    }

    private static boolean isDicom(Path file) {
      // A directory of other objects holds none itself.
      if (file.getFileName().toString().equalsIgnoreCase("DICOMDIR")) {
        return false;
      }
      try (InputStream in = Files.newInputStream(file)) {
        return DicomPhoto.isDicom(in.readNBytes(DicomPhoto.START));
      } catch (IOException e) {
        return false;
      }
    }
  }

  private static final List<String> ANNOTATIONS =
      Stream.concat(
              PhotoNames.ANNOTATIONS.stream(),
              Stream.of(DicomSource.SEGMENTATION, DicomSource.CAPTURE, DicomSource.REPORT))
          .toList();

  private static final String GLOB_CHARACTERS = "*?[]{}";

  /**
   * A photo.
   *
   * @param file as the command line reaches it
   * @param base the folder below which the outputs repeat the inputs' subfolders
   */
  public record Found(Path file, Path base) {}

  /**
   * @param photos in the order of the command line, and of their paths within a folder; none twice
   * @param problems a line for each argument or folder that gave nothing
   * @param annotations how many files were left out because they are masks, overlays or labels
   */
  public record Result(List<Found> photos, List<String> problems, int annotations) {}

  private final Kind kind;
  private final Path outputFolder;
  private final Map<Path, Found> photos = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final Set<Path> annotations = new HashSet<>();

  private PhotoFinder(Kind kind, Path outputFolder) {
    this.kind = kind;
    this.outputFolder = Names.absolute(outputFolder);
  }

  /**
   * Finds what the arguments name.
   *
   * @param kind of the files that folders are searched for
   * @param outputFolder what Lentigo wrote there is left out
   */
  public static Result find(Kind kind, List<String> arguments, Path outputFolder) {
    PhotoFinder finder = new PhotoFinder(kind, outputFolder);
    for (String argument : arguments) {
      finder.add(argument);
    }
    return new Result(
        List.copyOf(finder.photos.values()),
        List.copyOf(finder.problems),
        finder.annotations.size());
  }

  private void add(String argument) {
    if (argument.isBlank()) {
      problems.add("'" + argument + "': not a path; name a file, a folder or a glob");
      return;
    }
    try {
      Path path = Path.of(argument);
      if (Files.isDirectory(path)) {
        if (addAll(path, null) == 0) {
          problems.add(
              argument
                  + ": the folder holds no image (looked for "
                  + String.join(", ", kind.extensions.stream().sorted().toList())
                  + (kind == Kind.DICOM ? " and DICOM of other names" : "")
                  + " in it and its subfolders); name another folder or a file");
        }
        return;
      }
      if (Files.exists(path) || !isGlob(argument)) {
        // A missing file too: reading it says what is wrong, in its turn.
        add(path, parent(path));
        return;
      }
    } catch (InvalidPathException e) {
      if (!isGlob(argument)) {
        problems.add(argument + ": not a path (" + e.getReason() + ")");
        return;
      }
    }
    addGlob(argument);
  }

  private static boolean isGlob(String text) {
    return text.chars().anyMatch(c -> GLOB_CHARACTERS.indexOf(c) >= 0);
  }

  private void addGlob(String argument) {
    // The folder before the first element with a glob character is where the search starts.
    int firstGlob = 0;
    while (GLOB_CHARACTERS.indexOf(argument.charAt(firstGlob)) < 0) {
      firstGlob++;
    }
    int cut = argument.lastIndexOf('/', firstGlob) + 1;
    Path base = Path.of(cut == 0 ? "." : argument.substring(0, cut));
    PathMatcher matcher;
    try {
      matcher = FileSystems.getDefault().getPathMatcher("glob:" + argument.substring(cut));
    } catch (PatternSyntaxException e) {
      problems.add(argument + ": not a glob (" + e.getDescription() + ")");
      return;
    }
    if (addAll(base, matcher) == 0) {
      problems.add(argument + ": no image matches; check the path, or name a folder");
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  /**
   * Adds the photos in a folder.
   *
   * @param matcher takes a path relative to the folder; the file or a folder it lies in must match.
   *     Null takes everything.
   * @return how many there are
   */
  private int addAll(Path folder, @Nullable PathMatcher matcher) {
    Map<Path, Path> files = new TreeMap<>();
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            boolean skip = !dir.equals(folder) && (isHidden(dir) || isLabelFolder(dir));
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isSymbolicLink() && !isHidden(file) && kind.takes(file)) {
              // Links are followed: this one leads nowhere.
              problems.add(file + ": a link to nothing; mend it or remove it");
            } else if (attributes.isRegularFile()
                && !isHidden(file)
                && kind.takes(file)
                && (matcher == null || matches(matcher, folder.relativize(file)))) {
              if (isAnnotation(file)) {
                annotations.add(file);
              } else {
                files.put(file, file);
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // A link back to a folder above it: its photos are found there.
            if (!(e instanceof FileSystemLoopException)) {
              problems.add(file + ": cannot be read (" + Reasons.reason(e) + ")");
            }
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
    } catch (IOException e) {
      problems.add(folder + ": cannot be read to its end (" + Reasons.reason(e) + ")");
    }
    files.keySet().forEach(file -> add(file, folder));
    return files.size();
  }

  private static boolean matches(PathMatcher matcher, Path relative) {
    for (int elements = 1; elements <= relative.getNameCount(); elements++) {
      if (matcher.matches(relative.subpath(0, elements))) {
        return true;
      }
    }
    return false;
  }

  private void add(Path file, Path base) {
    photos.putIfAbsent(Names.absolute(file), new Found(file, base));
  }

  private static boolean isHidden(Path path) {
    return path.getFileName().toString().startsWith(".");
  }

  /**
   * Whether an image in a folder is a mask, an overlay or a label map rather than a photo: {@code
   * S_mask.png}, {@code S_overlay.jpg} or ISIC 2017's {@code S_superpixels.png} beside {@code
   * S.json} or the photo {@code S}, and any of them in the output folder.
   */
  private boolean isAnnotation(Path file) {
    String name = file.getFileName().toString();
    if (name.endsWith(DicomSource.PHOTO)) {
      return isOurs(file); // Elsewhere it is one to outline.
    }
    return PhotoNames.isAnnotation(
        name,
        ANNOTATIONS,
        kind.extensions,
        other -> isOurs(file) || Files.exists(file.resolveSibling(other)));
  }

  private boolean isOurs(Path file) {
    return Names.absolute(file).startsWith(outputFolder);
  }

  private static boolean isLabelFolder(Path folder) {
    return PhotoNames.isLabelFolder(
        folder.getFileName().toString(), other -> Files.isDirectory(folder.resolveSibling(other)));
  }
}
