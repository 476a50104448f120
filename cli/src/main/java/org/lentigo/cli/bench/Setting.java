package org.lentigo.cli.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How an engine is used.
 *
 * @param threads that work on one frame, at least 1
 * @param callers frames under way at once, at least 1
 */
public record Setting(int threads, int callers) {
  /**
   * @throws IllegalArgumentException if either is below 1
   */
  public Setting {
    if (threads < 1 || callers < 1) {
      throw new IllegalArgumentException("--threads and --callers must be at least 1");
    }
  }

  /**
   * Every pair of those asked for; where none are, the pairs of 1 and one a processor that keep no
   * more processors busy than there are.
   *
   * @throws IllegalArgumentException if one asked for is below 1
   */
  public static List<Setting> of(@Nullable List<Integer> threads, @Nullable List<Integer> callers) {
    int processors = Runtime.getRuntime().availableProcessors();
    Set<Integer> usual = new LinkedHashSet<>(List.of(1, processors));
    boolean chosen = threads != null || callers != null;
    List<Setting> settings = new ArrayList<>();
    for (int t : threads == null ? usual : threads) {
      for (int c : callers == null ? usual : callers) {
        Setting setting = new Setting(t, c);
        if (chosen || t * c <= processors) {
          settings.add(setting);
        }
      }
    }
    return settings;
  }
}
