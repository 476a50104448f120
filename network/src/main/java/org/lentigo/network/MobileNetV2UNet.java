package org.lentigo.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Network.Heads;

/**
 * MobileNetV2-U-Net: the encoder of MobileNetV2 at width 1.0 (Sandler et al. 2018, arXiv
 * 1801.04381, table 2, without the last convolution and the classifier), and a light decoder of our
 * own in the manner of U-Net: depthwise separable convolutions after each enlargement, joined by
 * the encoder's maps.
 *
 * <p>The encoder has no BatchNorm: the weights that were trained on ImageNet come with theirs
 * folded into the convolutions, whose biases are trained on. TensorFlow pads a convolution of
 * stride 2 below and on the right only, ours pad on all sides, as PyTorch's MobileNetV2 does: each
 * such layer sees its map shifted by one pixel, which but for the picture's edges is the same
 * function of a picture shifted by up to 31 pixels, and keeps map and picture aligned.
 */
final class MobileNetV2UNet {
  private MobileNetV2UNet() {}

  private static final int SIZE_MULTIPLE = 32;

  /** Rows of the paper's table 2: expansion, channels, blocks, stride of the first. */
  private static final int[][] STAGES = {
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
  };

  private static final int STEM = 32;

  /** The last stage at 1/2, 1/4, 1/8 and 1/16: what the decoder is joined by. */
  private static final List<Integer> SKIPS = List.of(0, 1, 2, 4);

  /** Of the decoder at 1/2, 1/4, 1/8 and 1/16. */
  private static final List<Integer> DECODER = List.of(48, 64, 96, 192);

  static List<Network> networks() {
    return List.of(
        new Network(
            "mobilenetv2-unet",
            "MobileNetV2 1.0, light U-Net decoder",
            SIZE_MULTIPLE,
            Optional.empty(),
            Optional.of(MobileNetV2UNet::pretrained),
            MobileNetV2UNet::define));
  }

  private static Heads define(GraphBuilder b, Value image) {
    List<Value> stages = encoder(b, image);
    Value x = stages.get(stages.size() - 1);
    List<Value> auxiliary = new ArrayList<>();
    for (int level = SKIPS.size() - 1; level >= 0; level--) {
      String name = "decoder." + (2 << level);
      Value up = b.upsample(name + ".up", x, 2);
      Value joined = b.concat(name + ".concat", up, stages.get(SKIPS.get(level)));
      x = Modules.dscm(b, name + ".a", joined, DECODER.get(level));
      x = Modules.dscm(b, name + ".b", x, DECODER.get(level));
      if (level == 1 || level == 2) {
        String head = "aux." + (2 << level);
        auxiliary.add(b.upsample(head + ".up", b.conv(head + ".conv", x, 1, 1), 2 << level));
      }
    }
    return new Heads(b.upsample("head.up", b.conv("head.conv", x, 1, 1), 2), auxiliary);
  }

  /**
   * The maps of the seven stages. Nodes are called as in TensorFlow's checkpoint, from where their
   * weights come: {@code encoder.expanded_conv_3.expand}.
   */
  static List<Value> encoder(GraphBuilder b, Value image) {
    Value x = convolution(b, "encoder.Conv", image, STEM, 3, 2, 1, true);
    List<Value> stages = new ArrayList<>();
    int number = 0;
    for (int[] stage : STAGES) {
      for (int block = 0; block < stage[2]; block++, number++) {
        String name = "encoder.expanded_conv" + (number == 0 ? "" : "_" + number);
        x = bottleneck(b, name, x, stage[0], stage[1], block == 0 ? stage[3] : 1);
      }
      stages.add(x);
    }
    return stages;
  }

  /** The paper's inverted residual: expanded by a 1x1, depthwise 3x3, projected by a 1x1. */
  private static Value bottleneck(
      GraphBuilder b, String name, Value x, int expansion, int out, int stride) {
    int wide = x.channels() * expansion;
    Value y = expansion == 1 ? x : convolution(b, name + ".expand", x, wide, 1, 1, 1, true);
    y = convolution(b, name + ".depthwise", y, wide, 3, stride, wide, true);
    y = convolution(b, name + ".project", y, out, 1, 1, 1, false);
    return stride == 1 && x.channels() == out ? b.add(name + ".add", x, y) : y;
  }

