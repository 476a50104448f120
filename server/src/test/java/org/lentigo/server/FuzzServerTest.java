package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.ServerConfig.Limits;

/**
 * Sends damaged requests, WebSocket frames and photos, and holds the answers to what openapi.yaml
 * promises. A few hundred of them, or as many as {@code -Dlentigo.fuzz.count} says; {@code
 * -Dlentigo.fuzz.seed} chooses which. What fails is written to {@code target/fuzz}; what once
 * failed is kept in {@code src/test/resources/fuzz} and sent at each run.
 */
class FuzzServerTest {
  private static final int COUNT = Integer.getInteger("lentigo.fuzz.count", 900);
  private static final long SEED = Long.getLong("lentigo.fuzz.seed", 1);
  private static final int CHECK_EVERY = 500;
  private static final int MOST_FAILURES = 20;
  private static final Path CORPUS = Path.of("src/test/resources/fuzz");

  /** An answer takes no longer; a case is a hang only if it is one again when it is repeated. */
  private static final int HANG_MILLIS = 5_000;

  /** What everybody sends; the token matters where one is needed. */
  private static final String HOST =
      "Host: localhost\r\nAuthorization: Bearer " + Fixtures.TOKEN + "\r\n";

  private static final String UPGRADE =
      "GET /v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

  private static final Mutator HTTP =
      new Mutator(
          List.of(
              "\r\n",
              "\n",
              "\r\n\r\n",
              "\0",
              ": ",
              " ",
              "\t",
              ",",
              ";",
              "Content-Length: 5\r\n",
              "Content-Length: -1\r\n",
              "Content-Length: 99999999999999999999\r\n",
              "Content-Length: 2147483647\r\n",
              "Transfer-Encoding: chunked\r\n",
              "Transfer-Encoding: gzip, chunked\r\n",
              "Expect: 100-continue\r\n",
              "Expect: nonsense\r\n",
              "Connection: close\r\n",
              "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
              "Host: evil.example\r\n",
              "Host: [::1\r\n",
              "Origin: http://evil.example\r\n",
              "Origin: ::\r\n",
              "Accept: image/png;q=0\r\n",
              "Accept: ;;q=x, */\r\n",
              "Accept: text/html\r\n",
              "Accept-Encoding: gzip\r\n",
              "Range: bytes=0-1,5-\r\n",
              "If-None-Match: *\r\n",
              "Content-Type: multipart/form-data; boundary=\r\n",
              "Content-Type: multipart/form-data; boundary=\"b\r\n",
              "Content-Encoding: gzip\r\n",
              "Cookie: JSESSIONID=x; $Version=1\r\n",
              "Authorization: Bearer \r\n",
              "Authorization: Bearer " + Fixtures.TOKEN + "\r\n",
              "?threshold=1e-400",
              "?threshold=%zz",
              "?threshold=0x1p-1&threshold=",
              "?outline=none&%00=%c0%80",
              ";jsessionid=x",
              "/../",
              "/%2e%2e/",
              "//",
              "http://localhost/",
              "*",
              "HTTP/1.0\r\n",
              "HTTP/0.9\r\n",
              "HTTP/2.0\r\n",
              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
              "HEAD ",
              "CONNECT ",
              "TRACE ",
              "OPTIONS ",
              "POST ",
              "PUT ",
              "0\r\n\r\n",
              "ffffffffff\r\n",
              "4;x=y\r\n",
              "--b\r\n",
              "--b--\r\n",
              "Content-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n",
              "\u00ff\u00fe",
              "\u00e2\u0080\u00ae"));

  private static final Mutator FRAMES =
      new Mutator(
          List.of(
              "\u0081\u0080\0\0\0\0",
              "\u0082\u0080\0\0\0\0",
              "\u0082\u00fe",
              "\u0082\u00ff\0\0\0\0\u0080\0\0\0",
              "\u0082\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff",
              "\u0002\u0081\0\0\0\0x",
              "\u0080\u0081\0\0\0\0x",
              "\u0088\u0080\0\0\0\0",
              "\u0088\u0081\0\0\0\0x",
              "\u0088\u0082\0\0\0\0\u0003\u00e8",
              "\u0089\u0080\0\0\0\0",
              "\u0089\u00fe\0\u0080\0\0\0\0",
              "\u008a\u0080\0\0\0\0",
              "\u00c2\u0081\0\0\0\0x",
              "\u00c1\u0087\0\0\0\0\u00f2\u0048\u00cd\u00c9\u00c9\u0007\0",
              "\u00f2\u0080\0\0\0\0",
              "\u0082\u0001x",
              "Sec-WebSocket-Extensions: permessage-deflate\r\n",
              "\r\n"));

  private static final Mutator IMAGES =
      new Mutator(
          List.of(
              "\u00ff\u00d8\u00ff",
              "\u00ff\u00d9",
              "\u00ff\u00da",
              "\u00ff\u00e1\u00ff\u00ffExif\0\0II*\0",
              "\u00ff\u00c4\0\u0002",
              "\u00ff\u00dd\0\u0004\0\u0001",
              "\u0089PNG\r\n\u001a\n",
              "IHDR",
              "IDAT",
              "PLTE",
              "iCCP",
              "GIF89a",
              "BM",
              "II*\0",
              "MM\0*",
              "RIFF\u00ff\u00ff\u00ff\u007fWEBPVP8 ",
              "\0\0\0\0",
              "\u00ff\u00ff\u00ff\u00ff",
              "\u007f\u00ff\u00ff\u00ff",
              "\0\0\u00ff\u00ff"));

