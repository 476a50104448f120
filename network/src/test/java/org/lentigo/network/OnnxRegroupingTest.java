package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.network.GraphBuilder.Value;

/** That the function stays the same is tested where there is an engine: see the runtime's tests. */
class OnnxRegroupingTest {
  private static Weights.Folded regrouped(Graph graph) {
    return OnnxRegrouping.regroup(Weights.fold(graph, Weights.random(graph, 1)), 64, Set.of());
  }

  private static List<String> concatenations(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.op() instanceof Op.Concat)
        .map(Graph.Node::name)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"T3-5", "T4-2", "T4-5", "lite"})
  void onlyTheGatesConcatenationsAreMade(String variant) {
    Graph plain = Networks.get(variant).graph();
    Graph graph = regrouped(plain).graph();
    assertThat(concatenations(plain)).contains("d2.concat", "neck.concat");
    // A 7x7 convolution reads these: its parts would each cost what the whole costs.
    assertThat(concatenations(graph)).containsExactly("e1.sa.concat", "e2.sa.concat");
    assertThat(graph.outputs()).isEqualTo(plain.outputs());
    assertThat(graph.shapes(64).get(graph.output())).isEqualTo(new Shape(1, 64, 64));
  }

  @Test
  void eachPartIsConvolvedWithItsOwnColumns() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 2);
    Value both = b.concat("both", b.relu("r", x), b.maxPool("p", x, 1));
    Graph graph = b.build(b.conv("c", both, 2, 1));
    Weights weights =
        new Weights(
            Map.of(
                "c.weight", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, "c.bias", new float[] {9, 10}));
    Weights.Folded split = OnnxRegrouping.regroup(new Weights.Folded(graph, weights), 64, Set.of());
    assertThat(split.weights().get("c.from.0.weight")).containsExactly(1, 2, 5, 6);
    assertThat(split.weights().get("c.from.2.weight")).containsExactly(3, 4, 7, 8);
    assertThat(split.weights().get("c.from.0.bias")).containsExactly(9, 10);
    assertThat(split.weights().tensors()).doesNotContainKey("c.from.2.bias");
    assertThat(split.graph().node("c").inputs()).containsExactly("c.from.0", "c.from.2");
  }

  @Test
  void aConcatenationThatSomethingElseReadsStays() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 3);
    Value both = b.concat("both", b.relu("r", x), b.sigmoid("s", x));
    Graph graph = b.build(b.conv("c", both, 4, 1), b.relu("also", both));
    assertThat(regrouped(graph).graph()).isEqualTo(graph);
  }

  @Test
  void whatIsComputedInIntegersStays() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 3);
    Value both = b.concat("both", b.relu("r", x), b.sigmoid("s", x));
    Value gated =
        b.multiply("m", b.conv("c", both, 4, 1), b.conv("f", b.globalAverage("a", x), 4, 1));
    Value map = b.conv("d", x, 3, 1);
    Graph graph = b.build(gated, b.multiply("n", map, b.globalAverage("e", map)));
    Weights.Folded plain = Weights.fold(graph, Weights.random(graph, 1));
    assertThat(OnnxRegrouping.regroup(plain, 64, Set.of("both", "m", "d")).graph())
        .isEqualTo(graph);
  }

  @Test
  void aGateOfOneValueAChannelIsEnlarged() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 3);
    Graph graph =
        regrouped(b.build(b.multiply("m", x, b.sigmoid("s", b.globalAverage("a", x))))).graph();
    assertThat(graph.node("m").inputs()).containsExactly("x", "m.enlarged");
    assertThat(graph.node("m.enlarged").op()).isEqualTo(new Op.Upsample(64));
  }
}
