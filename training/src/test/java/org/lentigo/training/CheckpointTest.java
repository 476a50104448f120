package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir private Path folder;

  private static Checkpoint sample() {
    Checkpoint state =
        new Checkpoint(
            "seed: 1\n",
            "abc",
            new TreeMap<>(Map.of("init", "parent", "lineage", "a\nb")),
            "fed",
            "1 of 3",
            new float[] {0.1f, 0.2f, 0.3f},
            new float[] {1, 2, 3},
            new float[] {4, -0f, Float.MIN_VALUE});
    state.average[1] = 9;
    state.first[2] = 8;
    state.second[0] = 7;
    state.epoch = 5;
    state.batch = 6;
    state.step = 1L << 40;
    state.lossSum = Math.PI;
    state.imagesSeen = 1L << 41;
    state.epochSeconds = 2.5;
    state.seconds = 3.5;
    state.averageIsBetter = false;
    state.latestJaccard = 0.75;
    return state;
  }

  @Test
  void whatIsWrittenIsRead() throws Exception {
    Path file = folder.resolve("c");
    sample().write(file, "1.2.3");
    Checkpoint read = Checkpoint.read(file, "4.5.6");
    assertThat(read.writtenBy).isEqualTo("1.2.3");
    assertThat(read).usingRecursiveComparison().ignoringFields("writtenBy").isEqualTo(sample());
    assertThat(folder)
        .isDirectoryContaining(f -> f.equals(file))
        .isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void damageIsFound() throws Exception {
    Path file = folder.resolve("c");
    sample().write(file, "1.2.3");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 4;
      Files.write(file, damaged);
      assertThatThrownBy(() -> Checkpoint.read(file, "4.5.6"))
          .as("byte %s", i)
          .isInstanceOf(IOException.class);
      Files.write(file, Arrays.copyOf(bytes, i));
      assertThatThrownBy(() -> Checkpoint.read(file, "4.5.6"))
          .as("%s bytes", i)
          .isInstanceOf(IOException.class);
    }
  }

  /** A later format keeps who wrote it where it is now. */
  @Test
  void anotherFormatIsRefusedWithTheWayOut() throws Exception {
    Path file = folder.resolve("checkpoint.bin");
    sample().write(file, "1.2.3");
    byte[] bytes = Files.readAllBytes(file);
    for (int format : new int[] {1, 3, 4, 5, 7, 99}) {
      ByteBuffer.wrap(bytes).putInt(4, format);
      Files.write(file, bytes);
      assertThatThrownBy(() -> Checkpoint.read(file, "4.5.6"))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("checkpoint.bin")
          .hasMessageContaining(format < 5 ? "Lentigo of before 0.1.0" : "Lentigo 1.2.3")
          .hasMessageContaining("(format " + format + ")")
          .hasMessageContaining("this is Lentigo 4.5.6 (format 6)")
          .hasMessageContaining("--init " + folder.resolve("model.safetensors"));
    }
  }
}