  private static final List<byte[]> PHOTOS = new ArrayList<>();
  private static final List<byte[]> REQUESTS = new ArrayList<>();
  private static final List<byte[]> SESSIONS = new ArrayList<>();

  private static Set<Thread> before;
  private static Segmenter segmenter;
  private static LentigoServer open;
  private static LentigoServer locked;
  private static final Map<String, Integer> STATUSES = new TreeMap<>();

  @BeforeAll
  static void start() throws IOException {
    makePhotos();
    makeRequests();
    makeSessions();
    before = CloseTest.threads();
    segmenter = Fixtures.segmenter();
    Limits limits = new Limits(2, 16, 100_000, 32, Duration.ofSeconds(20), 100_000, 8, 1e6);
    open = LentigoServer.start(segmenter, Fixtures.config(limits, null, null));
    locked = LentigoServer.start(segmenter, Fixtures.config(limits, Fixtures.TOKEN, null));
  }

  private static void makePhotos() throws IOException {
    PHOTOS.add(Fixtures.photo(40, 30));
    BufferedImage colour = ImageIO.read(new java.io.ByteArrayInputStream(PHOTOS.get(0)));
    for (int type : new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_BYTE_GRAY}) {
      BufferedImage image = new BufferedImage(40, 30, type);
      image.createGraphics().drawImage(colour, 0, 0, null);
      for (String format : List.of("png", "bmp", "gif", "tiff", "jpeg")) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, format, out);
        PHOTOS.add(out.toByteArray());
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static void makeRequests() {
    byte[] photo = PHOTOS.get(0);
    byte[] form = Fixtures.form("b", "image", "mole.jpg", photo);
    String post = "POST /v1/segmentations HTTP/1.1\r\n" + HOST;
    String length = "Content-Length: ";
    for (String path :
        List.of(
            "/",
            "/app.js",
            "/v1/models",
            "/v1/live",
            "/metrics",
            "/health/ready",
            "/openapi.yaml",
            "/none")) {
      REQUESTS.add(bytes("GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n"));
    }
    REQUESTS.add(bytes("HEAD / HTTP/1.1\r\n" + HOST + "\r\n"));
    REQUESTS.add(bytes("GET / HTTP/1.0\r\n" + HOST + "\r\n"));
    REQUESTS.add(
        join(
            bytes(post + length + photo.length + "\r\nAccept: image/png, */*;q=0.1\r\n\r\n"),
            photo));
    REQUESTS.add(
        join(
            bytes(
                post.replace("ions ", "ions?threshold=0.4&outline=none ")
                    + "Accept: image/jpeg\r\nExpect: 100-continue\r\n"
                    + length
                    + photo.length
                    + "\r\n\r\n"),
            photo));
    REQUESTS.add(
        join(
            bytes(
                post
                    + "Content-Type: multipart/form-data; boundary=b\r\n"
                    + length
                    + form.length
                    + "\r\n\r\n"),
            form));
    REQUESTS.add(
        join(
            bytes(
                post
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + Integer.toHexString(photo.length)
                    + "\r\n"),
            photo,
            bytes("\r\n0\r\n\r\n")));
    REQUESTS.add(
        join(
            bytes(
                post
                    + "Content-Type: multipart/form-data; boundary=b\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + Integer.toHexString(form.length)
                    + "\r\n"),
            form,
            bytes("\r\n0\r\nTrailer: x\r\n\r\n")));
    // Several on one connection.
    REQUESTS.add(join(REQUESTS.get(2), REQUESTS.get(10), REQUESTS.get(13), REQUESTS.get(8)));
  }

