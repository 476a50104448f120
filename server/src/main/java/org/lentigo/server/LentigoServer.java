package org.lentigo.server;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.QuotedQualityCSV;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.RgbImage;
import org.lentigo.network.Calibration;
import org.lentigo.network.Costs;
import org.lentigo.network.Model;
import org.lentigo.runtime.Measurement.ModelId;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Json;
import org.lentigo.runtime.internal.LentigoVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/**
 * The web application. It runs until it is closed, which answers the requests under way first. The
 * segmenter stays the caller's.
 */
public final class LentigoServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LentigoServer.class);

  private static final String JSON = "application/json";
  private static final String PNG = "image/png";
  private static final String JPEG = "image/jpeg";

  /** What {@link #close} waits for requests under way. */
  private static final long STOP_MILLIS = 30_000;

  /** Clients that say nothing for so long are hung up on. */
  private static final long IDLE_MILLIS = 15_000;

  private static final int THREADS = 200;
  private static final String STARTED = "lentigo.started";

  /** The interface's paths; the page's files come on top. */
  static final List<String> PATHS =
      List.of(
          "/health/live",
          "/health/ready",
          "/metrics",
          "/v1/models",
          "/v1/segmentations",
          "/v1/live");

  private final Segmenter segmenter;
  private final ServerConfig config;
  private final Guard guard;
  private final Outliner outliner;
  private final Uploads uploads;
  private final Live live;
  private final Metrics metrics = new Metrics();
  private final @Nullable Store store;
  private final byte[] models;

  /** What metrics and the log tell apart. */
  private final Set<String> routes = new HashSet<>(PATHS);

  private final Javalin javalin;
  private volatile boolean stopping;

  private LentigoServer(Segmenter segmenter, ServerConfig config) throws IOException {
    this.segmenter = segmenter;
    this.config = config;
    guard = new Guard(config);
    outliner = new Outliner(segmenter, config.limits());
    uploads = new Uploads(config.limits(), Runtime.getRuntime().maxMemory() / 4);
    metrics.gauge(
        "lentigo_photos_in_flight", "Photos and frames at work or waiting", outliner::present);
    live = new Live(segmenter, outliner, guard, config.limits(), metrics);
    store = config.store() == null ? null : new Store(config.store());
    models = models();
    List<Page> pages = Page.all();
    javalin = Javalin.create(java -> configure(java, pages));
  }

  /**
   * Starts listening; the first photo has been outlined by then, so that none waits for it.
   *
   * @throws IOException if the address is taken or not this machine's, or the store's folder cannot
   *     be written to
   */
  public static LentigoServer start(Segmenter segmenter, ServerConfig config) throws IOException {
    segmenter.segment(new RgbImage(1, 1, new byte[3]));
    LentigoServer server = new LentigoServer(segmenter, config);
    try {
      server.javalin.start(config.host(), config.port());
    } catch (RuntimeException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "cannot listen on " + config.host() + ":" + config.port() + ": " + cause.getMessage(), e);
    }
    return server;
  }

  /** The port it listens on. */
  public int port() {
    return javalin.port();
  }

  /** Where the page is. */
  public URI uri() {
    String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
    return URI.create("http://" + host + ":" + port() + "/");
  }

  /** Takes no more requests, answers those under way, for up to half a minute, and stops. */
  @Override
  public void close() {
    stopping = true;
    live.close();
    javalin.stop();
  }

  private void configure(JavalinConfig java, List<Page> pages) {
    java.startup.showJavalinBanner = false;
    java.startup.showOldJavalinVersionWarning = false;
    java.startup.startupWatcherEnabled = false;
    java.http.prefer405over404 = true;
    java.jetty.threadPool = threads();
    java.jetty.modifyServer(
        server -> {
          server.setStopTimeout(STOP_MILLIS);
          server.setStopAtShutdown(false);
          server.setErrorHandler(new ErrorDocuments());
          server.setHandler(new GracefulHandler());
        });
    java.jetty.modifyHttpConfiguration(
        (HttpConfiguration http) -> {
          http.setSendServerVersion(false);
          http.setIdleTimeout(IDLE_MILLIS);
        });
    java.jetty.modifyServletContextHandler(
        context -> context.setErrorHandler(new ErrorDocuments()));

    java.routes.before(
        context -> {
          context.attribute(STARTED, System.nanoTime());
          guard.admit(context);
        });
    for (Page page : pages) {
      routes.add(page.path());
      java.routes.get(
          page.path(), context -> context.contentType(page.type()).result(page.content()));
    }
    java.routes.get("/health/live", context -> context.contentType(JSON).result(status("live")));
    java.routes.get("/health/ready", this::ready);
    java.routes.before("/v1/*", guard::authorise);
    java.routes.before("/metrics", guard::authorise);
    java.routes.get(
        "/metrics",
        context ->
            context.contentType(PrometheusTextFormatWriter.CONTENT_TYPE).result(metrics.text()));
    java.routes.get("/v1/models", context -> context.contentType(JSON).result(models));
    java.routes.post("/v1/segmentations", this::segment);
    java.routes.get(
        "/v1/live",
        context -> {
          throw new Problem(
                  HttpStatus.UPGRADE_REQUIRED, "websocket", "this address speaks WebSocket only")
              .header("Upgrade", "websocket");
        });
    java.routes.wsBeforeUpgrade("/v1/live", live::admit);
    java.routes.ws("/v1/live", live::configure);

    java.routes.exception(Problem.class, this::answer);
    java.routes.exception(
        HttpResponseException.class,
        (e, context) -> {
          Problem problem = Problem.ofStatus(e.getStatus(), String.valueOf(e.getMessage()));
          String methods = e.getDetails().get("availableMethods");
          answer(methods == null ? problem : problem.header("Allow", methods), context);
        });
    java.routes.exception(
        EofException.class, (e, context) -> context.status(HttpStatus.BAD_REQUEST));
    java.routes.exception(
        Exception.class,
        (e, context) -> {
          LOG.error("{} failed", route(context), e);
          answer(
              new Problem(
                  HttpStatus.INTERNAL_SERVER_ERROR,
                  "internal",
                  "the server failed on this request; its log says why"),
              context);
        });
    java.routes.after(this::count);
  }

  private static QueuedThreadPool threads() {
    QueuedThreadPool pool = new QueuedThreadPool(THREADS, 4);
    pool.setName("http");
    return pool;
  }

  private static byte[] status(String status) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("status", status);
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private void ready(Context context) {
    if (stopping) {
      throw new Problem(HttpStatus.SERVICE_UNAVAILABLE, "stopping", "the server is stopping");
    }
    context.contentType(JSON).result(status("ready"));
  }

  private byte[] models() {
    Model model = segmenter.model();
    ModelId id = ModelId.of(model, segmenter.views());
    Costs costs = Costs.of(model.graph(), id.inputSize());
    ServerConfig.Limits limits = config.limits();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("lentigo_version", LentigoVersion.get());
      json.writeArrayPropertyStart("models");
      json.writeStartObject();
      json.writeStringProperty("name", id.name());
      json.writeStringProperty("variant", id.variant());
      json.writeStringProperty("sha256", id.sha256());
      json.writeNumberProperty("input_size", id.inputSize());
      json.writeNumberProperty("views", id.views());
      json.writeNumberProperty("threshold", model.threshold());
      json.writeNumberProperty("parameters", costs.parameters());
      json.writeBooleanProperty(
          "predicts_jaccard", model.calibration().flatMap(Calibration::predictor).isPresent());
      json.writeEndObject();
      json.writeEndArray();
      json.writeBooleanProperty("stores", store != null);
      json.writeObjectPropertyStart("limits");
      json.writeNumberProperty("body_bytes", limits.bodyBytes());
      json.writeNumberProperty("pixels", limits.pixels());
      json.writeNumberProperty("live_fps", limits.liveFps());
      json.writeNumberProperty("live_frame_bytes", Live.FRAME_BYTES);
      json.writeNumberProperty("live_frame_pixels", Live.FRAME_PIXELS);
      json.writeEndObject();
      json.writeEndObject();
    }
    return out.toByteArray();
  }

  private void segment(Context context) throws IOException {
    if (stopping) {
      throw new Problem(HttpStatus.SERVICE_UNAVAILABLE, "stopping", "the server is stopping");
    }
    try (Uploads.Upload upload = uploads.receive(context)) {
      String type = answerType(context);
      Float threshold = threshold(context);
      boolean outline = !"none".equals(context.queryParam("outline"));
      byte[] answer =
          outliner.outline(
              upload.bytes(),
              threshold,
              outlined -> {
                metrics.network(outlined.lesion().networkNanos());
                context.header("Server-Timing", serverTiming(outlined));
                if (store != null) {
                  store.keep(outlined, upload.name());
                }
                return switch (type) {
                  case PNG -> outlined.mask();
                  case JPEG -> outline ? outlined.overlay() : outlined.plain();
                  default -> outlined.json(upload.name());
                };
              });
      context.header("Vary", "Accept").contentType(type).result(answer);
    }
  }

  private static String serverTiming(OutlinedPhoto outlined) {
    StringBuilder timing = new StringBuilder();
    outlined
        .timings()
        .forEach(
            (step, millis) ->
                timing
                    .append(timing.isEmpty() ? "" : ", ")
                    .append(step)
                    .append(";dur=")
                    .append(millis));
    return timing.toString();
  }

  /** JSON unless the client prefers the mask (PNG) or the overlay (JPEG). */
  private static String answerType(Context context) {
    String accept = context.header(HttpHeader.ACCEPT.asString());
    if (accept == null || accept.isBlank()) {
      return JSON;
    }
    QuotedQualityCSV accepted = new QuotedQualityCSV();
    accepted.addValue(accept);
    for (String range : accepted.getValues()) {
      switch (range.replaceFirst(";.*", "").strip()) {
        case "*/*", "application/*", JSON -> {
          return JSON;
        }
        case "image/*", PNG -> {
          return PNG;
        }
        case JPEG -> {
          return JPEG;
        }
        default -> {}
      }
    }
    throw new Problem(
        HttpStatus.NOT_ACCEPTABLE,
        "accept",
        "Accept must name application/json (measurements), image/png (mask) or image/jpeg"
            + " (overlay)");
  }

  private static @Nullable Float threshold(Context context) {
    String text = context.queryParam("threshold");
    if (text == null) {
      return null;
    }
    try {
      float threshold = Float.parseFloat(text);
      if (threshold > 0 && threshold < 1) {
        return threshold;
      }
    } catch (NumberFormatException e) {
      // As wrong as a number outside the range.
    }
    throw new Problem(
        HttpStatus.BAD_REQUEST, "threshold", "threshold must be a number between 0 and 1");
  }

  private void answer(Problem problem, Context context) {
    problem.headers().forEach(context::header);
    context.status(problem.status()).contentType(Problem.CONTENT_TYPE);
    byte[] json = problem.json();
    if (!Uploads.sends(context)) {
      context.result(json);
      return;
    }
    // At once, so that who listens stops sending, and then the rest of the body is let run dry: to
    // hang up on a client that sends destroys what it has not read yet, which is this answer.
    context.header(HttpHeader.CONTENT_LENGTH.asString(), Integer.toString(json.length));
    try {
      context.outputStream().write(json);
      context.outputStream().flush();
    } catch (IOException e) {
      return; // It has gone.
    }
    uploads.discard(context);
  }

  private void count(Context context) {
    Long started = context.attribute(STARTED);
    double seconds = started == null ? 0 : (System.nanoTime() - started) / 1e9;
    String route = route(context);
    int status = context.statusCode();
    metrics.answered(known(context.req().getMethod()), route, status, seconds);
    if (LOG.isInfoEnabled()) {
      LOG.info(
          "{} {} {} {} ms", context.req().getMethod(), route, status, Math.round(seconds * 1e3));
    }
  }

  /** The path as the interface names it: what else clients ask for is not written down. */
  private String route(Context context) {
    String path = context.path();
    return routes.contains(path) ? path : "other";
  }

  private static String known(String method) {
    return List.of("GET", "HEAD", "POST").contains(method) ? method : "other";
  }

  /** Problem documents also for what never reaches a route, such as a damaged request line. */
  private static final class ErrorDocuments extends ErrorHandler {
    @Override
    protected void generateResponse(
        Request request,
        Response response,
        int code,
        @Nullable String message,
        @Nullable Throwable cause,
        Callback callback) {
      Problem problem =
          Problem.ofStatus(code, message == null ? "the request was refused" : message);
      Guard.headers().forEach((name, value) -> response.getHeaders().put(name, value));
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
      response.write(true, ByteBuffer.wrap(problem.json()), callback);
    }
  }
}
