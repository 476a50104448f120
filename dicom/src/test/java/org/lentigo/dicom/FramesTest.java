package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.PhotoWriter;
import org.lentigo.imaging.RgbImage;

/** Objects of several frames: which bytes are whose, what is outlined, and what is made of it. */
class FramesTest {
  private static final long MOST = 1 << 24;
  private static final int WIDTH = 61;
  private static final int HEIGHT = 47;

  @TempDir Path folder;

  /** The fixture's lesion, the same upside down, and skin alone. */
  private static List<RgbImage> pictures() {
    RgbImage first = Fixtures.image(WIDTH, HEIGHT);
    byte[] turned = new byte[first.data().length];
    for (int i = 0; i < turned.length; i++) {
      turned[i] = first.data()[turned.length - 3 - i + 2 * (i % 3)];
    }
    byte[] skin = new byte[turned.length];
    for (int i = 0; i < skin.length; i++) {
      skin[i] = (byte) (i % 3 == 0 ? 220 : i % 3 == 1 ? 180 : 160);
    }
    return List.of(first, new RgbImage(WIDTH, HEIGHT, skin), new RgbImage(WIDTH, HEIGHT, turned));
  }

  private static byte[] jpeg(RgbImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PhotoWriter.writeJpeg(image, out);
    byte[] jpeg = out.toByteArray();
    return jpeg.length % 2 == 0 ? jpeg : Arrays.copyOf(jpeg, jpeg.length + 1);
  }

  private DataSet header(int frames) throws IOException {
    DataSet data = DicomPhoto.read(Fixtures.wrapped(WIDTH, HEIGHT, folder), MOST).data().copy();
    data.put(Tag.SOP_CLASS, "1.2.840.10008.5.1.4.1.1.7.4");
    data.put(Tag.FRAMES, frames);
    return data;
  }

  private byte[] plain(int said, List<RgbImage> images) throws IOException {
    DataSet data = header(said);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    images.forEach(image -> all.writeBytes(image.data()));
    data.put(Tag.PHOTOMETRIC, "RGB");
    data.put(Tag.PIXEL_DATA, Vr.OB, all.toByteArray());
    return Part10Writer.file(data, TransferSyntax.EXPLICIT);
  }

  /** JPEGs, each in fragments of at most so many bytes, with or without a table of offsets. */
  private byte[] compressed(List<byte[]> jpegs, int most, boolean table) throws IOException {
    DataSet data = header(jpegs.size());
    List<Element> fragments = new ArrayList<>();
    ByteBuffer offsets = ByteBuffer.allocate(4 * jpegs.size()).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    for (byte[] jpeg : jpegs) {
      offsets.putInt(at);
      for (int from = 0; from < jpeg.length; from += most) {
        byte[] part = Arrays.copyOfRange(jpeg, from, Math.min(jpeg.length, from + most));
        fragments.add(Element.of(Tag.ITEM, Vr.OB, part));
        at += 8 + part.length;
      }
    }
    fragments.add(0, Element.of(Tag.ITEM, Vr.OB, table ? offsets.array() : new byte[0]));
    data.put(Element.encapsulated(Tag.PIXEL_DATA, fragments));
    return Part10Writer.file(data, TransferSyntax.JPEG_BASELINE);
  }

  private static byte[] frame(byte[] file, int i) throws IOException {
    return PixelReader.read(Part10Reader.read(file, MOST), MOST, i).image().data();
  }

  @Test
  void everyFrameIsFoundHoweverItIsStored() throws Exception {
    List<RgbImage> pictures = pictures();
    byte[] plain = plain(3, pictures);
    List<byte[]> jpegs = new ArrayList<>();
    for (RgbImage picture : pictures) {
      jpegs.add(jpeg(picture));
    }
    for (int i = 0; i < 3; i++) {
      assertThat(frame(plain, i)).isEqualTo(pictures.get(i).data());
      byte[] wanted = PhotoReader.read(jpegs.get(i), MOST).image().data();
      for (boolean table : new boolean[] {true, false}) {
        for (int most : new int[] {1 << 20, 300}) {
          assertThat(frame(compressed(jpegs, most, table), i))
              .as("frame %d, table %s, fragments of %d", i, table, most)
              .isEqualTo(wanted);
        }
      }
    }
  }

