package org.lentigo.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Parameters and multiply-accumulates of a graph. One multiply-accumulate counts as one operation,
 * and only convolutions count (fully connected layers are 1x1 convolutions here): what the field's
 * counters thop, fvcore and ptflops print as "FLOPs".
 *
 * @param layers one a node, in execution order
 */
public record Costs(List<Layer> layers) {

  /**
   * One node's share.
   *
   * @param output the shape of its value
   * @param parameters trainable scalars
   * @param macs multiply-accumulates for one picture
   */
  public record Layer(String name, Op op, Shape output, long parameters, long macs) {}

  public Costs {
    layers = List.copyOf(layers);
  }

  /**
   * Counts a graph.
   *
   * @param size the side of the square input in pixels
   */
  public static Costs of(Graph graph, int size) {
    Map<String, Shape> shapes = graph.shapes(size);
    Map<String, Graph.Parameter> parameters = graph.parameters();
    List<Layer> layers = new ArrayList<>();
    for (Graph.Node node : graph.nodes()) {
      Shape out = Objects.requireNonNull(shapes.get(node.name()));
      long count = 0;
      for (String suffix : List.of(".weight", ".bias")) {
        Graph.Parameter p = parameters.get(node.name() + suffix);
        count += p == null ? 0 : p.size();
      }
      long macs =
          node.op() instanceof Op.Conv c
              ? out.size() * c.kernel() * c.kernel() * (c.in() / c.groups())
              : 0;
      layers.add(new Layer(node.name(), node.op(), out, count, macs));
    }
    return new Costs(layers);
  }

  /** Trainable scalars in all. */
  public long parameters() {
    return layers.stream().mapToLong(Layer::parameters).sum();
  }

  /** Multiply-accumulates for one picture in all. */
  public long macs() {
    return layers.stream().mapToLong(Layer::macs).sum();
  }
}
