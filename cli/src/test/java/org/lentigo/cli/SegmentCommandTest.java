package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Shape;
import org.lentigo.runtime.Segmenter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code lentigo segment} end to end, with an untrained model on small drawn photos. */
class SegmentCommandTest {
  @TempDir private Path temp;
  private Path in;
  private Path out;
  private Path model;

  @BeforeEach
  void prepare() throws IOException {
    in = Files.createDirectories(temp.resolve("in"));
    out = temp.resolve("out");
    model = Cli.writeModel(temp.resolve("model.safetensors"));
  }

  private Cli.Result segment(Object... args) {
    Object[] all =
        Arrays.copyOf(new Object[] {"segment", "--model", model, "--out", out}, 5 + args.length);
    System.arraycopy(args, 0, all, 5, args.length);
    return Cli.run(all);
  }

  private List<NamedCsvRecord> summary() throws IOException {
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder().ofNamedCsvRecord(out.resolve("summary.csv"))) {
      return csv.stream().toList();
    }
  }

  private JsonNode json(String name) {
    return new JsonMapper().readTree(out.resolve(name).toFile());
  }

  // What is written.

  @Test
  void onePhotoGetsItsMaskOverlayAndMeasurements() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"), 120, 80);

    Cli.Result result = segment(photo);

    assertThat(result.err()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("x.jpg", "1 outlined", "not a diagnosis");
    assertThat(Cli.tree(out))
        .containsExactly("summary.csv", "x.json", "x_mask.png", "x_overlay.jpg");

    Mask mask = Masks.read(out.resolve("x_mask.png"));
    assertThat(mask.width()).isEqualTo(120);
    assertThat(mask.height()).isEqualTo(80);
    RgbImage overlay = PhotoReader.read(out.resolve("x_overlay.jpg")).image();
    assertThat(overlay.width()).isEqualTo(120);

    JsonNode json = json("x.json");
    assertThat(json.at("/schema").asString()).isEqualTo("lentigo-segmentation/1");
    assertThat(json.at("/notice").asString()).contains("Not a diagnosis");
    assertThat(json.at("/image/width").asInt()).isEqualTo(120);
    assertThat(json.at("/image/file").asString()).isEqualTo(photo.toString());
    assertThat(json.at("/lesion/area_px").asLong()).isEqualTo(mask.area());
    assertThat(json.at("/lesion/area_fraction").asDouble()).isEqualTo(mask.area() / 9600.0);
    assertThat(json.at("/model/sha256").asString()).isEqualTo(Cli.model().sha256());
    assertThat(json.at("/model/input_size").asInt()).isEqualTo(32);
    assertThat(json.at("/threshold").asDouble()).isEqualTo(0.5);
    assertThat(json.at("/timings_ms/network").asDouble()).isPositive();
    assertThat(json.at("/lentigo_version").asString()).matches("\\d+\\.\\d+.*");
    assertThat(json.at("/warnings").isEmpty()).isTrue();
  }

  @Test
  void measuresAreInJsonAndTableAndInMillimetresOnceTheScaleIsKnown() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"), 120, 80);
    assertThat(segment(photo).code()).isZero();
    assertThat(json("x.json").at("/lesion/millimetres").isNull()).isTrue();
    assertThat(summary().get(0).getField("area_mm2")).isEmpty();

    assertThat(segment(photo, "--overwrite", "--mm-per-pixel", "0.04").code()).isZero();
    JsonNode lesion = json("x.json").get("lesion");
    Shape shape = Shape.of(Masks.read(out.resolve("x_mask.png")));
    assertThat(shape).isNotNull();
    NamedCsvRecord row = summary().get(0);
    assertThat(row.getField("magnification"))
        .isEqualTo(Double.toString(json("x.json").get("magnification").asDouble()));
    assertThat(lesion.at("/measures/perimeter_px").asDouble()).isEqualTo(shape.perimeterPx());
    assertThat(row.getField("perimeter_px")).isEqualTo(Double.toString(shape.perimeterPx()));
    assertThat(row.getField("perimeter_mm")).isEqualTo(Double.toString(0.04 * shape.perimeterPx()));
    assertThat(row.getField("scale_source")).isEqualTo("given");
    assertThat(lesion.at("/millimetres/area_mm2").asDouble())
        .isEqualTo(lesion.get("area_px").asLong() * 0.04 * 0.04);
    double colours = 0;
    for (String colour : Colours.NAMES) {
      colours += Double.parseDouble(row.getField(colour));
    }
    assertThat(colours).isCloseTo(1, within(1e-9));

    // What is kept is read back whole.
    assertThat(segment(photo).out()).contains("1 kept");
    assertThat(summary().get(0).getField("perimeter_mm")).isEqualTo(row.getField("perimeter_mm"));
  }

  @Test
  void aScaleThatNoPhotoHasIsAWrongUsage() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"), 120, 80);
    for (String wrong : List.of("0", "-0.1", "NaN", "1000")) {
      Cli.Result result = segment(photo, "--mm-per-pixel", wrong);
      assertThat(result.code()).as(wrong).isEqualTo(2);
      assertThat(result.err()).contains("--mm-per-pixel must lie between 0.001 and 100.0");
    }
  }

  @Test
  void aMirroredRunSaysSoAndIsTheMirroredSegmenters() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"), 120, 80);
    assertThat(segment(photo).code()).isZero();
    assertThat(json("x.json").at("/model/views").asInt()).isEqualTo(1);

    assertThat(segment(photo, "--mirror").errors())
        .as("without --overwrite existing outputs are kept")
        .isEmpty();
    assertThat(json("x.json").at("/model/views").asInt()).isEqualTo(1);

    assertThat(segment(photo, "--mirror", "--overwrite").code()).isZero();
    assertThat(json("x.json").at("/model/views").asInt()).isEqualTo(4);
    try (Segmenter segmenter = Segmenter.of(Cli.model(), 1).mirrored()) {
      assertThat(Masks.read(out.resolve("x_mask.png")).data())
          .isEqualTo(segmenter.segment(PhotoReader.read(photo).image()).mask().data());
    }
  }

  @Test
  void aRunOfOneLookSaysSoAndIsTheSegmentersOfOneLook() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"), 120, 80);
    assertThat(segment(photo).code()).isZero();
    assertThat(json("x.json").at("/model/looks").asInt()).isEqualTo(2);

    assertThat(segment(photo, "--one-look", "--overwrite").code()).isZero();
    assertThat(json("x.json").at("/model/looks").asInt()).isEqualTo(1);
    try (Segmenter segmenter = Segmenter.of(Cli.model(), 1)) {
      byte[] once = segmenter.oneLook().segment(PhotoReader.read(photo).image()).mask().data();
      byte[] twice = segmenter.segment(PhotoReader.read(photo).image()).mask().data();
      assertThat(Masks.read(out.resolve("x_mask.png")).data()).isEqualTo(once);
      assertThat(once).isNotEqualTo(twice);
    }
  }

  @Test
  void behindALinkTheFolderAboveIsThatOfWhereItLeads() throws Exception {
    Files.createDirectories(in.resolve("real/deep"));
    Files.createSymbolicLink(in.resolve("link"), Path.of("real/deep"));
    Path here = Pictures.photo(in.resolve("p.jpg"), 40, 30);
    Path there = Pictures.photo(in.resolve("real/p.jpg"), 50, 30);

    Cli.Result result = segment(here, in.resolve("link/../p.jpg"), there);

    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("2 outlined");
  }

  @Test
  void aFileThatCannotBeReplacedLeavesTheOthersAsTheyWere() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"), 120, 80);
    assertThat(segment(photo, "--threshold", 0.3).code()).isZero();
    byte[] mask = Files.readAllBytes(out.resolve("x_mask.png"));
    Files.delete(out.resolve("x.json"));
    Files.createDirectory(out.resolve("x.json"));

    Cli.Result result = segment(photo, "--threshold", 0.55, "--overwrite");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("x.json", "cannot be written");
    assertThat(out.resolve("x_mask.png")).hasBinaryContent(mask);
    assertThat(Cli.tree(out)).containsExactly("summary.csv", "x_mask.png", "x_overlay.jpg");
  }

  @Test
  void aPhotoTooLongForAnOverlayIsToldTheWayOut() throws Exception {
    Path photo = in.resolve("long.png");
    ImageIO.write(
        new BufferedImage(66_000, 2, BufferedImage.TYPE_BYTE_GRAY), "png", photo.toFile());

    Cli.Result result = segment(photo);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("66000 x 2", "--no-overlay");
    assertThat(segment(photo, "--no-overlay").code()).isZero();
  }

  @Test
  void theContoursFillToTheMaskAndTheBoxIsAroundThem() throws Exception {
    segment(Pictures.photo(in.resolve("x.jpg"), 120, 80));
    float[] cuts = {0.3f, 0.45f, 0.5f, 0.55f, 0.7f};
    int withLesion = 0;
    for (float cut : cuts) {
      segment(in, "--threshold", cut, "--overwrite");
      Mask mask = Masks.read(out.resolve("x_mask.png"));
      JsonNode lesion = json("x.json").at("/lesion");
      long area = 0;
      for (JsonNode contour : lesion.at("/contours")) {
        area += (contour.at("/hole").asBoolean() ? -1 : 1) * shoelace(contour.at("/points"));
      }
      assertThat(area).as("area at %s", cut).isEqualTo(mask.area());
      if (area > 0 && area < 9600) {
        withLesion++;
        assertThat(lesion.at("/mean_confidence").asDouble()).isBetween((double) cut, 1.0);
        assertBox(mask, lesion.at("/bounding_box"));
      }
    }
    assertThat(withLesion).as("thresholds that leave something to see").isPositive();
  }

  private static long shoelace(JsonNode points) {
    long twice = 0;
    for (int i = 0; i < points.size(); i++) {
      JsonNode p = points.get(i);
      JsonNode q = points.get((i + 1) % points.size());
      twice += p.get(0).asLong() * q.get(1).asLong() - q.get(0).asLong() * p.get(1).asLong();
    }
    return Math.abs(twice) / 2;
  }

  private static void assertBox(Mask mask, JsonNode box) {
    int x0 = box.at("/x").asInt();
    int y0 = box.at("/y").asInt();
    int x1 = x0 + box.at("/width").asInt() - 1;
    int y1 = y0 + box.at("/height").asInt() - 1;
    int left = mask.width();
    int right = -1;
    int top = mask.height();
    int bottom = -1;
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        if (mask.get(x, y)) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = Math.max(bottom, y);
        }
      }
    }
    assertThat(List.of(x0, y0, x1, y1)).isEqualTo(List.of(left, top, right, bottom));
  }

  @Test
  void noOverlayIsWrittenWhenNoneIsWanted() throws Exception {
    Pictures.photo(in.resolve("x.jpg"));

    segment(in, "--no-overlay");

    assertThat(Cli.tree(out)).containsExactly("summary.csv", "x.json", "x_mask.png");
  }

  @Test
  void theSummaryHasARowForEachPhotoAlsoForTheFailed() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    Files.writeString(in.resolve("b.jpg"), "not a picture");
    Pictures.photo(in.resolve("sub/c.png"));

    Cli.Result result = segment(in);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("b.jpg");
    List<NamedCsvRecord> rows = summary();
    assertThat(rows)
        .extracting(r -> r.getField("status"))
        .containsExactly("done", "failed", "done");
    assertThat(rows.get(1).getField("message")).contains("b.jpg");
    assertThat(rows.get(2).getField("mask")).isEqualTo("sub/c_mask.png");
    assertThat(rows.get(2).getField("width")).isEqualTo("60");
    assertThat(rows.get(2).getField("model_sha256")).isEqualTo(Cli.model().sha256());
  }

  // What is found.

  @Test
  void foldersAreSearchedWithoutHiddenFilesAndWithoutOtherFiles() throws Exception {
    Pictures.photo(in.resolve("a.JPG"));
    Pictures.photo(in.resolve("sub/deep/b.png"));
    Pictures.photo(in.resolve(".hidden.jpg"));
    Pictures.photo(in.resolve(".cache/c.jpg"));
    Files.writeString(in.resolve("notes.txt"), "text");

    Cli.Result result = segment(in, "--no-overlay");

    assertThat(result.code()).isZero();
    assertThat(Cli.tree(out))
        .containsExactly(
            "a.json", "a_mask.png", "sub/deep/b.json", "sub/deep/b_mask.png", "summary.csv");
  }

  @Test
  void globsAreExpanded() throws Exception {
    Pictures.photo(in.resolve("p1/a.jpg"));
    Pictures.photo(in.resolve("p1/b.png"));
    Pictures.photo(in.resolve("p2/a.jpg"));

    Cli.Result result = segment(in + "/p?/*.jpg", "--no-overlay");

    assertThat(result.code()).isZero();
    assertThat(Cli.tree(out))
        .containsExactly("p1/a.json", "p1/a_mask.png", "p2/a.json", "p2/a_mask.png", "summary.csv");
  }

  @Test
  void aGlobThatMatchesNothingIsToldAndTheRestIsDone() {
    Path photo = Pictures.photo(in.resolve("a.jpg"));

    Cli.Result result = segment(in + "/*.tiff", photo);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("*.tiff", "no image matches");
    assertThat(out.resolve("a_mask.png")).exists();
  }

  @Test
  void aFileWhoseNameLooksLikeAGlobIsAFile() {
    Path photo = Pictures.photo(in.resolve("a[1].jpg"));

    assertThat(segment(photo).code()).isZero();
    assertThat(out.resolve("a[1]_mask.png")).exists();
  }

  @Test
  void aSymbolicLinkToAFolderAboveDoesNotLoop() throws Exception {
    Pictures.photo(in.resolve("sub/a.jpg"));
    Files.createSymbolicLink(in.resolve("sub/loop"), in);

    Cli.Result result = segment(in, "--no-overlay");

    assertThat(result.code()).isZero();
    assertThat(Cli.tree(out)).containsExactly("sub/a.json", "sub/a_mask.png", "summary.csv");
  }

  @Test
  void aLinkToNothingIsToldAndTheRestIsDone() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    Files.createSymbolicLink(in.resolve("b.jpg"), in.resolve("gone.jpg"));

    Cli.Result result = segment(in, "--no-overlay");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("b.jpg: a link to nothing");
    assertThat(Cli.tree(out)).containsExactly("a.json", "a_mask.png", "summary.csv");
  }

  /** The longest name that leaves room for what the outputs' names add. */
  @Test
  void namesAndPathsMayBeLongAndOfAnyKind() throws Exception {
    assumeTrue(
        Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode('\u65e5'),
        "Java takes no such name in this locale");
    String name = "\u65e5 \u00fc".repeat(40) + "n".repeat(3);
    Path deep = in.resolve("d".repeat(200)).resolve("e e".repeat(60)).resolve("[f] {g}");
    Pictures.photo(deep.resolve(name + ".jpg"));

    Cli.Result result = segment(in);

    assertThat(result.code()).as(result.err()).isZero();
    Path mask = out.resolve(in.relativize(deep)).resolve(name + "_mask.png");
    assertThat(Masks.read(mask).width()).isEqualTo(60);
    assertThat(summary().get(0).getField("image"))
        .isEqualTo(deep.resolve(name + ".jpg").toString());
    assertThat(segment(in).out()).contains("1 kept");
  }

  @Test
  void thePhotosThatOneArgumentNamesTwiceAreDoneOnce() throws Exception {
    Path photo = Pictures.photo(in.resolve("a.jpg"));

    segment(in, photo, in + "/*.jpg");

    assertThat(summary()).hasSize(1);
  }

  @Test
  void itsOwnOutputsAreNotTakenForPhotos() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    out = in.resolve("results");
    segment(in);
    List<String> once = Cli.tree(out);

    Cli.Result again = segment(in);

    assertThat(again.out()).contains("1 kept", "Left out: 2 masks");
    assertThat(Cli.tree(out)).isEqualTo(once);

    out = in;
    assertThat(segment(in).out()).contains("1 outlined");
    assertThat(segment(in).out()).contains("1 kept");
  }

  @Test
  void theMasksOfADataSetAreNotTakenForPhotos() throws Exception {
    Path ph2 = in.resolve("PH2 Dataset images/IMD002");
    Pictures.photo(ph2.resolve("IMD002_Dermoscopic_Image/IMD002.png"));
    Pictures.mask(ph2.resolve("IMD002_lesion/IMD002_lesion.png"), 60, 45);
    Pictures.mask(ph2.resolve("IMD002_roi/IMD002_R1_Label4.png"), 60, 45);
    Pictures.photo(in.resolve("isic/ISIC_1.jpg"));
    Pictures.photo(in.resolve("isic/ISIC_1_superpixels.png"));

    segment(in, "--no-overlay");

    assertThat(summary())
        .extracting(r -> r.getField("mask"))
        .containsExactly(
            "PH2 Dataset images/IMD002/IMD002_Dermoscopic_Image/IMD002_mask.png",
            "isic/ISIC_1_mask.png");
  }

  @Test
  void equalNamesDoNotCollide() throws Exception {
    Pictures.photo(in.resolve("x.jpg"), 40, 30);
    Pictures.photo(in.resolve("x.png"), 50, 30);
    Pictures.photo(in.resolve("a/x.jpg"), 60, 30);

    segment(in, "--no-overlay");

    assertThat(Masks.read(out.resolve("x.jpg_mask.png")).width()).isEqualTo(40);
    assertThat(Masks.read(out.resolve("x.png_mask.png")).width()).isEqualTo(50);
    assertThat(Masks.read(out.resolve("a/x_mask.png")).width()).isEqualTo(60);
  }

  @Test
  void aNameWithAnAtSignIsAFile() {
    assertThat(segment(Pictures.photo(in.resolve("@x.jpg"))).code()).isZero();
  }

  // Existing outputs.

  @Test
  void existingOutputsAreKeptAndTheSummaryIsStillComplete() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    segment(in);
    NamedCsvRecord first = summary().get(0);
    FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(out.resolve("a_mask.png"), old);
    Pictures.photo(in.resolve("b.jpg"));

    Cli.Result result = segment(in);

    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("1 outlined, 1 kept", "--overwrite");
    assertThat(Files.getLastModifiedTime(out.resolve("a_mask.png"))).isEqualTo(old);
    Map<String, String> before = new LinkedHashMap<>(first.getFieldsAsMap());
    before.put("status", "kept");
    assertThat(summary().get(0).getFieldsAsMap()).isEqualTo(before);
  }

  @Test
  void overwriteReplacesThem() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    segment(in);
    Files.writeString(out.resolve("a_mask.png"), "old");

    assertThat(segment(in, "--overwrite").out()).contains("1 outlined");
    assertThat(Masks.read(out.resolve("a_mask.png")).width()).isEqualTo(60);
  }

  @Test
  void aMissingFileOfASetIsAddedToWhatIsThere() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    segment(in, "--no-overlay");

    Cli.Result result = segment(in);

    assertThat(result.code()).isZero();
    assertThat(out.resolve("a_overlay.jpg")).exists();
  }

  @Test
  void aForeignMaskIsNeverReplacedUnlessToldTo() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    Path truth = Pictures.mask(out.resolve("a_mask.png"), 60, 45);
    byte[] bytes = Files.readAllBytes(truth);

    Cli.Result result = segment(in);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .singleElement()
        .asString()
        .contains("a_mask.png exists already", "--overwrite");
    assertThat(truth).hasBinaryContent(bytes);
    assertThat(Cli.tree(out)).containsExactly("a_mask.png", "summary.csv");
  }

  // Determinism.

  @Test
  void theMasksDoNotDependOnTheThreads() throws Exception {
    for (int i = 0; i < 9; i++) {
      Pictures.photo(in.resolve("p" + i + ".jpg"), 50 + 10 * i, 40 + 3 * i);
    }
    Map<String, byte[]> masks = new LinkedHashMap<>();
    for (int threads : new int[] {1, 2, 5}) {
      out = temp.resolve("out" + threads);
      assertThat(segment(in, "--threads", threads, "--threshold", "0.51").code()).isZero();
      for (String file : Cli.tree(out)) {
        if (!file.endsWith(".json")) {
          byte[] bytes = Files.readAllBytes(out.resolve(file));
          byte[] before = masks.putIfAbsent(file, bytes);
          if (before != null) {
            assertThat(bytes).as("%s with %d threads", file, threads).isEqualTo(before);
          }
        }
      }
    }
    assertThat(masks).hasSize(9 * 2 + 1);
  }

  // Bad input: one line that names the file, the rest done, nothing half-written.

  private void assertRefused(Path bad, String... words) throws IOException {
    Path good = Pictures.photo(in.resolve("good.jpg"));

    Cli.Result result = segment(bad, good);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains(bad.toString()).contains(words);
    assertThat(Cli.tree(out))
        .containsExactly("good.json", "good_mask.png", "good_overlay.jpg", "summary.csv");
    assertThat(summary()).extracting(r -> r.getField("status")).containsExactly("failed", "done");
  }

  @Test
  void anEmptyFile() throws Exception {
    assertRefused(Files.createFile(in.resolve("empty.jpg")), "empty");
  }

  @Test
  void textNamedAsAPhoto() throws Exception {
    assertRefused(Files.writeString(in.resolve("text.jpg"), "Dear colleague,"), "not an image");
  }

  @Test
  void aMissingFile() throws Exception {
    assertRefused(in.resolve("missing.jpg"), "no such file");
  }

  @Test
  void aPngBomb() throws Exception {
    assertRefused(pngOfSize(in.resolve("bomb.png"), 40_000, 40_000), "40000 x 40000");
  }

  @Test
  void morePixelsThanAllowed() throws Exception {
    Path photo = Pictures.photo(in.resolve("large.jpg"), 100, 100);

    Cli.Result result = segment(photo, "--max-pixels", 9999);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("100 x 100", "9999");
    assertThat(segment(photo, "--max-pixels", 10_000).code()).isZero();
  }

  @Test
  void aFileThatMayNotBeRead() throws Exception {
    Path locked = Pictures.photo(in.resolve("locked.jpg"));
    assumeTrue(locked.toFile().setReadable(false) && !Files.isReadable(locked), "root reads all");
    assertRefused(locked, "permission");
  }

  @Test
  void aTruncatedJpegIsNeverSilent() throws Exception {
    Path whole = Pictures.photo(in.resolve("cut.jpg"), 300, 200);
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(whole, Arrays.copyOf(bytes, bytes.length / 2));

    Cli.Result result = segment(whole);

    assertThat(result.errors()).singleElement().asString().contains("cut.jpg");
    if (result.code() == 0) {
      assertThat(result.err()).contains("warning");
      assertThat(json("cut.json").at("/warnings").isEmpty()).isFalse();
      assertThat(summary().get(0).getField("warnings")).isNotEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1x1", "1x300", "2000x13"})
  void extremeShapesAreOutlined(String shape) throws Exception {
    int width = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
    int height = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));

    Cli.Result result = segment(Pictures.photo(in.resolve("x.png"), width, height));

    assertThat(result.code()).isZero();
    Mask mask = Masks.read(out.resolve("x_mask.png"));
    assertThat(List.of(mask.width(), mask.height())).containsExactly(width, height);
  }

  @Test
  void aFolderWithoutImages() throws Exception {
    Files.writeString(in.resolve("notes.txt"), "text");

    Cli.Result result = segment(in);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains(in.toString(), "no image");
    assertThat(out).doesNotExist();
  }

  @Test
  void anOutputFolderThatIsAFile() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"));
    Files.writeString(out, "mine");

    Cli.Result result = segment(photo);

    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).singleElement().asString().contains(out.toString(), "is a file");
    assertThat(out).hasContent("mine");
  }

  @Test
  void anOutputFolderBelowAFile() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"));
    out = Files.writeString(temp.resolve("file"), "mine").resolve("out");

    Cli.Result result = segment(photo);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains(out.toString());
  }

  @Test
  void anOutputFolderThatIsReadOnly() throws Exception {
    Path photo = Pictures.photo(in.resolve("x.jpg"));
    Files.createDirectories(out);
    assumeTrue(out.toFile().setWritable(false) && !Files.isWritable(out), "root writes all");

    Cli.Result result = segment(photo);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors())
        .singleElement()
        .asString()
        .contains(out.toString(), "permission denied");
  }

  @Test
  void anOutputThatCannotBeWrittenLeavesNoneOfItsPhotosFiles() throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    Pictures.photo(in.resolve("b.jpg"));
    // A folder of the name of a file to write: the mask can be written, the overlay cannot.
    Files.createDirectories(out.resolve("a_overlay.jpg/x"));

    Cli.Result result = segment(in, "--overwrite");

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains("a_overlay.jpg");
    assertThat(Cli.tree(out))
        .containsExactly("b.json", "b_mask.png", "b_overlay.jpg", "summary.csv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cut short", "not a Lentigo model"})
  void aModelThatIsDamagedIsOneLine(String message) throws Exception {
    Pictures.photo(in.resolve("a.jpg"));
    Pictures.photo(in.resolve("b.jpg"));
    byte[] bytes = Files.readAllBytes(model);
    if (message.equals("cut short")) {
      Files.write(model, Arrays.copyOf(bytes, bytes.length - 1000));
    } else {
      Files.writeString(model, "hello, I am a model");
    }

    Cli.Result result = segment(in);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).singleElement().asString().contains(model.toString(), message);
    assertThat(Cli.tree(out)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--threads=0",
        "--threads=-1",
        "--threshold=0",
        "--threshold=1.5",
        "--max-pixels=0"
      })
  void valuesThatMakeNoSenseAreWrongUsage(String option) {
    Path photo = Pictures.photo(in.resolve("x.jpg"));

    Cli.Result result = segment(photo, option);

    assertThat(result.code()).isEqualTo(2);
    String name = option.substring(0, option.indexOf('='));
    String value = option.substring(option.indexOf('=') + 1);
    assertThat(result.errors()).singleElement().asString().contains(name, value);
    assertThat(out).doesNotExist();
  }

  /** A PNG whose header says it is this large, with next to no data. */
  private static Path pngOfSize(Path file, int width, int height) throws IOException {
    try (DataOutputStream png = new DataOutputStream(Files.newOutputStream(file))) {
      png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
      ByteArrayOutputStream chunk = new ByteArrayOutputStream();
      DataOutputStream header = new DataOutputStream(chunk);
      header.write("IHDR".getBytes(StandardCharsets.US_ASCII));
      header.writeInt(width);
      header.writeInt(height);
      header.write(new byte[] {8, 2, 0, 0, 0});
      CRC32 crc = new CRC32();
      crc.update(chunk.toByteArray());
      png.writeInt(chunk.size() - 4);
      png.write(chunk.toByteArray());
      png.writeInt((int) crc.getValue());
    }
    return file;
  }
}
