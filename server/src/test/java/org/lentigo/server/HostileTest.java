package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lentigo.imaging.RgbImage;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.ServerConfig.Limits;

/** Clients that want the server's memory or its threads for themselves. */
@Timeout(300)
class HostileTest {
  private static final int BODY = 100_000;

  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void hangUp() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private static Limits limits(int uploads) {
    return new Limits(2, 8, BODY, uploads, Fixtures.PATIENCE, 100_000, 2, 30);
  }

  private static LentigoServer start(Segmenter segmenter, int uploads, Tuning tuning)
      throws IOException {
    return LentigoServer.start(segmenter, Fixtures.config(limits(uploads), null, null), tuning);
  }

  /** A client that announces a body and sends one byte of it. */
  private Socket begin(LentigoServer server, String host, int length) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    sockets.add(socket);
    socket.setSoTimeout((int) Fixtures.PATIENCE.toMillis());
    String head =
        "POST /v1/segmentations HTTP/1.1\r\nHost: "
            + host
            + "\r\nContent-Length: "
            + length
            + "\r\n\r\nx";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private static int postForm(LentigoServer server, byte[] photo) {
    byte[] form = Fixtures.form("b", "image", "mole.jpg", photo);
    return Fixtures.send(
            Fixtures.post(server, form).header("Content-Type", "multipart/form-data; boundary=b"))
        .statusCode();
  }

