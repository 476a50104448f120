package org.lentigo.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;
import org.lentigo.network.Network.Published;

/**
 * U-Net (Ronneberger et al. 2015, arXiv 1505.04597), with padded convolutions and BatchNorm as in
 * its usual implementation (github.com/milesial/Pytorch-UNet, transposed convolutions): the paper
 * prints no parameter count, that implementation has 31,037,633 for RGB and one class.
 */
final class UNet {
  private UNet() {}

  private static final int SIZE_MULTIPLE = 16;

  static List<Network> networks() {
    Published published =
        new Published(
            "31.04", Optional.empty(), Optional.empty(), "milesial/Pytorch-UNet, 3 to 1 channel");
    return List.of(
        new Network(
            "unet",
            "U-Net",
            SIZE_MULTIPLE,
            Optional.of(published),
            Optional.empty(),
            (b, image) -> Heads.of(logits(b, image, 64, 1))),
        new Network(
            "unet-slim",
            "U-Net, an eighth of the widths",
            SIZE_MULTIPLE,
            (b, image) -> Heads.of(logits(b, image, 8, 1))));
  }

  /**
   * @param width channels at the picture's size; doubled with each halving of the map
   */
  static Value logits(GraphBuilder b, Value image, int width, int classes) {
    List<Value> skips = new ArrayList<>();
    Value x = Modules.dc(b, "down.1", image, width);
    for (int level = 2; level <= 5; level++) {
      skips.add(x);
      Value pooled = b.maxPool("down." + level + ".pool", x, 2);
      x = Modules.dc(b, "down." + level, pooled, width << level - 1);
    }
    for (int level = 4; level >= 1; level--) {
      String name = "up." + level;
      int channels = width << level - 1;
      Value larger = b.transposedConv(name + ".up", x, channels, 2, true);
      x = Modules.dc(b, name, b.concat(name + ".concat", skips.get(level - 1), larger), channels);
    }
    return b.conv("head.conv", x, classes, 1);
  }
}
