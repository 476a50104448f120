package org.lentigo.runtime.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Masks;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Size;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.UnreadableMaskException;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSetException;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.network.Calibration;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.ModelFormatException;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.PostProcessing;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Quantization;
import org.lentigo.network.Weights;

/**
 * Damaged photos, masks, models and data sets through what reads them. A refusal is one line of the
 * promised exception; nothing else is thrown, and neither time nor memory are out of proportion.
 *
 * <p>A short slice runs by itself; {@code -Dlentigo.fuzz.count=100000} and {@code
 * -Dlentigo.fuzz.seed=2} try more of each kind, and a fifth as many folders (README.md has the
 * command). A case that fails is kept in {@code target/fuzz}. Whatever was found so lies in {@code
 * src/test/resources/fuzz} or is drawn in the reader's own test.
 */
class ReadersFuzzTest {
  private static final long MAX_PIXELS = 1_000_000;
  private static final long MB = 1 << 20;
  private static final String ONE_LINE = "[^\\p{Cntrl}]{5,400}";

  /** As {@link PhotoReader} promises. */
  private static final long MOST = 64 * MB + 40 * MAX_PIXELS;

  private static final int MOST_PER_BYTE = 64;

  @TempDir Path folder;

  private final Fuzz.Subject photos =
      new Fuzz.Subject("photo", ReadersFuzzTest::readPhoto, MOST, MOST_PER_BYTE);

  /** Nothing is decoded. */
  private final Fuzz.Subject sizes =
      new Fuzz.Subject("size", ReadersFuzzTest::readSize, 16 * MB, MOST_PER_BYTE);

  private final Fuzz.Subject masks = new Fuzz.Subject("mask", this::readMask, MOST, MOST_PER_BYTE);

  private final Fuzz.Subject models =
      new Fuzz.Subject("model", ReadersFuzzTest::readModel, 16 * MB, MOST_PER_BYTE);

  @Test
  void photos() throws Exception {
    check(photos, SeedFiles.photos());
  }

  @Test
  void sizes() throws Exception {
    check(sizes, SeedFiles.photos());
  }

  @Test
  void masks() throws Exception {
    List<byte[]> seeds = new ArrayList<>(SeedFiles.masks());
    seeds.addAll(SeedFiles.photos());
    check(masks, seeds);
  }

  @Test
  void models() throws Exception {
    check(models, modelSeeds());
  }

  /** What earlier runs found. */
  @Test
  void theCorpus() throws Exception {
    List<Path> files;
    try (Stream<Path> all = Files.list(Path.of("src/test/resources/fuzz"))) {
      files = all.sorted().toList();
    }
    assertThat(files).isNotEmpty();
    for (Fuzz.Subject subject : List.of(photos, sizes, masks)) {
      assertThat(Fuzz.run(subject, files.size(), i -> Files.readAllBytes(files.get(i)))).isEmpty();
    }
  }

  /** Each case is a number, from which a folder is drawn. */
  @Test
  void dataSets() throws Exception {
    OddFolders odd = new OddFolders();
    // A folder further down: a link to ".." is to find nothing else.
    Path root = Files.createDirectory(folder.resolve("set"));
    int[] opened = {0};
    Fuzz.Subject subject =
        new Fuzz.Subject(
            "data-set",
            number -> {
              try {
                odd.fill(root, new Mutator(ByteBuffer.wrap(number).getLong()));
                opened[0] += readDataSet(root) ? 1 : 0;
              } finally {
                OddFolders.empty(root);
              }
            },
            64 * MB + 40 * Masks.DEFAULT_MAX_PIXELS,
            0);
    int count = Math.max(1, Fuzz.COUNT / 5);
    Map<String, Path> failures =
        Fuzz.run(subject, count, i -> ByteBuffer.allocate(8).putLong(31 * Fuzz.SEED + i).array());
    assertThat(failures).isEmpty();
    assertThat(opened[0]).isGreaterThan(count / 10);
  }

  private static void check(Fuzz.Subject subject, List<byte[]> seeds) throws Exception {
    for (byte[] seed : seeds) {
      try {
        subject.reader().read(seed);
      } catch (Exception e) {
        throw new AssertionError("a whole file is refused", e);
      }
    }
    Map<String, Path> failures =
        Fuzz.run(
            subject,
            Fuzz.COUNT,
            i -> {
              Mutator mutator = new Mutator(31 * Fuzz.SEED + i);
              return mutator.damaged(seeds.get(i % seeds.size()), seeds);
            });
    assertThat(failures).isEmpty();
  }

  private static void readPhoto(byte[] file) throws IOException {
    RgbImage image;
    try {
      Photo photo = PhotoReader.read(file, MAX_PIXELS);
      assertThat(photo.warnings()).allMatch(line -> line.matches(ONE_LINE));
      image = photo.image();
    } catch (UnreadableImageException e) {
      assertThat(e).hasMessageMatching(ONE_LINE);
      return;
    }
    assertThat((long) image.width() * image.height()).isLessThanOrEqualTo(MAX_PIXELS);
    assertThat(PhotoReader.size(file)).isEqualTo(new Size(image.width(), image.height()));
  }

  private static void readSize(byte[] file) {
    try {
      Size size = PhotoReader.size(file);
      assertThat(size.width()).isPositive();
      assertThat(size.height()).isPositive();
    } catch (UnreadableImageException e) {
      assertThat(e).hasMessageMatching(ONE_LINE);
    }
  }

  private void readMask(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("mask"), bytes);
    try {
      Mask mask = Masks.read(file, MAX_PIXELS);
      assertThat((long) mask.width() * mask.height()).isLessThanOrEqualTo(MAX_PIXELS);
    } catch (UnreadableMaskException e) {
      assertThat(e.reason()).matches(ONE_LINE);
    }
  }

  private static void readModel(byte[] file) throws IOException {
    try {
      Model model = ModelFile.read(file);
      assertThat(ModelFile.read(ModelFile.encode(model)).sha256()).isEqualTo(model.sha256());
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageMatching(ONE_LINE);
    }
  }

  /** Whether it was one. */
  private static boolean readDataSet(Path folder) throws IOException {
    DataSet set;
    try {
      set = DataSets.open(folder);
    } catch (DataSetException e) {
      return false;
    }
    set.all().forEach(DataSets::check);
    assertThat(DataSets.sha256(set.all())).hasSize(64);
    return true;
  }

  private static List<byte[]> modelSeeds() {
    Network lite = Networks.get("lite");
    Model plain =
        new Model(
            "plain",
            lite,
            Weights.random(lite.graph(), 1),
            new Preprocessing(64, List.of(0.7f, 0.6f, 0.5f), List.of(0.2f, 0.2f, 0.2f)),
            0.5f,
            new TreeMap<>(Map.of("data", "none")));
    JaccardPredictor predictor =
        new JaccardPredictor(List.of("a", "b"), List.of(0.1, 2.0, -1.0), 0.8);
    Model taught =
        plain
            .withPostProcessing(new PostProcessing(0.25, false, true))
            .calibrated(new Calibration(0.75, -0.1, 86, java.util.Optional.of(predictor)));
    Model whole =
        taught.quantized(
            "integers",
            new Quantization(new TreeMap<>(Map.of("stem", new Quantization.Range(0, 4))), 9));
    return List.of(ModelFile.encode(plain), ModelFile.encode(taught), ModelFile.encode(whole));
  }
}
