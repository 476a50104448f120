package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.cli.console.ExitCode;

/** {@code lentigo serve} in a process of its own. */
@Timeout(300)
class ServeCommandTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Well below the half minute after which what is still open is cut. */
  private static final long SOON_SECONDS = 20;

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private Path folder;

  @Test
  void aSignalEndsItInGoodOrderWhateverClientsDo() throws Exception {
    byte[] large = jpeg(6_000, 4_000);
    byte[] small = jpeg(60, 45);
    Path errors = folder.resolve("errors");
    Process child =
        Cli.process(
                List.of(),
                "serve",
                "--port",
                "0",
                "--model",
                Cli.writeModel(folder.resolve("model.safetensors")).toString())
            .redirectError(errors.toFile())
            .start();
    ExecutorService threads = Executors.newCachedThreadPool();
    List<Socket> sockets = new ArrayList<>();
    try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
      assumeTrue(child.supportsNormalTermination(), "this system has no signals");
      URI uri = URI.create(out.readLine().replaceFirst("Lentigo is at ", ""));

      // Idle ones, refused ones that do not go, and slow ones.
      for (int i = 0; i < 30; i++) {
        Socket socket = new Socket(uri.getHost(), uri.getPort());
        sockets.add(socket);
        String head = "POST /v1/segmentations HTTP/1.1\r\nContent-Length: 9000\r\nHost: ";
        write(
            socket,
            switch (i % 5) {
              case 0 -> "";
              case 1 -> head;
              case 2 -> head + "evil.example\r\n\r\nx";
              case 3 -> head + "localhost\r\n\r\nx";
              default -> "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
            });
        if (i % 5 >= 1 && i % 5 <= 3) {
          threads.submit(() -> dawdle(socket));
        }
      }
      CLIENT
          .newWebSocketBuilder()
          .buildAsync(
              URI.create("ws://" + uri.getAuthority() + "/v1/live"), new WebSocket.Listener() {})
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      // Good ones: one with a photo that takes a while, others with one photo after the other.
      assertThat(post(uri, small)).isEqualTo(200);
      Future<Integer> atWork = threads.submit(() -> post(uri, large));
      await(() -> photosAtWork(uri) > 0 || atWork.isDone());
      List<Future<Integer>> others = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        others.add(threads.submit(() -> postUntilItStops(uri, small)));
      }

      // Process.destroy() would close its output, too.
      assertThat(child.toHandle().destroy()).isTrue();

      assertThat(atWork.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(200);
      assertThat(child.waitFor(SOON_SECONDS, TimeUnit.SECONDS)).as("it has ended").isTrue();
      assertThat(child.exitValue()).isEqualTo(ExitCode.DONE);
      for (Future<Integer> other : others) {
        assertThat(other.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isIn(200, 503);
      }
      assertThat(out.lines().collect(Collectors.joining("\n")))
          .contains("Stopping after the requests at work");
      // Newer Javas warn of native libraries, unless they are started as the launcher does.
      assertThat(Files.readAllLines(errors))
          .allMatch(line -> line.isBlank() || line.startsWith("WARNING: "));
    } finally {
      child.destroyForcibly();
      threads.shutdownNow();
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static byte[] jpeg(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR), "jpeg", out);
    return out.toByteArray();
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void dawdle(Socket socket) {
    try {
      while (true) {
        write(socket, "x");
        TimeUnit.MILLISECONDS.sleep(500);
      }
    } catch (IOException | InterruptedException e) {
      // Cut off, as it should be.
    }
  }

  private static int post(URI uri, byte[] photo) throws IOException, InterruptedException {
    return CLIENT
        .send(
            HttpRequest.newBuilder(uri.resolve("/v1/segmentations"))
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.ofByteArray(photo))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray())
        .statusCode();
  }

  /** The last answer that was none of 200, or 200 if there was none before it was hung up on. */
  private static int postUntilItStops(URI uri, byte[] photo) throws InterruptedException {
    try {
      int status = post(uri, photo);
      while (status == 200) {
        status = post(uri, photo);
      }
      return status;
    } catch (IOException e) {
      return 200;
    }
  }

  private static double photosAtWork(URI uri) throws IOException, InterruptedException {
    String name = "\nlentigo_photos_in_flight ";
    String metrics =
        CLIENT
            .send(
                HttpRequest.newBuilder(uri.resolve("/metrics")).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    int start = metrics.indexOf(name) + name.length();
    return Double.parseDouble(metrics.substring(start, metrics.indexOf('\n', start)));
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited in vain").isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }
}
