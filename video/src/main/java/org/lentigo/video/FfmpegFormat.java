package org.lentigo.video;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.bytedeco.javacv.FFmpegFrameRecorder;
import org.bytedeco.javacv.Frame;
import org.bytedeco.javacv.FrameGrabber;
import org.bytedeco.javacv.FrameRecorder;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.video.FrameReader;
import org.lentigo.imaging.video.FrameWriter;
import org.lentigo.imaging.video.VideoFormat;

/** Reads whatever FFmpeg reads; writes H.264 in MP4, or what the file's extension asks for. */
public final class FfmpegFormat implements VideoFormat {
  /** Bits a second for each pixel of a frame, at 25 frames a second: an outline stays sharp. */
  private static final double BITS_PER_PIXEL = 6;

  /** Found by {@link java.util.ServiceLoader}. */
  public FfmpegFormat() {
    // What goes wrong is told by whoever called, in one line.
    avutil.av_log_set_level(avutil.AV_LOG_FATAL);
  }

  @Override
  public FrameReader read(Path file) throws IOException {
    FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(file.toFile());
    grabber.setPixelFormat(avutil.AV_PIX_FMT_RGB24);
    try {
      grabber.start();
      if (grabber.getImageWidth() < 1) {
        throw new IOException(file + ": has no picture");
      }
    } catch (FrameGrabber.Exception e) {
      grabber.close();
      throw new IOException(file + ": no video that FFmpeg reads", e);
    }
    return new Reader(file, grabber);
  }

  @Override
  public FrameWriter write(Path file, int width, int height, double framesPerSecond)
      throws IOException {
    // Chroma has half the resolution.
    int evenWidth = width / 2 * 2;
    int evenHeight = height / 2 * 2;
    if (evenWidth < 2 || evenHeight < 2) {
      throw new IOException(
          "a video needs at least 2 x 2 pixels, got %d x %d".formatted(width, height));
    }
    String name = String.valueOf(file.getFileName());
    // The extension stays last: it says what to write.
    Path part = file.resolveSibling("." + ProcessHandle.current().pid() + ".part-" + name);
    FFmpegFrameRecorder recorder = new FFmpegFrameRecorder(part.toFile(), evenWidth, evenHeight);
    recorder.setVideoCodec(avcodec.AV_CODEC_ID_H264);
    recorder.setPixelFormat(avutil.AV_PIX_FMT_YUV420P);
    recorder.setFrameRate(framesPerSecond);
    recorder.setVideoBitrate((int) Math.min(50e6, BITS_PER_PIXEL * evenWidth * evenHeight));
    try {
      recorder.start();
    } catch (FrameRecorder.Exception e) {
      recorder.close();
      Files.deleteIfExists(part);
      throw new IOException(file + ": FFmpeg cannot write it; name a file such as out.mp4", e);
    }
    return new Writer(file, part, recorder);
  }

  private static final class Reader implements FrameReader {
    private final Path file;
    private final FFmpegFrameGrabber grabber;

    Reader(Path file, FFmpegFrameGrabber grabber) {
      this.file = file;
      this.grabber = grabber;
    }

    @Override
    public double framesPerSecond() {
      double rate = grabber.getVideoFrameRate();
      return Double.isFinite(rate) && rate > 0 ? rate : 0;
    }

    @Override
    public @Nullable RgbImage next() throws IOException {
      Frame frame;
      try {
        frame = grabber.grabImage();
      } catch (FrameGrabber.Exception e) {
        throw new IOException(file + ": the video is damaged", e);
      }
      if (frame == null) {
        return null;
      }
      int width = frame.imageWidth;
      int height = frame.imageHeight;
      byte[] data = new byte[3 * width * height];
      ByteBuffer rows = (ByteBuffer) frame.image[0];
      for (int y = 0; y < height; y++) {
        rows.get(y * frame.imageStride, data, 3 * y * width, 3 * width);
      }
      return new RgbImage(width, height, data);
    }

    @Override
    public void close() throws IOException {
      grabber.close();
    }
  }

  private static final class Writer implements FrameWriter {
    private final Path file;
    private final Path part;
    private final FFmpegFrameRecorder recorder;
    private final Frame frame;
    private int frames;

    Writer(Path file, Path part, FFmpegFrameRecorder recorder) {
      this.file = file;
      this.part = part;
      this.recorder = recorder;
      frame = new Frame(recorder.getImageWidth(), recorder.getImageHeight(), Frame.DEPTH_UBYTE, 3);
    }

    @Override
    public void write(RgbImage image, double seconds) throws IOException {
      int width = frame.imageWidth;
      ByteBuffer rows = (ByteBuffer) frame.image[0];
      for (int y = 0; y < frame.imageHeight; y++) {
        rows.put(y * frame.imageStride, image.data(), 3 * y * image.width(), 3 * width);
      }
      try {
        long time = Math.round(1e6 * seconds);
        if (time > recorder.getTimestamp()) {
          recorder.setTimestamp(time);
        }
        recorder.record(frame, avutil.AV_PIX_FMT_RGB24);
      } catch (FrameRecorder.Exception e) {
        throw new IOException(file + ": cannot be written (" + e.getMessage() + ")", e);
      }
      frames++;
    }

    @Override
    public void finish() throws IOException {
      try {
        recorder.stop();
      } catch (FrameRecorder.Exception e) {
        throw new IOException(file + ": cannot be ended (" + e.getMessage() + ")", e);
      }
      // FFmpeg's last bytes, without which some formats cannot be read at all, fail in silence.
      int readable = packets(part);
      if (readable < frames) {
        throw new IOException(
            "%s: of %d frames only %d are in the file; is the disk full?"
                .formatted(file, frames, readable));
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
      try {
        recorder.close();
      } catch (FrameRecorder.Exception e) {
        // What is thrown away need not be whole.
      } finally {
        frame.close();
        Files.deleteIfExists(part);
      }
    }
  }

  /**
   * The frames that a video file without sound holds, counted without decoding them; 0 if it is
   * none.
   */
  private static int packets(Path file) {
    int count = 0;
    try (FFmpegFrameGrabber grabber = new FFmpegFrameGrabber(file.toFile())) {
      grabber.start();
      while (grabber.grabPacket() != null) {
        count++;
      }
    } catch (FrameGrabber.Exception e) {
      // What has been counted is what can be read.
    }
    return count;
  }
}
