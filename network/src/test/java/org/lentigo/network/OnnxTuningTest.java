package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.network.GraphBuilder.Value;

/** That the function stays the same is tested where there is an engine: see the runtime's tests. */
class OnnxTuningTest {
  private static Weights.Folded folded(Graph graph) {
    return Weights.fold(graph, Weights.random(graph, 1));
  }

  private static int channels(Map<String, Shape> shapes, String name) {
    return Objects.requireNonNull(shapes.get(name), name).channels();
  }

  @ParameterizedTest
  @ValueSource(strings = {"T3-1", "T3-5", "T4-1", "T4-2", "T4-4", "T4-5"})
  void everyConcatenationOfWideMapsIsOfWholeBlocks(String variant) {
    Weights.Folded plain = folded(Networks.get(variant).graph());
    Weights.Folded tuned = OnnxTuning.tune(plain);
    Map<String, Shape> shapes = tuned.graph().shapes(64);
    int wide = 0;
    for (Graph.Node node : tuned.graph().nodes()) {
      assertThat(node.op()).isNotInstanceOf(Op.ChannelMean.class);
      if (node.op() instanceof Op.Concat && channels(shapes, node.name()) > 2) {
        assertThat(node.inputs())
            .as(node.name())
            .allMatch(input -> channels(shapes, input) % 16 == 0);
        wide++;
      }
    }
    assertThat(wide).isPositive();
    String output = plain.graph().outputs().get(0);
    assertThat(shapes.get(output)).isEqualTo(plain.graph().shapes(64).get(output));
  }

  @Test
  void aGraphThatPaddingWouldChangeIsLeftAlone() {
    GraphBuilder b = new GraphBuilder();
    // Nine channels, any of which may be negative everywhere: a padded zero would be the maximum.
    Value wide = b.conv("c", b.input("x", 3), 9, 1);
    Weights.Folded plain = folded(b.build(b.channelMax("max", wide)));
    assertThat(OnnxTuning.tune(plain)).isSameAs(plain);

    b = new GraphBuilder();
    // A sigmoid is positive, but so is what it makes of the padding.
    Value gate = b.sigmoid("s", b.conv("c", b.input("x", 3), 9, 1));
    plain = folded(b.build(b.channelMax("max", gate)));
    assertThat(OnnxTuning.tune(plain)).isSameAs(plain);

    b = new GraphBuilder();
    Value positive = b.relu("r", b.conv("c", b.input("x", 3), 9, 1));
    plain = folded(b.build(b.channelMax("max", positive)));
    assertThat(OnnxTuning.tune(plain).weights().get("c.weight")).hasSize(16 * 3);
  }

  @Test
  void anOutputKeepsItsChannels() {
    GraphBuilder b = new GraphBuilder();
    Value relu = b.relu("r", b.conv("c", b.input("x", 3), 9, 1));
    Weights.Folded plain = folded(b.build(relu));
    assertThat(OnnxTuning.tune(plain)).isSameAs(plain);
  }
}
