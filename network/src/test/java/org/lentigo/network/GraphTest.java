package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.network.GraphBuilder.Value;

class GraphTest {

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 9, 25})
  void everyNetworkYieldsAProbabilityAPixelAtAnyMultipleOfItsOwn(int times) {
    for (Network network : Networks.all()) {
      int size = times * network.sizeMultiple();
      Graph graph = network.graph();
      assertThat(graph.shapes(size).get(graph.output()))
          .as(network.name())
          .isEqualTo(new Shape(1, size, size));
      for (String output : network.trainingGraph().outputs()) {
        assertThat(network.trainingGraph().shapes(size).get(output))
            .as(network.name() + ", " + output)
            .isEqualTo(new Shape(1, size, size));
      }
    }
  }

  /** What the calibration is folded into; see {@link Model#calibrated}. */
  @Test
  void everyNetworkEndsInAConvolutionToOneChannel() {
    for (Network network : Networks.all()) {
      Graph.Parameter bias = network.graph().parameters().get(network.head() + ".bias");
      assertThat(bias).as(network.name()).isNotNull();
      assertThat(bias.size()).as(network.name()).isEqualTo(1);
    }
    Network bare = new Network("bare", "", 1, (b, image) -> Network.Heads.of(b.relu("r", image)));
    assertThatThrownBy(bare::head).hasMessageContaining("bare").hasMessageContaining("'r'");
  }

  @Test
  void aPictureThatANetworkCannotTakeIsRefusedWithItsMultiple() {
    Network network = Networks.get("mobilenetv2-unet");
    network.requireSize(96);
    for (int size : new int[] {32, 80, 100}) {
      assertThatThrownBy(() -> network.requireSize(size))
          .hasMessageContaining("multiple of 32 and at least 64, got " + size);
    }
  }

  @Test
  void stagesHaveTheMapsOfTheDefinition() {
    var shapes = Networks.get("T4-5").graph().shapes(224);
    assertThat(shapes.get("stem.relu")).isEqualTo(new Shape(24, 112, 112));
    assertThat(shapes.get("e2.sa.mul")).isEqualTo(new Shape(48, 112, 112));
    assertThat(shapes.get("e3.ca.mul")).isEqualTo(new Shape(88, 56, 56));
    assertThat(shapes.get("neck.concat")).isEqualTo(new Shape(168, 56, 56));
    assertThat(shapes.get("d2.concat")).isEqualTo(new Shape(168, 112, 112));
    assertThat(shapes.get("d1.concat")).isEqualTo(new Shape(88, 112, 112));
  }

  @Test
  void msffmDealsTheRemainderToTheFirstBranches() {
    GraphBuilder b = new GraphBuilder();
    Value out = Modules.msffm(b, "m", b.input("x", 4), 17, 5);
    Graph graph = b.build(out);
    assertThat(
            List.of(1, 2, 4, 8, 16).stream()
                .map(d -> ((Op.Conv) graph.node("m.d" + d + ".conv").op()))
                .map(c -> List.of(c.out(), c.dilation())))
        .containsExactly(
            List.of(4, 1), List.of(4, 2), List.of(3, 4), List.of(3, 8), List.of(3, 16));
  }

  @Test
  void shapeErrorsPrintEveryShape() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 3);
    Value small = b.maxPool("pool", b.conv("conv", x, 5, 3), 2);
    Graph graph = b.build(b.concat("both", x, small));
    assertThatThrownBy(() -> graph.shapes(8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("both")
        .hasMessageContaining("3 x 8 x 8")
        .hasMessageContaining("5 x 4 x 4");
  }

  @Test
  void refusesNamesThatRepeatAndInputsThatDoNotExist() {
    GraphBuilder b = new GraphBuilder();
    Value x = b.input("x", 3);
    Value y = b.relu("y", x);
    b.relu("y", y);
    assertThatThrownBy(() -> b.build(y)).hasMessageContaining("'y'");
    assertThatThrownBy(
            () ->
                new Graph(
                    List.of(new Graph.Node("r", new Op.Relu(), List.of("nowhere"))), List.of("r")))
        .hasMessageContaining("nowhere");
  }

  @Test
  void anUnknownVariantIsAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> Networks.get("T9-9"))
        .hasMessageContaining("T9-9")
        .hasMessageContaining("T3-1")
        .hasMessageContaining("T4-5");
  }

  @Test
  void theTrainingGraphAddsOnlyTheAuxiliaryHeads() {
    Network variant = Networks.get("T4-5");
    var shipped = variant.graph().parameters();
    var trained = variant.trainingGraph().parameters();
    assertThat(trained).containsAllEntriesOf(shipped);
    assertThat(trained.keySet().stream().filter(name -> !shipped.containsKey(name)))
        .containsExactlyInAnyOrder(
            "aux.d2.conv.weight", "aux.d2.conv.bias", "aux.neck.conv.weight", "aux.neck.conv.bias");
  }
}
