package org.lentigo.network;

import java.util.List;
import java.util.Optional;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;
import org.lentigo.network.Network.Published;

/**
 * Fast-SCNN (Poudel et al. 2019, arXiv 1902.04502, tables 1 to 3): a shared stem at an eighth of
 * the picture, MobileNetV2's bottlenecks and pyramid pooling behind it, both fused at an eighth.
 * Deep supervision looks at the stem and the pyramid, as in the paper. Its 1.11 million parameters
 * are the convolutions' (1,114,371 with 19 classes); with BatchNorm's there are 1,138,051.
 */
final class FastScnn {
  private FastScnn() {}

  private static final int SIZE_MULTIPLE = 32;

  /** Parts a side of the pyramid's poolings. */
  private static final List<Integer> PYRAMID = List.of(1, 2, 3, 6);

  static List<Network> networks() {
    Published published =
        new Published(
            "1.11", Optional.empty(), Optional.empty(), "arXiv 1902.04502, table 4, 19 classes");
    return List.of(
        new Network(
            "fast-scnn",
            "Fast-SCNN",
            SIZE_MULTIPLE,
            Optional.of(published),
            Optional.empty(),
            (b, image) -> define(b, image, 1)));
  }

  static Heads define(GraphBuilder b, Value image, int classes) {
    Value x = Modules.conv(b, "stem.1", image, 32, 3, 2, 1);
    x = separable(b, "stem.2", x, 48, 2);
    Value stem = separable(b, "stem.3", x, 64, 2);

    x = bottlenecks(b, "features.1", stem, 64, 2);
    x = bottlenecks(b, "features.2", x, 96, 2);
    x = bottlenecks(b, "features.3", x, 128, 1);
    Value pyramid = pyramid(b, x);

    Value fused = fuse(b, stem, pyramid);
    x = separable(b, "head.1", fused, 128, 1);
    x = separable(b, "head.2", x, 128, 1);
    Value logits = b.upsample("head.up", b.conv("head.conv", x, classes, 1), 8);
    return Heads.of(
        logits,
        b.upsample("aux.stem.up", b.conv("aux.stem.conv", stem, classes, 1), 8),
        b.upsample("aux.pyramid.up", b.conv("aux.pyramid.conv", pyramid, classes, 1), 32));
  }

  /** A depthwise 3x3 and a 1x1 convolution with BatchNorm each, and ReLU after the second alone. */
  private static Value separable(GraphBuilder b, String name, Value x, int out, int stride) {
    return Modules.pointwise(b, name + ".pw", depthwise(b, name + ".dw", x, stride, 1), out);
  }

  private static Value depthwise(GraphBuilder b, String name, Value x, int stride, int dilation) {
    Value y = b.conv(name + ".conv", x, x.channels(), 3, stride, dilation, x.channels(), false);
    return b.batchNorm(name + ".bn", y);
  }

  /** Three of MobileNetV2's bottlenecks, expanded sixfold. */
  private static Value bottlenecks(GraphBuilder b, String name, Value x, int out, int stride) {
    for (int i = 1; i <= 3; i++) {
      String block = name + "." + i;
      int step = i == 1 ? stride : 1;
      Value y = Modules.pointwise(b, block + ".expand", x, 6 * x.channels());
      y = b.relu(block + ".dw.relu", depthwise(b, block + ".dw", y, step, 1));
      y = b.conv(block + ".project.conv", y, out, 1, 1, 1, 1, false);
      y = b.batchNorm(block + ".project.bn", y);
      x = step == 1 && x.channels() == out ? b.add(block + ".add", x, y) : y;
    }
    return x;
  }

  /** Pyramid pooling (Zhao et al. 2017, arXiv 1612.01105). */
  private static Value pyramid(GraphBuilder b, Value x) {
    Value[] levels = new Value[PYRAMID.size() + 1];
    levels[0] = x;
    for (int i = 0; i < PYRAMID.size(); i++) {
      String name = "pyramid." + PYRAMID.get(i);
      Value pooled = b.adaptiveAverage(name + ".pool", x, PYRAMID.get(i));
      Value reduced = Modules.pointwise(b, name, pooled, x.channels() / PYRAMID.size());
      levels[i + 1] = b.resize(name + ".up", reduced, x);
    }
    return Modules.pointwise(b, "pyramid.pw", b.concat("pyramid.concat", levels), x.channels());
  }

  /** Both paths to one width, summed. */
  private static Value fuse(GraphBuilder b, Value stem, Value deep) {
    Value low = depthwise(b, "fusion.dw", b.upsample("fusion.up", deep, 4), 1, 4);
    low = b.relu("fusion.dw.relu", low);
    low = b.batchNorm("fusion.low.bn", b.conv("fusion.low.conv", low, 128, 1));
    Value high = b.batchNorm("fusion.high.bn", b.conv("fusion.high.conv", stem, 128, 1));
    return b.relu("fusion.relu", b.add("fusion.add", high, low));
  }
}
