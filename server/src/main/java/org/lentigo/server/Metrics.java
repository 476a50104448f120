package org.lentigo.server;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.LongSupplier;

/** What the server counts, for {@code GET /metrics}. No label holds anything of a client's. */
final class Metrics {
  private static final double[] SECONDS = {
    0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30
  };

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter requests =
      Counter.builder()
          .name("lentigo_http_requests_total")
          .help("Requests answered, by route and status")
          .labelNames("method", "route", "status")
          .register(registry);
  private final Histogram durations =
      Histogram.builder()
          .name("lentigo_http_request_duration_seconds")
          .unit(Unit.SECONDS)
          .help("From the headers to the answer, by route")
          .labelNames("route")
          .classicUpperBounds(SECONDS)
          .classicOnly()
          .register(registry);
  private final Histogram network =
      Histogram.builder()
          .name("lentigo_network_duration_seconds")
          .unit(Unit.SECONDS)
          .help("Time in the network for a photo or frame")
          .classicUpperBounds(SECONDS)
          .classicOnly()
          .register(registry);
  private final Counter frames =
      Counter.builder()
          .name("lentigo_live_frames_total")
          .help("Live frames by what became of them: done, dropped, or failed")
          .labelNames("result")
          .register(registry);

  Metrics() {
    Runtime java = Runtime.getRuntime();
    GaugeWithCallback.builder()
        .name("lentigo_java_heap_used_bytes")
        .unit(Unit.BYTES)
        .help("Java's heap in use")
        .callback(callback -> callback.call(java.totalMemory() - java.freeMemory()))
        .register(registry);
  }

  /** Reports a number as it is at each time it is asked for. */
  void gauge(String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsLong()))
        .register(registry);
  }

  /**
   * @param route as the interface names it, never as the client wrote it
   */
  void answered(String method, String route, int status, double seconds) {
    requests.labelValues(method, route, Integer.toString(status)).inc();
    durations.labelValues(route).observe(seconds);
  }

  void network(long nanos) {
    network.observe(nanos / 1e9);
  }

  /** What became of a live frame. */
  enum Frame {
    DONE("done"),
    DROPPED("dropped"),
    FAILED("failed");

    private final String label;

    Frame(String label) {
      this.label = label;
    }
  }

  void frame(Frame result) {
    frames.labelValues(result.label).inc();
  }

  byte[] text() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create()
        .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
    return out.toByteArray();
  }
}
