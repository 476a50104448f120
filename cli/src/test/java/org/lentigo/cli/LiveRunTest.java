package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.cli.live.LiveRun;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;

/** What a run does when one of its three threads fails. A thread that is waited for hangs it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LiveRunTest {
  /** More than may wait to be written, so that a writer that is dead is waited for. */
  private static final int FRAMES = 30;

  private static Segmenter segmenter;

  private final List<String> problems = new ArrayList<>();
  private final Target target = new Target();
  private BooleanSupplier stop = () -> false;

  @BeforeAll
  static void open() {
    segmenter = Segmenter.of(Cli.model(), 1, List.of(Engine.ONNX_RUNTIME), reason -> {});
  }

  @AfterAll
  static void close() {
    segmenter.close();
  }

  /** Hears what becomes of it; fails at one of the frames if told to. */
  private static final class Target implements FrameWriter {
    final List<RgbImage> frames = Collections.synchronizedList(new ArrayList<>());
    @Nullable Throwable failure;
    int failsAt = 3;
    boolean finished;
    boolean closed;

    @Override
    public void write(RgbImage frame, double seconds) throws IOException {
      frames.add(frame);
      if (failure != null && frames.size() == failsAt) {
        LiveRunTest.<RuntimeException>throwAsItIs(failure);
      }
    }

    @Override
    public void finish() {
      finished = true;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void throwAsItIs(Throwable failure) throws T {
    throw (T) failure;
  }

  private interface Frames {
    @Nullable RgbImage next(int index) throws IOException;
  }

  private static RgbImage frame(int width, int height) {
    return new RgbImage(width, height, new byte[3 * width * height]);
  }

  private LiveRun run(boolean everyFrame, Frames frames) {
    FrameReader reader =
        new FrameReader() {
          private int index;

          @Override
          public double framesPerSecond() {
            return 0;
          }

          @Override
          public @Nullable RgbImage next() throws IOException {
            return index == FRAMES ? null : frames.next(index++);
          }

          @Override
          public void close() {}
        };
    return new LiveRun(
        reader,
        segmenter.live(true),
        0.5f,
        500,
        everyFrame,
        (width, height) -> target,
        stop,
        problems::add);
  }

  static Stream<Throwable> whateverAWriterDiesOf() {
    return Stream.of(
        new IOException("the disk is full"),
        new IllegalStateException("the encoder is gone"),
        new OutOfMemoryError("the heap is full"),
        new StackOverflowError("the stack is full"),
        new NoClassDefFoundError("org/bytedeco/Gone"),
        new AssertionError("this cannot be"),
        new Exception("nobody declared this"));
  }

  @ParameterizedTest
  @MethodSource("whateverAWriterDiesOf")
  void aWriterThatDiesEndsTheRun(Throwable failure) {
    target.failure = failure;
    assertThatThrownBy(() -> run(true, i -> frame(48, 40)).run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(failure.getMessage());
    assertThat(target.frames).hasSize(3);
    assertThat(target.closed).isTrue();
    assertThat(target.finished).isFalse();
  }

  @Test
  void aWriterThatDiesEndsARunThatKeepsPace() {
    target.failure = new OutOfMemoryError("the heap is full");
    // A machine that is slow outlines, and writes, few of the frames that come.
    target.failsAt = 1;
    assertThatThrownBy(() -> run(false, i -> frame(48, 40)).run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the heap is full");
    assertThat(target.closed).isTrue();
    assertThat(target.finished).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSourceThatDiesEndsTheRun(boolean everyFrame) {
    Frames frames =
        i -> {
          if (i == 5) {
            throw new NoClassDefFoundError("org/bytedeco/Gone");
          }
          return frame(48, 40);
        };
    assertThatThrownBy(() -> run(everyFrame, frames).run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("org/bytedeco/Gone");
    assertThat(target.closed).isTrue();
    assertThat(target.finished).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEngineThatDiesEndsTheRun(boolean everyFrame) {
    Segmenter gone = Segmenter.of(Cli.model(), 1, List.of(Engine.ONNX_RUNTIME), reason -> {});
    Frames frames =
        i -> {
          if (i == 1) {
            gone.close(); // After the frames that warm it up.
          }
          return frame(48, 40);
        };
    Segmenter whole = segmenter;
    segmenter = gone;
    try {
      assertThatThrownBy(() -> run(everyFrame, frames).run())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("closed");
    } finally {
      segmenter = whole;
    }
    assertThat(target.closed).isTrue();
    assertThat(target.finished).isFalse();
  }

  @Test
  void aMovingPictureOfNothingIsNotFinished() throws Exception {
    stop = () -> true;
    assertThat(run(true, i -> frame(48, 40)).run().frames()).isEmpty();
    assertThat(target.closed).isTrue();
    assertThat(target.finished).isFalse();
  }

  @Test
  void framesOfAnotherSizeAreScaledAndToldOfOnce() throws Exception {
    LiveRun.Result result =
        run(true, i -> i % 3 == 0 ? frame(48, 40) : frame(10 * i, 7 * i + 1)).run();
    assertThat(result.frames()).hasSize(FRAMES);
    assertThat(result.unreadable()).isZero();
    assertThat(target.frames).hasSize(FRAMES).allMatch(f -> f.width() == 48 && f.height() == 40);
    assertThat(target.finished).isTrue();
    assertThat(problems).singleElement().asString().contains("10 x 8", "48 x 40", "scaled");
  }
}
