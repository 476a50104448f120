package org.lentigo.network;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;
import org.lentigo.network.Network.Published;

/**
 * ULRTS-Net and the ten variants whose costs its paper publishes ("Skin Lesion Image Segmentation
 * Method Based on Ultra-Lightweight Real-Time Segmentation Network", Hangzhou Dianzi University).
 *
 * <p>This is a reconstruction. The paper at hand names every module and gives the cost of ten
 * variants; it does not give the widths. The network here uses every module the paper names, where
 * the paper puts it, and reproduces all 20 published cost cells (parameters and GFLOPs of ten
 * variants) to the last printed digit. The widths are not the authors' own.
 *
 * <p>Input 3 x S x S with S divisible by 4 (224 by default); output 1 x S x S, the probability of
 * lesion.
 *
 * <p>An eleventh variant, {@code lite}, is not in the paper.
 */
public final class UlrtsNet {
  private UlrtsNet() {}

  /** The deepest map is a quarter of the picture. */
  private static final int SIZE_MULTIPLE = 4;

  /** The variant that the paper proposes and this project ships. */
  public static final String DEFAULT_VARIANT = "T4-5";

  /** A stage's convolution module. */
  private enum Block {
    DC,
    DSCM,
    MSFFM_3,
    MSFFM_5;

    private Value add(GraphBuilder b, String name, Value x, int out) {
      return switch (this) {
        case DC -> Modules.dc(b, name, x, out);
        case DSCM -> Modules.dscm(b, name, x, out);
        case MSFFM_3 -> Modules.msffm(b, name, x, out, 3);
        case MSFFM_5 -> Modules.msffm(b, name, x, out, 5);
      };
    }
  }

  /** What lies on the skip connections of E1 and E2. */
  private enum Skip {
    DC,
    DSCM,
    ML_SFFM
  }

  /**
   * Channels of every stage.
   *
   * @param encoder E1 to E5
   */
  private record Widths(int stem, List<Integer> encoder, int neck, int d2, int d1) {
    Widths {
      encoder = List.copyOf(encoder);
    }
  }

  /**
   * A network of the family: a row of the paper's Table 3 or 4.
   *
   * @param name such as {@code T4-5}: table and row
   * @param label what the paper calls the row
   * @param encoder the blocks of E1 to E5
   * @param spatialAttention stages (1 to 5) followed by spatial attention
   * @param channelAttention stages (1 to 5) followed by channel attention
   * @param published the paper's cells; empty for a network of our own
   */
  private record Variant(
      String name,
      String label,
      Widths widths,
      List<Block> encoder,
      Skip skip,
      Set<Integer> spatialAttention,
      Set<Integer> channelAttention,
      Optional<Published> published) {
    Variant {
      encoder = List.copyOf(encoder);
      spatialAttention = Set.copyOf(spatialAttention);
      channelAttention = Set.copyOf(channelAttention);
    }
  }

  private static final Widths PAPER = new Widths(24, List.of(32, 48, 88, 192, 80), 120, 56, 32);

  private static final List<Block> FULL =
      List.of(Block.DSCM, Block.DSCM, Block.DSCM, Block.MSFFM_3, Block.MSFFM_5);
  private static final Set<Integer> NONE = Set.of();
  private static final Set<Integer> SHALLOW = Set.of(1, 2);
  private static final Set<Integer> DEEP = Set.of(3, 4, 5);

  /**
   * Our own lighter sibling: the full network's modules at small widths. Meant for pictures of 160
   * x 160, where it takes a fourteenth of the arithmetic. The widths fill vectors of eight and
   * mostly of sixteen, channels of which an engine computes at a time.
   */
  private static final Variant LITE =
      new Variant(
          "lite",
          "T4-5, narrow",
          new Widths(16, List.of(16, 16, 32, 48, 40), 32, 32, 16),
          FULL,
          Skip.ML_SFFM,
          SHALLOW,
          DEEP,
          Optional.empty());

  private static final List<Variant> VARIANTS =
      List.of(
          table3("T3-1", "None", NONE, NONE, "0.405", "1.51", "84.20", "192"),
          table3("T3-2", "SA", SHALLOW, NONE, "0.405", "1.51", "84.89", "187"),
          table3("T3-3", "CA", NONE, DEEP, "0.407", "1.51", "85.23", "184"),
          table3("T3-4", "SA+CA", DEEP, SHALLOW, "0.406", "1.51", "84.55", "178"),
          table3("T3-5", "CA+SA", SHALLOW, DEEP, "0.407", "1.51", "85.78", "169"),
          table4("T4-1", "DC", all(Block.DC), Skip.DC, "0.959", "4.21", "84.11", "245"),
          table4("T4-2", "DSCM", all(Block.DSCM), Skip.DSCM, "0.107", "0.56", "83.59", "230"),
          table4(
              "T4-3",
              "DSCM+MSFFM-3",
              List.of(Block.DSCM, Block.DSCM, Block.DSCM, Block.MSFFM_3, Block.MSFFM_3),
              Skip.DSCM,
              "0.406",
              "1.50",
              "84.63",
              "188"),
          table4("T4-4", "DSCM+MSFFM-3+MSFFM-5", FULL, Skip.DSCM, "0.406", "1.50", "85.48", "175"),
          table4(
              "T4-5",
              "DSCM+MSFFM-3+MSFFM-5+ML-SFFM",
              FULL,
              Skip.ML_SFFM,
              "0.407",
              "1.51",
              "85.78",
              "169"),
          LITE);

