package org.lentigo.imaging.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.UnreadableMaskException;

/** Opens data sets as their owners lay them out; see {@link Layout}. */
public final class DataSets {
  static final Comparator<Pair> BY_STEM = Comparator.comparing(Pair::stem);

  private static final Set<String> PICTURES =
      Set.of("jpg", "jpeg", "png", "bmp", "tif", "tiff", "webp");

  private static final String PH2_IMAGES = "PH2 Dataset images";

  private DataSets() {}

  /**
   * Opens the data set in a folder, or in its only subfolder that holds one. Looks at names alone;
   * {@link DataSet#checked} looks into the files.
   *
   * <p>A file without its counterpart is left out and listed under {@link DataSet#problems()}. So
   * is an image that appears in a second part: it stays where it is held out (test before
   * validation before training), so that nobody trains on what they test on.
   *
   * @throws DataSetException if there is no data set in the folder, or several
   * @throws IOException if the folder cannot be listed
   */
  public static DataSet open(Path dir) throws IOException {
    return open(List.of(dir));
  }

  /**
   * Opens several folders as one data set, part by part.
   *
   * @throws DataSetException if one of the folders holds no data set, or several
   * @throws IOException if a folder cannot be listed
   */
  public static DataSet open(List<Path> dirs) throws IOException {
    if (dirs.isEmpty()) {
      throw new DataSetException("no data set folder was named");
    }
    Gathering gathering = new Gathering();
    Set<String> names = new LinkedHashSet<>();
    for (Path dir : dirs) {
      Found found = find(dir);
      gathering.add(found);
      names.add(found.name());
    }
    return gathering.finish(String.join(" + ", names));
  }

  /** A folder with a layout recognised in it. */
  private record Found(Path dir, Layout layout) {
    String name() {
      Path folder = dir.toAbsolutePath().normalize().getFileName();
      return layout == Layout.PLAIN && folder != null ? folder.toString() : layout.label();
    }
  }

  private static Found find(Path dir) throws IOException {
    if (!Files.isDirectory(dir)) {
      throw new DataSetException(dir + ": no such folder");
    }
    List<Found> found = layoutsIn(dir);
    if (found.isEmpty()) {
      for (Path child : list(dir)) {
        if (Files.isDirectory(child)) {
          found.addAll(layoutsIn(child));
        }
      }
    }
    if (found.isEmpty()) {
      throw new DataSetException(
          dir
              + ": holds no data set; wanted are images/ and masks/, \""
              + PH2_IMAGES
              + "\", or folders named as ISIC 2016, 2017 or 2018 Task 1 publish them, such as "
              + Layout.ISIC_2016.folders().get(0).images());
    }
    if (found.size() > 1) {
      throw new DataSetException(
          dir
              + ": holds several data sets ("
              + String.join(", ", found.stream().map(f -> f.name() + " in " + f.dir()).toList())
              + "); name the folder of one, or each in turn");
    }
    return found.get(0);
  }

  private static List<Found> layoutsIn(Path dir) throws IOException {
    List<Found> found = new ArrayList<>();
    for (Layout layout : Layout.values()) {
      boolean here =
          switch (layout) {
            case PH2 -> !ph2Cases(dir).isEmpty();
            // Either name alone is too common to mean a data set.
            case PLAIN ->
                Files.isDirectory(dir.resolve("images")) && Files.isDirectory(dir.resolve("masks"));
            default ->
                layout.folders().stream()
                    .flatMap(f -> Stream.of(f.images(), f.masks()))
                    .anyMatch(name -> Files.isDirectory(dir.resolve(name)));
          };
      if (here) {
        found.add(new Found(dir, layout));
      }
    }
    return found;
  }

  private static List<Path> ph2Cases(Path dir) throws IOException {
    Path images = dir.resolve(PH2_IMAGES);
    return list(Files.isDirectory(images) ? images : dir).stream()
        .filter(f -> f.getFileName().toString().matches("IMD\\d+") && Files.isDirectory(f))
        .toList();
  }

  /** What is found, as it is found. */
  private static final class Gathering {
    private final Map<Part, List<Pair>> parts = new TreeMap<>();
    private final List<Problem> problems = new ArrayList<>();

    /** In the order in which an image that is in several is kept. */
    private enum Part {
      TEST,
      VALIDATION,
      TRAINING,
      UNSPLIT;

      static Part of(@Nullable Split split) {
        if (split == null) {
          return UNSPLIT;
        }
        return switch (split) {
          case TRAIN -> TRAINING;
          case VALIDATION -> VALIDATION;
          case TEST -> TEST;
        };
      }
    }

    void add(Found found) throws IOException {
      if (found.layout() == Layout.PH2) {
        for (Path folder : ph2Cases(found.dir())) {
          addPh2Case(folder);
        }
      }
      for (Layout.Folders folders : found.layout().folders()) {
        addFolders(found.dir(), folders);
      }
    }

    private void addFolders(Path dir, Layout.Folders folders) throws IOException {
      Path imageDir = dir.resolve(folders.images());
      Path maskDir = dir.resolve(folders.masks());
      boolean hasImages = Files.isDirectory(imageDir);
      boolean hasMasks = Files.isDirectory(maskDir);
      if (hasImages != hasMasks) {
        problems.add(
            hasImages
                ? new Problem(imageDir, "the folder of its masks, " + maskDir + ", is missing")
                : new Problem(maskDir, "the folder of its images, " + imageDir + ", is missing"));
      }
      if (!hasImages || !hasMasks) {
        return;
      }
      Map<String, Path> images = new TreeMap<>();
      for (Path image : pictures(imageDir)) {
        keep(images, stem(image), image, "image");
      }
      Map<String, Path> masks = new TreeMap<>();
      for (Path mask : pictures(maskDir)) {
        String stem = stem(mask);
        keep(masks, images.containsKey(stem) ? stem : withoutMaskSuffix(stem), mask, "mask");
      }
      images.forEach(
          (stem, image) -> {
            Path mask = masks.remove(stem);
            if (mask == null) {
              problems.add(new Problem(image, "it has no mask in " + maskDir));
            } else {
              pairs(Part.of(folders.split())).add(new Pair(stem, image, mask));
            }
          });
      masks.forEach(
          (stem, mask) ->
              problems.add(
                  new Problem(mask, "a surplus mask: no image " + stem + " in " + imageDir)));
    }

