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
    List<Layer> layers = new ArrayList<>();
    for (Graph.Node node : graph.nodes()) {
      Shape out = Objects.requireNonNull(shapes.get(node.name()));
      // What is shared with an earlier node is that one's.
      long count =
          node.tensors().equals(node.name())
              ? Graph.parameters(node.op()).values().stream()
                  .filter(Graph.Parameter::trainable)
                  .mapToLong(Graph.Parameter::size)
                  .sum()
              : 0;
      layers.add(new Layer(node.name(), node.op(), out, count, macs(node.op(), out)));
    }
    return new Costs(layers);
  }

  private static long macs(Op op, Shape out) {
    if (op instanceof Op.Conv c) {
      return out.size() * c.taps() * (c.in() / c.groups());
    } else if (op instanceof Op.TransposedConv c) {
      // Each pixel in is multiplied by every tap.
      return out.size() / 4 * c.kernel() * c.kernel() * c.in();
    } else if (op instanceof Op.ChannelConv c) {
      return out.size() * c.kernel();
    }
    return 0;
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
