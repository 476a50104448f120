package org.lentigo.cli.live;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.lentigo.imaging.measure.PhotoQuality.Problem;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.internal.Json;
import org.lentigo.runtime.internal.LentigoVersion;
import tools.jackson.core.JsonGenerator;

/**
 * The figures of a run, for people and as JSON.
 *
 * @param engine that ran
 * @param threads that worked on one frame
 * @param smoothing whether the outline was steadied
 */
public record LiveReport(
    LiveRun.Result result,
    Model model,
    Engine engine,
    Path source,
    int threads,
    boolean smoothing) {
  /** Prints the figures. */
  public void print(PrintWriter stdout) {
    stdout.printf(
        Locale.ROOT,
        "%d frames of %d x %d outlined with %s, %.1f a second; %d dropped to keep pace with %.1f a"
            + " second%n",
        result.frames().size(),
        result.width(),
        result.height(),
        engine,
        result.framesPerSecond(),
        result.dropped(),
        result.pace());
    stdout.printf(
        Locale.ROOT,
        "From a frame's arrival to its outline: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms%n",
        result.latency(0.5),
        result.latency(0.95),
        result.latency(0.99));
    printAdvice(stdout);
    Steadiness steadiness = result.steadiness();
    if (smoothing && steadiness.rawOverlap().isPresent()) {
      stdout.printf(
          Locale.ROOT,
          "Smoothing: outlines of neighbouring frames overlap by %.2f %%, without it by %.2f %%;"
              + " lag %s%n",
          100 * steadiness.steadyOverlap().orElse(Double.NaN),
          100 * steadiness.rawOverlap().orElse(Double.NaN),
          steadiness.lag().isPresent()
              ? String.format(Locale.ROOT, "%.2f frames", steadiness.lag().getAsDouble())
              : "none to measure, the lesion stands still");
    }
  }

  /** What to do about the photo, for how much of it. */
  private void printAdvice(PrintWriter stdout) {
    Map<Problem, Long> problems = new EnumMap<>(Problem.class);
    for (LiveRun.Outlined frame : result.frames()) {
      Problem problem = frame.problem();
      if (problem != null) {
        problems.merge(problem, 1L, Long::sum);
      }
    }
    problems.forEach(
        (problem, frames) ->
            stdout.printf(
                Locale.ROOT,
                "Advice, for %.0f %% of the frames: %s.%n",
                100.0 * frames / result.frames().size(),
                problem.advice()));
  }

  /** Writes {@code live.json}, and closes the stream. */
  public void write(OutputStream stream) {
    try (JsonGenerator json = Json.generator(stream)) {
      json.writeStartObject();
      json.writeStringProperty("lentigo", LentigoVersion.get());
      json.writeStringProperty("model", model.name());
      json.writeStringProperty("model_sha256", model.sha256());
      json.writeStringProperty("engine", engine.toString());
      json.writeStringProperty("source", source.toString());
      json.writeNumberProperty("threads", threads);
      json.writeBooleanProperty("smoothing", smoothing);
      json.writeNumberProperty("pace_fps", result.pace());
      json.writeNumberProperty("fps", result.framesPerSecond());
      json.writeNumberProperty("dropped", result.dropped());
      json.writeNumberProperty("unwritten", result.unwritten());
      json.writeNumberProperty("unreadable", result.unreadable());
      json.writeNumberProperty("latency_ms_p50", result.latency(0.5));
      json.writeNumberProperty("latency_ms_p95", result.latency(0.95));
      json.writeNumberProperty("latency_ms_p99", result.latency(0.99));
      json.writeArrayPropertyStart("frames");
      for (LiveRun.Outlined frame : result.frames()) {
        json.writeStartObject();
        json.writeNumberProperty("seconds", frame.seconds());
        json.writeNumberProperty("latency_ms", frame.latencyMillis());
        json.writeNumberProperty("area_fraction", frame.areaFraction());
        Problem problem = frame.problem();
        if (problem == null) {
          json.writeNullProperty("problem");
        } else {
          json.writeStringProperty("problem", problem.label());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }
}
