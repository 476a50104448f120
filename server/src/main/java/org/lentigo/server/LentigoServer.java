package org.lentigo.server;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import io.javalin.util.JavalinException;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.QuotedQualityCSV;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DicomPhoto;
import org.lentigo.dicom.DicomResults;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Scale;
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
  private static final String DICOM = "application/dicom";
  private static final String JPEG = "image/jpeg";

  /** How long {@link #close} waits for the requests at work. */
  private static final Duration STOP = Duration.ofSeconds(30);

  /** How long, after all else has ended, {@link #close} waits for live clients to be told. */
  private static final Duration GOODBYE = Duration.ofMillis(250);

  /** What the web server's threads get to end after that. */
  private static final long STOP_THREADS_MILLIS = 2_000;

  /** Clients that say nothing for so long are hung up on. */
  private static final long IDLE_MILLIS = 15_000;

  /** Threads beyond those that limits let clients hold: for the page, and for refusing. */
  private static final int FREE_THREADS = 32;

  private static final int MOST_THREADS = 10_000;

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
  private final Work work = new Work();
  private final Uploads uploads;
  private final Live live;
  private final Metrics metrics = new Metrics();
  private final @Nullable Store store;
  private final byte[] models;

  /** What metrics and the log tell apart. */
  private final Set<String> routes = new HashSet<>(PATHS);

  private final Javalin javalin;

  private LentigoServer(Segmenter segmenter, ServerConfig config, Tuning tuning)
      throws IOException {
    this.segmenter = segmenter;
    this.config = config;
    guard = new Guard(config);
    outliner = new Outliner(segmenter, config.limits());
    uploads = new Uploads(config.limits(), tuning, work);
    metrics.gauge("lentigo_refused_uploads", "Refused bodies that still come", uploads::discarding);
    metrics.gauge("lentigo_upload_bytes", "Memory that uploads take", uploads::held);
    metrics.gauge(
        "lentigo_photos_in_flight", "Photos and frames at work or waiting", outliner::present);
    live = new Live(segmenter, outliner, guard, config.limits(), tuning, work, metrics);
    store = config.store() == null ? null : new Store(config.store());
    models = models();
    List<Page> pages = Page.all();
    javalin = Javalin.create(java -> configure(java, pages, threads(config.limits(), tuning)));
  }

  /**
   * Starts listening; the first photo has been outlined by then, so that none waits for it.
   *
   * @throws IOException if the address is taken or not this machine's, or the store's folder cannot
   *     be written to
   */
  public static LentigoServer start(Segmenter segmenter, ServerConfig config) throws IOException {
    return start(segmenter, config, Tuning.standard());
  }

  static LentigoServer start(Segmenter segmenter, ServerConfig config, Tuning tuning)
      throws IOException {
    segmenter.segment(new RgbImage(1, 1, new byte[3]));
    LentigoServer server = new LentigoServer(segmenter, config, tuning);
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

  /**
   * Takes no more requests, answers those at work, for up to half a minute, and stops. A client
   * that has not sent all of its request is not waited for: a body that does come may go on coming
   * for half a second; then every connection is cut. Never fails; closing again does nothing.
   */
  @Override
  public void close() {
    close(STOP);
  }

  void close(Duration patience) {
    work.stop();
    List<ServerConnector> connectors = connectors();
    connectors.forEach(ServerConnector::shutdown);
    CompletableFuture<Void> told = live.close();
    try {
      if (!work.awaitEnd(patience)) {
        LOG.warn("requests still at work after {} s are cut off", patience.toSeconds());
      }
      told.get(GOODBYE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // Whoever does not listen is cut off untold.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Jetty would wait for each connection to be idle for long enough; a thread that waits for a
    // client ends with the connection.
    connectors.forEach(connector -> connector.getConnectedEndPoints().forEach(EndPoint::close));
    try {
      javalin.stop();
    } catch (JavalinException e) {
      LOG.warn("the web server did not stop in good order", e);
    }
  }

  private List<ServerConnector> connectors() {
    return Stream.of(javalin.jettyServer().server().getConnectors())
        .map(ServerConnector.class::cast)
        .toList();
  }

  private void configure(JavalinConfig java, List<Page> pages, QueuedThreadPool threads) {
    java.startup.showJavalinBanner = false;
    java.startup.showOldJavalinVersionWarning = false;
    java.startup.startupWatcherEnabled = false;
    java.http.prefer405over404 = true;
    java.jetty.threadPool = threads;
    java.jetty.modifyServer(
        server -> {
          // What is waited for when it stops is in close().
          server.setStopTimeout(0);
          server.setStopAtShutdown(false);
          server.setErrorHandler(new ErrorDocuments());
          server.setHandler(new Working());
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
    java.routes.get("/health/ready", context -> context.contentType(JSON).result(status("ready")));
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
        HttpException.RuntimeException.class,
        (e, context) -> answer(Problem.ofStatus(e.getCode(), refusal(e.getReason())), context));
    java.routes.exception(
        EofException.class, (e, context) -> context.status(HttpStatus.BAD_REQUEST));
    java.routes.exception(
        Exception.class,
        (e, context) -> {
          LOG.error("{} failed", route(context), e);
          answer(Problem.internal(), context);
        });
    java.routes.after(this::count);
    java.router.javaLangErrorHandler(LentigoServer::answerError);
  }

  /** As many as all the limits together let clients hold, and some. */
  private static QueuedThreadPool threads(ServerConfig.Limits limits, Tuning tuning) {
    long held =
        (long) limits.uploads()
            + tuning.discards()
            + limits.threads()
            + limits.waiting()
            + limits.live();
    QueuedThreadPool pool =
        new QueuedThreadPool((int) Math.min(held + FREE_THREADS, MOST_THREADS), 4);
    pool.setName("http");
    pool.setStopTimeout(STOP_THREADS_MILLIS);
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

  private byte[] models() {
    Model model = segmenter.model();
    ModelId id = ModelId.of(segmenter);
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
      json.writeNumberProperty("looks", id.looks());
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
    try (Uploads.Upload upload = uploads.receive(context)) {
      String type = answerType(context);
      Float threshold = threshold(context);
      Scale scale = scale(context);
      boolean outline = !"none".equals(context.queryParam("outline"));
      String object =
          context.queryParamAsClass("object", String.class).getOrDefault("segmentation");
      byte[] answer =
          outliner.outline(
              upload.bytes(),
              threshold,
              scale,
              (outlined, photo, again) -> {
                metrics.network(outlined.lesion().networkNanos());
                context.header("Server-Timing", serverTiming(outlined));
                if (store != null) {
                  store.keep(outlined, upload.name());
                }
                return switch (type) {
                  case PNG -> outlined.mask();
                  case JPEG -> outline ? outlined.overlay() : outlined.plain();
                  case DICOM -> object(object, photo, outlined, again);
                  default -> outlined.json(upload.name());
                };
              });
      context.header("Vary", "Accept").contentType(type).result(answer);
    }
  }

  /** One of the objects that are made of a photo which is one. */
  private static byte[] object(
      String kind,
      @Nullable DicomPhoto photo,
      OutlinedPhoto outlined,
      Function<Photo, OutlinedPhoto> again)
      throws IOException {
    if (photo == null) {
      throw new Problem(
          HttpStatus.NOT_ACCEPTABLE,
          "accept",
          "application/dicom is made of DICOM photos alone: send one, or accept image/png");
    }
    DicomResults results = new DicomResults(photo, outlined, LocalDateTime.now());
    return switch (kind) {
      case "segmentation" ->
          new DicomResults(photo.withFurtherFrames(again), outlined, LocalDateTime.now())
              .segmentation();
      case "capture" -> results.capture(outlined.overlay());
      case "report" -> results.report();
      default ->
          throw new Problem(
              HttpStatus.BAD_REQUEST, "object", "object must be segmentation, capture or report");
    };
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
    for (String range : ranges(accept)) {
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
        case DICOM -> {
          return DICOM;
        }
        default -> {}
      }
    }
    throw new Problem(
        HttpStatus.NOT_ACCEPTABLE,
        "accept",
        "Accept must name application/json (measurements), image/png (mask), image/jpeg (overlay)"
            + " or, for a DICOM photo, application/dicom");
  }

  /** The preferred first; none where a quote is not closed. */
  private static List<String> ranges(String accept) {
    try {
      QuotedQualityCSV accepted = new QuotedQualityCSV();
      accepted.addValue(accept);
      return accepted.getValues();
    } catch (IllegalArgumentException e) {
      return List.of();
    }
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

  private static @Nullable Scale scale(Context context) {
    String text = context.queryParam("mm_per_pixel");
    if (text == null) {
      return null;
    }
    try {
      return Scale.of(Double.parseDouble(text), Scale.Source.GIVEN);
    } catch (IllegalArgumentException e) {
      throw new Problem(
          HttpStatus.BAD_REQUEST,
          "mm-per-pixel",
          "mm_per_pixel must be a number from " + Scale.LEAST_MM + " to " + Scale.MOST_MM);
    }
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

  /** What is no exception: memory that has run out, or a fault of the program. */
  private static void answerError(HttpServletResponse response, Error error) {
    LOG.error("a request failed", error);
    if (response.isCommitted()) {
      return;
    }
    Problem problem =
        error instanceof OutOfMemoryError
            ? Problem.busy("there is not enough memory for this now; try again later")
            : Problem.internal();
    response.reset();
    Guard.headers().forEach(response::setHeader);
    problem.headers().forEach(response::setHeader);
    response.setStatus(problem.status());
    response.setContentType(Problem.CONTENT_TYPE);
    try {
      response.getOutputStream().write(problem.json());
    } catch (IOException e) {
      LOG.debug("it has gone", e);
    }
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

  /** The web server's own words, if it has any. */
  private static String refusal(@Nullable String reason) {
    return reason == null ? "the request was refused" : reason;
  }

  /**
   * Counts requests as work until their answers have left, and refuses those that come too late.
   */
  private final class Working extends Handler.Wrapper {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      if (!work.begin()) {
        ErrorDocuments.write(Problem.stopping(), response, callback);
        return true;
      }
      AtomicBoolean ended = new AtomicBoolean();
      Callback counted =
          new Callback.Nested(callback) {
            @Override
            public void completed() {
              if (!ended.getAndSet(true)) {
                work.end();
              }
            }
          };
      boolean handled = false;
      try {
        handled = super.handle(request, response, counted);
        return handled;
      } finally {
        if (!handled && !ended.getAndSet(true)) {
          work.end();
        }
      }
    }
  }

  /** Problem documents also for what never reaches a route, such as a damaged request line. */
  private static final class ErrorDocuments extends ErrorHandler {
    @Override
    public boolean errorPageForMethod(String method) {
      return true;
    }

    @Override
    protected void generateResponse(
        Request request,
        Response response,
        int code,
        @Nullable String message,
        @Nullable Throwable cause,
        Callback callback) {
      write(Problem.ofStatus(code, refusal(message)), response, callback);
    }

    static void write(Problem problem, Response response, Callback callback) {
      response.setStatus(problem.status());
      Guard.headers().forEach((name, value) -> response.getHeaders().put(name, value));
      problem.headers().forEach((name, value) -> response.getHeaders().put(name, value));
      response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.CONTENT_TYPE);
      response.write(true, ByteBuffer.wrap(problem.json()), callback);
    }
  }
}
