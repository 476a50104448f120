package org.lentigo.runtime.internal;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/** Which files and folders hold photos, by their names: on whatever file system they lie. */
public final class PhotoNames {
  /** Those of photos, in lower case. */
  public static final Set<String> EXTENSIONS =
      Set.of("jpg", "jpeg", "jpe", "png", "bmp", "tif", "tiff", "webp", "gif");

  public static final String MASK = "_mask.png";
  public static final String OVERLAY = "_overlay.jpg";
  public static final String JSON = ".json";

  /** How pictures end that may be a mask, an overlay or ISIC 2017's label map. */
  public static final List<String> ANNOTATIONS = List.of(MASK, OVERLAY, "_superpixels.png");

  private PhotoNames() {}

  /**
   * Whether a file has one of some extensions.
   *
   * @param extensions in lower case; the file's may be of any
   */
  public static boolean hasExtension(String name, Set<String> extensions) {
    int dot = name.lastIndexOf('.');
    return dot > 0 && extensions.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /**
   * Whether a file is an annotation rather than a photo: {@code S_mask.png}, for example, beside
   * {@code S.json} or the photo {@code S}.
   *
   * @param suffixes how annotations end, such as {@link #ANNOTATIONS}
   * @param extensions those of the photos that it may lie beside
   * @param liesBeside whether a file of a name lies in the same folder
   */
  public static boolean isAnnotation(
      String name, List<String> suffixes, Set<String> extensions, Predicate<String> liesBeside) {
    for (String suffix : suffixes) {
      if (name.endsWith(suffix) && name.length() > suffix.length()) {
        String stem = name.substring(0, name.length() - suffix.length());
        return liesBeside.test(stem + JSON)
            || liesBeside.test(stem)
            || extensions.stream()
                .map(extension -> stem + "." + extension)
                .anyMatch(
                    photo ->
                        liesBeside.test(photo) || liesBeside.test(photo.toUpperCase(Locale.ROOT)));
      }
    }
    return false;
  }

  /**
   * Whether a folder is one of PH2's, which keeps each photo in {@code X_Dermoscopic_Image} and its
   * labels in folders beside it.
   *
   * @param liesBeside whether a folder of a name lies in the same folder
   */
  public static boolean isLabelFolder(String name, Predicate<String> liesBeside) {
    for (String suffix : List.of("_lesion", "_roi")) {
      if (name.endsWith(suffix)) {
        String stem = name.substring(0, name.length() - suffix.length());
        return liesBeside.test(stem + "_Dermoscopic_Image");
      }
    }
    return false;
  }
}