  private static List<Block> all(Block block) {
    return List.of(block, block, block, block, block);
  }

  /** Table 3 varies the attention of the full network. */
  private static Variant table3(
      String name,
      String label,
      Set<Integer> spatial,
      Set<Integer> channel,
      String parametersM,
      String gflops,
      String jaccard,
      String framesPerSecond) {
    return new Variant(
        name,
        label,
        PAPER,
        FULL,
        Skip.ML_SFFM,
        spatial,
        channel,
        published(parametersM, gflops, jaccard, framesPerSecond, "table 3"));
  }

  /** Table 4 varies the blocks and the skips, with spatial attention shallow and channel deep. */
  private static Variant table4(
      String name,
      String label,
      List<Block> encoder,
      Skip skip,
      String parametersM,
      String gflops,
      String jaccard,
      String framesPerSecond) {
    return new Variant(
        name,
        label,
        PAPER,
        encoder,
        skip,
        SHALLOW,
        DEEP,
        published(parametersM, gflops, jaccard, framesPerSecond, "table 4"));
  }

  private static Optional<Published> published(
      String parametersM, String gflops, String jaccard, String framesPerSecond, String table) {
    return Optional.of(
        new Published(
            parametersM,
            Optional.of(gflops),
            Optional.of(jaccard),
            Optional.of(framesPerSecond),
            "ULRTS-Net, " + table));
  }

  private static final List<Network> NETWORKS =
      VARIANTS.stream()
          .map(
              v ->
                  new Network(
                      v.name(),
                      v.label(),
                      SIZE_MULTIPLE,
                      v.published(),
                      Optional.empty(),
                      (b, image) -> define(b, image, v)))
          .toList();

  /** Every variant there is: the ten published ones in the order of the paper's tables, lite. */
  public static List<Network> networks() {
    return NETWORKS;
  }

  /** The ten published variants, in the order of the paper's tables. */
  public static List<Network> publishedVariants() {
    return NETWORKS.stream().filter(network -> network.published().isPresent()).toList();
  }

  /** Deep supervision looks at D2 and the neck. */
  private static Heads define(GraphBuilder b, Value image, Variant v) {
    Widths w = v.widths();
    Value stem = Modules.conv(b, "stem", image, w.stem(), 3, 2, 1);
    Value e1 = stage(b, v, 1, stem);
    Value e2 = stage(b, v, 2, e1);
    Value e3 = stage(b, v, 3, b.maxPool("pool", e2, 2));
    Value e4 = stage(b, v, 4, e3);
    Value e5 = stage(b, v, 5, e4);

    Value s1 = skip(b, v, "s1", e1, e2, 1);
    Value s2 = skip(b, v, "s2", e2, e3, 2);

    Value deep = b.concat("neck.concat", e3, e5);
    Value squeezed = Modules.pointwise(b, "neck.pw", deep, w.neck());
    Value neck = b.upsample("neck.up", Modules.dscm(b, "neck.dscm", squeezed, w.neck()), 2);

    Value d2 = Modules.dscm(b, "d2.a", b.concat("d2.concat", neck, s2), w.d2());
    d2 = Modules.dscm(b, "d2.b", d2, w.d2());
    Value d1 = Modules.dscm(b, "d1", b.concat("d1.concat", d2, s1), w.d1());
    Value logits = b.upsample("head.up", b.conv("head.conv", d1, 1, 1), 2);
    return Heads.of(
        logits,
        b.upsample("aux.d2.up", b.conv("aux.d2.conv", d2, 1, 1), 2),
        b.upsample("aux.neck.up", b.conv("aux.neck.conv", neck, 1, 1), 2));
  }

  private static Value stage(GraphBuilder b, Variant v, int number, Value x) {
    String name = "e" + number;
    Value y = v.encoder().get(number - 1).add(b, name, x, v.widths().encoder().get(number - 1));
    if (v.spatialAttention().contains(number)) {
      y = Modules.spatialAttention(b, name + ".sa", y);
    }
    if (v.channelAttention().contains(number)) {
      y = Modules.channelAttention(b, name + ".ca", y);
    }
    return y;
  }

  private static Value skip(
      GraphBuilder b, Variant v, String name, Value x, Value deeper, int factor) {
    return switch (v.skip()) {
      case DC -> Modules.dc(b, name, x, x.channels());
      case DSCM -> Modules.dscm(b, name, x, x.channels());
      case ML_SFFM -> Modules.mlSffm(b, name, x, deeper, factor);
    };
  }
}
