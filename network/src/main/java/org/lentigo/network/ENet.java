package org.lentigo.network;

import java.util.List;
import java.util.Optional;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;
import org.lentigo.network.Network.Published;

/**
 * ENet (Paszke et al. 2016, arXiv 1606.02147, table 1), layer by layer as its authors' code
 * (github.com/e-lab/ENet-training) but for dropout, which is left out. With the 20 classes of that
 * code 364,376 parameters are trained; the paper's 0.37 million come out with the means and
 * variances of BatchNorm, which a stored model holds too: 372,728.
 */
final class ENet {
  private ENet() {}

  private static final int SIZE_MULTIPLE = 8;

  /** A bottleneck's inner width: its width over this. */
  private static final int REDUCTION = 4;

  static List<Network> networks() {
    Published published =
        new Published(
            "0.37",
            Optional.of("3.83 at 640x360"),
            Optional.empty(),
            "arXiv 1606.02147, table 3; 20 classes in its code");
    return List.of(
        new Network(
            "enet",
            "ENet",
            SIZE_MULTIPLE,
            Optional.of(published),
            Optional.empty(),
            (b, image) -> Heads.of(logits(b, image, 1))));
  }

  static Value logits(GraphBuilder b, Value image, int classes) {
    Value convolved = b.conv("initial.conv", image, 13, 3, 2, 1, 1, true);
    Value x = b.concat("initial.concat", convolved, b.maxPool("initial.pool", image, 2));
    Value half = b.prelu("initial.prelu", b.batchNorm("initial.bn", x));

    x = down(b, "1.0", half, 64);
    for (int i = 1; i <= 4; i++) {
      x = bottleneck(b, "1." + i, x, 1);
    }
    Value quarter = x;
    x = down(b, "2.0", quarter, 128);
    // Plain, dilated and asymmetric ones in turns, twice.
    for (int stage = 2; stage <= 3; stage++) {
      for (int i = 1; i <= 8; i++) {
        String name = stage + "." + i;
        boolean dilated = i % 2 == 0;
        x = i % 4 == 3 ? asymmetric(b, name, x) : bottleneck(b, name, x, dilated ? 1 << i / 2 : 1);
      }
    }
    x = up(b, "4.0", x, quarter);
    x = plain(b, "4.1", x);
    x = plain(b, "4.2", x);
    x = up(b, "5.0", x, half);
    x = plain(b, "5.1", x);
    return b.transposedConv("head.conv", x, classes, 2, true);
  }

  private static Value normalised(GraphBuilder b, String name, Value x) {
    return b.prelu(name + ".prelu", b.batchNorm(name + ".bn", x));
  }

  private static Value pointwise(GraphBuilder b, String name, Value x, int out) {
    return b.conv(name + ".conv", x, out, 1, 1, 1, 1, false);
  }

  /** The middle of a bottleneck, a 3x3 convolution, brought back to the width. */
  private static Value middle(GraphBuilder b, String name, Value x, int dilation, int out) {
    Value y = b.conv(name + ".middle.conv", x, x.channels(), 3, 1, dilation, 1, true);
    return expanded(b, name, y, out);
  }

  private static Value expanded(GraphBuilder b, String name, Value x, int out) {
    Value y = normalised(b, name + ".middle", x);
    return b.batchNorm(name + ".expand.bn", pointwise(b, name + ".expand", y, out));
  }

  private static Value reduced(GraphBuilder b, String name, Value x) {
    return normalised(
        b, name + ".reduce", pointwise(b, name + ".reduce", x, x.channels() / REDUCTION));
  }

  private static Value bottleneck(GraphBuilder b, String name, Value x, int dilation) {
    Value y = middle(b, name, reduced(b, name, x), dilation, x.channels());
    return b.prelu(name + ".prelu", b.add(name + ".add", x, y));
  }

  /** With a row of five taps and a column of five. */
  private static Value asymmetric(GraphBuilder b, String name, Value x) {
    Value y = reduced(b, name, x);
    y = b.conv(name + ".row.conv", y, y.channels(), 1, 5, false);
    y = b.conv(name + ".column.conv", y, y.channels(), 5, 1, true);
    return b.prelu(name + ".prelu", b.add(name + ".add", x, expanded(b, name, y, x.channels())));
  }

  /** Beside it the pooled map, with zeros for the channels that it has not. */
  private static Value down(GraphBuilder b, String name, Value x, int out) {
    Value y = b.conv(name + ".reduce.conv", x, out / REDUCTION, 2, 2, 1, 1, false);
    y = middle(b, name, normalised(b, name + ".reduce", y), 1, out);
    Value pooled = b.maxPool(name + ".pool", x, 2);
    Value first = b.slice(name + ".first", y, 0, x.channels());
    Value rest = b.slice(name + ".rest", y, x.channels(), out);
    Value sum = b.concat(name + ".concat", b.add(name + ".add", pooled, first), rest);
    return b.prelu(name + ".prelu", sum);
  }

  /** The decoder's bottlenecks have ReLU. */
  private static Value rectified(GraphBuilder b, String name, Value x) {
    return b.relu(name + ".relu", b.batchNorm(name + ".bn", x));
  }

  private static Value plain(GraphBuilder b, String name, Value x) {
    int inner = x.channels() / REDUCTION;
    Value y = rectified(b, name + ".reduce", pointwise(b, name + ".reduce", x, inner));
    y = b.conv(name + ".middle.conv", y, inner, 3, 1, 1, 1, true);
    return sum(b, name, x, y, x.channels());
  }

  /** Beside it, the values put back to where the encoder's pooling took them from. */
  private static Value up(GraphBuilder b, String name, Value x, Value pooled) {
    int out = pooled.channels();
    int inner = out / REDUCTION;
    Value y = rectified(b, name + ".reduce", pointwise(b, name + ".reduce", x, inner));
    y = b.transposedConv(name + ".middle.conv", y, inner, 3, true);
    Value beside = b.batchNorm(name + ".beside.bn", pointwise(b, name + ".beside", x, out));
    return sum(b, name, b.unpool(name + ".unpool", beside, pooled), y, out);
  }

  private static Value sum(GraphBuilder b, String name, Value beside, Value middle, int out) {
    Value y = pointwise(b, name + ".expand", rectified(b, name + ".middle", middle), out);
    y = b.batchNorm(name + ".expand.bn", y);
    return b.relu(name + ".relu", b.add(name + ".add", beside, y));
  }
}
