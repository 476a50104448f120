package org.lentigo.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BarTest {
  private final StringWriter text = new StringWriter();
  private final PrintWriter err = new PrintWriter(text);

  @Test
  void whereStandardErrorIsNoTerminalNothingIsDrawnAndLinesAreLines() {
    try (Bar bar = new Bar(err, Duration.ZERO, Duration.ZERO)) {
      bar.draw("Work", 10, Duration.ofMillis(200), look -> {});

      assertThat(bar.moveTo(5, "half")).isFalse();
      bar.line("half of it is done");
    }
    assertThat(text.toString().lines()).containsExactly("half of it is done");
  }

  @Test
  void aLineIsDueOnceAWhile() {
    try (Bar bar = new Bar(err, Duration.ZERO, Duration.ofHours(1))) {
      assertThat(bar.lineDue()).isTrue();
      assertThat(bar.lineDue()).isFalse();
    }
    try (Bar bar = new Bar(err, Duration.ofHours(1), Duration.ZERO)) {
      assertThat(bar.lineDue()).isFalse();
    }
  }

  @Test
  void aPieceOfWorkOnItsWayPrintsNoLineBeforeItIsDue() {
    try (Progress progress = new Progress(err, "Work", 3)) {
      progress.step();
      progress.line("lentigo: a.jpg: damaged");
      progress.step();
      progress.step();
    }
    assertThat(text.toString().lines()).containsExactly("lentigo: a.jpg: damaged");
  }
}
