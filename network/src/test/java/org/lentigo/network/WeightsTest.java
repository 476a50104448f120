package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.lentigo.network.GraphBuilder.Value;

class WeightsTest {

  /** One pixel, one channel: conv weight 3, bias 1, then scale 2, shift 5, mean 4, variance 9. */
  @Test
  void foldsABatchNormIntoItsConvolution() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 1);
    Value y = b.relu("r", b.batchNorm("bn", b.conv("c", x, 1, 1)));
    Weights weights =
        new Weights(
            Map.of(
                "c.weight", new float[] {3},
                "c.bias", new float[] {1},
                "bn.weight", new float[] {2},
                "bn.bias", new float[] {5},
                "bn.running_mean", new float[] {4},
                "bn.running_var", new float[] {9}));
    Weights.Folded folded = Weights.fold(b.build(y), weights);

    assertThat(folded.graph().nodes()).extracting(Graph.Node::name).containsExactly("x", "c", "r");
    // (3x + 1 - 4) * 2 / 3 + 5 = 2x + 3
    assertThat(folded.weights().get("c.weight")[0]).isCloseTo(2f, within(1e-5f));
    assertThat(folded.weights().get("c.bias")[0]).isCloseTo(3f, within(1e-5f));
  }

  @Test
  void leavesABatchNormWhoseConvolutionHasAnotherReader() {
    GraphBuilder b = new GraphBuilder();
    Value c = b.conv("c", b.input("x", 2), 2, 1);
    Graph graph = b.build(b.add("sum", b.batchNorm("bn", c), c));
    Weights.Folded folded = Weights.fold(graph, Weights.random(graph, 1));
    assertThat(folded.graph()).isEqualTo(graph);
  }

  @Test
  void foldingLeavesTheShippedNetworkWithoutBatchNorm() {
    Graph graph = Networks.get("T4-5").graph();
    Weights.Folded folded = Weights.fold(graph, Weights.random(graph, 1));
    assertThat(folded.graph().nodes()).noneMatch(n -> n.op() instanceof Op.BatchNorm);
    assertThat(folded.graph().output()).isEqualTo("probability");
  }

  @Test
  void randomWeightsRepeatAndHaveTheVarianceOfHe() {
    Graph graph = Networks.get("T4-5").graph();
    Weights one = Weights.random(graph, 7);
    float[] weights = one.get("neck.pw.conv.weight"); // 168 -> 120, 1x1: variance 2 / 168
    double variance = 0;
    for (float w : weights) {
      variance += (double) w * w / weights.length;
    }
    assertThat(variance).isCloseTo(2.0 / 168, within(0.05 * 2 / 168));
    assertThat(Weights.random(graph, 7).get("neck.pw.conv.weight")).isEqualTo(weights);
    assertThat(Weights.random(graph, 8).get("neck.pw.conv.weight")).isNotEqualTo(weights);
    assertThat(one.get("stem.bn.weight")).containsOnly(1f);
    assertThat(one.get("stem.bn.running_var")).containsOnly(1f);
    assertThat(one.get("stem.bn.running_mean")).containsOnly(0f);
  }

  @Test
  void refusesWhatDoesNotFitTheGraph() {
    Graph graph = Networks.get("T4-5").graph();
    Map<String, float[]> tensors = new LinkedHashMap<>(Weights.random(graph, 1).tensors());
    tensors.put("head.conv.bias", new float[] {Float.NaN});
    assertThatThrownBy(() -> new Weights(tensors).of(graph))
        .hasMessageContaining("head.conv.bias")
        .hasMessageContaining("NaN");
    tensors.put("head.conv.bias", new float[2]);
    assertThatThrownBy(() -> new Weights(tensors).of(graph))
        .hasMessageContaining("2 values")
        .hasMessageContaining("[1]");
    tensors.remove("head.conv.bias");
    assertThatThrownBy(() -> new Weights(tensors).of(graph)).hasMessageContaining("head.conv.bias");
  }

  @Test
  void theMeanIsOfEachValueAndWantsTheSameTensors() {
    Weights first = new Weights(Map.of("a", new float[] {1, 2}, "b", new float[] {4}));
    Weights second = new Weights(Map.of("a", new float[] {3, -2}, "b", new float[] {8}));
    Weights mean = Weights.mean(List.of(first, second));
    assertThat(mean.get("a")).containsExactly(2, 0);
    assertThat(mean.get("b")).containsExactly(6);

    Weights lacking = new Weights(Map.of("a", new float[2]));
    Weights longer = new Weights(Map.of("a", new float[3], "b", new float[1]));
    assertThatThrownBy(() -> Weights.mean(List.of(first, lacking))).hasMessageContaining("'b'");
    assertThatThrownBy(() -> Weights.mean(List.of(first, longer)))
        .hasMessageContaining("'a' have 2 and 3 values");
    assertThatThrownBy(() -> Weights.mean(List.of())).hasMessageContaining("got none");
  }
}
