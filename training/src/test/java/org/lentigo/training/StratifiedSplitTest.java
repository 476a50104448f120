package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StratifiedSplitTest {
  /** Stems whose area rises with the name, as when names follow the source. */
  private static Map<String, Double> areas(int count) {
    Map<String, Double> areas = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      areas.put(String.format(Locale.ROOT, "ISIC_%07d", i), (double) i / count);
    }
    return areas;
  }

  @ParameterizedTest
  @CsvSource({"858, 0.1, 86", "10, 0.25, 3", "2, 0.01, 1", "2, 0.99, 1", "7, 0.5, 4", "5, 0, 0"})
  void sizesAreExactAndPartsDisjointAndComplete(int images, double fraction, int held) {
    StratifiedSplit split = StratifiedSplit.of(areas(images), fraction, 1);

    assertThat(split.validation()).hasSize(held);
    List<String> all = new ArrayList<>(split.training());
    all.addAll(split.validation());
    assertThat(all).containsExactlyInAnyOrderElementsOf(areas(images).keySet());
  }

  @Test
  void everyBlockOfNeighboursInAreaGivesOne() {
    for (long seed = 0; seed < 20; seed++) {
      List<String> validation = StratifiedSplit.of(areas(100), 0.1, seed).validation();
      assertThat(validation)
          .extracting(stem -> Integer.parseInt(stem.substring(5)) / 10)
          .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }
  }

  @Test
  void onlyTheSeedDecidesNotTheOrderOfFiles() {
    List<Map.Entry<String, Double>> shuffled = new ArrayList<>(areas(200).entrySet());
    shuffled.replaceAll(e -> Map.entry(e.getKey(), Math.floor(5 * e.getValue())));
    Map<String, Double> one = new LinkedHashMap<>();
    shuffled.forEach(e -> one.put(e.getKey(), e.getValue()));
    Collections.shuffle(shuffled, new Random(3));
    Map<String, Double> other = new LinkedHashMap<>();
    shuffled.forEach(e -> other.put(e.getKey(), e.getValue()));

    assertThat(StratifiedSplit.of(other, 0.2, 7)).isEqualTo(StratifiedSplit.of(one, 0.2, 7));
    assertThat(StratifiedSplit.folds(other, 5, 7)).isEqualTo(StratifiedSplit.folds(one, 5, 7));
    assertThat(StratifiedSplit.of(one, 0.2, 8)).isNotEqualTo(StratifiedSplit.of(one, 0.2, 7));
    assertThat(StratifiedSplit.folds(one, 5, 8)).isNotEqualTo(StratifiedSplit.folds(one, 5, 7));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 23})
  void foldsCoverEveryImageOnceAndAreAlikeInArea(int k) {
    Map<String, Double> areas = areas(123);
    List<StratifiedSplit> folds = StratifiedSplit.folds(areas, k, 1);

    assertThat(folds).hasSize(k);
    assertThat(folds.stream().flatMap(fold -> fold.validation().stream()))
        .containsExactlyInAnyOrderElementsOf(areas.keySet());
    for (StratifiedSplit fold : folds) {
      assertThat(fold.validation()).hasSizeBetween(123 / k, (123 + k - 1) / k);
      assertThat(fold.training()).hasSize(123 - fold.validation().size());
      assertThat(fold.training()).doesNotContainAnyElementsOf(fold.validation());
      // Within a block of k, ranks differ by less than k: so do the folds' mean ranks.
      double mean = fold.validation().stream().mapToDouble(areas::get).average().orElseThrow();
      assertThat(mean * 123).isBetween(61.0 - k, 61.0 + k);
    }
  }

  @Test
  void impossibleSplitsAreRefused() {
    assertThatThrownBy(() -> StratifiedSplit.of(areas(9), 1, 1)).hasMessageContaining("got 1.0");
    assertThatThrownBy(() -> StratifiedSplit.of(areas(1), 0.1, 1)).hasMessageContaining("got 1");
    assertThatThrownBy(() -> StratifiedSplit.folds(areas(4), 5, 1)).hasMessageContaining("got 5");
    assertThatThrownBy(() -> StratifiedSplit.folds(areas(4), 1, 1)).hasMessageContaining("got 1");
  }
}
