package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lentigo.runtime.Segmenter;
import org.lentigo.server.Fixtures.Held;

/** What the end of the server waits for, and what it does not. */
@Timeout(300)
class CloseTest {
  /** Well below the half minute after which the server cuts off what is left. */
  private static final long SOON_SECONDS = 20;

  private static final String UPGRADE =
      "GET /v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

  /** What a client leaves half-sent, or does not fetch. */
  private enum Client {
    SAYS_NOTHING(""),
    IN_THE_REQUEST_LINE("POST /v1/seg"),
    IN_THE_HEADERS("POST /v1/segmentations HTTP/1.1\r\nHost: loc"),
    IN_THE_BODY(post("localhost", "Content-Length: 9000") + "x"),
    IN_A_CHUNK(post("localhost", "Transfer-Encoding: chunked") + "4000\r\nx"),
    REFUSED_IN_THE_BODY(post("evil.example", "Content-Length: 9000") + "x"),
    KEEPS_THE_CONNECTION("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    FETCHES_NOTHING("GET /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2_000)),
    LIVE_AND_DEAF(UPGRADE),
    IN_A_FRAME(UPGRADE + "\u0082\u00fe");

    private final String sent;

    Client(String sent) {
      this.sent = sent;
    }
  }

  private static String post(String host, String length) {
    return "POST /v1/segmentations HTTP/1.1\r\nHost: " + host + "\r\n" + length + "\r\n\r\n";
  }

  private static Socket connect(LentigoServer server, String sent) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout((int) Fixtures.PATIENCE.toMillis());
    write(socket, sent);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().flush();
  }

  private static CompletableFuture<Void> closing(LentigoServer server) {
    return CompletableFuture.runAsync(server::close, task -> new Thread(task, "closing").start());
  }

  private static CompletableFuture<Integer> posted(LentigoServer server) {
    return CompletableFuture.supplyAsync(
        () -> Fixtures.send(Fixtures.post(server, Fixtures.photo())).statusCode(),
        task -> new Thread(task, "posting").start());
  }

  private static void awaitRefusal(int port) {
    Fixtures.await(
        "new connections are refused",
        () -> {
          try {
            new Socket("127.0.0.1", port).close();
            return false;
          } catch (IOException e) {
            return true;
          }
        });
  }

  /** The web server's and the live sessions'. */
  static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("(http-|live|Connector-|Session-|Scheduler-).*"))
        .collect(Collectors.toSet());
  }

  /** The answer is out before the body is in: the request is then under way as the server stops. */
  @Test
  void aRefusedClientMaySendTheRestMeanwhile() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter()) {
      LentigoServer server = LentigoServer.start(segmenter, Fixtures.config());
      try (Socket socket = connect(server, post("evil.example", "Content-Length: 10") + "12345")) {
        assertThat(socket.getInputStream().readNBytes(12))
            .asString(StandardCharsets.US_ASCII)
            .isEqualTo("HTTP/1.1 421");
        int port = server.port();
        CompletableFuture<Void> closed = closing(server);
        awaitRefusal(port);
        try {
          write(socket, "67890");
        } catch (IOException e) {
          // It is closed already.
        }
        closed.get(SOON_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatClientsLeaveHalfSentIsNotWaitedFor(Client client) throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter()) {
      Set<Thread> before = threads();
      LentigoServer server = LentigoServer.start(segmenter, Fixtures.config());
      List<Socket> sockets = new ArrayList<>();
      try {
        // Fetching nothing, it may not get rid of all it has to say: in a thread of its own.
        Socket socket = connect(server, "");
        sockets.add(socket);
        Thread sending =
            new Thread(
                () -> {
                  try {
                    write(socket, client.sent);
                  } catch (IOException e) {
                    // Cut off.
                  }
                });
        sending.start();
        Fixtures.send(Fixtures.request(server, "/health/live"));
        closing(server).get(SOON_SECONDS, TimeUnit.SECONDS);
        sending.join();
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
      Fixtures.await("its threads have ended", () -> before.containsAll(threads()));
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"IN_THE_REQUEST_LINE", "IN_THE_HEADERS", "IN_THE_BODY", "REFUSED_IN_THE_BODY"})
  void whoSendsAByteAtATimeIsNotWaitedFor(Client client) throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter()) {
      LentigoServer server = LentigoServer.start(segmenter, Fixtures.config());
      try (Socket socket = connect(server, client.sent)) {
        Thread dawdling =
            new Thread(
                () -> {
                  try {
                    while (true) {
                      write(socket, "x");
                      TimeUnit.MILLISECONDS.sleep(100);
                    }
                  } catch (IOException | InterruptedException e) {
                    // Cut off.
                  }
                });
        dawdling.start();
        Fixtures.send(Fixtures.request(server, "/health/live"));
        closing(server).get(SOON_SECONDS, TimeUnit.SECONDS);
        dawdling.join();
      }
    }
  }

  @Test
  void whatIsAtWorkIsAnsweredFirstAndNothingNewIsTaken() throws Exception {
    try (Held held = new Held()) {
      LentigoServer server = LentigoServer.start(held, Fixtures.config());
      int port = server.port();
      List<Socket> others = new ArrayList<>();
      try {
        for (Client client : Client.values()) {
          if (client != Client.FETCHES_NOTHING) {
            others.add(connect(server, client.sent));
          }
        }
        CompletableFuture<Integer> atWork = posted(server);
        Fixtures.await(held.begun);
        CompletableFuture<Integer> waiting = posted(server);
        CompletableFuture<Integer> alsoWaiting = posted(server);
        Fixtures.awaitMetric(server, "lentigo_photos_in_flight 3.0");

        CompletableFuture<Void> closed = closing(server);
        awaitRefusal(port);
        assertThat(closed).isNotDone();
        held.release.countDown();

        for (CompletableFuture<Integer> one : List.of(atWork, waiting, alsoWaiting)) {
          assertThat(Fixtures.get(one)).isEqualTo(200);
        }
        closed.get(SOON_SECONDS, TimeUnit.SECONDS);
      } finally {
        for (Socket socket : others) {
          socket.close();
        }
      }
    }
  }

  @Test
  void aConnectionThatIsKeptOpenIsToldThatTheServerStops() throws Exception {
    try (Held held = new Held()) {
      LentigoServer server = LentigoServer.start(held, Fixtures.config());
      int port = server.port();
      try (Socket kept = connect(server, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
        Fixtures.awaitText(
            kept, "\"live\"\n}"); // To its end, so that what follows is the next answer.
        CompletableFuture<Integer> atWork = posted(server);
        Fixtures.await(held.begun);
        CompletableFuture<Void> closed = closing(server);
        awaitRefusal(port);

        String answer = "";
        try {
          write(kept, "GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
          answer = Fixtures.allOf(kept);
        } catch (IOException e) {
          // As below.
        }
        // Where this thread gets no turn for a second, the idle connection has been closed.
        if (!answer.isEmpty()) {
          assertThat(answer)
              .contains("HTTP/1.1 503", "urn:lentigo:problem:stopping", "Content-Security-Policy");
        }

        held.release.countDown();
        assertThat(Fixtures.get(atWork)).isEqualTo(200);
        closed.get(SOON_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  /** The segmenter is the caller's, who may close it as soon as the server is closed. */
  @Test
  void aLiveFrameAtWorkIsWaitedFor() throws Exception {
    try (Held held = new Held()) {
      LentigoServer server = LentigoServer.start(held, Fixtures.config());
      int port = server.port();
      LiveTest.Client client = new LiveTest.Client(server);
      client.frame(Fixtures.photo());
      Fixtures.await(held.begun);

      CompletableFuture<Void> closed = closing(server);
      awaitRefusal(port);
      assertThat(Fixtures.get(client.closed)).isEqualTo(1001);
      // Time for an end that does not wait to show itself.
      TimeUnit.MILLISECONDS.sleep(500);
      assertThat(closed).isNotDone();
      held.release.countDown();
      closed.get(SOON_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void whatTakesTooLongIsCutOff() throws Exception {
    try (Held held = new Held()) {
      LentigoServer server = LentigoServer.start(held, Fixtures.config());
      CompletableFuture<Integer> never = posted(server);
      Fixtures.await(held.begun);

      server.close(Duration.ofMillis(100));

      assertThatThrownBy(() -> Fixtures.get(never)).hasRootCauseInstanceOf(IOException.class);
    }
  }

  @Test
  void closingAgainDoesNothing() throws Exception {
    try (Segmenter segmenter = Fixtures.segmenter()) {
      LentigoServer server = LentigoServer.start(segmenter, Fixtures.config());
      CompletableFuture<Void> one = closing(server);
      CompletableFuture<Void> other = closing(server);
      one.get(SOON_SECONDS, TimeUnit.SECONDS);
      other.get(SOON_SECONDS, TimeUnit.SECONDS);
      server.close();
    }
  }
}
