package org.lentigo.cli.ablation;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table of text, and the forms it is written in.
 *
 * @param head the columns' titles; a title that starts with {@code >} has its column set right
 * @param rows as many cells each
 */
record Sheet(List<String> head, List<List<String>> rows) {
  private static final String RIGHT = ">";

  Sheet {
    head = List.copyOf(head);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != head.size()) {
        throw new IllegalArgumentException(
            "a row needs " + head.size() + " cells, got " + row.size());
      }
    }
  }

  private List<String> titles() {
    return head.stream().map(h -> h.startsWith(RIGHT) ? h.substring(1) : h).toList();
  }

  /** GitHub's form of tables. */
  String markdown() {
    List<String> lines = new ArrayList<>();
    lines.add(markdown(titles()));
    lines.add(
        head.stream()
            .map(h -> h.startsWith(RIGHT) ? "--:" : "---")
            .collect(Collectors.joining("|", "|", "|")));
    rows.forEach(row -> lines.add(markdown(row)));
    return String.join("\n", lines) + "\n";
  }

  private static String markdown(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  /**
   * A LaTeX table environment; needs the package booktabs.
   *
   * @param label for references, such as {@code tab:lentigo-table-3}
   */
  String latex(String caption, String label) {
    List<String> lines = new ArrayList<>();
    lines.add("% needs \\usepackage{booktabs}");
    lines.add("\\begin{table}");
    lines.add("\\caption{" + escaped(caption) + "}");
    lines.add("\\label{" + label + "}");
    lines.add(
        "\\begin{tabular}{"
            + head.stream().map(h -> h.startsWith(RIGHT) ? "r" : "l").collect(Collectors.joining())
            + "}");
    lines.add("\\toprule");
    lines.add(latex(titles()));
    lines.add("\\midrule");
    rows.forEach(row -> lines.add(latex(row)));
    lines.add("\\bottomrule");
    lines.add("\\end{tabular}");
    lines.add("\\end{table}");
    return String.join("\n", lines) + "\n";
  }

  private static String latex(List<String> cells) {
    return cells.stream().map(Sheet::escaped).collect(Collectors.joining(" & ")) + " \\\\";
  }

  /** Special characters, and a hyphen that is a minus. */
  private static String escaped(String text) {
    return text.replace("\\", "\\textbackslash ")
        .replaceAll("([&%$#_{}])", "\\\\$1")
        .replace("~", "\\textasciitilde ")
        .replace("^", "\\textasciicircum ")
        .replace("<", "$<$")
        .replace(">", "$>$")
        .replaceAll("(?<![\\w-])-(?=\\d)", "\\$-\\$");
  }

  /** With the titles as its head. */
  void csv(CsvWriter csv) {
    csv.writeRecord(titles());
    rows.forEach(csv::writeRecord);
  }
}
