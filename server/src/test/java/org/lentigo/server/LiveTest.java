package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Size;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.Fixtures.Held;
import org.lentigo.server.ServerConfig.Limits;

@Timeout(300)
class LiveTest {
  /** A client that keeps what it is told. */
  static final class Client implements WebSocket.Listener {
    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final WebSocket socket;

    Client(LentigoServer server, String... header) {
      WebSocket.Builder builder =
          Fixtures.CLIENT.newWebSocketBuilder().connectTimeout(Fixtures.PATIENCE);
      if (header.length > 0) {
        builder.header(header[0], header[1]);
      }
      URI uri = URI.create("ws://127.0.0.1:" + server.port() + "/v1/live");
      socket = builder.buildAsync(uri, this).join();
    }

    @Override
    public @Nullable CompletionStage<?> onText(
        WebSocket webSocket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        answers.add(text.toString());
        text.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      closed.completeExceptionally(error);
    }

    void frame(byte[] frame) {
      socket.sendBinary(ByteBuffer.wrap(frame), true).join();
    }

    String answer() throws InterruptedException {
      String answer = answers.poll(Fixtures.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      assertThat(answer).isNotNull();
      return answer;
    }
  }

  private static Limits limits(double fps) {
    return new Limits(1, 8, 100_000, 16, Duration.ofSeconds(20), 100_000, 2, fps);
  }

  @Test
  void aFrameGetsItsOutline() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server = LentigoServer.start(segmenter, Fixtures.config())) {
      Client client = new Client(server);
      client.frame(Fixtures.photo(64, 48));
      assertThat(client.answer())
          .startsWith("{\"frame\":1,\"width\":64,\"height\":48,\"area_px\":")
          .contains("\"contours\":[", "\"dropped\":0");

      client.frame("no picture".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(client.answer()).startsWith("{\"frame\":2,\"error\":\"not an image");

      client.frame(Fixtures.photo(30, 20));
      assertThat(client.answer()).startsWith("{\"frame\":3,\"width\":30,");
      client.socket.abort();
    }
  }

  @Test
  void framesThatCannotBeKeptUpWithAreDroppedAndTheNewestIsAnswered() throws Exception {
    try (Held held = new Held();
        LentigoServer server =
            LentigoServer.start(held, Fixtures.config(limits(1e6), null, null))) {
      Client client = new Client(server);
      client.frame(Fixtures.photo(64, 48));
      Fixtures.await(held.begun);
      for (int i = 2; i <= 10; i++) {
        client.frame(Fixtures.photo(64, 48));
      }
      // The last one has arrived when its predecessor is counted as dropped.
      Fixtures.awaitMetric(server, "lentigo_live_frames_total{result=\"dropped\"} 8.0");
      held.release.countDown();

      assertThat(client.answer()).startsWith("{\"frame\":1,");
      assertThat(client.answer()).startsWith("{\"frame\":10,").contains("\"dropped\":8");
      // As many as came are accounted for: there is no other answer.
      Fixtures.awaitMetric(server, "lentigo_live_frames_total{result=\"done\"} 2.0");
      client.socket.abort();
    }
  }

