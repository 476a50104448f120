package org.lentigo.javaengine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.lentigo.network.Graph;
import org.lentigo.network.GraphBuilder;
import org.lentigo.network.GraphBuilder.Value;
import org.lentigo.network.Weights;

/**
 * A graph of random operations with random widths, each operation in random surroundings, and
 * random weights, BatchNorm's included. The same seed gives the same graph.
 */
record RandomGraph(Graph graph, Weights weights) {
  private static final int[] WIDTHS = {1, 2, 3, 5, 8, 12, 16, 17, 24, 32, 40, 56};

  static RandomGraph of(long seed, int size) {
    Maker maker = new Maker(new SplittableRandom(seed), size);
    Graph graph = maker.make();
    Map<String, float[]> tensors = new LinkedHashMap<>();
    SplittableRandom random = new SplittableRandom(seed + 1);
    Weights.random(graph, seed)
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.endsWith(".bias") || name.endsWith(".running_mean")) {
                for (int i = 0; i < tensor.length; i++) {
                  tensor[i] = (float) random.nextDouble(-0.5, 0.5);
                }
              } else if (isVector(graph, name)) {
                for (int i = 0; i < tensor.length; i++) {
                  tensor[i] = (float) random.nextDouble(0.5, 1.5);
                }
              }
              tensors.put(name, tensor);
            });
    return new RandomGraph(graph, new Weights(tensors));
  }

  private static boolean isVector(Graph graph, String name) {
    return Objects.requireNonNull(graph.parameters().get(name)).shape().size() == 1;
  }

  /** A value and the side of its map. */
  private record Square(Value value, int side) {}

  private static final class Maker {
    private final SplittableRandom random;
    private final int size;
    private final GraphBuilder b = new GraphBuilder();
    private final List<Square> pool = new ArrayList<>();
    private int count;

    Maker(SplittableRandom random, int size) {
      this.random = random;
      this.size = size;
    }

    private String name(String kind) {
      return kind + count++;
    }

    private int pick(int... of) {
      return of[random.nextInt(of.length)];
    }

    /** A recent value, so that graphs grow deep, but at times any. */
    private Square any() {
      int back = random.nextInt(3) > 0 ? Math.min(3, pool.size()) : pool.size();
      return pool.get(pool.size() - 1 - random.nextInt(back));
    }

    Graph make() {
      pool.add(new Square(b.input("image", pick(1, 3, 3, 4)), size));
      for (int i = 0; i < 24; i++) {
        pool.add(next(any()));
      }
      // Everything that still has a use flows together into what the graph yields.
      List<Value> ends = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Square end = pool.get(pool.size() - 1 - i);
        Value v = b.conv(name("end"), end.value(), 5, 1);
        ends.add(end.side() == 1 ? v : b.globalAverage(name("gap"), v));
        if (end.side() == size) {
          return b.build(b.sigmoid("out", v));
        }
      }
      return b.build(b.sigmoid("out", b.concat("ends", ends.toArray(Value[]::new))));
    }

    private Square next(Square x) {
      Value v = x.value();
      int side = x.side();
      switch (random.nextInt(20)) {
        case 0, 1, 2:
          {
            int kernel = pick(1, 3, 3, 5, 7);
            int stride = side % 2 == 0 ? pick(1, 1, 2) : 1;
            int dilation = kernel == 3 ? pick(1, 1, 2, 4, 8, 16) : pick(1, 1, 2);
            Value y =
                b.conv(
                    name("conv"),
                    v,
                    pick(WIDTHS),
                    kernel,
                    stride,
                    dilation,
                    1,
                    random.nextBoolean());
            return new Square(maybeNorm(y), side / stride);
          }
        case 3:
          {
            int groups = v.channels() % 4 == 0 ? 4 : v.channels() % 2 == 0 ? 2 : 1;
            return new Square(
                b.conv(name("grouped"), v, 2 * v.channels(), pick(1, 3), 1, 1, groups, true), side);
          }
        case 4, 5:
          {
            Value dw =
                b.conv(
                    name("dw"),
                    v,
                    v.channels(),
                    pick(3, 3, 3, 5),
                    1,
                    pick(1, 1, 1, 2),
                    v.channels(),
                    true);
            dw = maybeNorm(dw);
            Value y = random.nextInt(4) > 0 ? b.conv(name("pw"), dw, pick(WIDTHS), 1) : dw;
            return new Square(maybeNorm(y), side);
          }
        case 6:
          return new Square(b.batchNorm(name("bn"), v), side);
        case 7:
          return new Square(
              switch (random.nextInt(6)) {
                case 0, 1 -> b.relu(name("relu"), v);
                case 2 -> b.relu6(name("clip"), v);
                case 3 -> b.prelu(name("prelu"), v);
                case 4 -> b.gelu(name("gelu"), v);
                default -> b.sigmoid(name("sigmoid"), v);
              },
              side);
        case 8:
          {
            int pool = side % 4 == 0 ? pick(2, 2, 4) : side % 2 == 0 ? 2 : 1;
            return new Square(b.maxPool(name("pool"), v, pool), side / pool);
          }
        case 9:
          {
            int factor = pick(2, 2, 3);
            return side * factor <= size
                ? new Square(b.upsample(name("up"), v, factor), side * factor)
                : new Square(b.globalAverage(name("gap"), v), 1);
          }
        case 10:
          return new Square(
              random.nextBoolean() ? b.channelMean(name("mean"), v) : b.channelMax(name("max"), v),
              side);
        case 11:
          {
            Value both =
                b.concat(
                    name("both"), b.channelMean(name("mean"), v), b.channelMax(name("max"), v));
            Value gate = b.conv(name("gate"), both, 1, 7, 1, 1, 1, false);
            return new Square(b.multiply(name("sa"), v, b.sigmoid(name("s"), gate)), side);
          }
        case 12:
          {
            Value pooled = side == 1 ? v : b.globalAverage(name("gap"), v);
            Value hidden = b.relu(name("relu"), b.conv(name("fc"), pooled, 3, 1));
            Value gate = b.sigmoid(name("s"), b.conv(name("fc"), hidden, v.channels(), 1));
            return new Square(b.multiply(name("ca"), v, gate), side);
          }
        case 13:
          {
            Value scalar =
                b.channelMean(name("mean"), side == 1 ? v : b.globalAverage(name("gap"), v));
            return new Square(b.multiply(name("scale"), v, scalar), side);
          }
        case 14:
          {
            List<Value> same =
                pool.stream().filter(o -> o.side() == side).map(Square::value).toList();
            return new Square(
                b.concat(name("concat"), v, same.get(random.nextInt(same.size())), same.get(0)),
                side);
          }
        case 15:
          {
            int kernel = pick(2, 3);
            return 2 * side <= size
                ? new Square(
                    maybeNorm(b.transposedConv(name("spread"), v, pick(WIDTHS), kernel, true)),
                    2 * side)
                : side % 2 == 0
                    ? new Square(b.conv(name("halve"), v, pick(WIDTHS), 2, 2, 1, 1, true), side / 2)
                    : new Square(
                        b.conv(name("strip"), v, pick(WIDTHS), pick(1, 5), pick(1, 3), true), side);
          }
        case 16:
          {
            // A map this small has no deviation to speak of, and its normal form is noise.
            int groups = v.channels() % 4 == 0 ? 4 : 1;
            return new Square(
                side < 4
                    ? b.shift(name("shift"), v, random.nextBoolean())
                    : v.channels() >= 8 && random.nextBoolean()
                        ? b.layerNorm(name("ln"), v)
                        : b.groupNorm(name("gn"), v, groups),
                side);
          }
        case 17:
          {
            int to = 1 + random.nextInt(v.channels());
            return new Square(
                random.nextBoolean()
                    ? b.shift(name("shift"), v, random.nextBoolean())
                    : b.slice(name("slice"), v, random.nextInt(to), to),
                side);
          }
        case 18:
          {
            Value pooled = b.adaptiveAverage(name("parts"), v, pick(1, 2, 3, 6));
            return new Square(
                switch (random.nextInt(3)) {
                  case 0 -> b.resize(name("like"), pooled, v);
                  case 1 ->
                      b.multiply(
                          name("eca"),
                          v,
                          b.channelConv(
                              name("along"),
                              side == 1 ? v : b.globalAverage(name("gap"), v),
                              pick(1, 3, 5)));
                  default -> b.doubleNorm(name("shares"), v);
                },
                side);
          }
        case 19:
          {
            if (side % 2 == 1) {
              return new Square(b.conv(name("strip"), v, pick(WIDTHS), 1, 5, false), side);
            }
            Value pooled = b.maxPool(name("pool"), v, 2);
            Value y = b.conv(name("twin"), pooled, v.channels(), 1);
            return new Square(b.unpool(name("unpool"), y, v), side);
          }
        default:
          {
            Value y = b.conv(name("twin"), v, v.channels(), 1);
            return new Square(
                random.nextBoolean()
                    ? b.add(name("add"), v, y)
                    : b.multiply(name("mul"), v, b.sigmoid(name("s"), y)),
                side);
          }
      }
    }

    private Value maybeNorm(Value y) {
      Value z = random.nextBoolean() ? b.batchNorm(name("bn"), y) : y;
      return switch (random.nextInt(5)) {
        case 0, 1 -> b.relu(name("relu"), z);
        // Times four, so that it is reached.
        case 2 -> b.relu6(name("clip"), b.add(name("twice"), z, b.add(name("add"), z, z)));
        default -> z;
      };
    }
  }
}
