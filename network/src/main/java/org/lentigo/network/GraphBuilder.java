package org.lentigo.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Builds a {@link Graph} node by node. Names are given by the caller and joined with dots by the
 * modules of {@link Modules}, so that a weight's name tells where it sits: {@code e4.d2.conv}.
 */
public final class GraphBuilder {

  /**
   * A node's value while building.
   *
   * @param name the node that makes it
   * @param channels its channels
   */
  public record Value(String name, int channels) {}

  private final List<Graph.Node> nodes = new ArrayList<>();

  private Value add(String name, Op op, int channels, Value... inputs) {
    nodes.add(new Graph.Node(name, op, Arrays.stream(inputs).map(Value::name).toList()));
    return new Value(name, channels);
  }

  public Value input(String name, int channels) {
    return add(name, new Op.Input(channels), channels);
  }

  /** A plain convolution with bias, stride 1. */
  public Value conv(String name, Value x, int out, int kernel) {
    return conv(name, x, out, kernel, 1, 1, 1, true);
  }

  public Value conv(
      String name,
      Value x,
      int out,
      int kernel,
      int stride,
      int dilation,
      int groups,
      boolean bias) {
    return add(
        name, new Op.Conv(x.channels(), out, kernel, stride, dilation, groups, bias), out, x);
  }

  /** A convolution without bias or stride whose kernel is no square. */
  public Value conv(
      String name, Value x, int out, int kernelHeight, int kernelWidth, boolean bias) {
    return add(
        name, new Op.Conv(x.channels(), out, kernelHeight, kernelWidth, 1, 1, 1, bias), out, x);
  }

  /** A convolution with the weights of an earlier one of the same shape. */
  public Value convLike(String name, Value x, Value earlier) {
    Graph.Node node =
        nodes.stream().filter(n -> n.name().equals(earlier.name())).findFirst().orElseThrow();
    nodes.add(new Graph.Node(name, node.op(), List.of(x.name()), node.tensors()));
    return new Value(name, earlier.channels());
  }

  public Value transposedConv(String name, Value x, int out, int kernel, boolean bias) {
    return add(name, new Op.TransposedConv(x.channels(), out, kernel, bias), out, x);
  }

  public Value batchNorm(String name, Value x) {
    return add(name, new Op.BatchNorm(x.channels()), x.channels(), x);
  }

  public Value relu(String name, Value x) {
    return add(name, new Op.Relu(), x.channels(), x);
  }

  public Value relu6(String name, Value x) {
    return add(name, new Op.Relu6(), x.channels(), x);
  }

  public Value prelu(String name, Value x) {
    return add(name, new Op.Prelu(x.channels()), x.channels(), x);
  }

  public Value gelu(String name, Value x) {
    return add(name, new Op.Gelu(), x.channels(), x);
  }

  public Value sigmoid(String name, Value x) {
    return add(name, new Op.Sigmoid(), x.channels(), x);
  }

  public Value maxPool(String name, Value x, int size) {
    return add(name, new Op.MaxPool(size), x.channels(), x);
  }

  public Value upsample(String name, Value x, int factor) {
    return add(name, new Op.Upsample(factor), x.channels(), x);
  }

  public Value globalAverage(String name, Value x) {
    return add(name, new Op.GlobalAverage(), x.channels(), x);
  }

  public Value layerNorm(String name, Value x) {
    return add(name, new Op.LayerNorm(x.channels()), x.channels(), x);
  }

  public Value groupNorm(String name, Value x, int groups) {
    return add(name, new Op.GroupNorm(x.channels(), groups), x.channels(), x);
  }

  public Value doubleNorm(String name, Value x) {
    return add(name, new Op.DoubleNorm(), x.channels(), x);
  }

  public Value adaptiveAverage(String name, Value x, int size) {
    return add(name, new Op.AdaptiveAverage(size), x.channels(), x);
  }

  /** To the size of another map. */
  public Value resize(String name, Value x, Value like) {
    return add(name, new Op.Resize(), x.channels(), x, like);
  }

  public Value shift(String name, Value x, boolean down) {
    return add(name, new Op.Shift(down), x.channels(), x);
  }

  /** Channels {@code from} to {@code to}, exclusive. */
  public Value slice(String name, Value x, int from, int to) {
    return add(name, new Op.Slice(from, to), to - from, x);
  }

  /** {@code pooled}'s values where {@code whole} had its maxima. */
  public Value unpool(String name, Value pooled, Value whole) {
    return add(name, new Op.Unpool(), pooled.channels(), pooled, whole);
  }

  public Value channelConv(String name, Value x, int kernel) {
    return add(name, new Op.ChannelConv(kernel), x.channels(), x);
  }

  public Value channelMean(String name, Value x) {
    return add(name, new Op.ChannelMean(), 1, x);
  }

  public Value channelMax(String name, Value x) {
    return add(name, new Op.ChannelMax(), 1, x);
  }

  public Value concat(String name, Value... inputs) {
    return add(
        name, new Op.Concat(), Arrays.stream(inputs).mapToInt(Value::channels).sum(), inputs);
  }

  public Value multiply(String name, Value x, Value factor) {
    return add(name, new Op.Multiply(), x.channels(), x, factor);
  }

  public Value add(String name, Value x, Value y) {
    return add(name, new Op.Add(), x.channels(), x, y);
  }

  /**
   * The graph that yields these values.
   *
   * @throws IllegalArgumentException if two nodes share a name
   */
  public Graph build(Value... outputs) {
    return new Graph(nodes, Arrays.stream(outputs).map(Value::name).toList());
  }
}
