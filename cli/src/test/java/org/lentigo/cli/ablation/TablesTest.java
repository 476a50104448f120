package org.lentigo.cli.ablation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.metrics.Bootstrap;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.training.TrainingConfig;

class TablesTest {
  @TempDir private Path folder;

  /** Of two test images: draws have the first, the mean or the second, so the interval is both. */
  private static Result result(List<Double> perSeed, double first, double second) {
    return new Result(
        perSeed.size() == 1 ? List.of(1L) : List.of(1L, 2L),
        perSeed,
        new TreeMap<>(Map.of("a", first, "b", second)),
        Bootstrap.mean(new double[] {first, second}),
        0.875,
        112,
        12.25);
  }

  private static Speeds.Speed speed(String network, String engine, int threads, double millis) {
    return new Speeds.Speed(
        network, engine, threads, 224, millis, millis, millis, 1000 / millis, "Some CPU");
  }

  private static Tables tables() {
    Map<Network, Result> results =
        Map.of(
            Networks.get("T4-1"),
            result(List.of(0.8), 0.75, 0.85),
            Networks.get("T4-2"),
            result(List.of(0.78, 0.86), 0.77, 0.87),
            Networks.get("T4-5"),
            result(List.of(0.85), 0.76, 0.94),
            Networks.get("malunet"),
            result(List.of(0.5), 0.4, 0.6));
    Speeds speeds =
        new Speeds(
            List.of(
                speed("T4-1", "java", 1, 50),
                speed("T4-1", "onnx-runtime", 1, 40),
                speed("T4-1", "onnx-runtime", 2, 25),
                speed("T4-5", "java", 1, 20),
                speed("T4-5", "onnx-runtime", 1, 25),
                speed("malunet", "java", 2, 4)));
    return new Tables(
        Protocol.defaults(),
        List.of(
            new RunFolder.Part("training", "ISIC 2016", 858, "12"),
            new RunFolder.Part("test", "ISIC 2016", 2, "34")),
        results,
        speeds);
  }

  @Test
  void aTableOfThePaper() throws IOException {
    String text = tables().write(folder, 4);
    assertThat(folder.resolve("table-4.md")).hasContent(text);
    assertThat(text)
        .contains(
            """
            | Row | Modules | Parameters, M | GFLOPs | JI, % | 95 % interval | Paper's JI | Over the row before | p | Validation JI, % | Seeds | Frames/s, 1 thread | 2 threads | Paper's |
            |---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|
            | T4-1 | DC | 0.959 | 4.21 | 80.00 | 75.00 to 85.00 | 84.11 | - | - | 87.50 | 1 | 25.0 | 40.0 | 245 |
            | T4-2 | DSCM | 0.107 | 0.56 | 82.00 | 77.00 to 87.00 | 83.59 | +2.00 (+2.00 to +2.00) * | <0.001 | 87.50 | 2 (78.00 86.00) | - | - | 230 |
            | T4-3 | DSCM+MSFFM-3 | 0.406 | 1.50 | - | - | 84.63 | - | - | - | - | - | - | 188 |
            | T4-4 | DSCM+MSFFM-3+MSFFM-5 | 0.406 | 1.50 | - | - | 85.48 | - | - | - | - | - | - | 175 |
            | T4-5 | DSCM+MSFFM-3+MSFFM-5+ML-SFFM | 0.407 | 1.51 | 85.00 | 76.00 to 94.00 | 85.78 | - | - | 87.50 | 1 | 40.0 | - | 169 |

            Order by JI in the paper: T4-5 > T4-1 > T4-2. Here: T4-5 > T4-2 > T4-1. Not done yet: T4-3, T4-4. The other way round than in the paper are 1 of 3 pairs, 1 of them beyond chance:

            - T4-2 is above T4-1 by +2.00 (+2.00 to +2.00) points, p <0.001: beyond chance. In the paper it is below by 0.52.
            """)
        .contains(
            "Protocol: 30 epochs at 112 pixels (batch 16); 858 training images of ISIC 2016, 2 test"
                + " images of ISIC 2016, 10 % of the training images held out",
            "224 x 224 (Some CPU, medians of one run)", "Frames a second on onnx-runtime.");

    assertThat(Files.readAllLines(folder.resolve("table-4.csv")))
        .startsWith(
            "row,modules,trained_as,parameters,macs,trained_size,ji,ji_low,ji_high,compared_with,"
                + "difference,difference_low,difference_high,p,beyond_chance,validation_ji,seeds,"
                + "ji_of_each_seed,training_minutes,paper_ji,engine,ms_1_threads,"
                + "frames_per_second_1_threads,ms_2_threads,frames_per_second_2_threads,"
                + "paper_frames_per_second",
            "T4-1,DC,T4-1,958589,4207184496,112,80.0000,75.0000,85.0000,,,,,,,87.5000,1,80.0000,"
                + "12.3,84.11,onnx-runtime,40.000,25.000,25.000,40.000,245",
            "T4-2,DSCM,T4-2,106781,560317552,112,82.0000,77.0000,87.0000,T4-1,2.0000,2.0000,2.0000,"
                + "0.0001,true,87.5000,1 2,78.0000 86.0000,12.3,83.59,onnx-runtime,,,,,230",
            "T4-3,DSCM+MSFFM-3,T4-3,405557,1497329264,,,,,,,,,,,,,,,84.63,onnx-runtime,,,,,188")
        .hasSize(6);
  }

