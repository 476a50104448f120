package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.cli.bench.ColdStart;
import org.lentigo.cli.bench.Contender;
import org.lentigo.cli.bench.Setting;
import org.lentigo.cli.bench.Soak;
import org.lentigo.cli.bench.SteadySpeed;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchCommandTest {
  @TempDir private Path temp;

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

  /** Opened, asked for frames by two callers, and closed; fails when told to. */
  private static final class Engine implements Contender.Runner {
    private final IntPredicate fails;
    private final AtomicInteger frames = new AtomicInteger();
    private final AtomicInteger atWork = new AtomicInteger();
    private boolean closed;

    /** Of the number of a frame, from 1 on; of 0 where it is opened. */
    Engine(IntPredicate fails) {
      this.fails = fails;
    }

    Contender contender(String name) {
      return new Contender(
          name,
          name,
          Cli.model(),
          (callers, threads) -> {
            if (fails.test(0)) {
              throw new UnsatisfiedLinkError("no library");
            }
            return this;
          });
    }

    @Override
    public void infer(int caller, float[] planes, float[] probabilities) {
      atWork.incrementAndGet();
      try {
        int frame = frames.incrementAndGet();
        if (fails.test(frame)) {
          throw new IllegalArgumentException("no frame " + frame);
        }
        LockSupport.parkNanos(5_000_000);
      } finally {
        atWork.decrementAndGet();
      }
    }

    @Override
    public void close() {
      assertThat(atWork).hasValue(0);
      closed = true;
    }
  }

  /** Whether it fails at its start, while it warms up, or later. */
  @Test
  void whatFailsIsLeftOutWithItsReason() {
    Engine closed = new Engine(frame -> frame == 0);
    Engine first = new Engine(frame -> frame == 1);
    Engine warming = new Engine(frame -> frame == 8);
    Engine good = new Engine(frame -> false);
    // The last to warm up is the good one: whatever comes after its first frame is measured.
    Engine later = new Engine(frame -> good.frames.get() > 0);
    List<String> problems = new ArrayList<>();
    SteadySpeed.Result result =
        new SteadySpeed(
                List.of(
                    closed.contender("closed"),
                    first.contender("first"),
                    warming.contender("warming"),
                    later.contender("later"),
                    good.contender("good")),
                3,
                problems::add)
            .measure(List.of(new Setting(1, 2)), setting -> {});
    assertThat(result.rows())
        .singleElement()
        .satisfies(row -> assertThat(row.contender().name()).isEqualTo("good"));
    assertThat(problems)
        .hasSize(4)
        .anyMatch(problem -> problem.startsWith("closed: ") && problem.contains("no library"))
        .anyMatch(problem -> problem.startsWith("first: ") && problem.contains("no frame 1"))
        .anyMatch(problem -> problem.startsWith("warming: ") && problem.contains("no frame 8"))
        .anyMatch(problem -> problem.startsWith("later: ") && problem.contains("no frame "));
    assertThat(List.of(first, warming, later, good)).allMatch(engine -> engine.closed);
  }

  @Test
  void aBadPhotoOrTargetIsToldBeforeAnythingIsMeasured() throws IOException {
    Path model = Cli.writeModel(temp.resolve("model.safetensors"));
    Path text = Files.writeString(temp.resolve("text.jpg"), "no photo");
    for (Path photo : List.of(text, temp.resolve("none.jpg"), temp)) {
      Cli.Result result = Cli.run("bench", "--model", model, "--photo", photo);
      assertThat(result.code()).as("%s", photo).isEqualTo(1);
      assertThat(result.errors()).singleElement().asString().contains("--photo " + photo + ": ");
      assertThat(result.out()).isEmpty();
    }
    Cli.Result result = Cli.run("bench", "--model", model, "--out", text);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("is a file");
    assertThat(text).hasContent("no photo");
  }

  @Test
  void measuresUntrainedNetworksByName() {
    Path model = Cli.writeModel(temp.resolve("model.safetensors"));
    Object[] words = {
      "bench",
      "--model",
      model,
      "--engines",
      "onnx-runtime",
      "--threads",
      1,
      "--callers",
      1,
      "--rounds",
      1,
      "--no-cold",
      "--no-outside",
      "--variants",
      "fast-scnn,malunet"
    };
    Cli.Result result = Cli.run(words);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("onnx-runtime, fast-scnn |", "onnx-runtime, malunet |");

    words[words.length - 1] = "vnet";
    result = Cli.run(words);
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("--variants", "vnet", "malunet").hasLineCount(1);
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
