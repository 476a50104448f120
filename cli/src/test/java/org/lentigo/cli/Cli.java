package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.UlrtsNet;
import org.lentigo.network.Weights;

/** Runs commands as a user does, through the main class. */
final class Cli {
  private Cli() {}

  /** What a command left behind. */
  record Result(int code, String out, String err) {
    List<String> errors() {
      return err.lines().toList();
    }
  }

  /** What only a slow machine says, after ten seconds. */
  private static final Pattern PROGRESS =
      Pattern.compile("(?m)^lentigo: \\d+ of \\d+ images, .* left\\R");

  static Result run(Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] words = Stream.of(args).map(Object::toString).toArray(String[]::new);
    int code = Lentigo.run(new PrintWriter(out, true), new PrintWriter(err, true), words);
    return new Result(code, out.toString(), PROGRESS.matcher(err.toString()).replaceAll(""));
  }

  /** A command in a process of its own, with these options of Java's; not started yet. */
  static ProcessBuilder process(List<String> options, Object... words) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-Djava.awt.headless=true",
            "-cp",
            System.getProperty("java.class.path"),
            Lentigo.class.getName()));
    Stream.of(words).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command);
  }

  /** An untrained model with a small input, quick to run. */
  static Model model() {
    Network variant = Networks.get(UlrtsNet.DEFAULT_VARIANT);
    TreeMap<String, String> provenance = new TreeMap<>();
    provenance.put("data", "none: random weights");
    return new Model(
        "untrained",
        variant,
        Weights.random(variant.graph(), 11),
        new Preprocessing(32, List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f)),
        0.5f,
        provenance);
  }

  static Path writeModel(Path file) {
    try {
      return Files.write(file, ModelFile.encode(model()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files below a folder, relative to it, with {@code /} between folders, sorted. */
  static List<String> tree(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(f -> folder.relativize(f).toString().replace('\\', '/'))
          .sorted()
          .toList();
    }
  }
}
