package org.lentigo.server;

import io.javalin.http.Context;
import io.javalin.websocket.WsConfig;
import io.javalin.websocket.WsContext;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
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
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.runtime.LiveSegmenter;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Json;
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

  /** The largest message before the token is shown, and the largest text ever. */
  private static final int STRANGER_BYTES = 1 << 12;

  /** So often a session's frames are looked at for their quality. */
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private static final int GOING_AWAY = 1001;
  private static final int POLICY_VIOLATION = 1008;
  private static final int INTERNAL_ERROR = 1011;
  private static final int TRY_AGAIN_LATER = 1013;

  private final Segmenter segmenter;
  private final Outliner outliner;
  private final Guard guard;
  private final ServerConfig.Limits limits;
  private final Tuning tuning;
  private final Work work;
  private final Map<String, Peer> peers = new ConcurrentHashMap<>();
  private final Object places = new Object();

  /** Those who have shown the token, or need none. */
  private final Set<Peer> members = new HashSet<>();

  /**
   * The others, who take no place of those; when there are too many, the one who has been here
   * longest makes room, since who has a token shows it at once.
   */
  private final Set<Peer> strangers = new LinkedHashSet<>();

  private final ExecutorService workers;
  private final Metrics metrics;

  Live(
      Segmenter segmenter,
      Outliner outliner,
      Guard guard,
      ServerConfig.Limits limits,
      Tuning tuning,
      Work work,
      Metrics metrics) {
    this.segmenter = segmenter;
    this.outliner = outliner;
    this.guard = guard;
    this.limits = limits;
    this.tuning = tuning;
    this.work = work;
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
    if (context.header(Guard.AUTHORIZATION) != null) {
      guard.authorise(context);
    }
    synchronized (places) {
      if (members.size() >= limits.live()) {
        throw Problem.busy(full());
      }
    }
  }

  private String full() {
    return "already " + limits.live() + " live sessions; close one";
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
    ws.onClose(close -> leave(close.sessionId));
    ws.onError(error -> leave(error.sessionId));
  }

  private void connect(WsContext context) {
    Session session = context.session;
    session.setMaxTextMessageSize(STRANGER_BYTES);
    session.setMaxBinaryMessageSize(STRANGER_BYTES);
    session.setMaxFrameSize(STRANGER_BYTES);
    session.setIdleTimeout(tuning.silence());
    Peer peer = new Peer(context.sessionId, session);
    peers.put(context.sessionId, peer);
    if (guard.authorised(context.header(Guard.AUTHORIZATION))) {
      peer.join();
      return;
    }
    Peer longest = null;
    synchronized (places) {
      if (strangers.size() >= tuning.strangers()) {
        longest = strangers.iterator().next();
        strangers.remove(longest);
      }
      strangers.add(peer);
    }
    if (longest != null) {
      longest.end(TRY_AGAIN_LATER, "too many sessions that show no token");
    }
    peer.await(tuning.tokenTime());
  }

  private void leave(String sessionId) {
    Peer peer = peers.remove(sessionId);
    if (peer != null) {
      synchronized (places) {
        strangers.remove(peer);
        members.remove(peer);
      }
    }
  }

  /**
   * Tells every client to go, and begins no more frames.
   *
   * @return when they are told
   */
  CompletableFuture<Void> close() {
    workers.shutdown();
    List<CompletableFuture<Void>> told = new ArrayList<>();
    for (Peer peer : peers.values()) {
      CompletableFuture<Void> one = new CompletableFuture<>();
      told.add(one);
      peer.end(
          GOING_AWAY,
          "the server is stopping",
          Callback.from(() -> one.complete(null), one::completeExceptionally));
    }
    return CompletableFuture.allOf(told.toArray(CompletableFuture<?>[]::new));
  }

  /** One session. Its methods are called from the web server's threads and from a worker. */
  private final class Peer {
    private final String id;
    private final Session session;
    private final long interval = (long) (1e9 / limits.liveFps());
    private boolean authorised;
    private long deadline;
    private long received;
    private long dropped;
    private long earliest = System.nanoTime();
    private byte @Nullable [] waiting;
    private long waitingNumber;
    private boolean busy;

    /** Steadies the outline; anew with each change of the frames' size. Of the worker alone. */
    private @Nullable LiveSegmenter steady;

    private Size size = new Size(0, 0);

    /** What was wrong with the last frame that was looked at, and when the next one is. */
    private PhotoQuality.@Nullable Problem problem;

    private long lookAt = System.nanoTime();

    Peer(String id, Session session) {
      this.id = id;
      this.session = session;
    }

    /** Takes one of the places of those who may send frames. */
    void join() {
      boolean place;
      synchronized (places) {
        strangers.remove(this);
        // Whoever was sent away meanwhile takes none.
        place = members.size() < limits.live() && peers.containsKey(id) && members.add(this);
      }
      if (!place) {
        end(TRY_AGAIN_LATER, Live.this.full());
        return;
      }
      session.setMaxBinaryMessageSize(FRAME_BYTES);
      session.setMaxFrameSize(FRAME_BYTES);
      synchronized (this) {
        authorised = true;
      }
      await(tuning.silence());
    }

    /** Ends the session unless it does what is wanted of it within so long. */
    void await(Duration time) {
      synchronized (this) {
        deadline = System.nanoTime() + time.toNanos();
      }
      // Pings hold off the idle timeout, but not this.
      CompletableFuture.delayedExecutor(time.toNanos(), TimeUnit.NANOSECONDS).execute(this::check);
    }

    private void check() {
      boolean known;
      long left;
      synchronized (this) {
        known = authorised;
        left = deadline - System.nanoTime();
      }
      if (!session.isOpen()) {
        return;
      }
      if (left > 0) {
        CompletableFuture.delayedExecutor(left, TimeUnit.NANOSECONDS).execute(this::check);
      } else {
        end(POLICY_VIOLATION, known ? "no frame came for too long" : "no token came");
      }
    }

    private void end(int code, String reason) {
      end(code, reason, Callback.NOOP);
    }

    /** Gives its place back and says why; a client that does not hang up then is hung up on. */
    void end(int code, String reason, Callback told) {
      leave(id);
      session.close(code, reason, told);
      CompletableFuture.delayedExecutor(tuning.goodbye().toMillis(), TimeUnit.MILLISECONDS)
          .execute(session::disconnect);
    }

    /** The token, for browsers, which cannot send a header with a WebSocket. */
    void text(String message) {
      String prefix = "Bearer ";
      if (!message.startsWith(prefix) || !guard.knows(message.substring(prefix.length()))) {
        end(POLICY_VIOLATION, "wanted frames, or Bearer TOKEN");
      } else if (!isAuthorised()) {
        join();
      }
    }

    private synchronized boolean isAuthorised() {
      return authorised;
    }

    void frame(ByteBuffer data) {
      if (isAuthorised()) {
        take(data);
      } else {
        end(POLICY_VIOLATION, "send Bearer TOKEN first");
      }
    }

    private synchronized void take(ByteBuffer data) {
      deadline = System.nanoTime() + tuning.silence().toNanos();
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
        if (!work.begin()) {
          return;
        }
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
        try {
          answer = answer(frame, number, droppedSoFar);
        } finally {
          work.end();
        }
      } catch (Problem busyGate) {
        synchronized (this) {
          waiting = null;
          drop();
        }
        next();
        return;
      }
      try {
        session.sendText(answer, Callback.from(this::next, failure -> next()));
      } catch (RuntimeException | Error e) {
        // Or the session would wait for an answer that is never sent, and keep its worker's place.
        end(INTERNAL_ERROR, "the server failed to answer");
        throw e;
      }
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
        RgbImage image = PhotoReader.read(frame, FRAME_PIXELS).image();
        Segmentation lesion = steadied(image);
        if (start >= lookAt) {
          problem = lesion.quality(image).worst();
          lookAt = start + LOOK_EVERY_NANOS;
        }
        String answer = outline(lesion, problem, number, droppedSoFar, start);
        metrics.network(lesion.networkNanos());
        metrics.frame(Metrics.Frame.DONE);
        return answer;
      } catch (UnreadableImageException e) {
        metrics.frame(Metrics.Frame.FAILED);
        return error(number, String.valueOf(e.getMessage()));
      } catch (RuntimeException | Error e) {
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
  static String outline(
      Segmentation lesion,
      PhotoQuality.@Nullable Problem problem,
      long number,
      long droppedSoFar,
      long start) {
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
      json.writeName("problem");
      json.writeString(problem == null ? null : problem.label());
      json.writeName("advice");
      json.writeString(problem == null ? null : problem.advice());
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
