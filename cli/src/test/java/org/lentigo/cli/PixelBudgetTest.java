package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.runtime.PixelBudget;

@Timeout(20)
class PixelBudgetTest {
  @TempDir private Path temp;

  @Test
  void largePhotosWaitForEachOtherAndSmallOnesDoNot() throws Exception {
    // Room for 5 units of a megapixel; the large photo takes 4, the small ones 1 each.
    PixelBudget budget = new PixelBudget(5 * 16_000_000L);
    Path large = Pictures.photo(temp.resolve("large.jpg"), 2000, 1700);
    Path small = Pictures.photo(temp.resolve("small.jpg"));

    PixelBudget.Share first = budget.take(large);
    try (PixelBudget.Share beside = budget.take(small)) {
      assertThat(beside).isNotNull();
    }
    CompletableFuture<PixelBudget.Share> second =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return budget.take(large);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    TimeUnit.MILLISECONDS.sleep(200);
    assertThat(second).isNotDone();

    first.close();
    second.get(10, TimeUnit.SECONDS).close();
  }

  @Test
  void aPhotoLargerThanTheBudgetRunsAlone() throws Exception {
    PixelBudget budget = new PixelBudget(1);

    try (PixelBudget.Share share =
        budget.take(Pictures.photo(temp.resolve("large.jpg"), 2000, 1700))) {
      assertThat(share).isNotNull();
    }
  }

  @Test
  void aFileThatIsNoPhotoTakesAShareLikeASmallOne() throws Exception {
    try (PixelBudget.Share share = new PixelBudget(1).take(temp.resolve("missing.jpg"))) {
      assertThat(share).isNotNull();
    }
  }
}
