package org.lentigo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
  private static final Model MODEL = model("T4-5", 5);
  private static final byte[] FILE = ModelFile.encode(MODEL);

  static Model model(String variant, long seed) {
    Network v = Networks.get(variant);
    TreeMap<String, String> provenance = new TreeMap<>();
    provenance.put("data", "random weights, \"quoted\" and\nin two lines");
    return new Model(
        "test",
        v,
        Weights.random(v.graph(), seed),
        new Preprocessing(224, List.of(0.71f, 0.56f, 0.51f), List.of(0.16f, 0.17f, 0.19f)),
        0.45f,
        provenance);
  }

  @Test
  void whatIsWrittenIsRead(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("model.safetensors");
    Files.write(file, FILE);
    Model read = ModelFile.read(file);

    assertThat(read.network()).isEqualTo(MODEL.network());
    assertThat(read.preprocessing()).isEqualTo(MODEL.preprocessing());
    assertThat(read.threshold()).isEqualTo(0.45f);
    assertThat(read.provenance()).isEqualTo(MODEL.provenance());
    read.weights()
        .tensors()
        .forEach((name, values) -> assertThat(values).isEqualTo(MODEL.weights().get(name)));
    assertThat(ModelFile.encode(read)).isEqualTo(FILE);
  }

  @Test
  void whatTheModelWasTaughtAfterTrainingIsRead() throws Exception {
    Calibration calibration =
        new Calibration(
            0.75,
            -0.125,
            86,
            Optional.of(new JaccardPredictor(List.of("a", "b"), List.of(0.1, -2.5, 1e-6), 0.832)));
    Model model =
        MODEL.withPostProcessing(new PostProcessing(0.25, false, true)).calibrated(calibration);

    Model read = ModelFile.read(ModelFile.encode(model));

    assertThat(read.postProcessing()).isEqualTo(new PostProcessing(0.25, false, true));
    assertThat(read.calibration()).contains(calibration);
    assertThat(read.threshold()).isEqualTo(model.threshold());
    assertThat(ModelFile.encode(read)).isEqualTo(ModelFile.encode(model));
  }

  @Test
  void howPartsAreWeighedIsRead() throws Exception {
    for (PostProcessing post : List.of(PostProcessing.LARGEST, PostProcessing.LIKELIEST)) {
      byte[] file = ModelFile.encode(MODEL.withPostProcessing(post));
      assertThat(ModelFile.read(file).postProcessing()).isEqualTo(post);
      // What knew only areas is the same file as before.
      assertThat(new String(file, StandardCharsets.ISO_8859_1).contains("by_evidence"))
          .isEqualTo(post.byEvidence());
    }
  }

  @Test
  void aModelFromBeforeThereWasCalibrationIsPlain() throws Exception {
    assertThat(new String(FILE, StandardCharsets.ISO_8859_1))
        .doesNotContain("calibration", "predictor", "min_share");
    Model read = ModelFile.read(FILE);
    assertThat(read.calibration()).isEmpty();
    assertThat(read.postProcessing()).isEqualTo(PostProcessing.NONE);
  }

  @Test
  void aDamagedCalibrationIsRefused() {
    Calibration calibration = new Calibration(0.75, 0.5, 86, Optional.empty());
    String text =
        new String(ModelFile.encode(MODEL.calibrated(calibration)), StandardCharsets.ISO_8859_1);
    for (String slope : List.of("-1.5", "many", "0.00")) {
      byte[] damaged =
          text.replace("slope\":\"0.75", "slope\":\"" + slope)
              .getBytes(StandardCharsets.ISO_8859_1);
      assertThatThrownBy(() -> ModelFile.read(damaged))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(slope.equals("0.00") ? "0.0" : slope);
    }
  }

  /** The published format, read without our reader: length, JSON, then little-endian floats. */
  @Test
  void isPlainSafetensors() {
    ByteBuffer bytes = ByteBuffer.wrap(FILE).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong();
    String json = new String(FILE, 8, header, StandardCharsets.UTF_8);
    assertThat(header % 8).isZero();
    assertThat(json)
        .startsWith("{\"__metadata__\":{")
        .contains(
            "\"stem.conv.weight\":{\"dtype\":\"F32\",\"shape\":[24,3,3,3],"
                + "\"data_offsets\":[0,2592]}");
    assertThat(bytes.getFloat(8 + header)).isEqualTo(MODEL.weights().get("stem.conv.weight")[0]);
    // All tensors, BatchNorm's running statistics among them, and nothing after them.
    int values = MODEL.graph().parameters().values().stream().mapToInt(Graph.Parameter::size).sum();
    assertThat(FILE.length).isEqualTo(8 + header + 4 * values);
  }

  @Test
  void theHashIsThatOfTheFile() throws Exception {
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(FILE);
    assertThat(MODEL.sha256()).isEqualTo(HexFormat.of().formatHex(digest));
  }

  @Test
  void aTruncatedFileIsRefusedWhereverItEnds() {
    for (int length : new int[] {0, 7, 8, 9, 1000, 20_000, FILE.length / 2, FILE.length - 1}) {
      assertThatThrownBy(() -> ModelFile.read(Arrays.copyOf(FILE, length)))
          .as("%s bytes", length)
          .isInstanceOf(ModelFormatException.class);
    }
    assertThatThrownBy(() -> ModelFile.read(Arrays.copyOf(FILE, FILE.length - 1)))
        .hasMessageContaining("cut short");
  }

  @Test
  void noDamageToTheHeaderEscapesAsAnotherException() {
    int header = (int) ByteBuffer.wrap(FILE).order(ByteOrder.LITTLE_ENDIAN).getLong();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 500; i++) {
      byte[] damaged = FILE.clone();
      damaged[random.nextInt(8 + header)] ^= (byte) (1 << random.nextInt(8));
      try {
        ModelFile.read(damaged);
      } catch (ModelFormatException expected) {
        assertThat(expected).hasMessageNotContaining("\n");
      }
    }
  }

  @Test
  void anotherVersionIsNamed() {
    assertThatThrownBy(() -> ModelFile.read(edited("lentigo.format\":\"1", "lentigo.format\":\"7")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("format 7")
        .hasMessageContaining("format 1");
  }

  @Test
  void aWrongShapeIsNamedWithBothShapes() {
    assertThatThrownBy(() -> ModelFile.read(edited("[24,3,3,3]", "[24,3,9,1]")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("stem.conv.weight")
        .hasMessageContaining("[24, 3, 9, 1]")
        .hasMessageContaining("[24, 3, 3, 3]");
  }

  @Test
  void aVariantOfOtherTensorsIsRefused() {
    assertThatThrownBy(
            () -> ModelFile.read(edited("lentigo.variant\":\"T4-5", "lentigo.variant\":\"T4-2")))
        .isInstanceOf(ModelFormatException.class);
    assertThatThrownBy(
            () -> ModelFile.read(edited("lentigo.variant\":\"T4-5", "lentigo.variant\":\"T9-5")))
        .hasMessageContaining("T9-5");
  }

  @Test
  void weightsThatAreNotNumbersAreRefused() {
    byte[] damaged = FILE.clone();
    ByteBuffer bytes = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putFloat(FILE.length - 4, Float.NaN);
    assertThatThrownBy(() -> ModelFile.read(damaged))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("NaN");
  }

  /** 2^63 - 1 to 2591 - 2^63: a difference of 2592, if nobody minds that it wraps around. */
  @Test
  void offsetsThatWrapAroundAreRefused() {
    assertThatThrownBy(
            () ->
                ModelFile.read(
                    withHeader("[0,2592]", "[9223372036854775807,-9223372036854773217]")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("9223372036854775807");
  }

  @Test
  void tensorsThatOverlapOrLeaveGapsAreRefused() {
    // The second tensor's bytes are the first's.
    assertThatThrownBy(() -> ModelFile.read(edited("[2592,2688]", "[2496,2592]")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("begins at byte 2496 of the data, wanted 2592");
    assertThatThrownBy(() -> ModelFile.read(Arrays.copyOf(FILE, FILE.length + 4)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("and the file has");
  }

  @Test
  void aNameThatStandsTwiceIsRefused() {
    assertThatThrownBy(
            () -> ModelFile.read(edited("\"lentigo.name\":\"test\"", "\"lentigo.mean\":\"test\"")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("lentigo.mean");
  }

  /**
   * A network at 40,000 x 40,000 would take terabytes, and its size's square does not fit an int.
   */
  @Test
  void anInputSizeThatNoMachineHoldsIsRefused() {
    for (String size : List.of("40000", "2147483644")) {
      assertThatThrownBy(
              () ->
                  ModelFile.read(
                      withHeader("input_size\":\"224\"", "input_size\":\"" + size + "\"")))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("1 to 2048 pixels, got " + size);
    }
  }

  /** The file with one word of its header replaced by one of any length. */
  private static byte[] withHeader(String from, String to) {
    int header = (int) ByteBuffer.wrap(FILE).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String text = new String(FILE, 8, header, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    byte[] json = text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(FILE.length - header + json.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(FILE, 8 + header, FILE.length - 8 - header)
        .array();
  }

  @Test
  void safetensorsFromElsewhereAreToldWhatIsMissing() {
    assertThatThrownBy(() -> ModelFile.read(edited("lentigo.format", "pytorch.format")))
        .hasMessageContaining("lentigo.format");
  }

  private static byte[] edited(String from, String to) {
    assertThat(to.length()).isEqualTo(from.length());
    // ISO 8859-1 maps every byte to a character and back.
    String text = new String(FILE, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(from);
    return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }
}
