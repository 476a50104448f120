package org.lentigo.network;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/** A protocol-buffer message being written: only the wire types ONNX needs. */
final class OnnxMessage {
  private static final int VARINT = 0;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  // AttributeProto.type
  private static final int ATTRIBUTE_FLOAT = 1;
  private static final int ATTRIBUTE_INT = 2;
  private static final int ATTRIBUTE_STRING = 3;
  private static final int ATTRIBUTE_INTS = 7;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  byte[] bytes() {
    return out.toByteArray();
  }

  OnnxMessage integer(int field, long value) {
    tag(field, VARINT);
    varint(value);
    return this;
  }

  OnnxMessage real(int field, float value) {
    tag(field, FIXED_32);
    int bits = Float.floatToIntBits(value);
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(bits >>> shift);
    }
    return this;
  }

  OnnxMessage string(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  OnnxMessage bytes(int field, byte[] value) {
    tag(field, LENGTH_DELIMITED);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  OnnxMessage message(int field, Consumer<OnnxMessage> content) {
    OnnxMessage message = new OnnxMessage();
    content.accept(message);
    return bytes(field, message.bytes());
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  /** An operator with one output, which is what it is called. */
  @SafeVarargs
  final void operator(
      String type, String from, List<String> how, String to, Consumer<OnnxMessage>... attributes) {
    message(
        1,
        node -> {
          node.string(1, from);
          how.forEach(input -> node.string(1, input));
          node.string(2, to).string(3, to).string(4, type);
          for (Consumer<OnnxMessage> attribute : attributes) {
            node.message(5, attribute);
          }
        });
  }

  static Consumer<OnnxMessage> integer(String name, int value) {
    return a -> a.string(1, name).integer(3, value).integer(20, ATTRIBUTE_INT);
  }

  static Consumer<OnnxMessage> integers(String name, int... values) {
    return a -> {
      a.string(1, name);
      for (int value : values) {
        a.integer(8, value);
      }
      a.integer(20, ATTRIBUTE_INTS);
    };
  }

  static Consumer<OnnxMessage> real(String name, float value) {
    return a -> a.string(1, name).real(2, value).integer(20, ATTRIBUTE_FLOAT);
  }

  static Consumer<OnnxMessage> string(String name, String value) {
    return a -> a.string(1, name).string(4, value).integer(20, ATTRIBUTE_STRING);
  }
}
