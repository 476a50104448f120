package org.lentigo.server;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.UlrtsNet;
import org.lentigo.network.Weights;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.ServerConfig.Limits;

/** What the server's tests share. */
final class Fixtures {
  static final String TOKEN = "a-token-for-tests-only";

  /** How long tests wait for what must come: far longer than it takes on any machine. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Fixtures() {}

  /** An untrained network with a small input, quick to run. */
  static Segmenter segmenter() {
    Network variant = Networks.get(UlrtsNet.DEFAULT_VARIANT);
    return Segmenter.of(
        new Model(
            "untrained",
            variant,
            Weights.random(variant.graph(), 11),
            new Preprocessing(32, List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f)),
            0.5f,
            new TreeMap<>()),
        1);
  }

  /** A dark disc on skin, as a JPEG. */
  static byte[] photo(int width, int height) {
    return photo(width, height, 0, new Random(0));
  }

  /**
   * As a camera gives it.
   *
   * @param noise its standard deviation, in levels
   */
  static byte[] photo(int width, int height, double noise, Random random) {
    byte[] data = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        boolean lesion =
            Math.hypot(x - width / 2.0, y - height / 2.0) < Math.min(width, height) / 3.0;
        int i = 3 * (y * width + x);
        data[i] = (byte) (lesion ? 90 : 215);
        data[i + 1] = (byte) (lesion ? 60 : 170);
        data[i + 2] = (byte) (lesion ? 45 : 150 + (x * 7 + y * 13) % 20);
        for (int channel = i; channel < i + 3; channel++) {
          long noisy = Math.round((data[channel] & 255) + noise * random.nextGaussian());
          data[channel] = (byte) Math.max(0, Math.min(255, noisy));
        }
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PhotoWriter.writeJpeg(new RgbImage(width, height, data), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static byte[] photo() {
    return photo(60, 45);
  }

  /** Limits that tests reach: 100 kB, 100,000 pixels. */
  static Limits limits(int threads, int waiting) {
    return new Limits(threads, waiting, 100_000, 16, Duration.ofSeconds(20), 100_000, 2, 1_000);
  }

  static ServerConfig config(Limits limits, @Nullable String token, @Nullable Path store) {
    return new ServerConfig("127.0.0.1", 0, token, Set.of("lentigo.test"), limits, store);
  }

  static ServerConfig config() {
    return config(limits(2, 8), null, null);
  }

  static HttpRequest.Builder request(LentigoServer server, String path) {
    return HttpRequest.newBuilder(server.uri().resolve(path)).timeout(PATIENCE);
  }

  static HttpRequest.Builder post(LentigoServer server, byte[] body) {
    return request(server, "/v1/segmentations").POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  static HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  /** Waits until it is so. */
  static void await(String what, Callable<Boolean> condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (!condition.call()) {
        if (System.nanoTime() > end) {
          throw new AssertionError("waited " + PATIENCE + " in vain until " + what);
        }
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(CountDownLatch latch) throws InterruptedException {
    if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("waited " + PATIENCE + " in vain");
    }
  }

  /** Waits until the metrics hold this line. */
  static void awaitMetric(LentigoServer server, String line) {
    await(
        line,
        () ->
            text(send(request(server, "/metrics").header("Authorization", "Bearer " + TOKEN)))
                .contains("\n" + line + "\n"));
  }

  static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /** Reads until this text has come. */
  static String awaitText(Socket socket, String wanted) throws IOException {
    StringBuilder seen = new StringBuilder();
    while (seen.indexOf(wanted) < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new AssertionError("wanted " + wanted + ", got " + seen);
      }
      seen.append((char) next);
    }
    return seen.toString();
  }

  /** All that comes until the server hangs up. */
  static String allOf(Socket socket) throws IOException {
    StringBuilder seen = new StringBuilder();
    try {
      for (int next = socket.getInputStream().read();
          next >= 0;
          next = socket.getInputStream().read()) {
        seen.append((char) next);
      }
    } catch (SocketException e) {
      // Hung up on with something unread.
    }
    return seen.toString();
  }

  /**
   * Sends these bytes and returns all that comes back until the server hangs up or falls silent.
   */
  static String raw(LentigoServer server, String request) throws IOException {
    URI uri = server.uri();
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
          .lines()
          .collect(Collectors.joining("\n"));
    }
  }

  /** A form with one file. */
  static byte[] form(String boundary, String field, String fileName, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String head =
        "--"
            + boundary
            + "\r\nContent-Disposition: form-data; name=\""
            + field
            + "\"; filename=\""
            + fileName
            + "\"\r\nContent-Type: image/jpeg\r\n\r\n";
    out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(content);
    out.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
    return out.toByteArray();
  }

  /** The tests' segmenter, of which others change what they are about. */
  static class Wrapped implements Segmenter {
    private final Segmenter inner = segmenter();

    @Override
    public Model model() {
      return inner.model();
    }

    @Override
    public Engine engine() {
      return inner.engine();
    }

    @Override
    public Segmentation segment(RgbImage image, float threshold) {
      return inner.segment(image, threshold);
    }

    @Override
    public Segmenter mirrored() {
      return inner.mirrored();
    }

    @Override
    public int views() {
      return inner.views();
    }

    @Override
    public Segmenter oneLook() {
      return inner.oneLook();
    }

    @Override
    public int looks() {
      return inner.looks();
    }

    @Override
    public LiveSegmenter live(boolean smooth) {
      return inner.live(smooth);
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  /** A segmenter whose photos larger than a pixel, and new cameras, wait until they are let go. */
  static final class Held extends Wrapped {
    final CountDownLatch release = new CountDownLatch(1);
    final CountDownLatch begun = new CountDownLatch(1);

    @Override
    public Segmentation segment(RgbImage image, float threshold) {
      if (image.width() > 1) {
        hold();
      }
      return super.segment(image, threshold);
    }

    private void hold() {
      begun.countDown();
      try {
        if (!release.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new IllegalStateException("the test never let go");
        }
      } catch (InterruptedException e) {
        IllegalStateException interrupted = new IllegalStateException("interrupted");
        interrupted.setStackTrace(new StackTraceElement[0]); // For the log.
        throw interrupted;
      }
    }

    @Override
    public LiveSegmenter live(boolean smooth) {
      hold();
      return super.live(smooth);
    }

    @Override
    public void close() {
      release.countDown();
      super.close();
    }
  }
}
