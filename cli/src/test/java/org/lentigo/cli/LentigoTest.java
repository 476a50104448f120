package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class LentigoTest {
  static List<String> commands() {
    return Stream.of(Lentigo.class.getAnnotation(CommandLine.Command.class).subcommands())
        .map(command -> command.getAnnotation(CommandLine.Command.class).name())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyHelpTellsTheExitCodes(String command) {
    Cli.Result result = Cli.run(command, "--help");

    assertThat(result.code()).isZero();
    assertThat(result.out())
        .contains("Usage: lentigo " + command, "Exit codes:", "0   all done", "1   ", "2   wrong");
  }

  /** Such as of a percent sign that is no format: it must be doubled. */
  @Test
  void picocliFindsNoFaultInAnyHelp() {
    PrintStream before = System.err;
    ByteArrayOutputStream warnings = new ByteArrayOutputStream();
    System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
    try {
      assertThat(Cli.run("--help").out()).contains(commands());
      for (String command : commands()) {
        assertThat(Cli.run(command, "--help").code()).isZero();
      }
    } finally {
      System.setErr(before);
    }

    assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
  }

  @Test
  void theVersionIsTheBuilds() {
    assertThat(Cli.run("--version").out()).matches("lentigo \\d+\\.\\d+\\.\\d+\\S*\\s*");
  }

  @Test
  void figuresLookAlikeEverywhere() {
    String usual = Cli.run("info").out();
    Locale before = Locale.getDefault();
    // Where "%d" is written in other digits, and "%.2f" with a comma.
    for (String place : new String[] {"ar-EG", "de-DE"}) {
      Locale.setDefault(Locale.forLanguageTag(place));
      try {
        assertThat(Cli.run("info").out()).isEqualTo(usual);
      } finally {
        Locale.setDefault(before);
      }
    }
  }

  @Test
  void noCommandIsWrongUsage() {
    assertThat(Cli.run().code()).isEqualTo(2);
  }

  @Test
  void anUnknownOptionIsOneLineAndWrongUsage() {
    Cli.Result result = Cli.run("segment", "x.jpg", "--out", "o", "--speed", "fast");

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("--speed", "--help");
  }

  @Test
  void aMissingOptionIsOneLineAndWrongUsage() {
    Cli.Result result = Cli.run("segment", "x.jpg");

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("--out");
  }

  @Test
  void theTraceIsPrintedOnlyWhenAskedFor() {
    assertThat(Cli.run("info", "--model", "none").errors()).hasSize(1);
    assertThat(Cli.run("info", "--model", "none", "--stacktrace").err())
        .contains("NoSuchFileException", "\tat ");
  }
}
