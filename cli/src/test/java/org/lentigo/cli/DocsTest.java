package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

/** The pages: links lead somewhere, and commands are those that there are. */
class DocsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern FENCE = Pattern.compile("^\\s*```.*$");
  private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?) *#*$");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("`+[^`]+`+");
  private static final Pattern COMMAND = Pattern.compile("^(?:.*\\btime )?\\./lentigo (.*)$");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

  /** A page's lines, apart by whether they stand in a code block. */
  private record Page(List<String> prose, List<String> code) {
    static Page read(Path file) throws IOException {
      Page page = new Page(new ArrayList<>(), new ArrayList<>());
      boolean inCode = false;
      String begun = "";
      for (String line : Files.readAllLines(file)) {
        if (FENCE.matcher(line).matches()) {
          inCode = !inCode;
        } else if (!inCode) {
          page.prose.add(line);
        } else if (line.endsWith("\\")) {
          begun += line.substring(0, line.length() - 1);
        } else {
          page.code.add((begun + line).strip());
          begun = "";
        }
      }
      assertThat(inCode).as("%s ends in a code block", file).isFalse();
      return page;
    }

    List<String> links() {
      // As one text: a link's words may go over a line's end.
      String text = CODE.matcher(String.join("\n", prose)).replaceAll("code");
      return LINK.matcher(text).results().map(link -> link.group(1)).toList();
    }

    /** What GitHub calls the headings. */
    Set<String> anchors() {
      Map<String, Integer> seen = new HashMap<>();
      Set<String> anchors = new HashSet<>();
      for (String line : prose) {
        Matcher heading = HEADING.matcher(line);
        if (heading.matches()) {
          String anchor =
              LINK.matcher(heading.group(1))
                  .replaceAll("")
                  .toLowerCase(Locale.ROOT)
                  .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                  .replace(' ', '-');
          int before = seen.merge(anchor, 1, Integer::sum) - 1;
          anchors.add(before == 0 ? anchor : anchor + "-" + before);
        }
      }
      return anchors;
    }

    List<String> commands() {
      return code.stream()
          .map(COMMAND::matcher)
          .filter(Matcher::matches)
          .map(command -> command.group(1))
          .toList();
    }
  }

  static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String name : List.of("README.md", "ARCHITECTURE.md", "CHANGELOG.md")) {
      pages.add(Path.of(name));
    }
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"));
        Stream<Path> models = Files.list(ROOT.resolve("models"))) {
      Stream.concat(docs, models.map(model -> model.resolve("README.md")))
          .filter(file -> file.toString().endsWith(".md") && Files.exists(file))
          .map(ROOT::relativize)
          .sorted()
          .forEach(pages::add);
    }
    return pages;
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyLinkLeadsSomewhere(Path page) throws IOException {
    assertThat(broken(ROOT, page)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyCommandIsOneThatThereIs(Path page) throws IOException {
    for (String command : Page.read(ROOT.resolve(page)).commands()) {
      assertThat(wrongIn(command)).as("./lentigo %s", command).isEmpty();
    }
  }

  @Test
  void fromTheReadmeLinksLeadToEveryPage() throws IOException {
    Set<Path> reached = new HashSet<>(Set.of(ROOT.resolve("README.md")));
    Deque<Path> next = new ArrayDeque<>(reached);
    int commands = 0;
    while (!next.isEmpty()) {
      Path file = next.remove();
      Page page = Page.read(file);
      commands += page.commands().size();
      for (String link : page.links()) {
        Path target = file.resolveSibling(link.replaceFirst("#.*", "")).normalize();
        if (link.matches("[^:#]+\\.md(#.*)?") && reached.add(target)) {
          next.add(target);
        }
      }
    }
    assertThat(reached).containsAll(pages().stream().map(ROOT::resolve).toList());
    assertThat(commands).as("commands in code blocks").isGreaterThan(40);
  }

  @Test
  void linksThatLeadNowhereAreFound(@TempDir Path root) throws IOException {
    Files.writeString(root.resolve("there.md"), "# A *page's* name: 1\n\n## Twice\n\n## Twice\n");
    Files.writeString(
        root.resolve("page.md"),
        """
        # Here
        [whole](there.md) [part](there.md#a-pages-name-1) [second](there.md#twice-1) [here](#here)
        [web](https://example.org/missing) `[code](missing.md)`
        ![picture](missing.png) [page](missing.md) [part](there.md#three) [here](#nowhere) [two
        lines](missing-too.md) [outside](../page.md)
        ```
        [block](missing.md)
        # no heading
        ```
        [not a heading](#no-heading)
        """);

    assertThat(broken(root, Path.of("page.md")))
        .containsExactly(
            "missing.png",
            "missing.md",
            "there.md#three",
            "#nowhere",
            "missing-too.md",
            "../page.md",
            "#no-heading");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "segmnt photos --out out",
        "segment photos --out out --treshold 0.5",
        "segment photos",
        "segment photos --out out --threads many",
        "dicom lisen --ae LENTIGO",
        "package --to out",
        "costs --format xls"
      })
  void commandsThatThereAreNotAreFound(String command) {
    assertThat(wrongIn(command)).isNotEmpty();
  }

  /** The links of a page that lead to no file or folder below the root, or to no heading. */
  private static List<String> broken(Path root, Path page) throws IOException {
    Path file = root.resolve(page);
    List<String> broken = new ArrayList<>();
    for (String link : Page.read(file).links()) {
      if (link.matches("(https?|mailto):.*")) {
        continue;
      }
      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]).normalize();
      if (!target.startsWith(root)
          || !Files.exists(target)
          || (parts.length == 2 && !Page.read(target).anchors().contains(parts[1]))) {
        broken.add(link);
      }
    }
    return broken;
  }

  /** Why a command, as it stands after {@code ./lentigo}, is wrong usage; empty if it is not. */
  private static String wrongIn(String command) {
    // What the shell takes for itself; a comment.
    String own = command.replaceFirst("( #| ?[;|>&]).*", "");
    List<String> words =
        WORD.matcher(own)
            .results()
            .map(
                w -> w.group(1) != null ? w.group(1) : w.group(2) != null ? w.group(2) : w.group(3))
            .toList();
    if (words.get(0).equals("package")) {
      // The launcher's own: packaging/package.
      boolean known = words.size() == 1 || (words.size() == 3 && words.get(1).equals("--out"));
      return known ? "" : "package takes --out DIR alone";
    }
    try {
      Lentigo.parser().parseArgs(words.toArray(String[]::new));
      return "";
    } catch (ParameterException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
