package org.lentigo.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Table;
import org.lentigo.network.Costs;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Op;
import org.lentigo.network.UlrtsNet;
import org.lentigo.runtime.internal.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;

/** {@code lentigo costs}: what the networks cost. */
@Command(
    name = "costs",
    description = {
      "Prints parameters and multiply-accumulates of the ten published variants of ULRTS-Net, beside"
          + " the cells of the paper's tables 3 and 4; or of the networks named, beside what their"
          + " papers print, who count at their own sizes and not all in one way.",
      "Counted at 224 x 224 for one picture. One multiply-accumulate is one of the paper's FLOPs, and"
          + " only convolutions count."
    })
final class CostsCommand implements Callable<Integer> {
  private enum Format {
    TABLE,
    JSON,
    CSV
  }

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description = "Networks, such as T4-5, lite, unet or fast-scnn; all for every one.")
  private List<String> names = List.of();

  @Option(
      names = "--layers",
      paramLabel = "VARIANT",
      description = "Print the layers of one network, such as T4-5 or lite.")
  private @Nullable String layers;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "Print the row of this model file alone, counted at its own input size.")
  private @Nullable Path model;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "TABLE",
      description = "table (default), json (an array, an object a row) or csv.")
  private Format format;

  private record Row(Network network, Costs costs) {
    /** A cell of the paper's tables; nothing for a variant that is not in them. */
    Optional<String> publishedM() {
      return network.published().map(Network.Published::parametersM);
    }

    Optional<String> publishedGflops() {
      return network.published().flatMap(Network.Published::gflops);
    }

    String millions() {
      return String.format(Locale.ROOT, "%.3f", costs.parameters() / 1e6);
    }

    String gflops() {
      return String.format(Locale.ROOT, "%.2f", costs.macs() / 1e9);
    }
  }

  @Override
  public Integer call() throws CommandFailure {
    PrintWriter out = spec.commandLine().getOut();
    if (layers != null && model != null || !names.isEmpty() && (layers != null || model != null)) {
      throw CommandFailure.usage("--layers, --model and names of networks exclude each other");
    }
    if (layers == null) {
      List<Row> rows =
          model == null
              ? networks().stream().map(n -> new Row(n, costs(n))).toList()
              : List.of(row(model));
      switch (format) {
        case TABLE -> printVariants(rows, out);
        case JSON -> writeVariants(rows, Json.generator(out));
        case CSV -> writeVariants(rows, csv(out));
      }
      return ExitCode.DONE;
    }
    Costs costs;
    try {
      costs = costs(Networks.get(layers));
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--layers: " + e.getMessage());
    }
    switch (format) {
      case TABLE -> printLayers(costs, out);
      case JSON -> writeLayers(costs.layers(), Json.generator(out));
      case CSV -> writeLayers(costs.layers(), csv(out));
    }
    return ExitCode.DONE;
  }

  private List<Network> networks() throws CommandFailure {
    if (names.isEmpty()) {
      return UlrtsNet.publishedVariants();
    }
    if (names.equals(List.of("all"))) {
      return Networks.all();
    }
    try {
      return names.stream().map(Networks::get).toList();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  private static Row row(Path file) throws CommandFailure {
    try {
      Model model = ModelFile.read(file);
      return new Row(model.network(), Costs.of(model.graph(), model.preprocessing().size()));
    } catch (IOException e) {
      throw CommandFailure.failed(file + ": " + Errors.reason(e), e);
    }
  }

  private static Costs costs(Network network) {
    return Costs.of(network.graph(), Networks.COUNTED_SIZE);
  }

  private static CsvWriter csv(PrintWriter out) {
    return CsvWriter.builder().build(out);
  }

  private static void printVariants(List<Row> rows, PrintWriter out) {
    Table table =
        new Table("row", "modules", ">M", ">paper", ">GFLOPs", ">paper", ">parameters", ">macs");
    for (Row row : rows) {
      table.row(
          row.network.name(),
          row.network.label(),
          row.millions(),
          row.publishedM().orElse("-"),
          row.gflops(),
          row.publishedGflops().orElse("-"),
          String.format(Locale.ROOT, "%,d", row.costs.parameters()),
          String.format(Locale.ROOT, "%,d", row.costs.macs()));
    }
    table.print(out);
  }

  private static void writeVariants(List<Row> rows, JsonGenerator json) {
    json.writeStartArray();
    for (Row row : rows) {
      json.writeStartObject();
      json.writeStringProperty("row", row.network.name());
      json.writeStringProperty("modules", row.network.label());
      json.writeNumberProperty("parameters", row.costs.parameters());
      json.writeNumberProperty("macs", row.costs.macs());
      json.writeStringProperty("parameters_m", row.millions());
      json.writeStringProperty("gflops", row.gflops());
      json.writeStringProperty("published_parameters_m", row.publishedM().orElse(null));
      json.writeStringProperty("published_gflops", row.publishedGflops().orElse(null));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeRaw('\n');
    json.flush();
  }

  private static void writeVariants(List<Row> rows, CsvWriter csv) {
    csv.writeRecord(
        "row",
        "modules",
        "parameters",
        "macs",
        "parameters_m",
        "gflops",
        "published_parameters_m",
        "published_gflops");
    for (Row row : rows) {
      csv.writeRecord(
          row.network.name(),
          row.network.label(),
          Long.toString(row.costs.parameters()),
          Long.toString(row.costs.macs()),
          row.millions(),
          row.gflops(),
          row.publishedM().orElse(""),
          row.publishedGflops().orElse(""));
    }
    flush(csv);
  }

  private static void flush(CsvWriter csv) {
    try {
      csv.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void printLayers(Costs costs, PrintWriter out) {
    Table table = new Table("layer", "operation", ">output", ">parameters", ">macs");
    for (Costs.Layer layer : costs.layers()) {
      table.row(
          layer.name(),
          operation(layer.op()),
          layer.output(),
          String.format(Locale.ROOT, "%,d", layer.parameters()),
          String.format(Locale.ROOT, "%,d", layer.macs()));
    }
    table.row(
        "total",
        "",
        "",
        String.format(Locale.ROOT, "%,d", costs.parameters()),
        String.format(Locale.ROOT, "%,d", costs.macs()));
    table.print(out);
  }

  private static void writeLayers(List<Costs.Layer> layers, JsonGenerator json) {
    json.writeStartArray();
    for (Costs.Layer layer : layers) {
      json.writeStartObject();
      json.writeStringProperty("layer", layer.name());
      json.writeStringProperty("operation", operation(layer.op()));
      json.writeArrayPropertyStart("output");
      json.writeNumber(layer.output().channels());
      json.writeNumber(layer.output().height());
      json.writeNumber(layer.output().width());
      json.writeEndArray();
      json.writeNumberProperty("parameters", layer.parameters());
      json.writeNumberProperty("macs", layer.macs());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeRaw('\n');
    json.flush();
  }

  private static void writeLayers(List<Costs.Layer> layers, CsvWriter csv) {
    csv.writeRecord("layer", "operation", "channels", "height", "width", "parameters", "macs");
    for (Costs.Layer layer : layers) {
      csv.writeRecord(
          layer.name(),
          operation(layer.op()),
          Integer.toString(layer.output().channels()),
          Integer.toString(layer.output().height()),
          Integer.toString(layer.output().width()),
          Long.toString(layer.parameters()),
          Long.toString(layer.macs()));
    }
    flush(csv);
  }

  /** Such as {@code conv 3x3, stride 2, depthwise}. */
  private static String operation(Op op) {
    if (op instanceof Op.Conv c) {
      return "conv "
          + c.kernelHeight()
          + "x"
          + c.kernelWidth()
          + (c.stride() == 1 ? "" : ", stride " + c.stride())
          + (c.dilation() == 1 ? "" : ", dilation " + c.dilation())
          + (c.groups() == 1
              ? ""
              : c.groups() == c.in() ? ", depthwise" : ", groups " + c.groups());
    }
    if (op instanceof Op.TransposedConv c) {
      return "transposed conv " + c.kernel() + "x" + c.kernel() + ", stride 2";
    }
    if (op instanceof Op.MaxPool p) {
      return "max pool " + p.size() + "x" + p.size();
    }
    if (op instanceof Op.Upsample u) {
      return "bilinear x" + u.factor();
    }
    // GlobalAverage to "global average"
    return op.getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }
}
