package org.lentigo.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;
import org.lentigo.network.Network.Published;

/**
 * MALUNet (Ruan et al. 2022, arXiv 2211.01784), layer by layer as its authors' code
 * (github.com/JCruan519/MALUNet) but for the enlargements, which here place pixels by their centres
 * (align_corners = false). 177,943 parameters; the paper's 0.175 million are those without the
 * group normalisations', which the usual counter leaves out: 175,031.
 */
final class MalUNet {
  private MalUNet() {}

  private static final int SIZE_MULTIPLE = 32;

  private static final List<Integer> WIDTHS = List.of(8, 16, 24, 32, 48, 64);

  /** Of every group normalisation, and the parts of a dilated gated attention. */
  private static final int GROUPS = 4;

  private static final List<Integer> DILATIONS = List.of(7, 5, 2, 1);

  static List<Network> networks() {
    Published published =
        new Published(
            "0.175", Optional.of("0.083 at 256"), Optional.empty(), "arXiv 2211.01784, table 1");
    return List.of(
        new Network(
            "malunet",
            "MALUNet",
            SIZE_MULTIPLE,
            Optional.of(published),
            Optional.empty(),
            (b, image) -> Heads.of(logits(b, image, 1))));
  }

  static Value logits(GraphBuilder b, Value image, int classes) {
    List<Value> skips = new ArrayList<>();
    Value x = image;
    for (int level = 0; level < 5; level++) {
      String name = "encoder." + (level + 1);
      x =
          level < 3
              ? b.conv(name + ".conv", x, WIDTHS.get(level), 3)
              : attended(b, name, x, WIDTHS.get(level));
      Value pooled = b.maxPool(name + ".pool", b.groupNorm(name + ".norm", x, GROUPS), 2);
      x = b.gelu(name + ".gelu", pooled);
      skips.add(x);
    }
    skips = bridge(b, skips);

    x = b.gelu("encoder.6.gelu", attended(b, "encoder.6", x, WIDTHS.get(5)));
    for (int level = 4; level >= 0; level--) {
      String name = "decoder." + (5 - level);
      int out = WIDTHS.get(level);
      Value y =
          level < 2
              ? b.conv(name + ".conv", x, out, 3)
              : externalAttention(b, name + ".ea", gatedAttention(b, name + ".dga", x, out));
      y = b.groupNorm(name + ".norm", y, GROUPS);
      y = level == 4 ? y : b.upsample(name + ".up", y, 2);
      x = b.add(name + ".add", b.gelu(name + ".gelu", y), skips.get(level));
    }
    return b.upsample("head.up", b.conv("head.conv", x, classes, 1), 2);
  }

  private static Value attended(GraphBuilder b, String name, Value x, int out) {
    return gatedAttention(b, name + ".dga", externalAttention(b, name + ".ea", x), out);
  }

  /** IEA, inverted external attention: a memory of four times the channels. */
  private static Value externalAttention(GraphBuilder b, String name, Value x) {
    int channels = x.channels();
    Value y = b.conv(name + ".in", x, channels, 1);
    y = b.conv(name + ".keys", y, 4 * channels, 1, 1, 1, 1, false);
    y = b.doubleNorm(name + ".attention", y);
    y = b.conv(name + ".values", y, channels, 1, 1, 1, 1, false);
    y = b.conv(name + ".out", y, channels, 1, 1, 1, 1, false);
    y = b.groupNorm(name + ".norm", y, GROUPS);
    return b.gelu(name + ".gelu", b.add(name + ".add", y, x));
  }

  /** DGA, dilated gated attention: four parts at four dilations, then a gate. */
  private static Value gatedAttention(GraphBuilder b, String name, Value x, int out) {
    int part = x.channels() / DILATIONS.size();
    Value[] parts = new Value[DILATIONS.size()];
    for (int i = 0; i < parts.length; i++) {
      Value own = b.slice(name + ".part" + i, x, i * part, (i + 1) * part);
      parts[i] = b.conv(name + ".dilated" + i, own, part, 3, 1, DILATIONS.get(i), part, true);
    }
    Value y = b.groupNorm(name + ".norm", b.concat(name + ".concat", parts), GROUPS);
    y = b.gelu(name + ".gelu", b.conv(name + ".mix", y, x.channels(), 1));

    Value gate = b.sigmoid(name + ".gate", separable(b, name + ".w1", y, x.channels(), 3));
    Value value = b.gelu(name + ".value", separable(b, name + ".w2", y, x.channels(), 5));
    Value gated = separable(b, name + ".wo", b.multiply(name + ".gated", value, gate), out, 3);
    Value beside = b.conv(name + ".cw", y, out, 1);
    return b.add(name + ".add", b.gelu(name + ".wo.gelu", gated), beside);
  }

  private static Value separable(GraphBuilder b, String name, Value x, int out, int kernel) {
    Value y = b.conv(name + ".dw", x, x.channels(), kernel, 1, 1, x.channels(), true);
    return b.conv(name + ".pw", b.groupNorm(name + ".norm", y, GROUPS), out, 1);
  }

  /** CAB and SAB, over all skip connections: spatial attention, then channel attention. */
  private static List<Value> bridge(GraphBuilder b, List<Value> skips) {
    List<Value> gated = spatialAttention(b, skips);
    List<Value> sums = new ArrayList<>();
    Value[] means = new Value[skips.size()];
    for (int i = 0; i < means.length; i++) {
      sums.add(b.add("bridge." + i + ".sum", gated.get(i), skips.get(i)));
      means[i] = b.globalAverage("bridge." + i + ".mean", sums.get(i));
    }
    Value all = b.channelConv("bridge.along", b.concat("bridge.means", means), 3);
    List<Value> bridged = new ArrayList<>();
    for (int i = 0; i < means.length; i++) {
      String name = "bridge." + i;
      Value x = sums.get(i);
      Value gate = b.sigmoid(name + ".channels", b.conv(name + ".fc", all, x.channels(), 1));
      bridged.add(b.add(name + ".out", b.multiply(name + ".mul", x, gate), gated.get(i)));
    }
    return bridged;
  }

  /** One convolution for all of them. */
  private static List<Value> spatialAttention(GraphBuilder b, List<Value> skips) {
    List<Value> gated = new ArrayList<>();
    Value first = null;
    for (int i = 0; i < skips.size(); i++) {
      String name = "bridge." + i + ".sa";
      Value x = skips.get(i);
      Value both =
          b.concat(
              name + ".concat", b.channelMean(name + ".mean", x), b.channelMax(name + ".max", x));
      Value conv =
          first == null
              ? b.conv(name + ".conv", both, 1, 7, 1, 3, 1, true)
              : b.convLike(name + ".conv", both, first);
      first = first == null ? conv : first;
      gated.add(b.multiply(name + ".mul", x, b.sigmoid(name + ".gate", conv)));
    }
    return gated;
  }
}