  @Test
  void theSegmentationHasAFrameForEachThatHasAnOutline() throws Exception {
    DicomPhoto photo =
        DicomPhoto.read(plain(3, pictures()), MOST).withFurtherFrames(Fixtures::outline);
    assertThat(photo.photo().warnings())
        .contains("3 frames: each is outlined; measures, overlay and report are of the first");
    DicomResults results = new DicomResults(photo, Fixtures.outline(photo.photo()), Fixtures.NOW);
    byte[] file = results.segmentation();

    List<Mask> masks = new ArrayList<>();
    for (RgbImage picture : pictures()) {
      masks.add(Fixtures.outline(new Photo(picture, List.of(), null)).lesion().mask());
    }
    assertThat(masks.get(0).area()).isPositive();
    assertThat(masks.get(1).area()).as("of skin alone").isZero();
    assertThat(masks.get(2).area()).isPositive();
    DataSet data = Part10Reader.read(file, MOST).data();
    assertThat(data.integer(Tag.FRAMES)).hasValue(2);
    List<DataSet> groups = data.items(Tag.FRAME_GROUPS);
    assertThat(groups.stream().map(FramesTest::referencedFrame)).containsExactly("1", "3");
    Element pixels = Objects.requireNonNull(data.get(Tag.PIXEL_DATA));
    int n = WIDTH * HEIGHT;
    for (int i = 0; i < 2 * n; i++) {
      int bit = pixels.array()[pixels.offset() + i / 8] >> i % 8 & 1;
      assertThat(bit).as("bit " + i).isEqualTo(masks.get(i < n ? 0 : 2).data()[i % n]);
    }
    Path path = Files.write(folder.resolve("seg.dcm"), file);
    assertThat(
            Tools.run("", Tools.program("dciodvfy", "dicom3tools"), "-new", path).lines().stream()
                .filter(l -> l.startsWith("Error") || l.startsWith("Warning"))
                .filter(l -> !l.contains("would be needed to build DICOMDIR")))
        .isEmpty();
  }

  private static String referencedFrame(DataSet group) {
    return group
        .items(Tag.DERIVATION_IMAGES)
        .get(0)
        .items(Tag.SOURCE_IMAGES)
        .get(0)
        .text(Tag.REFERENCED_FRAME);
  }

  @Test
  void framesThatAreSaidAndNotThereCostNothing() throws Exception {
    List<Integer> outlined = new ArrayList<>();
    DicomPhoto photo =
        DicomPhoto.read(plain(65_535, pictures()), MOST)
            .withFurtherFrames(
                frame -> {
                  outlined.add(frame.image().width());
                  return Fixtures.outline(frame);
                });
    assertThat(outlined).hasSize(2);
    assertThat(photo.photo().warnings())
        .contains(
            "the file has fewer frames than it says",
            "65535 frames: the first 256 are outlined, those behind them are left out; measures,"
                + " overlay and report are of the first")
        .anyMatch(
            w ->
                w.startsWith(
                    "frames that cannot be read are left out, 253 in all, the"
                        + " first of them 4: truncated"))
        .hasSize(3);
    DicomResults results = new DicomResults(photo, Fixtures.outline(photo.photo()), Fixtures.NOW);
    DataSet data = Part10Reader.read(results.segmentation(), MOST).data();
    assertThat(data.integer(Tag.FRAMES)).hasValue(2);
  }

  /** All frames together have no more pixels than one photo may. */
  @Test
  void theLimitOnPixelsIsForAllFramesTogether() throws Exception {
    DicomPhoto photo =
        DicomPhoto.read(plain(3, pictures()), 2 * WIDTH * HEIGHT)
            .withFurtherFrames(Fixtures::outline);
    assertThat(photo.further()).extracting(DicomPhoto.FurtherFrame::number).containsExactly(2);
    assertThat(photo.photo().warnings()).anyMatch(w -> w.contains("the first 2 are outlined"));
  }
}
