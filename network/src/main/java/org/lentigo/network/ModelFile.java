package org.lentigo.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Model files: the safetensors format (eight bytes of header length, a JSON header, then the
 * tensors as little-endian float32) with these string entries in {@code __metadata__}:
 *
 * <ul>
 *   <li>{@code lentigo.format}: {@value #FORMAT}
 *   <li>{@code lentigo.name}, {@code lentigo.variant}
 *   <li>{@code lentigo.input_size}, {@code lentigo.mean}, {@code lentigo.std} (three numbers,
 *       comma-separated), {@code lentigo.threshold}
 *   <li>where masks are post-processed: {@code lentigo.min_share}, {@code lentigo.fill_holes}; see
 *       {@link PostProcessing}
 *   <li>where the model is calibrated: {@code lentigo.calibration.slope}, {@code .offset} and
 *       {@code .images}, see {@link Calibration}; and with a predictor of the Jaccard index {@code
 *       lentigo.predictor.features}, {@code .coefficients} (both comma-separated) and {@code
 *       .correlation}, see {@link JaccardPredictor}
 *   <li>where the model is computed in 8-bit integers: {@code lentigo.quantization.images} and
 *       {@code .ranges} ({@code node=low:high}, comma-separated), see {@link Quantization}
 *   <li>{@code provenance.KEY}: where the model comes from
 * </ul>
 *
 * The same model gives the same bytes.
 */
public final class ModelFile {
  private ModelFile() {}

  /** The version this code writes and the only one it reads. */
  public static final String FORMAT = "1";

  private static final String PREFIX = "lentigo.";
  private static final String PROVENANCE = "provenance.";
  private static final String MIN_SHARE = PREFIX + "min_share";
  private static final String FILL_HOLES = PREFIX + "fill_holes";
  private static final String CALIBRATION = PREFIX + "calibration.";
  private static final String QUANTIZATION = PREFIX + "quantization.";
  private static final String PREDICTOR = PREFIX + "predictor.";
  private static final long MAX_FILE = 1L << 30;

  // Shared: building a JsonFactory costs more than reading a header with it.
  // A name that stands twice would be read as the second by some and as the first by others.
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** The file's bytes. */
  public static byte[] encode(Model model) {
    SortedMap<String, String> metadata = new TreeMap<>(metadata(model));
    Map<String, Graph.Parameter> parameters = model.graph().parameters();
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    int offset = 0;
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), header)) {
      json.writeStartObject();
      json.writeName("__metadata__");
      json.writeStartObject();
      metadata.forEach(json::writeStringProperty);
      json.writeEndObject();
      for (Map.Entry<String, Graph.Parameter> entry : parameters.entrySet()) {
        json.writeName(entry.getKey());
        json.writeStartObject();
        json.writeStringProperty("dtype", "F32");
        json.writeArrayPropertyStart("shape");
        entry.getValue().shape().forEach(json::writeNumber);
        json.writeEndArray();
        json.writeArrayPropertyStart("data_offsets");
        json.writeNumber(offset);
        offset += 4 * entry.getValue().size();
        json.writeNumber(offset);
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    // The format aligns the tensors to 8 bytes with trailing spaces.
    while (header.size() % 8 != 0) {
      header.write(' ');
    }
    ByteBuffer out = ByteBuffer.allocate(8 + header.size() + offset).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(header.size()).put(header.toByteArray());
    for (String name : parameters.keySet()) {
      float[] tensor = model.weights().get(name);
      out.asFloatBuffer().put(tensor);
      out.position(out.position() + 4 * tensor.length);
    }
    return out.array();
  }

  static Map<String, String> metadata(Model model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(PREFIX + "format", FORMAT);
    metadata.put(PREFIX + "name", model.name());
    metadata.put(PREFIX + "variant", model.variant().name());
    metadata.put(PREFIX + "input_size", Integer.toString(model.preprocessing().size()));
    metadata.put(PREFIX + "mean", join(model.preprocessing().mean()));
    metadata.put(PREFIX + "std", join(model.preprocessing().std()));
    metadata.put(PREFIX + "threshold", Float.toString(model.threshold()));
    // Only what differs from a plain model, whose files and hashes stay what they were before.
    if (!model.postProcessing().equals(PostProcessing.NONE)) {
      metadata.put(MIN_SHARE, Double.toString(model.postProcessing().minShare()));
      metadata.put(FILL_HOLES, Boolean.toString(model.postProcessing().fillHoles()));
    }
    model
        .calibration()
        .ifPresent(
            calibration -> {
              metadata.put(CALIBRATION + "slope", Double.toString(calibration.slope()));
              metadata.put(CALIBRATION + "offset", Double.toString(calibration.offset()));
              metadata.put(CALIBRATION + "images", Integer.toString(calibration.images()));
              calibration.predictor().ifPresent(predictor -> put(metadata, predictor));
            });
    model
        .quantization()
        .ifPresent(
            quantization -> {
              metadata.put(QUANTIZATION + "images", Integer.toString(quantization.images()));
              metadata.put(QUANTIZATION + "ranges", join(quantization.ranges()));
            });
    model.provenance().forEach((key, value) -> metadata.put(PROVENANCE + key, value));
    return metadata;
  }

  private static void put(Map<String, String> metadata, JaccardPredictor predictor) {
    metadata.put(PREDICTOR + "features", String.join(",", predictor.features()));
    metadata.put(
        PREDICTOR + "coefficients",
        String.join(",", predictor.coefficients().stream().map(c -> Double.toString(c)).toList()));
    metadata.put(PREDICTOR + "correlation", Double.toString(predictor.correlation()));
  }

  private static String join(SortedMap<String, Quantization.Range> ranges) {
    return String.join(
        ",",
        ranges.entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue().low() + ":" + e.getValue().high())
            .toList());
  }

  private static String join(List<Float> values) {
    return String.join(",", values.stream().map(v -> Float.toString(v)).toList());
  }

  /**
   * Reads a model file.
   *
   * @throws ModelFormatException if it is not a model file, is truncated, has another format
   *     version, an unknown variant, a tensor that is missing, surplus, of another shape or out of
   *     place, or a value that is not finite
   * @throws IOException if it cannot be read
   */
  public static Model read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MAX_FILE) {
      throw new ModelFormatException(
          "not a Lentigo model: " + size + " bytes, a model has at most " + MAX_FILE);
    }
    return read(Files.readAllBytes(file));
  }

  /** As {@link #read(Path)} from bytes in memory. */
  public static Model read(byte[] file) throws ModelFormatException {
    if (file.length < 8) {
      throw new ModelFormatException(
          "not a Lentigo model: "
              + file.length
              + " bytes; give a .safetensors file made by Lentigo");
    }
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long headerLength = bytes.getLong();
    if (headerLength < 2 || headerLength > file.length - 8 || file[8] != '{') {
      throw new ModelFormatException(
          "not a Lentigo model, or cut short: the header wants "
              + headerLength
              + " bytes and the file has "
              + (file.length - 8)
              + " after its length; give a .safetensors file made by Lentigo");
    }
    Header header;
    try {
      header = Header.parse(file, 8, (int) headerLength);
    } catch (JacksonException e) {
      throw new ModelFormatException(
          "not a Lentigo model: its safetensors header is not as specified ("
              + e.getOriginalMessage()
              + ")",
          e);
    }
    return model(header, bytes.slice(8 + (int) headerLength, file.length - 8 - (int) headerLength));
  }

  private static Model model(Header header, ByteBuffer data) throws ModelFormatException {
    String format = header.metadata(PREFIX + "format");
    if (!format.equals(FORMAT)) {
      throw new ModelFormatException(
          "the model has format "
              + format
              + " and this version of Lentigo reads format "
              + FORMAT
              + "; use the version of Lentigo that wrote it, or train again");
    }
    try {
      UlrtsNet.Variant variant = UlrtsNet.variant(header.metadata(PREFIX + "variant"));
      Preprocessing preprocessing =
          new Preprocessing(
              Integer.parseInt(header.metadata(PREFIX + "input_size")),
              floats(header.metadata(PREFIX + "mean")),
              floats(header.metadata(PREFIX + "std")));
      SortedMap<String, String> provenance = new TreeMap<>();
      header.metadata.forEach(
          (key, value) -> {
            if (key.startsWith(PROVENANCE)) {
              provenance.put(key.substring(PROVENANCE.length()), value);
            }
          });
      return new Model(
          header.metadata(PREFIX + "name"),
          variant,
          weights(UlrtsNet.graph(variant), header, data),
          preprocessing,
          Float.parseFloat(header.metadata(PREFIX + "threshold")),
          header.metadata.containsKey(MIN_SHARE)
              ? new PostProcessing(
                  Double.parseDouble(header.metadata(MIN_SHARE)),
                  Boolean.parseBoolean(header.metadata(FILL_HOLES)))
              : PostProcessing.NONE,
          header.metadata.containsKey(CALIBRATION + "slope")
              ? Optional.of(calibration(header))
              : Optional.empty(),
          header.metadata.containsKey(QUANTIZATION + "ranges")
              ? Optional.of(quantization(header))
              : Optional.empty(),
          provenance);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException("the model file is damaged: " + e.getMessage(), e);
    }
  }

  private static Calibration calibration(Header header) throws ModelFormatException {
    Optional<JaccardPredictor> predictor = Optional.empty();
    if (header.metadata.containsKey(PREDICTOR + "features")) {
      List<Double> coefficients = new ArrayList<>();
      for (String part : header.metadata(PREDICTOR + "coefficients").split(",", -1)) {
        coefficients.add(Double.parseDouble(part));
      }
      predictor =
          Optional.of(
              new JaccardPredictor(
                  List.of(header.metadata(PREDICTOR + "features").split(",", -1)),
                  coefficients,
                  Double.parseDouble(header.metadata(PREDICTOR + "correlation"))));
    }
    return new Calibration(
        Double.parseDouble(header.metadata(CALIBRATION + "slope")),
        Double.parseDouble(header.metadata(CALIBRATION + "offset")),
        Integer.parseInt(header.metadata(CALIBRATION + "images")),
        predictor);
  }

  private static Quantization quantization(Header header) throws ModelFormatException {
    SortedMap<String, Quantization.Range> ranges = new TreeMap<>();
    for (String entry : header.metadata(QUANTIZATION + "ranges").split(",", -1)) {
      String[] parts = entry.split("[=:]", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException(
            QUANTIZATION + "ranges has '" + entry + "', wanted node=low:high");
      }
      ranges.put(
          parts[0], new Quantization.Range(Float.parseFloat(parts[1]), Float.parseFloat(parts[2])));
    }
    return new Quantization(ranges, Integer.parseInt(header.metadata(QUANTIZATION + "images")));
  }

  private static List<Float> floats(String text) {
    List<Float> values = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      values.add(Float.parseFloat(part));
    }
    return values;
  }

  private static Weights weights(Graph graph, Header header, ByteBuffer data)
      throws ModelFormatException {
    Map<String, Graph.Parameter> wanted = graph.parameters();
    for (String name : header.tensors.keySet()) {
      if (!wanted.containsKey(name)) {
        throw new ModelFormatException(
            "the model file has a tensor '" + name + "' that its variant does not know");
      }
    }
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Graph.Parameter> entry : wanted.entrySet()) {
      String name = entry.getKey();
      TensorInfo info = header.tensors.get(name);
      if (info == null) {
        throw new ModelFormatException("the model file lacks the tensor '" + name + "'");
      }
      if (!info.dtype.equals("F32") || !info.shape.equals(longs(entry.getValue().shape()))) {
        throw new ModelFormatException(
            "tensor '"
                + name
                + "' is "
                + info.dtype
                + " "
                + info.shape
                + ", wanted F32 "
                + entry.getValue().shape());
      }
      int length = entry.getValue().size();
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
      tensors.put(name, tensor);
    }
    requireWhole(header, data.limit());
    return new Weights(tensors);
  }

  /** As the format wants: the tensors lie side by side and leave nothing over. */
  private static void requireWhole(Header header, int length) throws ModelFormatException {
    List<Map.Entry<String, TensorInfo>> inOrder = new ArrayList<>(header.tensors.entrySet());
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
    if (end != length) {
      throw new ModelFormatException(
          "the model file is damaged: its tensors end at byte "
              + end
              + " of the data and the file has "
              + length);
    }
  }

  private static List<Long> longs(List<Integer> values) {
    return values.stream().map(Integer::longValue).toList();
  }

  private record TensorInfo(String dtype, List<Long> shape, long begin, long end) {}

  private record Header(Map<String, String> metadata, Map<String, TensorInfo> tensors) {

    String metadata(String key) throws ModelFormatException {
      String value = metadata.get(key);
      if (value == null) {
        throw new ModelFormatException(
            "not a Lentigo model: its metadata has no '"
                + key
                + "'; weights from elsewhere have to"
                + " be written with it");
      }
      return value;
    }

    static Header parse(byte[] file, int offset, int length) throws ModelFormatException {
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
      return new Header(metadata, tensors);
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
            "not a Lentigo model: its safetensors header has "
                + saw
                + " at byte "
                + json.currentLocation().getByteOffset()
                + ", wanted "
                + wanted);
      }
    }
  }
}
