package org.lentigo.cli.ablation;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.UlrtsNet;

/** The rows of the paper's tables, and the networks that are trained for them. */
final class Rows {
  private Rows() {}

  /** The tables whose rows are networks here. */
  static final List<Integer> TABLES = List.of(3, 4);

  /**
   * A table's rows in the paper's order.
   *
   * @param table 3 or 4
   */
  static List<Network> of(int table) {
    return UlrtsNet.publishedVariants().stream()
        .filter(network -> network.name().startsWith("T" + table + "-"))
        .toList();
  }

  /**
   * The network that is trained for a row: two rows that are the same network (T3-5 and T4-5) share
   * one, the last of its kind.
   */
  static Network trainedAs(Network row) {
    return UlrtsNet.publishedVariants().stream()
        .filter(other -> other.trainingGraph().equals(row.trainingGraph()))
        .max(Comparator.comparing(Network::name))
        .orElse(row);
  }

  /**
   * What is to be trained for these rows and networks, each network once.
   *
   * @param tables whose rows are wanted
   * @param only the names of the rows among them that are wanted; empty for all
   * @param further names of other networks
   * @throws IllegalArgumentException if a name is not that of a row of the tables, or of a network;
   *     the message lists those there are
   */
  static List<Network> trained(List<Integer> tables, List<String> only, List<String> further) {
    List<Network> rows = tables.stream().flatMap(table -> of(table).stream()).toList();
    for (String name : only) {
      if (rows.stream().noneMatch(row -> row.name().equals(name))) {
        throw new IllegalArgumentException(
            "no row of the tables is called '"
                + name
                + "'; there are "
                + String.join(", ", rows.stream().map(Network::name).toList()));
      }
    }
    return Stream.concat(
            rows.stream()
                .filter(row -> only.isEmpty() || only.contains(row.name()))
                .map(Rows::trainedAs),
            further.stream().map(Networks::get).map(Rows::trainedAs))
        .distinct()
        .toList();
  }
}