  /** With a bias in BatchNorm's place, and perhaps ReLU6. */
  private static Value convolution(
      GraphBuilder b,
      String name,
      Value x,
      int out,
      int kernel,
      int stride,
      int groups,
      boolean rectified) {
    Value y = b.conv(name, x, out, kernel, stride, 1, groups, true);
    return rectified ? b.relu6(name + ".relu6", y) : y;
  }

  private static Model pretrained(Network network, Path path, long seed) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    Safetensors file =
        Safetensors.read(
            bytes, "a file of weights", "give MobileNetV2's, mobilenet_v2_1.0_224.safetensors");
    Graph graph = network.graph();
    Path fileName = path.getFileName();
    String name =
        fileName == null ? "pretrained" : fileName.toString().replaceFirst("\\.safetensors$", "");
    TreeMap<String, String> provenance = new TreeMap<>();
    // Apache-2.0, as Lentigo is: it asks to be named, and binds nobody further.
    provenance.put(
        Model.LINEAGE,
        "weights of %s, trained on ImageNet, %s, SHA-256 %s"
            .formatted(
                file.metadata().getOrDefault("source", name),
                file.metadata().getOrDefault("licence", "licence not stated"),
                sha256(bytes)));
    // What the photo's 0..255 were to these weights: (x - 128) / 128.
    List<Float> half = List.of(128f / 255, 128f / 255, 128f / 255);
    return new Model(
        name,
        network,
        Weights.random(graph, seed).with(encoderWeights(graph, file)),
        new Preprocessing(224, half, half),
        0.5f,
        provenance);
  }

  /**
   * The weights of every convolution of the graph that the checkpoint has: {@code
   * encoder.expanded_conv_3.expand} is its {@code MobilenetV2/expanded_conv_3/expand/...}.
   * Convolutions are OHWI there and depthwise ones 1HWC.
   */
  static Weights encoderWeights(Graph graph, Safetensors file) throws ModelFormatException {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Graph.Node node : graph.nodes()) {
      if (node.name().startsWith("encoder.") && node.op() instanceof Op.Conv c) {
        String scope = node.name().replaceFirst("encoder", "MobilenetV2").replace('.', '/') + "/";
        boolean depthwise = c.groups() > 1;
        List<Integer> shape =
            depthwise
                ? List.of(1, c.kernelHeight(), c.kernelWidth(), c.out())
                : List.of(c.out(), c.kernelHeight(), c.kernelWidth(), c.in());
        float[] weight = file.tensor(only(file, scope, 4), shape);
        int inner = depthwise ? c.out() : c.in();
        tensors.put(node.name() + ".weight", channelsFirst(weight, inner, c.taps()));
        tensors.put(node.name() + ".bias", file.tensor(only(file, scope, 1), List.of(c.out())));
      }
    }
    return new Weights(tensors);
  }

  private static String only(Safetensors file, String scope, int rank) throws ModelFormatException {
    List<String> found =
        file.names().stream()
            .filter(name -> name.startsWith(scope) && file.rank(name) == rank)
            .toList();
    if (found.size() != 1) {
      throw new ModelFormatException(
          "the file has "
              + found.size()
              + " tensors of "
              + rank
              + " dimensions called "
              + scope
              + "..., wanted 1; give MobileNetV2's, mobilenet_v2_1.0_224.safetensors");
    }
    return found.get(0);
  }

  /** From ...HWC to ...CHW. */
  private static float[] channelsFirst(float[] values, int channels, int taps) {
    float[] moved = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int outer = i / (taps * channels);
      int tap = i / channels % taps;
      moved[(outer * channels + i % channels) * taps + tap] = values[i];
    }
    return moved;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
