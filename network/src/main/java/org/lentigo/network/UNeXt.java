package org.lentigo.network;

import java.util.List;
import java.util.Optional;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;
import org.lentigo.network.Network.Published;

/**
 * UNeXt (Valanarasu and Patel 2022, arXiv 2203.04967): three convolutions, then perceptrons over
 * the channels of pixels that are shifted against one another. Layer by layer as its authors' code
 * (github.com/jeya-maria-jose/UNeXt-pytorch), with the paper's widths: 1,471,921 parameters.
 */
final class UNeXt {
  private UNeXt() {}

  private static final int SIZE_MULTIPLE = 32;

  private static final List<Integer> WIDTHS = List.of(16, 32, 128, 160, 256);

  static List<Network> networks() {
    Published published =
        new Published(
            "1.47", Optional.of("0.57 at 256"), Optional.empty(), "arXiv 2203.04967, table 1");
    return List.of(
        new Network(
            "unext",
            "UNeXt",
            SIZE_MULTIPLE,
            Optional.of(published),
            Optional.empty(),
            (b, image) -> Heads.of(logits(b, image, 1))));
  }

  static Value logits(GraphBuilder b, Value image, int classes) {
    Value t1 = encoder(b, "encoder.1", image, WIDTHS.get(0));
    Value t2 = encoder(b, "encoder.2", t1, WIDTHS.get(1));
    Value t3 = encoder(b, "encoder.3", t2, WIDTHS.get(2));
    Value t4 = tokens(b, "encoder.4", t3, WIDTHS.get(3));
    Value t5 = tokens(b, "encoder.5", t4, WIDTHS.get(4));

    Value x = b.add("decoder.1.add", decoder(b, "decoder.1", t5, WIDTHS.get(3)), t4);
    x = b.layerNorm("decoder.1.norm", perceptron(b, "decoder.1.mlp", x));
    x = b.add("decoder.2.add", decoder(b, "decoder.2", x, WIDTHS.get(2)), t3);
    x = b.layerNorm("decoder.2.norm", perceptron(b, "decoder.2.mlp", x));
    x = b.add("decoder.3.add", decoder(b, "decoder.3", x, WIDTHS.get(1)), t2);
    x = b.add("decoder.4.add", decoder(b, "decoder.4", x, WIDTHS.get(0)), t1);
    x = b.upsample("decoder.5.up", b.conv("decoder.5.conv", x, WIDTHS.get(0), 3), 2);
    return b.conv("head.conv", b.relu("decoder.5.relu", x), classes, 1);
  }

  private static Value encoder(GraphBuilder b, String name, Value x, int out) {
    Value y = b.batchNorm(name + ".bn", b.conv(name + ".conv", x, out, 3));
    return b.relu(name + ".relu", b.maxPool(name + ".pool", y, 2));
  }

  private static Value decoder(GraphBuilder b, String name, Value x, int out) {
    Value y = b.batchNorm(name + ".bn", b.conv(name + ".conv", x, out, 3));
    return b.relu(name + ".relu", b.upsample(name + ".up", y, 2));
  }

  /** Patches of 3x3 pixels, two apart, as tokens. */
  private static Value tokens(GraphBuilder b, String name, Value x, int out) {
    Value y = b.conv(name + ".embed", x, out, 3, 2, 1, 1, true);
    y = b.layerNorm(name + ".embed.norm", y);
    return b.layerNorm(name + ".norm", perceptron(b, name + ".mlp", y));
  }

  /** The shifted block: two layers over the channels, before each a shift along one axis. */
  private static Value perceptron(GraphBuilder b, String name, Value x) {
    int channels = x.channels();
    Value y = b.layerNorm(name + ".norm", x);
    y = b.conv(name + ".fc1", b.shift(name + ".down", y, true), channels, 1);
    y = b.conv(name + ".dw", y, channels, 3, 1, 1, channels, true);
    y = b.shift(name + ".right", b.gelu(name + ".gelu", y), false);
    return b.add(name + ".add", x, b.conv(name + ".fc2", y, channels, 1));
  }
}
