package org.lentigo.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.imaging.video.VideoFormat;

class FfmpegFormatTest {
  @TempDir private Path folder;
  private final VideoFormat format =
      ServiceLoader.load(VideoFormat.class).findFirst().orElseThrow();

  private static RgbImage plain(int width, int height, int level) {
    byte[] data = new byte[3 * width * height];
    Arrays.fill(data, (byte) level);
    for (int i = 0; i < data.length; i += 3) {
      data[i] = (byte) 200;
    }
    return new RgbImage(width, height, data);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    Path file = folder.resolve("x.mp4");
    try (FrameWriter writer = format.write(file, 161, 120, 20)) {
      for (int i = 0; i < 10; i++) {
        writer.write(plain(161, 120, 20 * i), i / 20.0);
      }
      assertThat(file).doesNotExist();
      writer.finish();
    }
    assertThat(folder).isDirectoryContaining(f -> f.equals(file));
    assertThat(folder.toFile().list()).hasSize(1);

    try (FrameReader reader = format.read(file)) {
      assertThat(reader.framesPerSecond()).isCloseTo(20, within(0.1));
      int frames = 0;
      for (RgbImage frame = reader.next(); frame != null; frame = reader.next()) {
        assertThat(frame.width()).isEqualTo(160);
        assertThat(frame.height()).isEqualTo(120);
        int middle = 3 * (60 * 160 + 80);
        assertThat(frame.data()[middle] & 0xff).isCloseTo(200, within(12));
        assertThat(frame.data()[middle + 2] & 0xff).isCloseTo(20 * frames, within(12));
        frames++;
      }
      assertThat(frames).isEqualTo(10);
    }
  }

  @Test
  void saysWhatItCannotRead() throws IOException {
    Path text = Files.writeString(folder.resolve("x.mp4"), "no video");
    assertThatThrownBy(() -> format.read(text))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("x.mp4");
    assertThatThrownBy(() -> format.write(folder.resolve("none/x.mp4"), 64, 64, 25))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("x.mp4");
  }

  @Test
  void whatIsNotFinishedLeavesTheFileAsItWas() throws IOException {
    Path file = Files.writeString(folder.resolve("x.mp4"), "mine");
    try (FrameWriter writer = format.write(file, 64, 48, 20)) {
      writer.write(plain(64, 48, 90), 0);
    }
    assertThat(file).hasContent("mine");
    assertThat(folder.toFile().list()).containsExactly("x.mp4");
  }

  /** Two streams of H.264, one after the other, are a video whose size changes on the way. */
  @Test
  void readsOnWhereTheSizeChanges() throws IOException {
    Path file = folder.resolve("both.h264");
    Files.write(file, stream(64, 48));
    Files.write(file, stream(96, 80), StandardOpenOption.APPEND);

    List<String> sizes = new ArrayList<>();
    try (FrameReader reader = format.read(file)) {
      for (RgbImage frame = reader.next(); frame != null; frame = reader.next()) {
        sizes.add(frame.width() + " x " + frame.height());
        // The picture itself, not rows of the one before.
        int last = frame.data().length - 3;
        assertThat(frame.data()[last] & 0xff).isCloseTo(200, within(12));
        assertThat(frame.data()[last + 2] & 0xff).isCloseTo(90, within(12));
      }
    }
    List<String> expected = new ArrayList<>(Collections.nCopies(5, "64 x 48"));
    expected.addAll(Collections.nCopies(5, "96 x 80"));
    assertThat(sizes).isEqualTo(expected);
  }

  private byte[] stream(int width, int height) throws IOException {
    Path file = folder.resolve(width + ".h264");
    try (FrameWriter writer = format.write(file, width, height, 20)) {
      for (int i = 0; i < 5; i++) {
        writer.write(plain(width, height, 90), i / 20.0);
      }
      writer.finish();
    }
    return Files.readAllBytes(file);
  }

  /**
   * A disk that is full, by a limit on the size of a file: half-way, and within the last bytes,
   * whose loss FFmpeg does not report.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  void whatDoesNotFitLeavesTheFileAsItWas() throws Exception {
    Path file = folder.resolve("x.mp4");
    assertThat(limited(file, "unlimited")).isEqualTo("written");
    long size = Files.size(file);
    for (long limit : new long[] {size / 2048, (size - 1) / 1024}) {
      Files.writeString(file, "mine");
      assertThat(limited(file, Long.toString(limit))).startsWith("refused: " + file);
      assertThat(file).hasContent("mine");
      assertThat(folder.toFile().list()).containsExactly("x.mp4");
    }
  }

  /** What {@link Writes} says under a limit on the kilobytes of a file. */
  private static String limited(Path file, String limit) throws Exception {
    Process process =
        new ProcessBuilder(
                "bash",
                "-c",
                "ulimit -f " + limit + " && exec \"$@\"",
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                Writes.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return out.strip();
  }

  /** Run by {@link #limited}. */
  static final class Writes {
    public static void main(String[] args) throws IOException {
      try (FrameWriter writer = new FfmpegFormat().write(Path.of(args[0]), 320, 240, 25)) {
        byte[] noise = new byte[3 * 320 * 240];
        for (int i = 0; i < 100; i++) {
          new Random(i).nextBytes(noise);
          writer.write(new RgbImage(320, 240, noise), i / 25.0);
        }
        writer.finish();
        System.out.println("written");
      } catch (IOException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }
}
