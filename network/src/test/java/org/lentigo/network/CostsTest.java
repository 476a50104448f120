package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostsTest {

  /** The exact integers behind the paper's 20 cells (Tables 3 and 4), at 3 x 224 x 224. */
  @ParameterizedTest
  @CsvSource({
    "T3-1, 405137, 1511727616, 0.405, 1.51",
    "T3-2, 405333, 1514186240, 0.405, 1.51",
    "T3-3, 407297, 1511729776, 0.407, 1.51",
    "T3-4, 405911, 1512650080, 0.406, 1.51",
    "T3-5, 407493, 1514188400, 0.407, 1.51",
    "T4-1, 958589, 4207184496, 0.959, 4.21",
    "T4-2, 106781,  560317552, 0.107, 0.56",
    "T4-3, 405557, 1497329264, 0.406, 1.50",
    "T4-4, 405557, 1497329264, 0.406, 1.50",
    "T4-5, 407493, 1514188400, 0.407, 1.51",
  })
  void reproducesThePublishedCells(
      String name, long parameters, long macs, String parametersM, String gflops) {
    Network variant = Networks.get(name);
    Costs costs = Costs.of(variant.graph(), 224);

    assertThat(costs.parameters()).isEqualTo(parameters);
    assertThat(costs.macs()).isEqualTo(macs);
    assertThat(String.format(Locale.ROOT, "%.3f", costs.parameters() / 1e6))
        .isEqualTo(parametersM)
        .isEqualTo(variant.published().orElseThrow().parametersM());
    assertThat(String.format(Locale.ROOT, "%.2f", costs.macs() / 1e9))
        .isEqualTo(gflops)
        .isEqualTo(variant.published().orElseThrow().gflops().orElseThrow());
  }
}