  @Test
  void uploadsCountTheMemoryTheyReallyTake() throws Exception {
    byte[] large = java.util.Arrays.copyOf(Fixtures.photo(), BODY - 1_000);
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            start(segmenter, 16, Tuning.standard().withUploadMemory(2L * BODY))) {
      // The form and the copy of its photo just fit.
      assertThat(postForm(server, large)).isEqualTo(200);

      // What another has only announced takes memory, too.
      Socket other = begin(server, "localhost", 10_000);
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 10000.0");
      assertThat(postForm(server, large)).isEqualTo(429);
      assertThat(Fixtures.send(Fixtures.post(server, large)).statusCode()).isEqualTo(200);

      other.close();
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 0.0");
      assertThat(postForm(server, large)).isEqualTo(200);
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 0.0");
    }
  }

  @Test
  void aLongBodyOfUnknownLengthCountsAllThatItTakesWhileItGrows() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            start(segmenter, 16, Tuning.standard().withUploadMemory(2L * BODY))) {
      // Growing from 64 KiB to the limit takes both at once.
      begin(server, "localhost", 40_000);
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 40000.0");
      HttpRequest.BodyPublisher chunked =
          HttpRequest.BodyPublishers.fromPublisher(
              HttpRequest.BodyPublishers.ofByteArray(new byte[70_000]));

      assertThat(
              Fixtures.send(Fixtures.request(server, "/v1/segmentations").POST(chunked))
                  .statusCode())
          .isEqualTo(429);
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 40000.0");
    }
  }

  @Test
  void refusedBodiesHoldFewThreads() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            start(
                segmenter, 250, Tuning.standard().withDiscards(3, 1 << 20, Duration.ofHours(1)))) {
      for (int i = 0; i < 3; i++) {
        Fixtures.awaitText(begin(server, "evil.example", 9_000), "\r\n\r\n");
      }
      Fixtures.awaitMetric(server, "lentigo_refused_uploads 3.0");
      for (int i = 0; i < 300; i++) {
        // These are told why, and hung up on although they have more to say.
        Socket refused = begin(server, "evil.example", 9_000);
        assertThat(Fixtures.allOf(refused)).contains("HTTP/1.1 421");
      }
      Fixtures.awaitMetric(server, "lentigo_refused_uploads 3.0");
    }
  }

  @Test
  void aRefusedBodyIsReadForSoLongAndNoLonger() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            start(
                segmenter,
                16,
                Tuning.standard().withDiscards(3, 1 << 20, Duration.ofMillis(200)))) {
      assertThat(Fixtures.allOf(begin(server, "evil.example", 9_000))).contains("HTTP/1.1 421");

      Socket dawdling = begin(server, "evil.example", 9_000);
      Fixtures.awaitText(dawdling, "\r\n\r\n");
      Fixtures.await(
          "it is hung up on",
          () -> {
            try {
              dawdling.getOutputStream().write('x');
              TimeUnit.MILLISECONDS.sleep(20);
              return false;
            } catch (IOException e) {
              return true;
            }
          });
    }
  }

  @Test
  void ofARefusedBodySoMuchIsReadAndNoMore() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            start(segmenter, 16, Tuning.standard().withDiscards(3, 50_000, Duration.ofHours(1)))) {
      Socket endless = begin(server, "evil.example", 2_000_000_000);
      byte[] piece = new byte[50_000];
      Fixtures.await(
          "it is hung up on",
          () -> {
            try {
              endless.getOutputStream().write(piece);
              return false;
            } catch (IOException e) {
              return true;
            }
          });
    }
  }

  /** The threads there are depend on what the limits let clients hold. */
  @Test
  void uploadsThatStallLeaveThreadsForTheOthers() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server = start(segmenter, 250, Tuning.standard())) {
      for (int i = 0; i < 250; i++) {
        begin(server, "localhost", 1_000);
      }
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 250000.0");
      Socket another = begin(server, "localhost", 1_000);
      assertThat(Fixtures.awaitText(another, "\r\n\r\n")).contains("HTTP/1.1 429");
    }
  }

  /** A segmenter that fails on photos 7 and 8 pixels wide, and with new cameras while told to. */
  private static final class Failing extends Fixtures.Wrapped {
    volatile @Nullable Error camera;

    @Override
    public Segmentation segment(RgbImage image, float threshold) {
      if (image.width() == 7) {
        throw brief(new OutOfMemoryError("a test's"));
      }
      if (image.width() == 8) {
        throw brief(new StackOverflowError("a test's"));
      }
      return super.segment(image, threshold);
    }

    /** For the log. */
    private static <E extends Error> E brief(E error) {
      error.setStackTrace(new StackTraceElement[0]);
      return error;
    }

    @Override
    public LiveSegmenter live(boolean smooth) {
      Error failure = camera;
      if (failure != null) {
        throw brief(failure);
      }
      return super.live(smooth);
    }
  }

  @Test
  void anErrorIsAnsweredAndTheServerGoesOn() throws Exception {
    try (Failing segmenter = new Failing();
        LentigoServer server = LentigoServer.start(segmenter, Fixtures.config())) {
      LiveTest.Client live = new LiveTest.Client(server);
      for (int i = 1; i < 10; i += 3) {
        HttpResponse<byte[]> memory = Fixtures.send(Fixtures.post(server, Fixtures.photo(7, 5)));
        assertThat(memory.statusCode()).isEqualTo(429);
        assertThat(Fixtures.text(memory)).contains("urn:lentigo:problem:busy");
        HttpResponse<byte[]> fault = Fixtures.send(Fixtures.post(server, Fixtures.photo(8, 5)));
        assertThat(fault.statusCode()).isEqualTo(500);
        assertThat(Fixtures.text(fault)).contains("urn:lentigo:problem:internal");
        assertThat(fault.headers().firstValue("Content-Security-Policy")).isPresent();

        // Each frame is of another size than the one before, as a new camera's are.
        segmenter.camera = new OutOfMemoryError("a test's");
        live.frame(Fixtures.photo(7, 5));
        assertThat(live.answer()).startsWith("{\"frame\":" + i + ",\"error\":");
        segmenter.camera = new StackOverflowError("a test's");
        live.frame(Fixtures.photo(8, 5));
        assertThat(live.answer()).startsWith("{\"frame\":" + (i + 1) + ",\"error\":");
        segmenter.camera = null;
        live.frame(Fixtures.photo());
        assertThat(live.answer()).startsWith("{\"frame\":" + (i + 2) + ",\"width\":");
        assertThat(Fixtures.send(Fixtures.post(server, Fixtures.photo())).statusCode())
            .isEqualTo(200);
      }
      Fixtures.awaitMetric(server, "lentigo_upload_bytes 0.0");
      Fixtures.awaitMetric(server, "lentigo_photos_in_flight 0.0");
    }
  }

  /** In a Java with a heap that a photo, or an upload, really exceeds. */
  @Test
  void whereMemoryRunsOutOthersAreServedAfterwards() throws Exception {
    ByteArrayOutputStream photo = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(4_500, 4_000, BufferedImage.TYPE_3BYTE_BGR), "png", photo);
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx48m",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                Small.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      URI uri = URI.create(child.inputReader(StandardCharsets.UTF_8).readLine());
      assertBusy(post(uri, photo.toByteArray()));
      assertBusy(post(uri, new byte[40 << 20]));
      HttpResponse<byte[]> good = post(uri, Fixtures.photo());
      assertThat(good.statusCode()).as(Fixtures.text(good)).isEqualTo(200);
      child.outputWriter().close();
      assertThat(child.waitFor(Fixtures.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(child.exitValue()).isZero();
    } finally {
      child.destroyForcibly();
    }
  }

  private static HttpResponse<byte[]> post(URI uri, byte[] body) {
    return Fixtures.send(
        HttpRequest.newBuilder(uri.resolve("/v1/segmentations"))
            .timeout(Fixtures.PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  private static void assertBusy(HttpResponse<byte[]> response) {
    assertThat(response.statusCode()).as(Fixtures.text(response)).isEqualTo(429);
    assertThat(Fixtures.text(response)).contains("urn:lentigo:problem:busy");
  }

  /** Run by the test above in a Java of its own, until its input ends. */
  static final class Small {
    public static void main(String[] args) throws IOException {
      Limits standard = Limits.standard();
      Limits limits =
          new Limits(
              2,
              8,
              standard.bodyBytes(),
              standard.uploads(),
              standard.uploadTime(),
              standard.pixels(),
              2,
              30);
      try (Segmenter segmenter = Fixtures.segmenter();
          LentigoServer server =
              LentigoServer.start(
                  segmenter, new ServerConfig("127.0.0.1", 0, null, Set.of(), limits, null))) {
        System.out.println(server.uri());
        while (System.in.read() >= 0) {
          // Until the test is done.
        }
      }
    }
  }
}
