package org.lentigo.cli.console;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table for people: columns as wide as their widest cell, two spaces between them. */
public final class Table {
  private final List<String> head;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param head the columns' titles; a title that starts with {@code >} has its column set right
   */
  public Table(String... head) {
    this.head = List.of(head);
  }

  public void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell.toString());
    }
    if (row.size() != head.size()) {
      throw new IllegalArgumentException(
          "a row needs " + head.size() + " cells, got " + row.size());
    }
    rows.add(row);
  }

  public void print(PrintWriter out) {
    List<List<String>> all = new ArrayList<>();
    all.add(head.stream().map(h -> h.startsWith(">") ? h.substring(1) : h).toList());
    all.addAll(rows);
    int[] widths = new int[head.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String pad = " ".repeat(widths[i] - row.get(i).length());
        boolean right = head.get(i).startsWith(">");
        line.append(i == 0 ? "" : "  ").append(right ? pad + row.get(i) : row.get(i) + pad);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
