package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherMapsTest {
  private static final byte[] FIRST = {0, 1, -1};
  private static final byte[] SECOND = {2, 3, 4};
  private static final byte[] THIRD = {5, 6, 7};

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void twoMaps() throws IOException {
    file = folder.resolve("teacher.bin");
    TeacherMaps maps = TeacherMaps.open(file, "key", 3);
    maps.add(List.of(FIRST));
    maps.add(List.of(SECOND));
  }

  @Test
  void thoseOfTheSameKeyAreThereAgainAndTheRestFollows() throws IOException {
    TeacherMaps again = TeacherMaps.open(file, "key", 3);
    assertThat(again.maps()).containsExactly(FIRST, SECOND);
    again.add(List.of(THIRD));

    assertThat(TeacherMaps.open(file, "key", 3).maps()).containsExactly(FIRST, SECOND, THIRD);
    assertThat(TeacherMaps.open(file, "other", 3).maps()).isEmpty();
    assertThat(TeacherMaps.open(file, "key", 3).maps()).isEmpty();
  }

  /** A kill leaves any part of the file; what is whole of it stays, and goes on. */
  @Test
  void whatIsHalfWrittenIsCutOff() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    int record = FIRST.length + Integer.BYTES;
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      TeacherMaps cut = TeacherMaps.open(file, "key", 3);
      boolean one = length >= whole.length - record;
      assertThat(cut.maps()).as("%d bytes", length).hasSize(one ? 1 : 0);
      cut.add(List.of(THIRD));

      assertThat(TeacherMaps.open(file, "key", 3).maps())
          .as("%d bytes", length)
          .containsExactlyElementsOf(one ? List.of(FIRST, THIRD) : List.of(THIRD));
    }
  }

  @Test
  void aMapThatTheDiskHasSpoiltAndAllAfterItAreMadeAgain() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - Integer.BYTES - 1]++;
    Files.write(file, bytes);

    assertThat(TeacherMaps.open(file, "key", 3).maps()).containsExactly(FIRST);
  }
}
