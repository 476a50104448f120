package org.lentigo.cli.costs;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lentigo.cli.console.Table;
import org.lentigo.network.Costs;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import tools.jackson.core.JsonGenerator;

/** What each of some networks costs, beside what its paper prints; a row a network. */
public final class NetworkCosts extends Listing {
  private record Row(Network network, Costs costs) {
    /** A cell of the paper's tables; nothing for a network that is not in them. */
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

  private final List<Row> rows;

  private NetworkCosts(List<Row> rows) {
    this.rows = rows;
  }

  /** Of networks, counted at {@link Networks#COUNTED_SIZE}. */
  public static NetworkCosts of(List<Network> networks) {
    return new NetworkCosts(
        networks.stream()
            .map(network -> new Row(network, Costs.of(network.graph(), Networks.COUNTED_SIZE)))
            .toList());
  }

  /** Of a model's network, counted at the model's own input size. */
  public static NetworkCosts of(Model model) {
    return new NetworkCosts(
        List.of(new Row(model.network(), Costs.of(model.graph(), model.preprocessing().size()))));
  }

  @Override
  void print(PrintWriter out) {
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

  @Override
  void write(JsonGenerator json) {
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
  }

  @Override
  void write(CsvWriter csv) {
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
  }
}
