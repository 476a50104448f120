package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.ServerConfig.Limits;

/**
 * Eight clients on the loopback, each with a malformed request after every fourth good one, beside
 * clients that dawdle and a thousand connections that say nothing. It takes a few seconds, or as
 * many as {@code -Dlentigo.load.seconds} says, and prints what it saw. The clients run in the
 * server's own Java and on the same processors: a server alone is faster.
 */
class LoadTest {
  private static final int SECONDS = Integer.getInteger("lentigo.load.seconds", 4);
  private static final int CLIENTS = 8;

  /** As many as this machine lets a process open: here both ends of a connection count. */
  private static final int IDLE = Math.min(1_000, openFiles() / 4);

  private static final int SLOW = 8;

  /** From here on garbage and compilation no longer hide a leak. */
  private static final int LONG_RUN_SECONDS = 60;

  private static final long LEAK_BYTES = 24L << 20;
  private static final long PATIENCE_SECONDS = 300;

  /** What one client saw. */
  private record Seen(List<Long> nanos, int malformed, List<String> wrong) {}

  /** A request that is to be refused, and how. */
  private record Malformed(HttpRequest request, int status) {}

  @Test
  void goodRequestsAreAnsweredWhateverOthersDo() throws Exception {
    byte[] photo = Files.readAllBytes(Path.of("../samples/images/synthetic_0001.jpg"));
    RgbImage image = PhotoReader.read(photo, 1_000_000).image();
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Segmenter segmenter = Segmenter.bundled()) {
      Mask mask = segmenter.segment(image).mask();
      ByteArrayOutputStream expected = new ByteArrayOutputStream();
      Masks.writePng(mask, expected);
      // The first seconds go to Java's compiler.
      engineFps(segmenter, image, threads, 0.5);
      final double engine = engineFps(segmenter, image, threads, SECONDS / 8.0);

      List<Socket> idle = new ArrayList<>();
      LentigoServer server = LentigoServer.start(segmenter, config());
      try {
        for (int i = 0; i < IDLE; i++) {
          idle.add(new Socket("127.0.0.1", server.port()));
        }
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(SECONDS);
        for (int i = 0; i < SLOW; i++) {
          boolean body = i % 2 == 0;
          threads.submit(() -> dawdle(server, body, end));
        }
        Future<long[]> heap = threads.submit(() -> heapAfterWarmUpAndAtTheEnd(end));
        List<Future<Seen>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(threads.submit(client(server, photo, expected.toByteArray(), end)));
        }
        List<Seen> seen = new ArrayList<>();
        for (Future<Seen> client : clients) {
          seen.add(client.get(SECONDS + PATIENCE_SECONDS, TimeUnit.SECONDS));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        long[] bytes = heap.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        report(seen, seconds, engine, bytes);

        assertThat(seen).flatExtracting(Seen::wrong).as("wrong answers").isEmpty();
        assertThat(seen).allMatch(one -> !one.nanos().isEmpty(), "was answered");
        assertThat(Fixtures.send(Fixtures.request(server, "/health/ready")).statusCode())
            .isEqualTo(200);
        if (SECONDS >= LONG_RUN_SECONDS) {
          assertThat(bytes[1] - bytes[0]).as("growth of the heap").isLessThan(LEAK_BYTES);
        }
      } finally {
        for (Socket socket : idle) {
          socket.close();
        }
        server.close();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? (int) Math.min(Integer.MAX_VALUE, unix.getMaxFileDescriptorCount())
        : 2_000;
  }

  /** As it runs by default, but for the largest photo, which malformed requests exceed. */
  private static ServerConfig config() {
    Limits standard = Limits.standard();
    Limits limits =
        new Limits(
            standard.threads(),
            standard.waiting(),
            standard.bodyBytes(),
            standard.uploads(),
            standard.uploadTime(),
            1_000_000,
            standard.live(),
            standard.liveFps());
    return new ServerConfig("127.0.0.1", 0, null, Set.of(), limits, null);
  }

  /** Photos a second without a server: decoded already, as many at a time as processors. */
  private static double engineFps(
      Segmenter segmenter, RgbImage image, ExecutorService threads, double seconds)
      throws Exception {
    long start = System.nanoTime();
    long end = start + (long) (seconds * 1e9);
    Callable<Integer> loop =
        () -> {
          int count = 0;
          for (; System.nanoTime() < end || count == 0; count++) {
            segmenter.segment(image);
          }
          return count;
        };
    int processors = Runtime.getRuntime().availableProcessors();
    int count = 0;
    for (Future<Integer> each : threads.invokeAll(Collections.nCopies(processors, loop))) {
      count += each.get();
    }
    return count / ((System.nanoTime() - start) / 1e9);
  }

  private static Callable<Seen> client(
      LentigoServer server, byte[] photo, byte[] expected, long end) {
    HttpRequest good = request(server, photo).header("Accept", "image/png").build();
    byte[] large = Fixtures.photo(1_200, 900);
    List<Malformed> malformed =
        List.of(
            new Malformed(
                request(server, "not a photo".getBytes(StandardCharsets.UTF_8)).build(), 422),
            new Malformed(request(server, new byte[0]).build(), 400),
            new Malformed(request(server, Arrays.copyOf(photo, 40)).build(), 422),
            new Malformed(
                request(server, photo)
                    .header("Content-Type", "multipart/form-data; boundary=x")
                    .build(),
                400),
            new Malformed(request(server, photo).header("Accept", "text/csv").build(), 406),
            new Malformed(request(server, large).build(), 413));
    return () -> {
      List<Long> nanos = new ArrayList<>();
      List<String> wrong = new ArrayList<>();
      int refused = 0;
      // At least once, however slow the machine is.
      do {
        for (int i = 0; i < 4; i++) {
          long start = System.nanoTime();
          HttpResponse<byte[]> answer = send(good);
          nanos.add(System.nanoTime() - start);
          if (answer.statusCode() != 200 || !Arrays.equals(answer.body(), expected)) {
            wrong.add("good request: " + answer.statusCode());
          }
        }
        Malformed bad = malformed.get(refused++ % malformed.size());
        int status = send(bad.request()).statusCode();
        if (status != bad.status()) {
          wrong.add("malformed request: " + status + ", wanted " + bad.status());
        }
      } while (System.nanoTime() < end);
      return new Seen(nanos, refused, wrong);
    };
  }

  private static HttpRequest.Builder request(LentigoServer server, byte[] body) {
    return HttpRequest.newBuilder(server.uri().resolve("/v1/segmentations"))
        .timeout(Duration.ofSeconds(PATIENCE_SECONDS))
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private static HttpResponse<byte[]> send(HttpRequest request)
      throws IOException, InterruptedException {
    return Fixtures.CLIENT.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  /** A slow loris: headers, or a body, of a byte at a time; again when it is hung up on. */
  private static void dawdle(LentigoServer server, boolean body, long end) {
    String head = "POST /v1/segmentations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n";
    while (System.nanoTime() < end) {
      try (Socket socket = new Socket("127.0.0.1", server.port())) {
        if (body) {
          socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
        for (int i = 0; i < head.length() && System.nanoTime() < end; i++) {
          socket.getOutputStream().write(head.charAt(i));
          Thread.sleep(200);
        }
      } catch (IOException e) {
        // Hung up on, as it should be.
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * What of Java's heap is still in use after a collection, a quarter into the run and late in it.
   */
  private static long[] heapAfterWarmUpAndAtTheEnd(long end) throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
    Thread.sleep(Math.max(0, left / 4));
    long first = heap();
    Thread.sleep(Math.max(0, left * 5 / 8));
    return new long[] {first, heap()};
  }

  /** The least of a few collections: requests under way come on top. */
  private static long heap() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Runtime java = Runtime.getRuntime();
      least = Math.min(least, java.totalMemory() - java.freeMemory());
    }
    return least;
  }

  private static void report(List<Seen> seen, double seconds, double engine, long[] heap) {
    double[] millis =
        seen.stream()
            .flatMap(one -> one.nanos().stream())
            .mapToDouble(nanos -> nanos / 1e6)
            .sorted()
            .toArray();
    double fps = millis.length / seconds;
    System.out.printf(
        Locale.ROOT,
        "%d clients for %.0f s, %d idle connections, %d slow ones: %d photos, %d malformed"
            + " requests, %d wrong answers%n"
            + "p50 %.0f ms, p95 %.0f ms, p99 %.0f ms; %.1f photos/s, %.0f %% of the engine's own"
            + " %.1f; heap after a collection %d MiB, then %d MiB%n",
        CLIENTS,
        seconds,
        IDLE,
        SLOW,
        millis.length,
        seen.stream().mapToInt(Seen::malformed).sum(),
        seen.stream().mapToInt(one -> one.wrong().size()).sum(),
        percentile(millis, 0.50),
        percentile(millis, 0.95),
        percentile(millis, 0.99),
        fps,
        100 * fps / engine,
        engine,
        heap[0] >> 20,
        heap[1] >> 20);
  }

  private static double percentile(double[] sorted, double share) {
    return sorted[Math.min(sorted.length - 1, (int) (share * sorted.length))];
  }
}
