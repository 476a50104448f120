package org.lentigo.server;

import io.javalin.http.Context;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.runtime.Json;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * {@code /v1/live}: pictures in, outlines out, as fast as the machine can and never late. A session
 * has at most one frame waiting; a newer one takes its place, so that an answer is always about
 * what the camera saw last. No frame is begun before the answer to the one before has left.
 */
final class Live {
  private static final Logger LOG = LoggerFactory.getLogger(Live.class);

  /** The largest frame: a camera's picture of 1080p fits many times over. */
  static final int FRAME_BYTES = 4 << 20;

  static final long FRAME_PIXELS = 4_000_000;

  /** In pixels of the frame: half the width of the drawn line. */
  private static final double TOLERANCE = 0.8;

  private static final int TOKEN_SECONDS = 10;

  private static final int GOING_AWAY = 1001;
  private static final int POLICY_VIOLATION = 1008;
  private static final int TRY_AGAIN_LATER = 1013;

  private final Segmenter segmenter;
  private final Outliner outliner;
  private final Guard guard;
  private final ServerConfig.Limits limits;
  private final Map<String, Peer> peers = new ConcurrentHashMap<>();
  private final ExecutorService workers;
  private final Metrics metrics;

  Live(
      Segmenter segmenter,
      Outliner outliner,
      Guard guard,
      ServerConfig.Limits limits,
      Metrics metrics) {
    this.segmenter = segmenter;
    this.outliner = outliner;
    this.guard = guard;
    this.limits = limits;
    workers =
        Executors.newFixedThreadPool(
            Math.max(1, limits.live()),
            task -> {
              Thread thread = new Thread(task, "live");
              thread.setDaemon(true);
              return thread;
            });
    this.metrics = metrics;
    metrics.gauge("lentigo_live_sessions", "Open live sessions", peers::size);
  }

  /** Refuses the upgrade with an HTTP answer, where there is still one to give. */
  void admit(Context context) {
    guard.admit(context);
    if (peers.size() >= limits.live()) {
      throw Problem.busy("already " + limits.live() + " live sessions; close one");
    }
  }

  void configure(WsConfig ws) {
    ws.onConnect(this::connect);
    ws.onMessage(
        message -> {
          Peer peer = peers.get(message.sessionId);
          if (peer != null) {
            peer.text(message.message());
          }
        });
    ws.onBinaryMessage(
        message -> {
          Peer peer = peers.get(message.sessionId);
          if (peer != null) {
            peer.frame(message.data());
          }
        });
    ws.onClose(close -> peers.remove(close.sessionId));
    ws.onError(error -> peers.remove(error.sessionId));
  }

  private void connect(WsContext context) {
    Session session = context.session;
    session.setMaxBinaryMessageSize(FRAME_BYTES);
    session.setMaxFrameSize(FRAME_BYTES);
    session.setMaxTextMessageSize(1 << 12);
    if (peers.size() >= limits.live()) {
      session.close(TRY_AGAIN_LATER, "too many live sessions", Callback.NOOP);
      return;
    }
    Peer peer = new Peer(session, !guard.needsToken());
    session.setIdleTimeout(Duration.ofSeconds(guard.needsToken() ? TOKEN_SECONDS : 60));
    peers.put(context.sessionId, peer);
    if (guard.needsToken()) {
      // Pings hold off the idle timeout; without the token a place is held so long and no longer.
      CompletableFuture.delayedExecutor(TOKEN_SECONDS, TimeUnit.SECONDS).execute(peer::expire);
    }
  }

  /** Tells every client to go, and begins no more frames. */
  void close() {
    workers.shutdown();
    for (Peer peer : peers.values()) {
      peer.session.close(GOING_AWAY, "the server is stopping", Callback.NOOP);
    }
  }

  /** One session. Its methods are called from the web server's threads and from a worker. */
  private final class Peer {
    private final Session session;
    private final long interval = (long) (1e9 / limits.liveFps());
    private boolean authorised;
    private long received;
    private long dropped;
    private long earliest = System.nanoTime();
    private byte @Nullable [] waiting;
    private long waitingNumber;
    private boolean busy;

    /** Steadies the outline; anew with each change of the frames' size. Of the worker alone. */
    private @Nullable LiveSegmenter steady;

    private Size size = new Size(0, 0);

    Peer(Session session, boolean authorised) {
      this.session = session;
      this.authorised = authorised;
    }

    /** The token, for browsers, which cannot send a header with a WebSocket. */
    synchronized void text(String message) {
      String prefix = "Bearer ";
      if (message.startsWith(prefix) && guard.knows(message.substring(prefix.length()))) {
        authorised = true;
        session.setIdleTimeout(Duration.ofSeconds(60));
      } else {
        session.close(POLICY_VIOLATION, "wanted frames, or Bearer TOKEN", Callback.NOOP);
      }
    }

