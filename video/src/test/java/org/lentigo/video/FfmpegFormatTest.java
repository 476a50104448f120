package org.lentigo.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
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
}
