package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.lentigo.network.GraphBuilder.Value;

/**
 * The rivals' parameters against what their papers print, at the papers' numbers of classes; the
 * exact numbers are those of the authors' code.
 */
class PublishedCountsTest {
  private interface Definition {
    Value define(GraphBuilder b, Value image);
  }

  private static Graph graph(Definition definition) {
    GraphBuilder b = new GraphBuilder();
    return b.build(definition.define(b, b.input("image", 3))).pruned();
  }

  private static long count(Graph graph, Predicate<Op> counted) {
    return Costs.of(graph, 224).layers().stream()
        .filter(layer -> counted.test(layer.op()))
        .mapToLong(Costs.Layer::parameters)
        .sum();
  }

  private static void assertPublished(String network, long parameters) {
    String digits = Networks.get(network).published().orElseThrow().parametersM();
    int places = digits.length() - digits.indexOf('.') - 1;
    assertThat(String.format(Locale.ROOT, "%." + places + "f", parameters / 1e6))
        .as(network)
        .isEqualTo(digits);
  }

  /** Ronneberger et al. 2015, arXiv 1505.04597, as in github.com/milesial/Pytorch-UNet. */
  @Test
  void unet() {
    long parameters = Costs.of(Networks.get("unet").graph(), 224).parameters();
    assertThat(parameters).isEqualTo(31_037_633);
    assertPublished("unet", parameters);
  }

  /** Poudel et al. 2019, arXiv 1902.04502: 1.11 million, the convolutions' with 19 classes. */
  @Test
  void fastScnn() {
    Graph graph = graph((b, image) -> FastScnn.define(b, image, 19).logits());
    assertThat(count(graph, op -> true)).isEqualTo(1_138_051);
    long convolutions = count(graph, op -> op instanceof Op.Conv);
    assertThat(convolutions).isEqualTo(1_114_371);
    assertPublished("fast-scnn", convolutions);
  }

  /**
   * Paszke et al. 2016, arXiv 1606.02147: 0.37 million, what a stored model of 20 classes holds.
   */
  @Test
  void enet() {
    Graph graph = graph((b, image) -> ENet.logits(b, image, 20));
    assertThat(count(graph, op -> true)).isEqualTo(364_376);
    long stored = graph.parameters().values().stream().mapToLong(Graph.Parameter::size).sum();
    assertThat(stored).isEqualTo(372_728);
    assertPublished("enet", stored);
  }

  /** Valanarasu and Patel 2022, arXiv 2203.04967: 1.47 million and 0.57 GFLOPs at 256 x 256. */
  @Test
  void unext() {
    Graph graph = Networks.get("unext").graph();
    assertThat(count(graph, op -> true)).isEqualTo(1_471_921);
    assertPublished("unext", count(graph, op -> true));
    assertThat(Costs.of(graph, 256).macs() / 1e9).isBetween(0.56, 0.575);
  }

  /** Ruan et al. 2022, arXiv 2211.01784: 0.175 million and 0.083 GFLOPs at 256 x 256. */
  @Test
  void malUNet() {
    Graph graph = Networks.get("malunet").graph();
    assertThat(count(graph, op -> true)).isEqualTo(177_943);
    long withoutNorms = count(graph, op -> !(op instanceof Op.GroupNorm));
    assertThat(withoutNorms).isEqualTo(175_031);
    assertPublished("malunet", withoutNorms);
    assertThat(String.format(Locale.ROOT, "%.3f", Costs.of(graph, 256).macs() / 1e9))
        .isEqualTo("0.083");
  }

  /**
   * Sandler et al. 2018, arXiv 1801.04381, table 4: 3.4 million and 300 million multiply-adds, with
   * the classifier; its convolutions' biases stand for BatchNorm's scales and shifts, one for two.
   */
  @Test
  void mobileNetV2() {
    GraphBuilder b = new GraphBuilder();
    Value x = MobileNetV2UNet.encoder(b, b.input("image", 3)).get(6);
    x = b.globalAverage("mean", b.relu6("relu6", b.conv("last", x, 1280, 1)));
    Costs costs = Costs.of(b.build(b.conv("classes", x, 1001, 1)), 224);
    assertThat(costs.parameters()).isBetween(3_400_000L, 3_550_000L);
    assertThat(costs.macs()).isBetween(295_000_000L, 305_000_000L);
  }

  @Test
  void everyPublishedFigureNamesItsSource() {
    for (Network network : Networks.all()) {
      network.published().ifPresent(published -> assertThat(published.source()).isNotBlank());
    }
  }
}
