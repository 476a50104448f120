package org.lentigo.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path folder;

  private Stream<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList().stream();
    }
  }

  @Test
  void theNameMayBeAsLongAsNamesCanBe() throws IOException {
    Path file = folder.resolve("n".repeat(251) + ".txt");
    AtomicFiles.write(file, new byte[] {1, 2});
    AtomicFiles.write(file, new byte[] {3});
    assertThat(file).hasBinaryContent(new byte[] {3});
    assertThat(files()).containsExactly(file);
  }

  @Test
  void whateverFailsLeavesTheOldContentAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    assertThatIOException()
        .isThrownBy(
            () ->
                AtomicFiles.write(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IOException("full");
                    }))
        .withMessage("full");
    assertThatThrownBy(
            () ->
                AtomicFiles.write(
                    file,
                    out -> {
                      throw new IllegalStateException("broken");
                    }))
        .hasMessage("broken");
    assertThat(file).hasContent("old");
    assertThat(files()).containsExactly(file);
  }

  @Test
  void durablyIsAllOrNothingToo() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    assertThatIOException()
        .isThrownBy(
            () ->
                AtomicFiles.writeDurably(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IOException("full");
                    }))
        .withMessage("full");
    assertThat(file).hasContent("old");
    AtomicFiles.writeDurably(file, out -> out.write("new".getBytes(StandardCharsets.UTF_8)));
    assertThat(file).hasContent("new");
    assertThat(files()).containsExactly(file);
  }

  @Test
  void aLinkIsReplacedAndWhatItLedToStays() throws IOException {
    Path target = Files.writeString(folder.resolve("target"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target);
    AtomicFiles.write(link, new byte[] {'n', 'e', 'w'});
    assertThat(link).isRegularFile().hasContent("new");
    assertThat(Files.isSymbolicLink(link)).isFalse();
    assertThat(target).hasContent("old");
  }

  /** A thread that is asked to stop neither leaves a part behind nor loses what was there. */
  @Test
  void anInterruptLeavesTheOldContentOrTheNew() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    Thread.currentThread().interrupt();
    try {
      AtomicFiles.write(file, "new".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    } catch (IOException e) {
      assertThat(file).hasContent("old");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(Files.readString(file)).isIn("old", "new");
    assertThat(files()).containsExactly(file);
  }
}
