package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.runtime.PixelBudget;

@Timeout(value = 10, unit = TimeUnit.MINUTES)
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
    FutureTask<PixelBudget.Share> second = new FutureTask<>(() -> budget.take(large));
    Thread waiting = new Thread(second);
    waiting.start();
    while (waiting.getState() != Thread.State.WAITING) {
      assertThat(second).isNotDone();
      Thread.onSpinWait();
    }

    first.close();
    second.get().close();
  }

  @Test
  void aShareIsGivenBackOnce() throws Exception {
    PixelBudget budget = new PixelBudget(2 * 16_000_000L);
    PixelBudget.Share first = budget.take(0);
    first.close();
    first.close();
    // All there is: a second closing must not have made it more.
    try (PixelBudget.Share all = budget.take(10_000_000)) {
      FutureTask<PixelBudget.Share> next = new FutureTask<>(() -> budget.take(0));
      Thread waiting = new Thread(next);
      waiting.start();
      while (waiting.getState() != Thread.State.WAITING) {
        assertThat(next).isNotDone();
        Thread.onSpinWait();
      }
      assertThat(all).isNotNull();
      waiting.interrupt();
      waiting.join();
    }
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
