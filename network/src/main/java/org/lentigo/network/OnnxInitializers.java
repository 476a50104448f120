package org.lentigo.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The constants of an ONNX graph, by name. */
final class OnnxInitializers {
  static final int FLOAT = 1;
  static final int UINT8 = 2;
  static final int INT8 = 3;
  static final int INT32 = 6;
  static final int INT64 = 7;

  private final List<Consumer<OnnxMessage>> tensors = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /** Whole numbers, such as the shape that a Reshape wants. */
  void addIntegers(String name, int... values) {
    ByteBuffer raw = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int value : values) {
      raw.putLong(value);
    }
    add(name, List.of(values.length), INT64, raw.array());
  }

  /** Adds them to a GraphProto. */
  void write(OnnxMessage graph) {
    tensors.forEach(tensor -> graph.message(5, tensor));
  }

  void addOnce(String name, List<Integer> shape, float[] values) {
    if (!names.contains(name)) {
      add(name, shape, values);
    }
  }

  void add(String name, List<Integer> shape, float[] values) {
    ByteBuffer raw = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    add(name, shape, FLOAT, raw.array());
  }

  void add(String name, List<Integer> shape, int type, byte[] raw) {
    names.add(name);
    tensors.add(
        t -> {
          shape.forEach(d -> t.integer(1, d));
          t.integer(2, type).string(8, name).bytes(9, raw);
        });
  }
}
