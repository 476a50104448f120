package org.lentigo.network;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
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
  private static final String BY_EVIDENCE = PREFIX + "by_evidence";
  private static final String FILL_HOLES = PREFIX + "fill_holes";
  private static final String CALIBRATION = PREFIX + "calibration.";
  private static final String QUANTIZATION = PREFIX + "quantization.";
  private static final String PREDICTOR = PREFIX + "predictor.";
  private static final long MAX_FILE = 1L << 30;

  // Shared: building a JsonFactory costs more than writing a header with it.
  private static final JsonFactory JSON = new JsonFactory();

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
    metadata.put(PREFIX + "variant", model.network().name());
    metadata.put(PREFIX + "input_size", Integer.toString(model.preprocessing().size()));
    metadata.put(PREFIX + "mean", join(model.preprocessing().mean()));
    metadata.put(PREFIX + "std", join(model.preprocessing().std()));
    metadata.put(PREFIX + "threshold", Float.toString(model.threshold()));
    // Only what differs from a plain model, whose files and hashes stay what they were before.
    if (!model.postProcessing().equals(PostProcessing.NONE)) {
      metadata.put(MIN_SHARE, Double.toString(model.postProcessing().minShare()));
      metadata.put(FILL_HOLES, Boolean.toString(model.postProcessing().fillHoles()));
      if (model.postProcessing().byEvidence()) {
        metadata.put(BY_EVIDENCE, "true");
      }
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
    return model(Safetensors.read(file, "a Lentigo model", "give a file made by Lentigo"));
  }

  private static Model model(Safetensors header) throws ModelFormatException {
    String format = metadata(header, PREFIX + "format");
    if (!format.equals(FORMAT)) {
      throw new ModelFormatException(
          "the model has format "
              + format
              + " and this version of Lentigo reads format "
              + FORMAT
              + "; use the version of Lentigo that wrote it, or train again");
    }
    try {
      Network network = Networks.get(metadata(header, PREFIX + "variant"));
      Preprocessing preprocessing =
          new Preprocessing(
              Integer.parseInt(metadata(header, PREFIX + "input_size")),
              floats(metadata(header, PREFIX + "mean")),
              floats(metadata(header, PREFIX + "std")));
      SortedMap<String, String> provenance = new TreeMap<>();
      header
          .metadata()
          .forEach(
              (key, value) -> {
                if (key.startsWith(PROVENANCE)) {
                  provenance.put(key.substring(PROVENANCE.length()), value);
                }
              });
      return new Model(
          metadata(header, PREFIX + "name"),
          network,
          weights(network.graph(), header),
          preprocessing,
          Float.parseFloat(metadata(header, PREFIX + "threshold")),
          header.metadata().containsKey(MIN_SHARE)
              ? new PostProcessing(
                  Double.parseDouble(metadata(header, MIN_SHARE)),
                  Boolean.parseBoolean(header.metadata().get(BY_EVIDENCE)),
                  Boolean.parseBoolean(metadata(header, FILL_HOLES)))
              : PostProcessing.NONE,
          header.metadata().containsKey(CALIBRATION + "slope")
              ? Optional.of(calibration(header))
              : Optional.empty(),
          header.metadata().containsKey(QUANTIZATION + "ranges")
              ? Optional.of(quantization(header))
              : Optional.empty(),
          provenance);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException("the model file is damaged: " + e.getMessage(), e);
    }
  }

  private static Calibration calibration(Safetensors header) throws ModelFormatException {
    Optional<JaccardPredictor> predictor = Optional.empty();
    if (header.metadata().containsKey(PREDICTOR + "features")) {
      List<Double> coefficients = new ArrayList<>();
      for (String part : metadata(header, PREDICTOR + "coefficients").split(",", -1)) {
        coefficients.add(Double.parseDouble(part));
      }
      predictor =
          Optional.of(
              new JaccardPredictor(
                  List.of(metadata(header, PREDICTOR + "features").split(",", -1)),
                  coefficients,
                  Double.parseDouble(metadata(header, PREDICTOR + "correlation"))));
    }
    return new Calibration(
        Double.parseDouble(metadata(header, CALIBRATION + "slope")),
        Double.parseDouble(metadata(header, CALIBRATION + "offset")),
        Integer.parseInt(metadata(header, CALIBRATION + "images")),
        predictor);
  }

  private static Quantization quantization(Safetensors header) throws ModelFormatException {
    SortedMap<String, Quantization.Range> ranges = new TreeMap<>();
    for (String entry : metadata(header, QUANTIZATION + "ranges").split(",", -1)) {
      String[] parts = entry.split("[=:]", -1);
      if (parts.length != 3) {
        throw new IllegalArgumentException(
            QUANTIZATION + "ranges has '" + entry + "', wanted node=low:high");
      }
      ranges.put(
          parts[0], new Quantization.Range(Float.parseFloat(parts[1]), Float.parseFloat(parts[2])));
    }
    return new Quantization(ranges, Integer.parseInt(metadata(header, QUANTIZATION + "images")));
  }

  private static List<Float> floats(String text) {
    List<Float> values = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      values.add(Float.parseFloat(part));
    }
    return values;
  }

  private static Weights weights(Graph graph, Safetensors file) throws ModelFormatException {
    Map<String, Graph.Parameter> wanted = graph.parameters();
    for (String name : file.names()) {
      if (!wanted.containsKey(name)) {
        throw new ModelFormatException(
            "the model file has a tensor '" + name + "' that its variant does not know");
      }
    }
    Map<String, float[]> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Graph.Parameter> entry : wanted.entrySet()) {
      tensors.put(entry.getKey(), file.tensor(entry.getKey(), entry.getValue().shape()));
    }
    file.requireWhole();
    return new Weights(tensors);
  }

  private static String metadata(Safetensors file, String key) throws ModelFormatException {
    String value = file.metadata().get(key);
    if (value == null) {
      throw new ModelFormatException(
          "not a Lentigo model: its metadata has no '"
              + key
              + "'; weights from elsewhere have to"
              + " be written with it");
    }
    return value;
  }
}
