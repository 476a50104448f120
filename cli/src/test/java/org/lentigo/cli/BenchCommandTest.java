package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchCommandTest {
  @TempDir private Path temp;

  @Test
  void percentilesLieBetweenValues() {
    double[] values = {40, 10, 30, 20};
    assertThat(SteadySpeed.percentile(values, 0)).isEqualTo(10);
    assertThat(SteadySpeed.percentile(values, 1)).isEqualTo(40);
    assertThat(SteadySpeed.percentile(values, 0.5)).isEqualTo(25);
    assertThat(SteadySpeed.percentile(values, 0.9)).isEqualTo(37, within(1e-9));
    assertThat(SteadySpeed.percentile(new double[] {7}, 0.9)).isEqualTo(7);
    assertThat(values).containsExactly(40, 10, 30, 20);
  }

  @Test
  void warmIsWhenTenFramesAreAsFastAsTheLast() {
    List<Double> millis = new ArrayList<>(Collections.nCopies(20, 100.0));
    millis.addAll(Collections.nCopies(200, 10.0));
    // Of frames 16 to 25, six are fast: their median is.
    assertThat(ColdStart.untilWarm(millis)).isEqualTo(1600, within(101.0));
    assertThat(ColdStart.untilWarm(Collections.nCopies(50, 3.0))).isZero();
  }

  @Test
  void measuresWhatItSays() throws IOException {
    Path model = Cli.writeModel(temp.resolve("model.safetensors"));
    Path out = temp.resolve("bench");
    Cli.Result result =
        Cli.run(
            "bench",
            "--model",
            model,
            "--engines",
            "onnx-runtime,java-plain",
            "--threads",
            1,
            "--callers",
            "1,2",
            "--rounds",
            2,
            "--no-cold",
            "--no-outside",
            "--out",
            out);
    assertThat(result.code()).as(result.err()).isZero();
    JsonNode json = JsonMapper.builder().build().readTree(out.resolve("bench.json").toFile());
    JsonNode rows = json.get("steady");
    assertThat(rows.size()).isEqualTo(4);
    for (JsonNode row : rows) {
      double low = row.get("p10_ms").asDouble();
      double median = row.get("median_ms").asDouble();
      assertThat(median).isGreaterThanOrEqualTo(low).isPositive();
      assertThat(row.get("times_limit").asDouble()).isPositive();
      if (row.get("engine").asString().equals("onnx-runtime")) {
        assertThat(row.get("times_baseline").asDouble()).isEqualTo(1);
      }
    }
    assertThat(result.out()).isEqualTo(Files.readString(out.resolve("bench.md")));
    assertThat(result.out()).contains("| onnx-runtime | 1 | 2 |", "| decode | resize | network |");
    assertThat(out.resolve("bench.png")).isNotEmptyFile();
  }

  @Test
  void soaks() {
    Path model = Cli.writeModel(temp.resolve("model.safetensors"));
    Cli.Result result =
        Cli.run("bench", "--model", model, "--engines", "onnx-runtime", "--soak", 1);
    assertThat(result.code()).as(result.err()).isZero();
    String[] row = result.out().lines().toList().get(1).strip().split(" +");
    assertThat(row[0]).isEqualTo("onnx-runtime");
    assertThat(Integer.parseInt(row[1])).isGreaterThanOrEqualTo(Soak.THREADS);
    assertThat(row[3]).isEqualTo("0");
  }

  @Test
  void refusesWrongUsage() {
    assertThat(Cli.run("bench", "--rounds", 0).code()).isEqualTo(2);
    assertThat(Cli.run("bench", "--threads", 0).code()).isEqualTo(2);
    assertThat(Cli.run("bench", "--soak", 0).code()).isEqualTo(2);
    assertThat(Cli.run("bench", "--engines", "gpu").code()).isEqualTo(2);
  }
}
