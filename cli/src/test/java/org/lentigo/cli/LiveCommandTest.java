package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LiveCommandTest {
  @TempDir private Path temp;
  private Path frames;
  private Path model;

  @BeforeEach
  void prepare() throws IOException {
    frames = temp.resolve("frames");
    for (int i = 0; i < 12; i++) {
      Pictures.photo(frames.resolve(String.format(Locale.ROOT, "f%02d.jpg", i)), 48, 40);
    }
    model = Cli.writeModel(temp.resolve("model.safetensors"));
  }

  private Cli.Result live(Object... more) {
    Object[] all = new Object[5 + more.length];
    System.arraycopy(
        new Object[] {"live", "--model", model, "--engine", "onnx-runtime"}, 0, all, 0, 5);
    System.arraycopy(more, 0, all, 5, more.length);
    return Cli.run(all);
  }

  private static JsonNode figures(Path file) {
    return JsonMapper.builder().build().readTree(file.toFile());
  }

  @Test
  void everyFrameIsOutlined() throws IOException {
    Path out = temp.resolve("out");
    Cli.Result result =
        live("--source", frames, "--out", out, "--every-frame", "--fps", 10, "--threads", 1);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(Cli.tree(out)).hasSize(13).contains("frame-00000000.jpg", "frame-00001100.jpg");
    JsonNode figures = figures(out.resolve("live.json"));
    assertThat(figures.get("frames").size()).isEqualTo(12);
    assertThat(figures.get("dropped").asInt()).isZero();
    assertThat(figures.get("frames").get(3).get("seconds").asDouble()).isEqualTo(0.3, within(1e-9));
    assertThat(figures.get("model_sha256").asString()).hasSize(64);
    assertThat(result.out())
        .contains("12 frames of 48 x 40 outlined with onnx-runtime")
        .contains("p50")
        .contains("not a diagnosis");
  }

  /** Every frame is outlined or dropped: none is queued. */
  @Test
  void framesThatComeTooFastAreDropped() {
    Path out = temp.resolve("out");
    Cli.Result result = live("--source", frames, "--out", out, "--fps", 1000);
    assertThat(result.code()).as(result.err()).isZero();
    JsonNode figures = figures(out.resolve("live.json"));
    assertThat(figures.get("frames").size() + figures.get("dropped").asInt()).isEqualTo(12);
    assertThat(figures.get("frames").size()).isPositive();
    assertThat(figures.get("pace_fps").asDouble()).isEqualTo(1000);
  }

  @Test
  void goesOnPastABrokenFrame() throws IOException {
    Files.writeString(frames.resolve("f05.jpg"), "no picture");
    Cli.Result result = live("--source", frames, "--every-frame");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).anyMatch(line -> line.contains("f05.jpg"));
    assertThat(result.out()).contains("11 frames");
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    assertThat(live("--source", temp.resolve("none")).code()).isEqualTo(2);
    assertThat(live("--source", frames, "--fps", 0).code()).isEqualTo(2);
    Path empty = Files.createDirectories(temp.resolve("empty"));
    assertThat(live("--source", empty).err()).contains("no frame");
    Path used = Files.writeString(temp.resolve("out.mp4"), "mine");
    assertThat(live("--source", frames, "--out", used).err()).contains("--overwrite");
    // Video files are another module's, which these tests do not have.
    assertThat(live("--source", used).err()).contains("lentigo-video");
    assertThat(used).hasContent("mine");
  }

  @Test
  void lagIsMeasuredInFrames() {
    Steadiness steadiness = new Steadiness(0.5f);
    for (int frame = 0; frame < 20; frame++) {
      // The steadied square is where the frame's own was two frames before.
      steadiness.add(square(3 + frame), square(3 + frame - 2), 64);
    }
    assertThat(steadiness.lag().orElseThrow()).isCloseTo(2, within(0.01));
    // A square of 10 that moves by 1: 9 columns in common of 11.
    assertThat(steadiness.rawOverlap().orElseThrow()).isCloseTo(9.0 / 11, within(1e-9));

    Steadiness still = new Steadiness(0.5f);
    for (int frame = 0; frame < 9; frame++) {
      still.add(square(5), square(5), 64);
    }
    assertThat(still.lag()).isEmpty();
    assertThat(still.steadyOverlap()).hasValue(1);
  }

  private static float[] square(int left) {
    float[] map = new float[64 * 64];
    for (int y = 20; y < 30; y++) {
      for (int x = left; x < left + 10; x++) {
        map[y * 64 + x] = 1;
      }
    }
    return map;
  }
}
