package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.cli.live.Steadiness;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.imaging.video.VideoFormat;
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
  void neverWritesOverItsSource() throws IOException {
    Path link = Files.createSymbolicLink(temp.resolve("link"), frames);
    Path dangling =
        Files.createSymbolicLink(temp.resolve("dangling"), frames.resolve("not/yet/there"));
    Path other = Files.createDirectories(temp.resolve("other/deep"));
    Path up = Files.createSymbolicLink(temp.resolve("up"), other);
    Path relative = Path.of("").toAbsolutePath().relativize(frames.toAbsolutePath());
    List<String> before = Cli.tree(frames);
    for (Path target :
        List.of(
            frames,
            frames.resolve("."),
            frames.resolve("../frames/new"),
            frames.resolve("new/deeper"),
            frames.resolve("out.mp4"),
            relative,
            relative.resolve("out.mp4"),
            link,
            link.resolve("new"),
            dangling,
            dangling.resolve("deeper"),
            // Not beside the link, but beside what it leads to.
            up.resolve("../../frames/new"))) {
      Cli.Result result = live("--source", frames, "--out", target, "--overwrite");
      assertThat(result.code()).as("%s", target).isEqualTo(2);
      assertThat(result.errors()).singleElement().asString().contains("--out " + target);
      result = live("--source", link, "--out", target, "--overwrite");
      assertThat(result.code()).as("%s", target).isEqualTo(2);
    }
    assertThat(Cli.tree(frames)).isEqualTo(before);

    // A name that only begins like the source's is another one.
    Path beside = temp.resolve("frames2");
    assertThat(live("--source", frames, "--every-frame", "--out", beside).code()).isZero();

    Path video = Files.writeString(temp.resolve("in.mp4"), "a video");
    Path hard = Files.createLink(temp.resolve("hard.mp4"), video);
    Path soft = Files.createSymbolicLink(temp.resolve("soft.mp4"), video);
    for (Path target : List.of(video, hard, soft, video.resolve("in"), temp)) {
      Cli.Result result = live("--source", video, "--out", target, "--overwrite");
      assertThat(result.code()).as("%s", target).isEqualTo(2);
      assertThat(result.errors()).singleElement().asString().contains("source");
    }
    // The figures too.
    Path named = Files.move(beside, temp.resolve("out.mp4.json"));
    Cli.Result result = live("--source", named, "--out", temp.resolve("out.mp4"), "--overwrite");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("figures");
    assertThat(video).hasContent("a video");
  }

  @Test
  void refusesATargetOfTheWrongKindBeforeAnyWork() throws IOException {
    Path file = Files.writeString(temp.resolve("file"), "mine");
    Cli.Result result = live("--source", frames, "--out", file, "--overwrite");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("is a file").contains("out.mp4");
    assertThat(file).hasContent("mine");
    Path folder = Files.createDirectories(temp.resolve("folder.mp4"));
    result = live("--source", frames, "--out", folder, "--overwrite");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("is a folder");
    Path figures = Files.writeString(temp.resolve("x.mp4.json"), "mine");
    result = live("--source", frames, "--out", temp.resolve("x.mp4"));
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("x.mp4.json").contains("--overwrite");
    assertThat(figures).hasContent("mine");
  }

  @Test
  void aFolderThatCannotBeWrittenStaysAsItWas() throws IOException {
    Path out = Files.createDirectories(temp.resolve("out"));
    Files.writeString(out.resolve("frame-00000000.jpg"), "an old frame");
    Files.writeString(out.resolve("live.json"), "old figures");
    Files.createDirectories(out.resolve("frame-00000440.jpg/in the way"));
    Cli.Result result = live("--source", frames, "--every-frame", "--out", out, "--overwrite");
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("frame-00000440.jpg");
    assertThat(Cli.tree(out)).containsExactly("frame-00000000.jpg", "live.json");
    assertThat(out.resolve("frame-00000000.jpg")).hasContent("an old frame");
    assertThat(out.resolve("live.json")).hasContent("old figures");
  }

  @Test
  void framesOfAnotherSizeAreScaled() throws IOException {
    Pictures.photo(frames.resolve("f05.jpg"), 90, 60);
    Path out = temp.resolve("out");
    Cli.Result result = live("--source", frames, "--every-frame", "--out", out);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.errors()).singleElement().asString().contains("90 x 60", "48 x 40");
    assertThat(Cli.tree(out)).hasSize(13);
    assertThat(PhotoReader.size(out.resolve("frame-00000200.jpg"))).isEqualTo(new Size(48, 40));
  }

  /** A video format whose writer dies in the middle. */
  public static final class DyingFormat implements VideoFormat {
    @Override
    public FrameReader read(Path file) throws IOException {
      throw new IOException(file + ": not read here");
    }

    @Override
    public FrameWriter write(Path file, int width, int height, double framesPerSecond) {
      return new FrameWriter() {
        private int frames;

        @Override
        public void write(RgbImage frame, double seconds) {
          if (++frames == 3) {
            throw new UnsatisfiedLinkError("no encoder\nin this library");
          }
        }

        @Override
        public void finish() throws IOException {
          Files.writeString(file, "a new video");
        }

        @Override
        public void close() {}
      };
    }
  }

  @Test
  void aVideoThatCannotBeWrittenStaysAsItWas() throws IOException {
    Path out = Files.writeString(temp.resolve("out.mp4"), "an old video");
    Path figures = Files.writeString(temp.resolve("out.mp4.json"), "old figures");
    Path services = temp.resolve("services/META-INF/services");
    Files.createDirectories(services);
    Files.writeString(services.resolve(VideoFormat.class.getName()), DyingFormat.class.getName());
    Thread thread = Thread.currentThread();
    ClassLoader loader = thread.getContextClassLoader();
    try (URLClassLoader with =
        new URLClassLoader(new URL[] {temp.resolve("services/").toUri().toURL()}, loader)) {
      thread.setContextClassLoader(with);
      Cli.Result result = live("--source", frames, "--every-frame", "--out", out, "--overwrite");
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.errors()).singleElement().asString().contains("no encoder in this library");
      assertThat(result.out()).isEmpty();
    } finally {
      thread.setContextClassLoader(loader);
    }
    assertThat(out).hasContent("an old video");
    assertThat(figures).hasContent("old figures");
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
