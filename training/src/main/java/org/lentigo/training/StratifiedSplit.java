package org.lentigo.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Which images train and which validate, alike in lesion area.
 *
 * <p>A split by name would follow the acquisition source, and one blindly at random can put most of
 * the large lesions on one side. Here the images are sorted by lesion area, cut into blocks of
 * neighbours, and chance decides within each block only. The result depends on the stems, the areas
 * and the seed, never on the order in which files were found.
 *
 * @param training stems in ascending order
 * @param validation stems in ascending order, none of them in {@code training}
 */
public record StratifiedSplit(List<String> training, List<String> validation) {

  /**
   * One part of a cross-validation.
   *
   * @param number from 1 to {@code of}
   * @param of folds in all, at least 2
   */
  public record Fold(int number, int of) {
    public Fold {
      if (of < 2 || number < 1 || number > of) {
        throw new IllegalArgumentException(
            "fold: got " + number + " of " + of + ", wanted 1 to at least 2");
      }
    }

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws IllegalArgumentException if the text is not a fold
     */
    public static Fold parse(String text) {
      String[] parts = text.split(" of ", -1);
      if (parts.length != 2) {
        throw new IllegalArgumentException("fold: got '" + text + "', wanted such as 1 of 5");
      }
      return new Fold(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    public String toString() {
      return number + " of " + of;
    }
  }

  public StratifiedSplit {
    training = training.stream().sorted().toList();
    validation = validation.stream().sorted().toList();
  }

  /**
   * Holds out {@code round(fraction * images)} images: one from each of as many blocks. A fraction
   * above 0 holds out at least one image and leaves at least one.
   *
   * @param areaFractions lesion area as a share of the image's, 0 to 1, by stem
   * @param fraction 0 (no validation) to below 1
   * @throws IllegalArgumentException if the fraction is out of range or there are fewer than two
   *     images to split
   */
  public static StratifiedSplit of(Map<String, Double> areaFractions, double fraction, long seed) {
    if (!(fraction >= 0 && fraction < 1)) {
      throw new IllegalArgumentException(
          "validation fraction: got " + fraction + ", wanted 0 to below 1");
    }
    List<String> stems = byArea(areaFractions);
    if (fraction == 0) {
      return new StratifiedSplit(stems, List.of());
    }
    if (stems.size() < 2) {
      throw new IllegalArgumentException(
          "a split needs at least 2 images, got " + stems.size() + "; add images");
    }
    int held = Math.min(stems.size() - 1, Math.max(1, (int) Math.round(fraction * stems.size())));
    Random random = new Random(seed);
    List<String> validation = new ArrayList<>(held);
    List<String> training = new ArrayList<>(stems);
    for (int block = 0; block < held; block++) {
      int first = (int) ((long) block * stems.size() / held);
      int end = (int) ((long) (block + 1) * stems.size() / held);
      validation.add(stems.get(first + random.nextInt(end - first)));
    }
    training.removeAll(validation);
    return new StratifiedSplit(training, validation);
  }

  /**
   * Cross-validation: k splits whose validation parts are disjoint, together hold every image, and
   * differ in size by one at most.
   *
   * @param areaFractions lesion area as a share of the image's, 0 to 1, by stem
   * @param k from 2 to the number of images
   * @throws IllegalArgumentException if k is out of range
   */
  public static List<StratifiedSplit> folds(Map<String, Double> areaFractions, int k, long seed) {
    List<String> stems = byArea(areaFractions);
    if (k < 2 || k > stems.size()) {
      throw new IllegalArgumentException(
          "folds: got " + k + ", wanted 2 to the number of images (" + stems.size() + ")");
    }
    Random random = new Random(seed);
    List<List<String>> held = new ArrayList<>();
    List<Integer> deal = new ArrayList<>();
    for (int fold = 0; fold < k; fold++) {
      held.add(new ArrayList<>());
      deal.add(fold);
    }
    for (int i = 0; i < stems.size(); i++) {
      if (i % k == 0) {
        Collections.shuffle(deal, random);
      }
      held.get(deal.get(i % k)).add(stems.get(i));
    }
    List<StratifiedSplit> splits = new ArrayList<>();
    for (List<String> validation : held) {
      List<String> training = new ArrayList<>(stems);
      training.removeAll(validation);
      splits.add(new StratifiedSplit(training, validation));
    }
    return List.copyOf(splits);
  }

  private static List<String> byArea(Map<String, Double> areaFractions) {
    return areaFractions.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
        .map(Map.Entry::getKey)
        .toList();
  }
}
