package org.lentigo.cli.costs;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.PrintWriter;
import java.util.Locale;
import org.lentigo.cli.console.Table;
import org.lentigo.network.Costs;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Op;
import tools.jackson.core.JsonGenerator;

/** What each layer of one network costs; a row a layer, and for people a total. */
public final class LayerCosts extends Listing {
  private final Costs costs;

  private LayerCosts(Costs costs) {
    this.costs = costs;
  }

  /** Of a network, counted at {@link Networks#COUNTED_SIZE}. */
  public static LayerCosts of(Network network) {
    return new LayerCosts(Costs.of(network.graph(), Networks.COUNTED_SIZE));
  }

  @Override
  void print(PrintWriter out) {
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

  @Override
  void write(JsonGenerator json) {
    for (Costs.Layer layer : costs.layers()) {
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
  }

  @Override
  void write(CsvWriter csv) {
    csv.writeRecord("layer", "operation", "channels", "height", "width", "parameters", "macs");
    for (Costs.Layer layer : costs.layers()) {
      csv.writeRecord(
          layer.name(),
          operation(layer.op()),
          Integer.toString(layer.output().channels()),
          Integer.toString(layer.output().height()),
          Integer.toString(layer.output().width()),
          Long.toString(layer.parameters()),
          Long.toString(layer.macs()));
    }
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
