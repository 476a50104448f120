package org.lentigo.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * A file in the safetensors format, read: eight bytes of header length, a JSON header, then the
 * tensors.
 */
final class Safetensors {
  // Shared: building a JsonFactory costs more than reading a header with it.
  // A name that stands twice would be read as the second by some and as the first by others.
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private record TensorInfo(String dtype, List<Long> shape, long begin, long end) {}

  private final Map<String, String> metadata;
  private final Map<String, TensorInfo> tensors;
  private final ByteBuffer data;

  private Safetensors(
      Map<String, String> metadata, Map<String, TensorInfo> tensors, ByteBuffer data) {
    this.metadata = metadata;
    this.tensors = tensors;
    this.data = data;
  }

  /**
   * Reads a file's bytes.
   *
   * @param what the file should be, such as "a Lentigo model", for messages
   * @param otherwise what to do if it is not
   * @throws ModelFormatException if it is not in the format or cut short within the header
   */
  static Safetensors read(byte[] file, String what, String otherwise) throws ModelFormatException {
    if (file.length < 8) {
      throw new ModelFormatException("not " + what + ": " + file.length + " bytes; " + otherwise);
    }
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long headerLength = bytes.getLong();
    if (headerLength < 2 || headerLength > file.length - 8 || file[8] != '{') {
      throw new ModelFormatException(
          "not "
              + what
              + ", or cut short: the header wants "
              + headerLength
              + " bytes and the file has "
              + (file.length - 8)
              + " after its length; "
              + otherwise);
    }
    int data = 8 + (int) headerLength;
    try {
      return parse(file, 8, (int) headerLength, bytes.slice(data, file.length - data), what);
    } catch (JacksonException e) {
      throw new ModelFormatException(
          "not "
              + what
              + ": its safetensors header is not as specified ("
              + e.getOriginalMessage()
              + ")",
          e);
    }
  }

  /** The strings of {@code __metadata__}. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** The tensors' names, in the file's order. */
  Set<String> names() {
    return tensors.keySet();
  }

  /** How many dimensions a tensor has; 0 if there is none of this name. */
  int rank(String name) {
    TensorInfo info = tensors.get(name);
    return info == null ? 0 : info.shape.size();
  }

  /**
   * A tensor's values.
   *
   * @throws ModelFormatException if there is none of this name, it is not of 32-bit floats, has
   *     another shape, or is cut short
   */
  float[] tensor(String name, List<Integer> shape) throws ModelFormatException {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new ModelFormatException("the model file lacks the tensor '" + name + "'");
    }
    if (!info.dtype.equals("F32") || !info.shape.equals(longs(shape))) {
      throw new ModelFormatException(
          "tensor '" + name + "' is " + info.dtype + " " + info.shape + ", wanted F32 " + shape);
    }
    int length = shape.stream().mapToInt(Integer::intValue).reduce(1, Math::multiplyExact);
    // Compared one by one: numbers near the ends of a long would wrap around in a difference.
    if (info.begin < 0 || info.end < info.begin || info.end - info.begin != 4L * length) {
      throw new ModelFormatException(
          "tensor '"
              + name
              + "' spans bytes "
              + info.begin
              + " to "
              + info.end
              + ", wanted "
              + 4L * length
              + " bytes");
    }
    if (info.end > data.limit()) {
      throw new ModelFormatException(
          "the model file is cut short: tensor '"
              + name
              + "' ends at byte "
              + info.end
              + " of the data and the file has "
              + data.limit());
    }
    float[] tensor = new float[length];
    data.slice((int) info.begin, 4 * length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(tensor);
    return tensor;
  }

  /**
   * Checks what the format wants: that the tensors lie side by side and leave nothing over.
   *
   * @throws ModelFormatException if they do not
   */
  void requireWhole() throws ModelFormatException {
    List<Map.Entry<String, TensorInfo>> inOrder = new ArrayList<>(tensors.entrySet());
    inOrder.sort(Comparator.comparingLong(entry -> entry.getValue().begin));
    long end = 0;
    for (Map.Entry<String, TensorInfo> entry : inOrder) {
      if (entry.getValue().begin != end) {
        throw new ModelFormatException(
            "the model file is damaged: tensor '"
                + entry.getKey()
                + "' begins at byte "
                + entry.getValue().begin
                + " of the data, wanted "
                + end
                + ", where the one before ends");
      }
      end = entry.getValue().end;
    }
    if (end != data.limit()) {
      throw new ModelFormatException(
          "the model file is damaged: its tensors end at byte "
              + end
              + " of the data and the file has "
              + data.limit());
    }
  }

  private static List<Long> longs(List<Integer> values) {
    return values.stream().map(Integer::longValue).toList();
  }

  private static Safetensors parse(
      byte[] file, int offset, int length, ByteBuffer data, String what)
      throws ModelFormatException {
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), file, offset, length)) {
      expect(json, json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        expect(json, json.nextToken(), JsonToken.START_OBJECT);
        if (name.equals("__metadata__")) {
          while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = json.currentName();
            expect(json, json.nextToken(), JsonToken.VALUE_STRING);
            metadata.put(key, json.getString());
          }
        } else {
          tensors.put(name, tensor(json));
        }
        expect(json, json.currentToken(), JsonToken.END_OBJECT);
      }
      expect(json, json.currentToken(), JsonToken.END_OBJECT);
    }
    return new Safetensors(metadata, tensors, data);
  }

  private static TensorInfo tensor(JsonParser json) throws ModelFormatException {
    String dtype = "";
    List<Long> shape = List.of();
    List<Long> offsets = List.of();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      JsonToken value = json.nextToken();
      switch (key) {
        case "dtype" -> {
          expect(json, value, JsonToken.VALUE_STRING);
          dtype = json.getString();
        }
        case "shape" -> shape = numbers(json);
        case "data_offsets" -> offsets = numbers(json);
        default -> throw new ModelFormatException("unknown tensor property '" + key + "'");
      }
    }
    if (offsets.size() != 2) {
      throw new ModelFormatException("a tensor needs two data_offsets, got " + offsets);
    }
    return new TensorInfo(dtype, shape, offsets.get(0), offsets.get(1));
  }

  private static List<Long> numbers(JsonParser json) throws ModelFormatException {
    expect(json, json.currentToken(), JsonToken.START_ARRAY);
    List<Long> numbers = new ArrayList<>();
    while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
      numbers.add(json.getLongValue());
    }
    expect(json, json.currentToken(), JsonToken.END_ARRAY);
    return numbers;
  }

  private static void expect(JsonParser json, JsonToken saw, JsonToken wanted)
      throws ModelFormatException {
    if (saw != wanted) {
      throw new ModelFormatException(
          "not a safetensors file: its header has "
              + saw
              + " at byte "
              + json.currentLocation().getByteOffset()
              + ", wanted "
              + wanted);
    }
  }
}
