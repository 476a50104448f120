package org.lentigo.network;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lentigo.network.GraphBuilder.Value;

/**
 * A network that this project knows by name: {@link Networks} lists them all. Its definition says
 * how a picture becomes logits; the graphs, the weights' names and shapes, the costs and whatever
 * runs or trains it follow from that.
 *
 * @param name such as {@code T4-5}, in model files and configurations
 * @param label what it is, in a few words
 * @param sizeMultiple input sides must be divisible by this: how many times smaller than the
 *     picture the deepest map is
 * @param published what its paper says of it; empty for a network of our own
 * @param pretraining weights by others with which its training may begin; empty if none are known
 * @param definition the network itself
 */
public record Network(
    String name,
    String label,
    int sizeMultiple,
    Optional<Published> published,
    Optional<Pretraining> pretraining,
    Definition definition) {

  private static final String PROBABILITY = "probability";

  /** How a picture becomes logits. */
  @FunctionalInterface
  public interface Definition {
    /**
     * Adds the network to a graph.
     *
     * @param image N x 3 x S x S, normalised
     */
    Heads define(GraphBuilder b, Value image);
  }

  /**
   * What a definition yields.
   *
   * @param logits N x 1 x S x S: a convolution (or transposed one) to one channel with bias, whose
   *     result may be enlarged
   * @param auxiliary further logits of that shape, for deep supervision: they are trained and do
   *     not ship
   */
  public record Heads(Value logits, List<Value> auxiliary) {
    public Heads {
      auxiliary = List.copyOf(auxiliary);
    }

    /** Logits, and what deep supervision reads. */
    public static Heads of(Value logits, Value... auxiliary) {
      return new Heads(logits, List.of(auxiliary));
    }
  }

  /**
   * What a paper prints of a network.
   *
   * @param parametersM millions of parameters, as printed
   * @param gflops as printed, at the paper's own input size; empty if it prints none
   * @param jaccard JI on ISIC 2016 in percent, as printed; empty if it prints none
   * @param framesPerSecond as printed, on the paper's machine; empty if it prints none there
   * @param source the paper and the place in it
   */
  public record Published(
      String parametersM,
      Optional<String> gflops,
      Optional<String> jaccard,
      Optional<String> framesPerSecond,
      String source) {

    /** Of a paper that prints no speed, or none that is of use here. */
    public Published(
        String parametersM, Optional<String> gflops, Optional<String> jaccard, String source) {
      this(parametersM, gflops, jaccard, Optional.empty(), source);
    }
  }

  public Network {
    if (sizeMultiple < 1) {
      throw new IllegalArgumentException(
          "network '" + name + "': the size multiple must be at least 1, got " + sizeMultiple);
    }
  }

  /** A network of our own, with nothing published and no weights to begin with. */
  public Network(String name, String label, int sizeMultiple, Definition definition) {
    this(name, label, sizeMultiple, Optional.empty(), Optional.empty(), definition);
  }

  /** The network: picture in, probability out (output {@code probability}). */
  public Graph graph() {
    GraphBuilder b = new GraphBuilder();
    Heads heads = heads(b);
    return b.build(b.sigmoid(PROBABILITY, heads.logits())).pruned();
  }

  /**
   * The network as trained: its outputs are logits, N x 1 x S x S each, first the head's, then
   * those of the auxiliary heads.
   */
  public Graph trainingGraph() {
    GraphBuilder b = new GraphBuilder();
    Heads heads = heads(b);
    return b.build(
        Stream.concat(Stream.of(heads.logits()), heads.auxiliary().stream()).toArray(Value[]::new));
  }

  private Heads heads(GraphBuilder b) {
    return definition.define(b, b.input("image", 3));
  }

  /**
   * The convolution whose result, at most enlarged, are the logits: what is multiplied there
   * multiplies them.
   *
   * @throws IllegalStateException if the definition has none
   */
  public String head() {
    Graph graph = graph();
    Map<String, Graph.Node> nodes =
        graph.nodes().stream().collect(Collectors.toMap(Graph.Node::name, Function.identity()));
    Graph.Node node = node(nodes, graph.node(graph.output()).inputs().get(0));
    while (node.op() instanceof Op.Upsample) {
      node = node(nodes, node.inputs().get(0));
    }
    if (node.op() instanceof Op.Conv c && c.out() == 1 && c.bias()
        || node.op() instanceof Op.TransposedConv t && t.out() == 1 && t.bias()) {
      return node.name();
    }
    throw new IllegalStateException(
        "network '"
            + name
            + "': its logits come from '"
            + node.name()
            + "' ("
            + node.op()
            + "), wanted a convolution to one channel with bias, whose result may be enlarged");
  }

  private static Graph.Node node(Map<String, Graph.Node> nodes, String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }

  /**
   * @throws IllegalArgumentException if the input cannot have this side, in pixels
   */
  public void requireSize(int size) {
    if (size < 2 * sizeMultiple || size % sizeMultiple != 0) {
      throw new IllegalArgumentException(
          "the input size of "
              + name
              + " must be a multiple of "
              + sizeMultiple
              + " and at least "
              + 2 * sizeMultiple
              + ", got "
              + size);
    }
  }

  /** The smallest input side that is no smaller than this one, in pixels. */
  public int sizeFrom(int least) {
    return Math.max(2, (least + sizeMultiple - 1) / sizeMultiple) * sizeMultiple;
  }

  /** The name, since two networks of one name cannot be. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Network network && network.name.equals(name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