  @Test
  void rowsOfOneNetworkShareItsResult() throws IOException {
    String text = tables().write(folder, 3);
    assertThat(text)
        .contains(
            "T3-5 is T4-5, trained once.",
            "| T3-5 | CA+SA | 0.407 | 1.51 | 85.00 | 76.00 to 94.00 | 85.78 | - | - | 87.50 | 1 |",
            "too few rows are done");
  }

  @Test
  void theComparison() throws IOException {
    String text =
        tables()
            .writeComparison(
                folder,
                List.of(Networks.get("unet"), Networks.get("malunet"), Networks.get("T4-5")));
    assertThat(folder.resolve("comparison.md")).hasContent(text);
    assertThat(text)
        .contains("not comparable")
        .contains(
            """
            | Network | What it is | Trained at | Parameters, M | GFLOPs | JI, % | 95 % interval | Over T4-5 | p | Validation JI, % | Seeds | onnx-runtime, ms, 1 thread | onnx-runtime, ms, 2 threads | java, ms, 1 thread | java, ms, 2 threads | Published, not comparable |
            |---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|---|
            | T4-5 | DSCM+MSFFM-3+MSFFM-5+ML-SFFM | 112 | 0.407 | 1.51 | 85.00 | 76.00 to 94.00 | - | - | 87.50 | 1 | 25.0 | - | 20.0 | - | 0.407 M, GFLOPs 1.51, JI 85.78 % (ULRTS-Net, table 4) |
            | unet | U-Net | - | 31.038 | 36.88 | - | - | - | - | - | - | - | - | - | - | 31.04 M (milesial/Pytorch-UNet, 3 to 1 channel) |
            | malunet | MALUNet | 112 | 0.178 | 0.06 | 50.00 | 40.00 to 60.00 | -35.00 (-36.00 to -34.00) * | <0.001 | 87.50 | 1 | - | - | - | 4.0 | 0.175 M, GFLOPs 0.083 at 256 (arXiv 2211.01784, table 1) |
            """);
    assertThat(Files.readAllLines(folder.resolve("comparison.csv")))
        .hasSize(4)
        .contains(
            "unet,U-Net,31037633,36878155776,,,,,,,,,,,,,,,,,,,31.04,,,\"milesial/Pytorch-UNet, 3 to 1"
                + " channel\"");
  }

  @Test
  void latexEscapesWhatItWouldRead() {
    Sheet sheet =
        new Sheet(List.of("Row & more", ">JI, %"), List.of(List.of("a_b#c", "-0.52 (T4-5 < 1)")));
    assertThat(sheet.latex("100 % of it", "tab:x"))
        .isEqualTo(
            """
            % needs \\usepackage{booktabs}
            \\begin{table}
            \\caption{100 \\% of it}
            \\label{tab:x}
            \\begin{tabular}{lr}
            \\toprule
            Row \\& more & JI, \\% \\\\
            \\midrule
            a\\_b\\#c & $-$0.52 (T4-5 $<$ 1) \\\\
            \\bottomrule
            \\end{tabular}
            \\end{table}
            """);
  }

  @Test
  void theFrontierHoldsWhatNothingCheaperBeats() {
    Plots.Point cheap = new Plots.Point("cheap", true, 1, 80);
    Plots.Point same = new Plots.Point("same cost, worse", true, 1, 79);
    Plots.Point worse = new Plots.Point("dearer and worse", false, 2, 79.5);
    Plots.Point equal = new Plots.Point("dearer, no better", false, 3, 80);
    Plots.Point good = new Plots.Point("good", true, 4, 85);
    assertThat(Plots.frontier(List.of(good, equal, worse, same, cheap)))
        .containsExactly(cheap, good);
  }

  @Test
  void everyNetworkAndSeedHasTheProtocolsSplitAndASizeItCanTake() {
    TrainingConfig protocol = Protocol.defaults();
    TrainingConfig first = Protocol.of(protocol, Networks.get("T4-1"), 1);
    assertThat(first).isEqualTo(protocol.with("variant: T4-1"));
    TrainingConfig third = Protocol.of(protocol, Networks.get("malunet"), 3);
    assertThat(third)
        .isEqualTo(
            protocol.with(
                "{variant: malunet, seed: 3, splitSeed: 1,"
                    + " stages: [{size: 128, epochs: 30, batch: 16}]}"));
    assertThat(third.seedOfSplit()).isEqualTo(first.seedOfSplit());
  }

  @Test
  void eachDifferentNetworkIsTrainedOnce() {
    assertThat(Rows.trained(List.of(3, 4), List.of(), List.of("T4-5", "enet")))
        .extracting(Network::name)
        .containsExactly(
            "T3-1", "T3-2", "T3-3", "T3-4", "T4-5", "T4-1", "T4-2", "T4-3", "T4-4", "enet");
    assertThat(Rows.trained(List.of(3), List.of("T3-5"), List.of()))
        .extracting(Network::name)
        .containsExactly("T4-5");
  }
}
