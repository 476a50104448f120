package org.lentigo.cli.bench;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.lentigo.cli.console.Pictures;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.network.Costs;
import org.lentigo.network.Model;
import org.lentigo.runtime.internal.Json;
import org.lentigo.runtime.internal.LentigoVersion;
import tools.jackson.core.JsonGenerator;

/** What {@code lentigo bench} found, as Markdown, JSON and a chart. */
public record BenchReport(
    Model model,
    int rounds,
    SteadySpeed.Result steady,
    List<ColdStart> starts,
    List<Stages> stages,
    List<String> problems) {

  /**
   * @param problem hears why there is no chart
   */
  public void write(Path folder, Consumer<String> problem) throws IOException {
    AtomicFiles.write(folder.resolve("bench.md"), markdown().getBytes(StandardCharsets.UTF_8));
    AtomicFiles.write(
        folder.resolve("bench.json"),
        out -> {
          try (JsonGenerator json = Json.generator(out)) {
            write(json);
          }
        });
    Pictures.draw(
        folder,
        problem,
        () ->
            AtomicFiles.write(
                folder.resolve("bench.png"),
                out -> BitmapEncoder.saveBitmap(chart(), out, BitmapEncoder.BitmapFormat.PNG)));
  }

  public String markdown() {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text);
    int size = model.preprocessing().size();
    out.printf(
        Locale.ROOT,
        "%s, %d processors; %s %s, Java %s; Lentigo %s.%n"
            + "Model %s (%.3f GMACs at %d x %d); %d rounds of turns of %.2f s, medians.%n%n",
        processor(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        System.getProperty("java.version"),
        LentigoVersion.get(),
        model.name(),
        macs() / 1e9,
        size,
        size,
        rounds,
        SteadySpeed.TURN_SECONDS);
    out.println(
        "| Engine | Threads | Callers | ms a frame | 10 to 90 % | Frames/s | x "
            + SteadySpeed.BASELINE
            + " | x limit | Bytes allocated |");
    out.println("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (SteadySpeed.Row row : steady.rows()) {
      out.printf(
          Locale.ROOT,
          "| %s | %d | %d | %.1f | %.1f to %.1f | %.1f | %s | %.2f | %.0f |%n",
          row.contender().name(),
          row.threads(),
          row.callers(),
          row.median(),
          row.low(),
          row.high(),
          row.framesPerSecond(),
          Double.isNaN(row.timesBaseline())
              ? "-"
              : String.format(Locale.ROOT, "%.2f", row.timesBaseline()),
          row.timesLimit(),
          row.allocatedBytes());
    }
    out.println();
    for (SteadySpeed.Limit limit : steady.limits()) {
      out.printf(
          Locale.ROOT,
          "The limit: a matrix product with %d threads does %.0f GFLOP/s, %s's arithmetic in %.1f"
              + " ms.%n",
          limit.threads(),
          limit.gflops(),
          model.name(),
          2e-6 * macs() / limit.gflops());
    }
    if (!starts.isEmpty()) {
      out.println();
      out.println(
          "| Engine | Threads | Ready after, ms | First frame, ms | Warm after, ms | Memory, MB |");
      out.println("|---|--:|--:|--:|--:|--:|");
      for (ColdStart start : starts) {
        out.printf(
            Locale.ROOT,
            "| %s | %d | %.0f | %.0f | %.0f | %s |%n",
            start.contender().name(),
            start.threads(),
            start.ready(),
            start.firstFrame(),
            start.warm(),
            start.memory() < 0 ? "-" : Long.toString(start.memory() / 1_000_000));
      }
    }
    out.println();
    printStages(out);
    problems.forEach(problem -> out.println("\nLeft out: " + problem));
    out.flush();
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  private void printStages(PrintWriter out) {
    if (stages.isEmpty()) {
      return;
    }
    Stages first = stages.get(0);
    out.printf(
        Locale.ROOT,
        "From a JPEG of %d x %d to its mask's PNG, in milliseconds; around is everything but the"
            + " network, over the network's own time.%n%n",
        first.width(),
        first.height());
    out.println(
        "| Engine | Threads | "
            + String.join(" | ", first.millis().keySet())
            + " | end to end | around |");
    out.println("|---" + "|--:".repeat(first.millis().size() + 3) + "|");
    for (Stages row : stages) {
      out.printf(Locale.ROOT, "| %s | %d |", row.contender(), row.threads());
      row.millis().values().forEach(ms -> out.printf(Locale.ROOT, " %.2f |", ms));
      out.printf(Locale.ROOT, " %.1f | %.2f |%n", row.endToEnd(), row.aroundNetwork());
    }
  }

  private long macs() {
    return Costs.of(model.graph(), model.preprocessing().size()).macs();
  }

  private void write(JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("schema", "lentigo-bench/1");
    json.writeStringProperty("lentigo_version", LentigoVersion.get());
    json.writeObjectPropertyStart("machine");
    json.writeStringProperty("processor", processor());
    json.writeNumberProperty("processors", Runtime.getRuntime().availableProcessors());
    json.writeStringProperty(
        "system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    json.writeStringProperty("java", System.getProperty("java.vm.version"));
    json.writeEndObject();
    json.writeNumberProperty("rounds", rounds);
    json.writeNumberProperty("turn_seconds", SteadySpeed.TURN_SECONDS);
    json.writeArrayPropertyStart("steady");
    for (SteadySpeed.Row row : steady.rows()) {
      writeContender(json, row.contender());
      json.writeNumberProperty("threads", row.threads());
      json.writeNumberProperty("callers", row.callers());
      json.writeNumberProperty("median_ms", row.median());
      json.writeNumberProperty("p10_ms", row.low());
      json.writeNumberProperty("p90_ms", row.high());
      json.writeNumberProperty("frames_per_second", row.framesPerSecond());
      if (Double.isNaN(row.timesBaseline())) {
        json.writeNullProperty("times_baseline");
      } else {
        json.writeNumberProperty("times_baseline", row.timesBaseline());
      }
      json.writeNumberProperty("times_limit", row.timesLimit());
      json.writeNumberProperty("allocated_bytes", row.allocatedBytes());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringProperty("baseline", SteadySpeed.BASELINE);
    json.writeArrayPropertyStart("limits");
    for (SteadySpeed.Limit limit : steady.limits()) {
      json.writeStartObject();
      json.writeNumberProperty("threads", limit.threads());
      json.writeNumberProperty("gflops", limit.gflops());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("starts");
    for (ColdStart start : starts) {
      writeContender(json, start.contender());
      json.writeNumberProperty("threads", start.threads());
      json.writeNumberProperty("ready_ms", start.ready());
      json.writeNumberProperty("first_frame_ms", start.firstFrame());
      json.writeNumberProperty("warm_ms", start.warm());
      json.writeNumberProperty("peak_memory_bytes", start.memory());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("stages");
    for (Stages row : stages) {
      json.writeStartObject();
      json.writeStringProperty("engine", row.contender());
      json.writeNumberProperty("threads", row.threads());
      json.writeNumberProperty("width", row.width());
      json.writeNumberProperty("height", row.height());
      json.writeNumberProperty("end_to_end_ms", row.endToEnd());
      json.writeNumberProperty("around_network", row.aroundNetwork());
      json.writeObjectPropertyStart("median_ms");
      for (Map.Entry<String, Double> stage : row.millis().entrySet()) {
        json.writeNumberProperty(stage.getKey(), stage.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("problems");
    problems.forEach(json::writeString);
    json.writeEndArray();
    json.writeEndObject();
    json.writeRaw('\n');
  }

  private static void writeContender(JsonGenerator json, Contender contender) {
    json.writeStartObject();
    json.writeStringProperty("engine", contender.engine());
    json.writeStringProperty("model", contender.model().name());
    json.writeStringProperty("model_sha256", contender.model().sha256());
  }

  private CategoryChart chart() {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(1000)
            .height(560)
            .title(processor() + ": " + model.name())
            .xAxisTitle("threads x callers")
            .yAxisTitle("frames a second")
            .build();
    List<String> settings = steady.rows().stream().map(BenchReport::setting).distinct().toList();
    for (String name : steady.rows().stream().map(r -> r.contender().name()).distinct().toList()) {
      // Whole numbers: the chart prints them on the bars as they are.
      List<Long> speeds =
          settings.stream()
              .map(
                  setting ->
                      steady.rows().stream()
                          .filter(
                              r -> r.contender().name().equals(name) && setting(r).equals(setting))
                          .mapToLong(r -> Math.round(r.framesPerSecond()))
                          .findFirst()
                          .orElse(0))
              .toList();
      chart.addSeries(name, settings, speeds);
    }
    chart
        .getStyler()
        .setLabelsVisible(true)
        .setLabelsPosition(1)
        .setLabelsFontColor(Color.BLACK)
        .setChartBackgroundColor(Color.WHITE);
    return chart;
  }

  private static String setting(SteadySpeed.Row row) {
    return row.threads() + " x " + row.callers();
  }

  /**
   * The processor's name where the system tells it, with its family and model where that is vague.
   */
  public static String processor() {
    Path info = Path.of("/proc/cpuinfo");
    try {
      if (Files.exists(info)) {
        Map<String, String> first = new HashMap<>();
        for (String line : Files.readAllLines(info)) {
          String[] parts = line.split(":", 2);
          if (parts.length == 2) {
            first.putIfAbsent(parts[0].strip(), parts[1].strip());
          }
        }
        String name = first.get("model name");
        if (name != null) {
          return first.containsKey("cpu family")
              ? name + " (family " + first.get("cpu family") + ", model " + first.get("model") + ")"
              : name;
        }
      }
    } catch (IOException e) {
      // Its kind is the next best.
    }
    return System.getProperty("os.arch") + " processor";
  }
}
