package org.lentigo.cli;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.network.Networks;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

class CostsCommandTest {
  /** The paper's 20 cells, typed from its tables 3 and 4. */
  private static final List<List<String>> PUBLISHED =
      List.of(
          List.of("T3-1", "0.405", "1.51"),
          List.of("T3-2", "0.405", "1.51"),
          List.of("T3-3", "0.407", "1.51"),
          List.of("T3-4", "0.406", "1.51"),
          List.of("T3-5", "0.407", "1.51"),
          List.of("T4-1", "0.959", "4.21"),
          List.of("T4-2", "0.107", "0.56"),
          List.of("T4-3", "0.406", "1.50"),
          List.of("T4-4", "0.406", "1.50"),
          List.of("T4-5", "0.407", "1.51"));

  @Test
  void jsonHoldsTheTwentyCells() {
    List<Map<String, Object>> rows = json("costs", "--format", "json");

    assertThat(rows)
        .extracting(r -> List.of(r.get("row"), r.get("parameters_m"), r.get("gflops")))
        .isEqualTo(PUBLISHED);
    for (Map<String, Object> row : rows) {
      assertThat(row.get("published_parameters_m")).isEqualTo(row.get("parameters_m"));
      assertThat(row.get("published_gflops")).isEqualTo(row.get("gflops"));
      assertThat(row.get("parameters")).isInstanceOf(Integer.class);
      assertThat(row.get("macs")).isInstanceOf(Number.class);
    }
  }

  @Test
  void theTableShowsEachRow() {
    Cli.Result result = Cli.run("costs");

    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out().lines()).hasSize(11);
    assertThat(result.out().lines().skip(10).findFirst().orElseThrow())
        .matches("T4-5 +DSCM\\+MSFFM-3\\+MSFFM-5\\+ML-SFFM +0\\.407 +0\\.407 +1\\.51 +1\\.51 .*");
  }

  @Test
  void networksAreNamed() {
    assertThat(json("costs", "unet", "malunet", "--format", "json"))
        .extracting(r -> List.of(r.get("row"), r.get("parameters")))
        .containsExactly(List.of("unet", 31_037_633), List.of("malunet", 177_943));
    assertThat(json("costs", "all", "--format", "json")).hasSameSizeAs(Networks.all());

    Cli.Result unknown = Cli.run("costs", "unet", "vnet");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("vnet", "unet-slim").hasLineCount(1);
    Cli.Result both = Cli.run("costs", "unet", "--layers", "unet");
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("exclude each other").hasLineCount(1);
  }

  @Test
  void aModelFileHasItsOwnRow(@TempDir Path folder) {
    Path file = Cli.writeModel(folder.resolve("model.safetensors"));

    List<Map<String, Object>> rows = json("costs", "--format", "json", "--model", file.toString());
    // The test's model takes 32 x 32 pixels.
    assertThat(rows)
        .singleElement()
        .satisfies(
            row ->
                assertThat(row)
                    .containsEntry("row", "T4-5")
                    .containsEntry("parameters", 407_493)
                    .extractingByKey("macs", as(InstanceOfAssertFactories.INTEGER))
                    .isBetween(1_514_188_400 / 49 - 100_000, 1_514_188_400 / 49 + 100_000));

    assertThat(Cli.run("costs", "--model", file, "--layers", "T4-5").code())
        .isEqualTo(ExitCode.USAGE);
    assertThat(Cli.run("costs", "--model", folder.resolve("none")).errors())
        .singleElement()
        .asString()
        .contains("none");
  }

  @Test
  void csvHasAHeadAndTenRows() {
    List<String> lines = Cli.run("costs", "--format", "CSV").out().lines().toList();

    assertThat(lines).hasSize(11);
    assertThat(lines.get(0)).startsWith("row,modules,parameters,macs,");
    assertThat(lines.get(1)).startsWith("T3-1,None,");
  }

  @Test
  void theLayersAddUpToTheVariant() {
    List<Map<String, Object>> layers = json("costs", "--layers", "T4-5", "--format", "json");
    Map<String, Object> variant = json("costs", "--format", "json").get(9);

    for (String column : List.of("macs", "parameters")) {
      assertThat(layers.stream().mapToLong(layer -> number(layer, column)).sum())
          .isEqualTo(number(variant, column));
    }
  }

  @Test
  void anUnknownVariantIsWrongUsage() {
    Cli.Result result = Cli.run("costs", "--layers", "T9-9");

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains("T9-9", "T4-5");
  }

  private static long number(Map<String, Object> row, String column) {
    return ((Number) Objects.requireNonNull(row.get(column))).longValue();
  }

  private static List<Map<String, Object>> json(Object... args) {
    Cli.Result result = Cli.run(args);
    assertThat(result.code()).isZero();
    return new JsonMapper()
        .readValue(result.out(), new TypeReference<List<Map<String, Object>>>() {});
  }
}
