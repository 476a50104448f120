package org.lentigo.javaengine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;

/**
 * The encoder with the weights of ImageNet computes what MobileNetV2 does: compared with plain
 * loops over the file's own tensors, which share nothing with the network's definition, its
 * converter, or an engine. Skipped where the weights are absent.
 */
class MobileNetV2Test {
  private static final String FILE = "shared/weights/mobilenet_v2_1.0_224.safetensors";

  /** ImageNet's class 722; the first of the 1001 is none. */
  private static final int PING_PONG_BALL = 723;

  private static Path file() {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.isRegularFile(p.resolve(FILE))) {
        return p.resolve(FILE);
      }
    }
    assumeTrue(false, "no " + FILE + " beside the repository: skipped");
    throw new AssertionError();
  }

  @Test
  void theEncoderIsMobileNetV2() throws IOException {
    int size = 96;
    MobileNetV2 reference = new MobileNetV2(file(), true);
    float[] picture = picture(size);
    Map3 theirs = reference.features(new Map3(3, size, picture));
    float[] ours = encoder(picture, size);
    assertThat(ours).hasSameSizeAs(theirs.values);
    float largest = 0;
    float worst = 0;
    for (int i = 0; i < ours.length; i++) {
      largest = Math.max(largest, Math.abs(theirs.values[i]));
      worst = Math.max(worst, Math.abs(ours[i] - theirs.values[i]));
    }
    // Sums of up to 960 products over 52 layers, in another order.
    assertThat(worst / largest).as("the largest difference of a largest value").isLessThan(1e-4f);
  }

  /**
   * Padding on both sides moves the picture by a pixel a layer of stride 2 against padding as
   * TensorFlow does, with which the weights were trained. The classifier says the same of both.
   */
  @Test
  void theClassifierHardlyMindsHowItIsPadded() throws IOException {
    int size = 224;
    float[] picture = picture(size);
    MobileNetV2 tensorFlow = new MobileNetV2(file(), false);
    float[] theirs = tensorFlow.classify(tensorFlow.features(new Map3(3, size, picture)));
    float[] ours = tensorFlow.classify(new Map3(320, size / 32, encoder(picture, size)));
    assertThat(best(theirs)).isEqualTo(PING_PONG_BALL);
    assertThat(best(ours)).isEqualTo(PING_PONG_BALL);
    assertThat(correlation(theirs, ours)).isGreaterThan(0.9);
  }

  private static double correlation(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    double meanA = mean(a);
    double meanB = mean(b);
    for (int i = 0; i < a.length; i++) {
      ab += (a[i] - meanA) * (b[i] - meanB);
      aa += (a[i] - meanA) * (a[i] - meanA);
      bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static float[] encoder(float[] picture, int size) throws IOException {
    Network network = Networks.get("mobilenetv2-unet");
    Model model = network.pretraining().orElseThrow().read(network, file(), 1);
    Graph encoder =
        new Graph(model.graph().nodes(), List.of("encoder.expanded_conv_16.project")).pruned();
    try (JavaEngine engine = JavaEngine.of(encoder, model.weights().of(encoder), size, size, 2)) {
      float[] maps = new float[(int) engine.outputShape().size()];
      engine.infer(picture, maps);
      return maps;
    }
  }

  /** A red ball with a highlight on a table before a wall, in -1..1. */
  private static float[] picture(int size) {
    float[] planes = new float[3 * size * size];
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        double u = (x + 0.5) / size - 0.5;
        double v = (y + 0.5) / size - 0.55;
        double r = Math.sqrt(u * u + v * v) / 0.3;
        double[] colour =
            r < 1
                ? ball(u, v, r)
                : v > 0.2
                    ? new double[] {0.55 + 0.05 * Math.sin(90 * v + 8 * u), 0.4, 0.25}
                    : new double[] {0.7 + 0.1 * u, 0.75 + 0.1 * v, 0.8};
        for (int c = 0; c < 3; c++) {
          planes[(c * size + y) * size + x] = (float) (2 * Math.min(1, colour[c]) - 1);
        }
      }
    }
    return planes;
  }

  private static double[] ball(double u, double v, double r) {
    double light = Math.max(0, Math.sqrt(1 - r * r) - u - v) * 0.8 + 0.1;
    double shine = Math.exp(-(Math.pow(u + 0.1, 2) + Math.pow(v + 0.12, 2)) * 800);
    return new double[] {0.9 * light + shine, 0.3 * light + shine, 0.1 * light + shine};
  }

  /** Channels of square maps, CHW. */
  private record Map3(int channels, int side, float[] values) {}

  /** The paper's table 2 as loops. */
  private static final class MobileNetV2 {
    private final ByteBuffer bytes;
    private final String header;
    private final boolean bothSides;

    /**
     * @param bothSides whether a convolution of stride 2 pads on both sides, and not as TensorFlow
     */
    MobileNetV2(Path file, boolean bothSides) throws IOException {
      bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      header = new String(bytes.array(), 8, (int) bytes.getLong(0), StandardCharsets.UTF_8);
      this.bothSides = bothSides;
    }

    Map3 features(Map3 picture) {
      Map3 x = dense("Conv", picture, 32, 3, 2, true);
      int[] channels = {16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320};
      List<Integer> halving = List.of(1, 3, 6, 13);
      for (int i = 0; i < channels.length; i++) {
        String name = i == 0 ? "expanded_conv" : "expanded_conv_" + i;
        Map3 y = i == 0 ? x : dense(name + "/expand", x, 6 * x.channels, 1, 1, true);
        y = depthwise(name + "/depthwise", y, halving.contains(i) ? 2 : 1);
        y = dense(name + "/project", y, channels[i], 1, 1, false);
        if (!halving.contains(i) && x.channels == y.channels) {
          for (int k = 0; k < y.values.length; k++) {
            y.values[k] += x.values[k];
          }
        }
        x = y;
      }
      return x;
    }

    float[] classify(Map3 features) {
      Map3 x = dense("Conv_1", features, 1280, 1, 1, true);
      float[] pooled = new float[1280];
      int pixels = x.side * x.side;
      for (int i = 0; i < x.values.length; i++) {
        pooled[i / pixels] += x.values[i] / pixels;
      }
      return dense("Logits/Conv2d_1c_1x1", new Map3(1280, 1, pooled), 1001, 1, 1, false).values;
    }

    /** How far the first tap lies before the output's pixel. */
    private int before(int kernel, int stride) {
      return kernel == 1 ? 0 : stride == 1 || bothSides ? 1 : 0;
    }

    private Map3 dense(String name, Map3 in, int out, int kernel, int stride, boolean clipped) {
      float[] weight = tensor(name, 4);
      float[] bias = tensor(name, 1);
      int side = in.side / stride;
      int before = before(kernel, stride);
      float[] values = new float[out * side * side];
      for (int o = 0; o < out; o++) {
        for (int y = 0; y < side; y++) {
          for (int x = 0; x < side; x++) {
            double sum = bias[o];
            for (int tap = 0; tap < kernel * kernel; tap++) {
              int iy = y * stride + tap / kernel - before;
              int ix = x * stride + tap % kernel - before;
              if (iy >= 0 && iy < in.side && ix >= 0 && ix < in.side) {
                for (int c = 0; c < in.channels; c++) {
                  sum +=
                      weight[(o * kernel * kernel + tap) * in.channels + c]
                          * in.values[(c * in.side + iy) * in.side + ix];
                }
              }
            }
            values[(o * side + y) * side + x] = (float) (clipped ? clip(sum) : sum);
          }
        }
      }
      return new Map3(out, side, values);
    }

    private Map3 depthwise(String name, Map3 in, int stride) {
      float[] weight = tensor(name, 4);
      float[] bias = tensor(name, 1);
      int side = in.side / stride;
      int before = before(3, stride);
      float[] values = new float[in.channels * side * side];
      for (int c = 0; c < in.channels; c++) {
        for (int y = 0; y < side; y++) {
          for (int x = 0; x < side; x++) {
            double sum = bias[c];
            for (int tap = 0; tap < 9; tap++) {
              int iy = y * stride + tap / 3 - before;
              int ix = x * stride + tap % 3 - before;
              if (iy >= 0 && iy < in.side && ix >= 0 && ix < in.side) {
                sum += weight[tap * in.channels + c] * in.values[(c * in.side + iy) * in.side + ix];
              }
            }
            values[(c * side + y) * side + x] = (float) clip(sum);
          }
        }
      }
      return new Map3(in.channels, side, values);
    }

    private static double clip(double value) {
      return Math.min(6, Math.max(0, value));
    }

    private float[] tensor(String name, int rank) {
      Matcher found =
          Pattern.compile(
                  "\"MobilenetV2/"
                      + Pattern.quote(name)
                      + "/[^\"]*\" *: *\\{[^}]*\"shape\" *: *\\[([^\\]]*)\\][^}]*"
                      + "\"data_offsets\" *: *\\[ *(\\d+) *, *(\\d+)")
              .matcher(header);
      while (found.find()) {
        if (found.group(1).split(",").length == rank) {
          int begin = Integer.parseInt(found.group(2));
          float[] values = new float[(Integer.parseInt(found.group(3)) - begin) / 4];
          bytes.position(8 + header.getBytes(StandardCharsets.UTF_8).length + begin);
          bytes.asFloatBuffer().get(values);
          return values;
        }
      }
      throw new AssertionError(name + " of rank " + rank);
    }
  }
}
