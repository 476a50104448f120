package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.dicom.DicomPhoto;
import org.lentigo.dicom.PatientTable;
import org.lentigo.dicom.PhotoWrapper;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Overlay;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.Fixtures.Held;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(300)
class LentigoServerTest {
  private static Segmenter segmenter;
  private static LentigoServer server;

  @TempDir private Path temp;

  @BeforeAll
  static void start() throws IOException {
    segmenter = Fixtures.segmenter();
    // On a slow machine too, all of a refused body is read.
    server =
        LentigoServer.start(
            segmenter,
            Fixtures.config(),
            Tuning.standard().withDiscards(16, 16 << 20, Fixtures.PATIENCE));
  }

  @AfterAll
  static void stop() {
    server.close();
    segmenter.close();
  }

  @Test
  void maskAndOverlayAreTheBytesThatTheEncodersGive() throws Exception {
    byte[] photo = Fixtures.photo();
    RgbImage image = PhotoReader.read(photo, Long.MAX_VALUE).image();
    Segmentation lesion = segmenter.segment(image);
    ByteArrayOutputStream mask = new ByteArrayOutputStream();
    Masks.writePng(lesion.mask(), mask);
    ByteArrayOutputStream overlay = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(
        Overlay.draw(image, lesion.contours(), Overlay.Style.PREDICTION), overlay);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(image, plain);

    assertThat(answer("image/png", photo).body()).isEqualTo(mask.toByteArray());
    assertThat(answer("image/jpeg", photo).body()).isEqualTo(overlay.toByteArray());
    assertThat(
            Fixtures.send(
                    Fixtures.request(server, "/v1/segmentations?outline=none")
                        .header("Accept", "image/jpeg")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(photo)))
                .body())
        .isEqualTo(plain.toByteArray());
  }

  private static HttpResponse<byte[]> answer(String accept, byte[] photo) {
    HttpResponse<byte[]> response =
        Fixtures.send(Fixtures.post(server, photo).header("Accept", accept));
    assertThat(response.statusCode()).isEqualTo(200);
    return response;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/* | application/json",
        "text/html, application/xhtml+xml, */*;q=0.8 | application/json",
        "image/png;q=0.5, image/jpeg | image/jpeg",
        "image/* | image/png",
        "text/html, image/png | image/png"
      })
  void acceptChoosesTheForm(String accept, String type) {
    assertThat(answer(accept, Fixtures.photo()).headers().firstValue("Content-Type"))
        .contains(type);
  }

  @Test
  void aDicomPhotoGivesItsMaskAndItsObjects() throws Exception {
    byte[] jpeg = Fixtures.photo();
    byte[] dicom =
        PhotoWrapper.wrap(jpeg, Path.of("x.jpg"), PatientTable.empty(), LocalDateTime.now()).file();

    assertThat(answer("image/png", dicom).body()).isEqualTo(answer("image/png", jpeg).body());
    assertThat(Fixtures.text(answer("application/json", dicom))).contains("area_px");
    HttpResponse<byte[]> segmentation = answer("application/dicom", dicom);
    assertThat(segmentation.headers().firstValue("Content-Type")).contains("application/dicom");
    assertThat(DicomPhoto.isDicom(segmentation.body())).isTrue();
    assertThat(Fixtures.text(segmentation)).contains("1.2.840.10008.5.1.4.1.1.66.4");
    for (String object : List.of("capture", "report")) {
      HttpResponse<byte[]> other =
          Fixtures.send(
              Fixtures.request(server, "/v1/segmentations?object=" + object)
                  .header("Accept", "application/dicom")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(dicom)));
      assertThat(other.statusCode()).isEqualTo(200);
      assertThat(Fixtures.text(other))
          .contains(object.equals("report") ? "1.2.840.10008.5.1.4.1.1.88.22" : "Lentigo")
          .contains("DICM");
    }
    // Of a picture there is none; a damaged object and one that is no photo are refused in words.
    assertThat(
            Fixtures.send(Fixtures.post(server, jpeg).header("Accept", "application/dicom"))
                .statusCode())
        .isEqualTo(406);
    HttpResponse<byte[]> cut = Fixtures.send(Fixtures.post(server, Arrays.copyOf(dicom, 400)));
    assertThat(cut.statusCode()).isEqualTo(422);
    assertThat(Fixtures.text(cut)).contains("truncated");
    HttpResponse<byte[]> report = Fixtures.send(Fixtures.post(server, segmentation.body()));
    assertThat(report.statusCode()).isEqualTo(422);
    assertThat(Fixtures.text(report)).contains("it is a segmentation");
  }

  @Test
  void aFormGivesWhatTheRawPhotoGives() {
    byte[] photo = Fixtures.photo();
    HttpResponse<byte[]> formed =
        Fixtures.send(
            Fixtures.post(server, Fixtures.form("xyz", "image", "../../ü\\mole.jpg", photo))
                .header("Content-Type", "multipart/form-data; boundary=xyz")
                .header("Accept", "application/json"));

    assertThat(formed.statusCode()).isEqualTo(200);
    assertThat(Fixtures.text(formed)).contains("\"file\" : \"mole.jpg\"");
    String lesion = "\"lesion\"";
    String timings = "\"timings_ms\"";
    String raw = Fixtures.text(answer("application/json", photo));
    String form = Fixtures.text(formed);
    assertThat(form.substring(form.indexOf(lesion), form.indexOf(timings)))
        .isEqualTo(raw.substring(raw.indexOf(lesion), raw.indexOf(timings)));
  }

  @Test
  void aGivenScaleGivesMillimetres() {
    JsonNode none = new JsonMapper().readTree(scaled("").body());
    assertThat(none.at("/lesion/millimetres").isNull()).isTrue();
    JsonNode lesion = new JsonMapper().readTree(scaled("?mm_per_pixel=0.05").body()).get("lesion");
    assertThat(lesion.at("/millimetres/source").asString()).isEqualTo("given");
    assertThat(lesion.at("/millimetres/area_mm2").asDouble())
        .isEqualTo(lesion.get("area_px").asLong() * 0.05 * 0.05);
    assertThat(lesion.at("/millimetres/largest_diameter_mm").asDouble())
        .isEqualTo(lesion.at("/measures/largest_diameter_px").asDouble() * 0.05);
    for (String wrong : new String[] {"0", "-1", "x", "NaN", "1e9", ""}) {
      HttpResponse<byte[]> refused = scaled("?mm_per_pixel=" + wrong);
      assertThat(refused.statusCode()).as(wrong).isEqualTo(400);
      assertThat(Fixtures.text(refused)).contains("mm-per-pixel", "0.001");
    }
  }

  private static HttpResponse<byte[]> scaled(String query) {
    return Fixtures.send(
        Fixtures.request(server, "/v1/segmentations" + query)
            .POST(HttpRequest.BodyPublishers.ofByteArray(Fixtures.photo())));
  }

  @Test
  void theThresholdMovesTheOutline() {
    HttpResponse<byte[]> all = threshold("0.000001");
    HttpResponse<byte[]> none = threshold("0.999999");

    assertThat(Fixtures.text(all)).contains("\"area_px\" : 2700");
    assertThat(Fixtures.text(none)).contains("\"area_px\" : 0", "\"bounding_box\" : null");
  }

  private static HttpResponse<byte[]> threshold(String threshold) {
    return Fixtures.send(
        Fixtures.request(server, "/v1/segmentations?threshold=" + threshold)
            .POST(HttpRequest.BodyPublishers.ofByteArray(Fixtures.photo())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "-1", "NaN", "half", ""})
  void aThresholdThatIsNoneIsRefused(String threshold) {
    assertProblem(threshold(threshold), 400, "threshold");
  }

  @Test
  void whatIsNoPhotoIsRefused() {
    byte[] photo = Fixtures.photo();
    byte[] cut = Fixtures.photo(200, 150);
    assertProblem(Fixtures.send(Fixtures.post(server, new byte[0])), 400, "no-photo");
    assertProblem(
        Fixtures.send(Fixtures.post(server, "hello".getBytes(StandardCharsets.UTF_8))),
        422,
        "unreadable-photo");
    assertProblem(
        Fixtures.send(Fixtures.post(server, java.util.Arrays.copyOf(cut, 100))),
        422,
        "unreadable-photo");
    assertProblem(
        Fixtures.send(Fixtures.post(server, photo).header("Accept", "text/html")), 406, "accept");
    assertProblem(
        Fixtures.send(
            Fixtures.post(server, photo)
                .header("Content-Type", "multipart/form-data; boundary=abc")),
        400,
        "form");
    assertProblem(
        Fixtures.send(
            Fixtures.post(server, photo).header("Content-Type", "multipart/mixed; boundary=abc")),
        415,
        "form");
    assertProblem(
        Fixtures.send(
            Fixtures.post(
                    server,
                    "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n"
                        .getBytes(StandardCharsets.UTF_8))
                .header("Content-Type", "multipart/form-data; boundary=b")),
        400,
        "no-photo");
  }

  @Test
  void whatIsTooLargeIsRefused() throws Exception {
    assertProblem(Fixtures.send(Fixtures.post(server, new byte[100_001])), 413, "body-too-large");
    assertProblem(
        Fixtures.send(Fixtures.post(server, Fixtures.photo(400, 251))), 413, "too-many-pixels");
    assertThat(Fixtures.send(Fixtures.post(server, Fixtures.photo(400, 250))).statusCode())
        .isEqualTo(200);

    // Without a length in front, the server counts.
    StringBuilder chunks = new StringBuilder(post("Transfer-Encoding: chunked"));
    String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
    chunks.append(chunk.repeat(8)).append("0\r\n\r\n");
    assertThat(Fixtures.raw(server, chunks.toString())).startsWith("HTTP/1.1 413");
  }

  /** Whoever sends on after being refused would otherwise find the connection gone, not why. */
  @ParameterizedTest
  @CsvSource({
    "/v1/segmentations, localhost, Content-Length: 2000000, 413",
    "/v1/segmentations, localhost, Transfer-Encoding: chunked, 413",
    "/v1/segmentations, evil.example, Content-Length: 2000000, 421",
    "/v1/nothing, localhost, Content-Length: 2000000, 404",
    "/v1/models, localhost, Content-Length: 2000000, 405"
  })
  void aRefusalReachesWhoStillSends(String path, String host, String length, int status)
      throws Exception {
    String piece = "x".repeat(50_000);
    boolean chunked = length.startsWith("Transfer");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout((int) Fixtures.PATIENCE.toMillis());
      OutputStream out = socket.getOutputStream();
      String head = "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + length + "\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.ISO_8859_1));
      for (int i = 0; i < 40; i++) {
        String sent = chunked ? Integer.toHexString(50_000) + "\r\n" + piece + "\r\n" : piece;
        out.write(sent.getBytes(StandardCharsets.ISO_8859_1));
        Thread.sleep(2);
      }
      if (chunked) {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      }
      byte[] answer = new byte[12];
      assertThat(socket.getInputStream().readNBytes(answer, 0, 12)).isEqualTo(12);
      assertThat(new String(answer, StandardCharsets.ISO_8859_1)).isEqualTo("HTTP/1.1 " + status);
    }
  }

  private static String post(String header) {
    return "POST /v1/segmentations HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n\r\n";
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 200",
    "localhost:1234, 200",
    "127.0.0.1, 200",
    "127.3.2.1:80, 200",
    "[::1], 200",
    "LENTIGO.test:8080, 200",
    "evil.example, 421",
    "127.0.0.1.evil.example, 421",
    "localhost.evil.example, 421",
    "10.0.0.1, 421",
    "192.168.1.7:8080, 421"
  })
  void onlyItsOwnNamesAreAnswered(String host, int status) throws Exception {
    for (String path : List.of("/", "/v1/models", "/health/live")) {
      assertThat(
              Fixtures.raw(
                  server,
                  "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 " + status);
    }
  }

  @Test
  void otherOriginsAreRefusedAndGetNoPermission() {
    byte[] photo = Fixtures.photo();
    assertProblem(
        Fixtures.send(Fixtures.post(server, photo).header("Origin", "https://evil.example")),
        403,
        "origin");
    assertProblem(
        Fixtures.send(Fixtures.post(server, photo).header("Origin", "null")), 403, "origin");
    assertProblem(
        Fixtures.send(Fixtures.post(server, photo).header("Sec-Fetch-Site", "cross-site")),
        403,
        "origin");
    assertThat(
            Fixtures.send(
                    Fixtures.post(server, photo)
                        .header("Origin", "http://127.0.0.1:" + server.port()))
                .statusCode())
        .isEqualTo(200);

    HttpResponse<byte[]> preflight =
        Fixtures.send(
            Fixtures.request(server, "/v1/segmentations")
                .header("Origin", "https://evil.example")
                .header("Access-Control-Request-Method", "POST")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
    assertThat(preflight.statusCode()).isEqualTo(403);
    assertThat(preflight.headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
  }

  @Test
  void everyAnswerHasTheStrictHeaders() throws Exception {
    List<String> answers = new ArrayList<>();
    for (String path : List.of("/", "/app.js", "/v1/models", "/none", "/%2e%2e/x", "/a//b")) {
      answers.add(
          Fixtures.raw(
              server, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }
    answers.add(Fixtures.raw(server, "NONSENSE\r\n\r\n"));
    answers.add(
        Fixtures.raw(server, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"));

    assertThat(answers)
        .allSatisfy(
            answer ->
                assertThat(answer)
                    .contains("Content-Security-Policy: default-src 'none'")
                    .contains("X-Content-Type-Options: nosniff")
                    .contains("Referrer-Policy: no-referrer")
                    .contains("X-Frame-Options: DENY")
                    .doesNotContain("Server: ")
                    .doesNotContain("Set-Cookie"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/page/index.html",
        "/style.css/../../LentigoServer.class",
        "/..%2f..%2fetc%2fpasswd",
        "/%5c..%5c",
        "//etc/passwd",
        "/file:/etc/passwd"
      })
  void noPathReachesAFile(String path) throws Exception {
    String answer =
        Fixtures.raw(
            server, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    assertThat(answer).matches("(?s)HTTP/1.1 40[04].*").contains("application/problem+json");
  }

  @Test
  void aTokenOpensTheInterfaceAndNothingElseNeedsIt() throws Exception {
    try (LentigoServer locked =
        LentigoServer.start(
            segmenter, Fixtures.config(Fixtures.limits(1, 1), Fixtures.TOKEN, null))) {
      for (String open : List.of("/", "/health/live", "/health/ready", "/openapi.yaml")) {
        assertThat(Fixtures.send(Fixtures.request(locked, open)).statusCode()).isEqualTo(200);
      }
      for (String closed : List.of("/v1/models", "/metrics")) {
        HttpResponse<byte[]> refused = Fixtures.send(Fixtures.request(locked, closed));
        assertProblem(refused, 401, "token");
        assertThat(refused.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        assertProblem(
            Fixtures.send(
                Fixtures.request(locked, closed)
                    .header("Authorization", "Bearer " + Fixtures.TOKEN + "x")),
            401,
            "token");
        assertThat(
                Fixtures.send(
                        Fixtures.request(locked, closed)
                            .header("Authorization", "Bearer " + Fixtures.TOKEN))
                    .statusCode())
            .isEqualTo(200);
      }
      assertProblem(Fixtures.send(Fixtures.post(locked, Fixtures.photo())), 401, "token");
    }
  }

  @Test
  void anotherAddressNeedsAToken() {
    assertThatThrownBy(
            () ->
                new ServerConfig(
                    "0.0.0.0", 0, null, Set.of(), ServerConfig.Limits.standard(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs a token");
    assertThatThrownBy(() -> Fixtures.config(Fixtures.limits(1, 1), "short", null))
        .hasMessageContaining("at least 16");
  }

  @Test
  void storesOnlyWhatItNamesItself() throws Exception {
    Path folder = temp.resolve("kept");
    try (LentigoServer storing =
        LentigoServer.start(segmenter, Fixtures.config(Fixtures.limits(1, 1), null, folder))) {
      byte[] mask =
          Fixtures.send(
                  Fixtures.post(
                          storing,
                          Fixtures.form("b", "image", "../../../evil.jpg", Fixtures.photo()))
                      .header("Content-Type", "multipart/form-data; boundary=b")
                      .header("Accept", "image/png"))
              .body();

      try (Stream<Path> files = Files.walk(temp).filter(Files::isRegularFile)) {
        List<Path> kept = files.sorted().toList();
        assertThat(kept).hasSize(3).allMatch(file -> folder.equals(file.getParent()));
        assertThat(kept)
            .extracting(file -> file.getFileName().toString())
            .noneMatch(name -> name.contains("evil"))
            .anyMatch(name -> name.matches("\\d{8}T\\d{6}Z-[0-9a-f-]{36}_mask\\.png"));
        assertThat(Files.readAllBytes(kept.get(1))).isEqualTo(mask);
      }
    }
  }

  @Test
  void whoCannotBeServedIsToldToComeBackAndTheOthersAreServed() throws Exception {
    try (Held held = new Held();
        LentigoServer busy =
            LentigoServer.start(
                held,
                Fixtures.config(
                    new ServerConfig.Limits(
                        1, 1, 100_000, 16, java.time.Duration.ofSeconds(20), 100_000, 0, 30),
                    null,
                    null))) {
      List<CompletableFuture<Integer>> served = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        served.add(
            CompletableFuture.supplyAsync(
                () -> Fixtures.send(Fixtures.post(busy, Fixtures.photo())).statusCode()));
      }
      Fixtures.await(held.begun);
      Fixtures.awaitMetric(busy, "lentigo_photos_in_flight 2.0");

      HttpResponse<byte[]> refused = Fixtures.send(Fixtures.post(busy, Fixtures.photo()));
      assertProblem(refused, 429, "busy");
      assertThat(refused.headers().firstValue("Retry-After")).contains("1");
      assertThat(Fixtures.send(Fixtures.request(busy, "/health/live")).statusCode()).isEqualTo(200);

      held.release.countDown();
      for (CompletableFuture<Integer> one : served) {
        assertThat(Fixtures.get(one)).isEqualTo(200);
      }
    }
  }

  @Test
  void clientsThatSendNothingOrCrawlDoNotStopTheOthers() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        Socket socket = new Socket("127.0.0.1", server.port());
        sockets.add(socket);
        // A third says nothing, a third stops within the headers, a third within the body (of
        // which more than may be received at a time are told so).
        String begun =
            switch (i % 3) {
              case 0 -> "";
              case 1 -> "GET / HTTP/1.1\r\nHost: loc";
              default -> i < 30 ? post("Content-Length: 9000") + "x" : "POST / HT";
            };
        socket.getOutputStream().write(begun.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
      }
      for (int i = 0; i < 5; i++) {
        assertThat(Fixtures.send(Fixtures.post(server, Fixtures.photo())).statusCode())
            .isEqualTo(200);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void anUploadThatTakesTooLongIsCutOff() throws Exception {
    try (LentigoServer strict =
            LentigoServer.start(
                segmenter,
                Fixtures.config(
                    new ServerConfig.Limits(
                        1, 1, 100_000, 4, java.time.Duration.ofSeconds(1), 100_000, 0, 30),
                    null,
                    null));
        Socket socket = new Socket("127.0.0.1", strict.port())) {
      socket.setSoTimeout((int) Fixtures.PATIENCE.toMillis());
      OutputStream out = socket.getOutputStream();
      out.write(post("Content-Length: 9000").getBytes(StandardCharsets.ISO_8859_1));
      Fixtures.await(
          "there is an answer",
          () -> {
            out.write('x');
            out.flush();
            TimeUnit.MILLISECONDS.sleep(100);
            return socket.getInputStream().available() > 0;
          });
      byte[] start = socket.getInputStream().readNBytes(12);

      assertThat(new String(start, StandardCharsets.ISO_8859_1)).isEqualTo("HTTP/1.1 408");
    }
  }

  @Test
  void metricsCountByRouteAndNameNothingOfTheClients() {
    Fixtures.send(Fixtures.request(server, "/secret-name-of-a-patient"));
    Fixtures.send(Fixtures.post(server, Fixtures.photo()));

    String metrics = Fixtures.text(Fixtures.send(Fixtures.request(server, "/metrics")));

    assertThat(metrics)
        .contains("lentigo_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"}")
        .contains(
            "lentigo_http_requests_total{method=\"POST\",route=\"/v1/segmentations\","
                + "status=\"200\"}")
        .contains("lentigo_network_duration_seconds_count")
        .doesNotContain("patient");
  }

  @Test
  void thePageIsSmallAndAsksNobodyElse() throws Exception {
    int bytes = 0;
    for (Page page : Page.all()) {
      if (page.path().equals("/openapi.yaml")) {
        continue;
      }
      HttpResponse<byte[]> file = Fixtures.send(Fixtures.request(server, page.path()));
      assertThat(file.statusCode()).isEqualTo(200);
      bytes += file.body().length;
      assertThat(Fixtures.text(file).replace("http://www.w3.org/", ""))
          .doesNotContain("http://")
          .doesNotContain("https://")
          .doesNotContain("@import");
    }
    assertThat(bytes).isLessThan(150_000);
  }

  private static void assertProblem(HttpResponse<byte[]> response, int status, String slug) {
    assertThat(response.statusCode()).as(Fixtures.text(response)).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(Fixtures.text(response))
        .contains("\"type\" : \"urn:lentigo:problem:" + slug + "\"", "\"status\" : " + status);
  }
}