  @Test
  void framesBeyondTheRateAreDropped() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            LentigoServer.start(segmenter, Fixtures.config(limits(0.001), null, null))) {
      Client client = new Client(server);
      client.frame(Fixtures.photo());
      assertThat(client.answer()).startsWith("{\"frame\":1,");
      client.frame(Fixtures.photo());
      client.frame(Fixtures.photo());
      Fixtures.awaitMetric(server, "lentigo_live_frames_total{result=\"dropped\"} 2.0");
      Fixtures.awaitMetric(server, "lentigo_live_frames_total{result=\"done\"} 1.0");
      client.socket.abort();
    }
  }

  @Test
  void tooManySessionsAndOtherOriginsAreRefused() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server = LentigoServer.start(segmenter, Fixtures.config())) {
      assertThat(refusal(() -> new Client(server, "Origin", "https://evil.example")))
          .isEqualTo(403);
      Client one = new Client(server);
      one.frame(Fixtures.photo());
      one.answer();
      Client two = new Client(server);
      two.frame(Fixtures.photo());
      two.answer();
      assertThat(refusal(() -> new Client(server))).isEqualTo(429);
      one.socket.abort();
      two.socket.abort();
    }
  }

  private static int refusal(Runnable connect) {
    try {
      connect.run();
    } catch (CompletionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
    }
    throw new AssertionError("the connection was not refused");
  }

  @Test
  void aFrameThatIsTooLargeEndsTheSession() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server = LentigoServer.start(segmenter, Fixtures.config())) {
      Client client = new Client(server);
      try {
        client.frame(new byte[Live.FRAME_BYTES + 1]);
      } catch (CompletionException e) {
        // The server may hang up before all of it is sent.
      }
      assertThat(client.closed.handle((code, error) -> code == null ? 1009 : code).join())
          .isEqualTo(1009);
    }
  }

  @Test
  void theTokenComesFirst() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            LentigoServer.start(segmenter, Fixtures.config(limits(100), Fixtures.TOKEN, null))) {
      Client none = new Client(server);
      none.frame(Fixtures.photo());
      assertThat(Fixtures.get(none.closed)).isEqualTo(1008);

      Client wrong = new Client(server);
      wrong.socket.sendText("Bearer wrong", true).join();
      assertThat(Fixtures.get(wrong.closed)).isEqualTo(1008);

      Client right = new Client(server);
      right.socket.sendText("Bearer " + Fixtures.TOKEN, true).join();
      right.frame(Fixtures.photo());
      assertThat(right.answer()).startsWith("{\"frame\":1,");
      right.socket.abort();
    }
  }

  private static LentigoServer locked(Segmenter segmenter, Tuning tuning) throws IOException {
    return LentigoServer.start(
        segmenter, Fixtures.config(limits(100), Fixtures.TOKEN, null), tuning);
  }

  private static void assertServed(Client client) throws InterruptedException {
    client.socket.sendText("Bearer " + Fixtures.TOKEN, true).join();
    client.frame(Fixtures.photo());
    assertThat(client.answer()).startsWith("{\"frame\":1,");
  }

  @Test
  void whoShowsNoTokenTakesNoPlaceOfThoseWhoDo() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            locked(segmenter, Tuning.standard().withStrangers(5, Fixtures.PATIENCE))) {
      List<Client> strangers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        strangers.add(new Client(server));
        // The server may hear of two handshakes the other way round, and then another is the first.
        int here = i + 1;
        Fixtures.await("it is known", () -> sessions(server) == here);
      }
      // The one that has been there longest makes room.
      Client one = new Client(server);
      assertThat(Fixtures.get(strangers.get(0).closed)).isEqualTo(1013);
      assertServed(one);
      Client two = new Client(server, "Authorization", "Bearer " + Fixtures.TOKEN);
      two.frame(Fixtures.photo());
      assertThat(two.answer()).startsWith("{\"frame\":1,");

      assertThat(refusal(() -> new Client(server))).isEqualTo(429);
      one.socket.abort();
      Fixtures.await("its place is free", () -> sessions(server) == 5);
      assertServed(strangers.get(1));
      strangers.forEach(client -> client.socket.abort());
      two.socket.abort();
      Fixtures.await("all have gone", () -> sessions(server) == 0);
    }
  }

  private static int sessions(LentigoServer server) {
    String metrics =
        Fixtures.text(
            Fixtures.send(
                Fixtures.request(server, "/metrics")
                    .header("Authorization", "Bearer " + Fixtures.TOKEN)));
    String name = "\nlentigo_live_sessions ";
    int start = metrics.indexOf(name) + name.length();
    return (int) Double.parseDouble(metrics.substring(start, metrics.indexOf('\n', start)));
  }

  @Test
  void aWrongTokenInTheHeaderIsRefusedAtOnce() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server = locked(segmenter, Tuning.standard())) {
      assertThat(refusal(() -> new Client(server, "Authorization", "Bearer wrong"))).isEqualTo(401);
    }
  }

  @Test
  void pingsHoldNoPlace() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            locked(
                segmenter,
                Tuning.standard()
                    .withStrangers(5, Duration.ofMillis(300))
                    .withSilence(Duration.ofMillis(600)))) {
      Client stranger = new Client(server);
      assertEndsAlthoughItPings(stranger);

      Client member = new Client(server, "Authorization", "Bearer " + Fixtures.TOKEN);
      assertEndsAlthoughItPings(member);
      Fixtures.await("their places are free", () -> sessions(server) == 0);
    }
  }

  private static void assertEndsAlthoughItPings(Client client) throws Exception {
    Fixtures.await(
        "it is sent away",
        () -> {
          try {
            client.socket.sendPing(ByteBuffer.allocate(0)).join();
          } catch (CompletionException e) {
            // It is.
          }
          return client.closed.isDone();
        });
    try {
      assertThat(client.closed.get()).isEqualTo(1008);
    } catch (ExecutionException e) {
      // A ping that crossed the server's farewell found the line cut, and the farewell is lost.
      assertThat(e).hasCauseInstanceOf(IOException.class);
    }
  }

  /** A client that takes no notice of being sent away, and goes on pinging. */
  @Test
  void whoDoesNotGoIsHungUpOn() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            locked(segmenter, Tuning.standard().withStrangers(5, Duration.ofMillis(100)));
        Socket socket = new Socket("127.0.0.1", server.port())) {
      OutputStream out = socket.getOutputStream();
      String upgrade =
          "GET /v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
              + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
      out.write(upgrade.getBytes(StandardCharsets.US_ASCII));
      Fixtures.awaitText(socket, "\r\n\r\n");
      byte[] ping = {(byte) 0x89, (byte) 0x80, 0, 0, 0, 0};
      Fixtures.await(
          "it is hung up on",
          () -> {
            try {
              out.write(ping);
              TimeUnit.MILLISECONDS.sleep(10);
              return false;
            } catch (IOException e) {
              return true;
            }
          });
      Fixtures.await("its place is free", () -> sessions(server) == 0);
    }
  }

  @Test
  void aStoppingServerSaysGoodbye() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter()) {
      LentigoServer server = LentigoServer.start(segmenter, Fixtures.config());
      Client client = new Client(server);
      client.frame(Fixtures.photo());
      client.answer();
      server.close();
      assertThat(Fixtures.get(client.closed)).isEqualTo(1001);
    }
  }

  @Test
  void theOutlineIsSteadiedFromFrameToFrameAndAnewWhenTheirSizeChanges() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter();
        LentigoServer server =
            LentigoServer.start(segmenter, Fixtures.config(limits(1e6), null, null))) {
      Segmenter once = segmenter.oneLook();
      Client client = new Client(server);
      Random random = new Random(5);
      int number = 0;
      int steadied = 0;
      for (Size size : List.of(new Size(64, 48), new Size(48, 64), new Size(64, 48))) {
        LiveSegmenter alike = segmenter.live(true);
        for (int i = 0; i < 4; i++) {
          byte[] frame = Fixtures.photo(size.width(), size.height(), 8, random);
          client.frame(frame);
          number++;
          RgbImage image = PhotoReader.read(frame, Live.FRAME_PIXELS).image();
          String answer = untimed(client.answer());
          assertThat(answer)
              .isEqualTo(untimed(Live.outline(alike.next(image), null, number, 0, 0)));
          String alone = untimed(Live.outline(once.segment(image), null, number, 0, 0));
          if (i == 0) {
            assertThat(answer).as("the first of its size").isEqualTo(alone);
          } else {
            steadied += answer.equals(alone) ? 0 : 1;
          }
        }
      }
      assertThat(steadied).as("frames that steadying changes").isGreaterThan(6);
      client.socket.abort();
    }
  }

  private static String untimed(String answer) {
    return answer.replaceFirst("\"problem\":.*", "");
  }
}