    synchronized void expire() {
      if (!authorised) {
        session.close(POLICY_VIOLATION, "no token came", Callback.NOOP);
      }
    }

    synchronized void frame(ByteBuffer data) {
      if (!authorised) {
        session.close(POLICY_VIOLATION, "send Bearer TOKEN first", Callback.NOOP);
        return;
      }
      received++;
      long now = System.nanoTime();
      // A tenth early is still in time: frames do not come at even distances.
      if (now < earliest - interval / 10) {
        drop();
        return;
      }
      earliest = Math.max(earliest + interval, now);
      if (waiting != null) {
        drop();
      }
      waiting = new byte[data.remaining()];
      data.get(waiting);
      waitingNumber = received;
      if (!busy) {
        busy = true;
        begin();
      }
    }

    private void drop() {
      dropped++;
      metrics.frame(Metrics.Frame.DROPPED);
    }

    private void begin() {
      try {
        workers.execute(this::work);
      } catch (RejectedExecutionException e) {
        // The server is stopping; the session hears so.
        busy = false;
      }
    }

    private void work() {
      String answer;
      try (Gate.Place place = outliner.enter()) {
        byte[] frame;
        long number;
        long droppedSoFar;
        synchronized (this) {
          // Only now: a newer one may have come while this one waited for its place.
          frame = waiting == null ? new byte[0] : waiting;
          waiting = null;
          number = waitingNumber;
          droppedSoFar = dropped;
        }
        answer = answer(frame, number, droppedSoFar);
      } catch (Problem busyGate) {
        synchronized (this) {
          waiting = null;
          drop();
        }
        next();
        return;
      }
      session.sendText(answer, Callback.from(this::next, failure -> next()));
    }

    private synchronized void next() {
      if (waiting != null && session.isOpen()) {
        begin();
      } else {
        busy = false;
      }
    }

    private String answer(byte[] frame, long number, long droppedSoFar) {
      try {
        long start = System.nanoTime();
        Segmentation lesion = steadied(PhotoReader.read(frame, FRAME_PIXELS).image());
        String answer = outline(lesion, number, droppedSoFar, start);
        metrics.network(lesion.networkNanos());
        metrics.frame(Metrics.Frame.DONE);
        return answer;
      } catch (UnreadableImageException e) {
        metrics.frame(Metrics.Frame.FAILED);
        return error(number, String.valueOf(e.getMessage()));
      } catch (RuntimeException | OutOfMemoryError e) {
        LOG.error("a live frame failed", e);
        metrics.frame(Metrics.Frame.FAILED);
        return error(number, "the server failed on this frame");
      }
    }

    /** As {@code lentigo live} does; another size is another camera, or the same one turned. */
    private Segmentation steadied(RgbImage frame) {
      Size now = new Size(frame.width(), frame.height());
      LiveSegmenter live = steady;
      if (live == null || !now.equals(size)) {
        live = segmenter.live(true);
        steady = live;
        size = now;
      }
      return live.next(frame);
    }
  }

  /** The answer to a frame; see openapi.yaml. */
  static String outline(Segmentation lesion, long number, long droppedSoFar, long start) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = compact(text)) {
      json.writeStartObject();
      json.writeNumberProperty("frame", number);
      json.writeNumberProperty("width", lesion.width());
      json.writeNumberProperty("height", lesion.height());
      json.writeNumberProperty("area_px", lesion.area());
      json.writeArrayPropertyStart("contours");
      for (Contour contour : lesion.contours()) {
        int[] xy = contour.simplified(TOLERANCE);
        if (xy.length >= 6) {
          json.writeArray(xy, 0, xy.length);
        }
      }
      json.writeEndArray();
      writeShare(json, "mean_confidence", lesion.meanConfidence());
      writeShare(json, "predicted_jaccard", lesion.predictedJaccard());
      json.writeNumberProperty("dropped", droppedSoFar);
      json.writeNumberProperty("ms", Math.round((System.nanoTime() - start) / 1e4) / 1e2);
      json.writeEndObject();
    }
    return text.toString();
  }

  private static String error(long number, String reason) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = compact(text)) {
      json.writeStartObject();
      json.writeNumberProperty("frame", number);
      json.writeStringProperty("error", reason);
      json.writeEndObject();
    }
    return text.toString();
  }

  private static JsonGenerator compact(StringWriter text) {
    return Json.FACTORY.createGenerator(ObjectWriteContext.empty(), text);
  }

  private static void writeShare(JsonGenerator json, String name, OptionalDouble share) {
    if (share.isPresent()) {
      json.writeNumberProperty(name, Math.round(share.getAsDouble() * 1e4) / 1e4);
    } else {
      json.writeNullProperty(name);
    }
  }
}