    private void addPh2Case(Path folder) throws IOException {
      String stem = folder.getFileName().toString();
      Path image = picture(folder.resolve(stem + "_Dermoscopic_Image"), stem);
      Path mask = picture(folder.resolve(stem + "_lesion"), stem + "_lesion");
      if (image != null && mask != null) {
        pairs(Part.UNSPLIT).add(new Pair(stem, image, mask));
      } else if (image != null) {
        problems.add(
            new Problem(image, "it has no mask " + stem + "_lesion.bmp in " + stem + "_lesion"));
      } else if (mask != null) {
        problems.add(
            new Problem(mask, "a surplus mask: no image in " + stem + "_Dermoscopic_Image"));
      } else {
        problems.add(new Problem(folder, "it holds neither image nor mask"));
      }
    }

    private List<Pair> pairs(Part part) {
      return parts.computeIfAbsent(part, p -> new ArrayList<>());
    }

    private void keep(Map<String, Path> byStem, String stem, Path file, String what) {
      Path first = byStem.putIfAbsent(stem, file);
      if (first != null) {
        problems.add(
            new Problem(
                file,
                "a second " + what + " of " + stem + "; " + first.getFileName() + " is used"));
      }
    }

    DataSet finish(String name) {
      Map<String, Pair> kept = new TreeMap<>();
      for (Part part : Part.values()) {
        List<Pair> pairs = pairs(part);
        pairs.sort(BY_STEM.thenComparing(Pair::image));
        for (Iterator<Pair> i = pairs.iterator(); i.hasNext(); ) {
          Pair pair = i.next();
          Pair first = kept.putIfAbsent(pair.stem(), pair);
          if (first != null) {
            problems.add(
                new Problem(pair.image(), "left out, because " + first.image() + " is in use"));
            i.remove();
          }
        }
      }
      return new DataSet(
          name,
          pairs(Part.TRAINING),
          pairs(Part.VALIDATION),
          pairs(Part.TEST),
          pairs(Part.UNSPLIT),
          problems);
    }
  }

  private static List<Path> list(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.filter(f -> !f.getFileName().toString().startsWith(".")).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (NotDirectoryException e) {
      throw new DataSetException(dir + ": not a folder");
    }
  }

  private static List<Path> pictures(Path dir) throws IOException {
    return list(dir).stream()
        .filter(
            f -> {
              String name = f.getFileName().toString().toLowerCase(Locale.ROOT);
              // ISIC 2017 puts a picture of superpixels beside each photo.
              int dot = name.lastIndexOf('.');
              return dot > 0
                  && PICTURES.contains(name.substring(dot + 1))
                  && !name.contains("_superpixels.")
                  && Files.isRegularFile(f);
            })
        .toList();
  }

  private static @Nullable Path picture(Path dir, String stem) throws IOException {
    if (!Files.isDirectory(dir)) {
      return null;
    }
    return pictures(dir).stream().filter(f -> stem(f).equals(stem)).findFirst().orElse(null);
  }

  private static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  private static String withoutMaskSuffix(String stem) {
    for (String suffix : List.of("_segmentation", "_mask")) {
      int length = stem.length() - suffix.length();
      if (length > 0 && stem.regionMatches(true, length, suffix, 0, suffix.length())) {
        return stem.substring(0, length);
      }
    }
    return stem;
  }

  /**
   * Looks into a pair: the image has a readable header, the mask is two-valued, and their sizes are
   * equal. The image is not decoded.
   */
  public static Optional<Problem> check(Pair pair) {
    Path file = pair.image();
    try {
      Size size = PhotoReader.size(pair.image());
      file = pair.mask();
      Mask mask = Masks.read(pair.mask());
      if (mask.width() != size.width() || mask.height() != size.height()) {
        return Optional.of(
            new Problem(
                pair.mask(),
                String.format(
                    Locale.ROOT,
                    "the mask is %d x %d pixels but its image %s is %d x %d",
                    mask.width(),
                    mask.height(),
                    pair.image().getFileName(),
                    size.width(),
                    size.height())));
      }
      return Optional.empty();
    } catch (UnreadableMaskException e) {
      return Optional.of(new Problem(file, e.reason()));
    } catch (UnreadableImageException e) {
      return Optional.of(new Problem(file, String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      return Optional.of(new Problem(file, "cannot be read (" + e + ")"));
    }
  }

  /**
   * A fingerprint of the pairs' stems and the bytes of their files, for a model's provenance. It
   * depends neither on where the files lie nor on the order of the pairs.
   *
   * @return SHA-256 as 64 hexadecimal digits
   */
  public static String sha256(Collection<Pair> pairs) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    for (Pair pair : pairs.stream().sorted(BY_STEM).toList()) {
      update(digest, pair.stem().getBytes(StandardCharsets.UTF_8));
      update(digest, Files.readAllBytes(pair.image()));
      update(digest, Files.readAllBytes(pair.mask()));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The length first, so that no two lists of files run into the same bytes. */
  private static void update(MessageDigest digest, byte[] bytes) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }
}
