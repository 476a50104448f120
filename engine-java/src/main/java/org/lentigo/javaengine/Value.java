package org.lentigo.javaengine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.network.Shape;

/** A tensor in the arena. Its place is known once the plan is complete. */
final class Value {
  final String name;
  final Shape shape;

  /** Whether it is stored as planes and not in blocks; see {@link Kernels}. */
  final boolean planar;

  final int lanes;

  /** Where it starts in the arena. */
  int offset = Kernels.NONE;

  Value(String name, Shape shape, boolean planar, int lanes) {
    this.name = name;
    this.shape = shape;
    // One pixel's channels lie side by side in either layout.
    this.planar = planar && shape.height() * shape.width() > 1;
    this.lanes = lanes;
  }

  int blocks() {
    return (shape.channels() + lanes - 1) / lanes;
  }

  /** Pixels of a map. */
  int pixels() {
    return shape.height() * shape.width();
  }

  /** Values in a row of a block or plane. */
  int row() {
    return shape.width() * (planar ? 1 : lanes);
  }

  /** Values from one block or plane to the next. */
  int stride() {
    return pixels() * (planar ? 1 : lanes);
  }

  /** Values it takes in the arena. */
  long size() {
    return (long) pixels() * (planar ? shape.channels() : blocks() * lanes);
  }

  /** Where this channel's pixel is. */
  int index(int channel, int y, int x) {
    return planar
        ? offset + channel * stride() + y * row() + x
        : offset + channel / lanes * stride() + y * row() + x * lanes + channel % lanes;
  }

  /**
   * A value as its readers see it: perhaps multiplied by attention, which they do while reading.
   *
   * @param gate C x 1 x 1 factors, one a channel
   * @param gateStart the value's first channel among the gate's
   * @param pixelGate 1 x H x W factors
   */
  record Part(Value value, @Nullable Value gate, int gateStart, @Nullable Value pixelGate) {
    Part(Value value) {
      this(value, null, 0, null);
    }

    boolean plain() {
      return gate == null && pixelGate == null;
    }

    /** The offset of the factors of a block or plane; of ones if there are none. */
    int gateOffset(int block) {
      return gate == null
          ? Packing.ONES
          : gate.offset + gateStart + block * (value.planar ? 1 : value.lanes);
    }

    /** The offset of the factors of a row; {@link Kernels#NONE} if there are none. */
    int pixelGateOffset(int y) {
      return pixelGate == null ? Kernels.NONE : pixelGate.offset + y * pixelGate.row();
    }
  }

  /** What a node yields: the channels of its parts one after the other. */
  record Source(List<Part> parts) {
    Source {
      parts = List.copyOf(parts);
    }

    static Source of(Value value) {
      return new Source(List.of(new Part(value)));
    }

    int channels() {
      return parts.stream().mapToInt(p -> p.value().shape.channels()).sum();
    }

    Shape shape() {
      Shape first = parts.get(0).value().shape;
      return new Shape(channels(), first.height(), first.width());
    }

    boolean anyPlanar() {
      return parts.stream().anyMatch(p -> p.value().planar);
    }

    boolean allPlanar() {
      return parts.stream().allMatch(p -> p.value().planar);
    }

    /** Whether it is one value as it stands. */
    boolean plain() {
      return parts.size() == 1 && parts.get(0).plain();
    }

    /** Every value that a reader touches. */
    List<Value> values() {
      List<Value> values = new ArrayList<>();
      for (Part part : parts) {
        values.add(part.value());
        if (part.gate() != null) {
          values.add(part.gate());
        }
        if (part.pixelGate() != null) {
          values.add(part.pixelGate());
        }
      }
      return values;
    }
  }

  /** The blocks (or planes) of a source in order, as flat arrays for the loops over them. */
  static final class Blocks {
    final int count;
    final Part[] part;

    /** The block's number within its part. */
    final int[] index;

    /** The block's first channel in the source. */
    final int[] channel;

    /** Lanes that hold channels. */
    final int[] used;

    Blocks(Source source) {
      List<int[]> rows = new ArrayList<>();
      List<Part> parts = new ArrayList<>();
      int start = 0;
      for (Part p : source.parts()) {
        int step = p.value().planar ? 1 : p.value().lanes;
        int channels = p.value().shape.channels();
        for (int c = 0; c < channels; c += step) {
          rows.add(new int[] {c / step, start + c, Math.min(step, channels - c)});
          parts.add(p);
        }
        start += channels;
      }
      count = rows.size();
      part = parts.toArray(Part[]::new);
      index = column(rows, 0);
      channel = column(rows, 1);
      used = column(rows, 2);
    }

    private static int[] column(List<int[]> rows, int i) {
      return rows.stream().mapToInt(r -> r[i]).toArray();
    }

    /** Where row y of block b starts. */
    int row(int b, int y) {
      Value v = part[b].value();
      return v.offset + index[b] * v.stride() + y * v.row();
    }

    int gate(int b) {
      return part[b].gateOffset(index[b]);
    }

    int pixelGate(int b, int y) {
      return part[b].pixelGateOffset(y);
    }

    /** Whether the blocks are those of one value of as many channels, full but for the last. */
    boolean aligned(int lanes) {
      return Arrays.stream(used, 0, count - 1).allMatch(u -> u == lanes);
    }
  }
}