  private static void makeSessions() {
    byte[] photo = PHOTOS.get(0);
    byte[] one = join(frame(0x82, photo));
    byte[] parts =
        join(
            frame(0x02, java.util.Arrays.copyOf(photo, 300)),
            frame(0x89, bytes("ping")),
            frame(0x80, java.util.Arrays.copyOfRange(photo, 300, photo.length)));
    byte[] bye = frame(0x88, bytes("\u0003\u00e8bye"));
    SESSIONS.add(join(bytes(UPGRADE + "\r\n"), one, bye));
    SESSIONS.add(join(bytes(UPGRADE + "\r\n"), one, one, parts, bye));
    SESSIONS.add(join(bytes(UPGRADE + "\r\n"), frame(0x81, bytes("Bearer x")), one));
    byte[] token = frame(0x81, bytes("Bearer " + Fixtures.TOKEN));
    SESSIONS.add(join(bytes(UPGRADE + "\r\n"), token, one, token, parts, bye));
    SESSIONS.add(
        join(bytes(UPGRADE + "Authorization: Bearer " + Fixtures.TOKEN + "\r\n\r\n"), one, bye));
    SESSIONS.add(
        join(
            bytes(UPGRADE + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
            frame(0xc2, bytes("\u00f2\u0048\u00cd\u00c9\u00c9\u0007\0")),
            one,
            bye));
  }

  /** Masked with zeros, as it then is what it says. */
  private static byte[] frame(int first, byte[] payload) {
    int length = payload.length;
    byte[] head =
        length < 126
            ? new byte[] {(byte) first, (byte) (0x80 | length), 0, 0, 0, 0}
            : new byte[] {
              (byte) first, (byte) 0xfe, (byte) (length >> 8), (byte) length, 0, 0, 0, 0
            };
    return join(head, payload);
  }

  @AfterAll
  static void theServerIsAsItWas() throws Exception {
    try {
      assertServes();
      for (LentigoServer server : List.of(open, locked)) {
        for (String idle :
            List.of(
                "lentigo_photos_in_flight",
                "lentigo_live_sessions",
                "lentigo_upload_bytes",
                "lentigo_refused_uploads")) {
          Fixtures.awaitMetric(server, idle + " 0.0");
        }
      }
    } finally {
      open.close();
      locked.close();
      segmenter.close();
    }
    Fixtures.await("its threads have ended", () -> before.containsAll(CloseTest.threads()));
  }

  private static void assertServes() {
    for (LentigoServer server : List.of(open, locked)) {
      HttpRequest.Builder good =
          Fixtures.post(server, Fixtures.photo())
              .header("Authorization", "Bearer " + Fixtures.TOKEN);
      assertThat(Fixtures.send(good).statusCode()).isEqualTo(200);
    }
  }

  /**
   * Requests in turn with sessions and photos; each case depends on the seed and its number only.
   */
  private static byte[] damaged(int number) {
    RandomGenerator random = new Random(SEED * 1_000_003 + number);
    // The first numbers of neighbouring seeds are alike.
    random.nextLong();
    return switch (number % 3) {
      case 0 -> HTTP.of(REQUESTS, random);
      case 1 -> FRAMES.of(SESSIONS, random);
      default -> {
        byte[] photo = IMAGES.of(PHOTOS, random);
        String accept = List.of("application/json", "image/png", "image/jpeg").get(number % 9 / 3);
        yield join(
            bytes(
                "POST /v1/segmentations HTTP/1.1\r\n"
                    + HOST
                    + "Accept: "
                    + accept
                    + "\r\nContent-Length: "
                    + photo.length
                    + "\r\n\r\n"),
            photo);
      }
    };
  }

  @Test
  void damagedRequestsFramesAndPhotosGetDocumentedAnswers() throws Exception {
    List<String> failures = new ArrayList<>();
    for (int i = 0; i < COUNT && failures.size() < MOST_FAILURES; i++) {
      byte[] sent = damaged(i);
      String failure = failure(sent, i / 3 % 2 == 0 ? open : locked);
      if (failure != null) {
        Path folder = Files.createDirectories(Path.of("target", "fuzz"));
        Path file = Files.write(folder.resolve("server-" + SEED + "-" + i), sent);
        failures.add(file + ": " + failure);
      }
      if (i % CHECK_EVERY == CHECK_EVERY - 1) {
        assertServes();
      }
    }
    System.out.println(
        COUNT
            + " damaged requests, sessions and photos, seed "
            + SEED
            + ": first answers "
            + STATUSES);
    assertThat(failures).isEmpty();
  }

  static Stream<Path> corpus() throws IOException {
    try (Stream<Path> files = Files.list(CORPUS)) {
      return files.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void whatOnceFailedDoesNoMore(Path file) throws Exception {
    assertThat(failure(Files.readAllBytes(file), open)).isNull();
    assertThat(failure(Files.readAllBytes(file), locked)).isNull();
    assertServes();
  }

  private static @Nullable String failure(byte[] sent, LentigoServer server) throws IOException {
    byte[] answer = exchange(sent, server);
    if (answer == null) {
      answer = exchange(sent, server);
    }
    if (answer == null) {
      return "no end within " + HANG_MILLIS + " ms";
    }
    STATUSES.merge(
        answer.length < 12 ? "none" : new String(answer, 9, 3, StandardCharsets.US_ASCII),
        1,
        Integer::sum);
    List<String> wrong = Answers.wrong(answer);
    return wrong.isEmpty() ? null : String.join("; ", wrong);
  }

  /** All that comes back until the server hangs up; null if it does not. */
  private static byte @Nullable [] exchange(byte[] sent, LentigoServer server) throws IOException {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout(HANG_MILLIS);
      try {
        socket.getOutputStream().write(sent);
        socket.shutdownOutput();
      } catch (SocketException e) {
        // The server has heard enough.
      }
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[1 << 14];
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(HANG_MILLIS);
      try {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          seen.write(buffer, 0, n);
          if (System.nanoTime() > end) {
            return null;
          }
        }
      } catch (SocketTimeoutException e) {
        return null;
      } catch (SocketException e) {
        // Hung up on with something unread: the end of the answer may be lost.
        return new byte[0];
      }
    }
    return seen.toByteArray();
  }
}
