package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How photos are handed on while they are listed, without Spark. */
class BatchesTest {
  @Test
  void eachIsHandedOnOnceAndTheNextAreListedMeanwhile() throws Exception {
    List<Set<String>> batches = new ArrayList<>();
    Set<String> done = new HashSet<>(Set.of("1"));
    CountDownLatch fifthListed = new CountDownLatch(1);
    OutlinePhotos.inBatches(
        found -> {
          for (String path : List.of("0", "1", "0", "2", "3", "4", "2", "5", "6")) {
            found.accept(path);
            if (path.equals("4")) {
              fifthListed.countDown();
            }
          }
        },
        3,
        done::add,
        batch -> {
          try {
            assertThat(fifthListed.await(1, TimeUnit.MINUTES)).isTrue();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          batches.add(batch);
        });
    assertThat(batches).containsExactly(Set.of("0", "2", "3"), Set.of("4", "5", "6"));
  }

  @Test
  void aBatchThatFailsEndsTheListing() {
    IllegalStateException full = new IllegalStateException("full");
    assertThatThrownBy(
            () ->
                OutlinePhotos.inBatches(
                    found -> IntStream.iterate(0, i -> i + 1).forEach(i -> found.accept("" + i)),
                    10,
                    path -> path.length() < 2,
                    batch -> {
                      throw full;
                    }))
        .isSameAs(full);
  }
}
