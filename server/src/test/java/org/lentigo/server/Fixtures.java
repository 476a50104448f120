package org.lentigo.server;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Model;
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

  static final HttpClient CLIENT = HttpClient.newHttpClient();

  private Fixtures() {}

  /** An untrained network with a small input, quick to run. */
  static Segmenter segmenter() {
    UlrtsNet.Variant variant = UlrtsNet.variant(UlrtsNet.DEFAULT_VARIANT);
    return Segmenter.of(
        new Model(
            "untrained",
            variant,
            Weights.random(UlrtsNet.graph(variant), 11),
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
    return HttpRequest.newBuilder(server.uri().resolve(path)).timeout(Duration.ofSeconds(30));
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

  /**
   * Sends these bytes and returns all that comes back until the server hangs up or falls silent.
   */
  static String raw(LentigoServer server, String request) throws IOException {
    URI uri = server.uri();
    try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
      socket.setSoTimeout(10_000);
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

  /** A segmenter whose photos larger than a pixel, and new cameras, wait until they are let go. */
  static final class Held implements Segmenter {
    final CountDownLatch release = new CountDownLatch(1);
    final CountDownLatch begun = new CountDownLatch(1);
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
      if (image.width() > 1) {
        hold();
      }
      return inner.segment(image, threshold);
    }

    private void hold() {
      begun.countDown();
      try {
        if (!release.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the test never let go");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public LiveSegmenter live(boolean smooth) {
      hold();
      return inner.live(smooth);
    }

    @Override
    public void close() {
      release.countDown();
      inner.close();
    }
  }
}
