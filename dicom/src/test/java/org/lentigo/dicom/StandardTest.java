package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.RgbImage;

/** Corners of PS3.5 and PS3.15 that a reading of both found, each with what was wrong there. */
class StandardTest {
  private static final long MOST = 1 << 24;
  private static final int ICON = 0x0088_0200;

  @TempDir Path folder;

  private DataSet photo() throws IOException {
    return DicomPhoto.read(Fixtures.wrapped(61, 47, folder), MOST).data().copy();
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Behind a wrong length, what is taken for a tag may be a part of the patient's name. */
  @Test
  void noErrorRepeatsWhatMayBeOfTheName() throws Exception {
    for (TransferSyntax syntax : List.of(TransferSyntax.EXPLICIT, TransferSyntax.IMPLICIT)) {
      DataSet data = photo();
      data.put(Tag.PATIENT_NAME, "Secret^Patient");
      data.put(Tag.PIXEL_DATA, Vr.OB, new byte[2]);
      byte[] whole = Part10Writer.file(data, syntax);
      int at = new String(whole, StandardCharsets.ISO_8859_1).indexOf("Secret");
      for (int length = 0; length < 40; length++) {
        byte[] file = whole.clone();
        file[at - (syntax == TransferSyntax.EXPLICIT ? 2 : 4)] = (byte) length;
        for (int cut : new int[] {file.length, at + 6, at + 9}) {
          try {
            DicomPhoto.read(Arrays.copyOf(file, cut), MOST);
          } catch (DicomException e) {
            String said = e.getMessage();
            for (int i = 0; i + 2 <= "Secret^Patient".length(); i++) {
              String hex =
                  String.format("%02x", (int) "Secret^Patient".charAt(i))
                      + String.format("%02x", (int) "Secret^Patient".charAt(i + 1));
              String turned = hex.substring(2) + hex.substring(0, 2);
              assertThat(said).as("length %d", length).doesNotContain("Secret", hex, turned);
            }
          }
        }
      }
    }
  }

  /** PS3.3, table 10-11: a frame's number belongs to classes of several frames alone. */
  @Test
  void anObjectOfOneFramesClassIsReferredToWithoutANumber() throws Exception {
    for (String sopClass : List.of(Uids.SECONDARY_CAPTURE, "1.2.840.10008.5.1.4.1.1.7.4")) {
      DataSet data = photo();
      data.put(Tag.SOP_CLASS, sopClass);
      data.put(Tag.FRAMES, 2);
      byte[] frame = Fixtures.image(61, 47).data();
      data.put(Tag.PHOTOMETRIC, "RGB");
      data.put(Tag.PIXEL_DATA, Vr.OB, joined(frame, frame));
      DicomPhoto photo =
          DicomPhoto.read(Part10Writer.file(data, TransferSyntax.EXPLICIT), MOST)
              .withFurtherFrames(Fixtures::outline);
      DicomResults results = new DicomResults(photo, Fixtures.outline(photo), Fixtures.NOW);
      DataSet made = Part10Reader.read(results.segmentation(), MOST).data();
      DataSet source =
          made.items(Tag.FRAME_GROUPS)
              .get(0)
              .items(Tag.DERIVATION_IMAGES)
              .get(0)
              .items(Tag.SOURCE_IMAGES)
              .get(0);
      assertThat(source.has(Tag.REFERENCED_FRAME))
          .isEqualTo(!sopClass.equals(Uids.SECONDARY_CAPTURE));
    }
  }

  /** Each of these zeros is an element of implicit form; whether all the rest is, is asked once. */
  @Test
  @Timeout(120)
  void zerosAreNotGoneThroughForEachElement() {
    byte[] head = Part10Writer.header("1.2.3", "1.2.3", TransferSyntax.IMPLICIT.uid);
    byte[] file = Arrays.copyOf(head, head.length + (48 << 20));
    file[file.length - 1] = 1;
    assertThatThrownBy(() -> Part10Reader.read(file, MOST))
        .hasMessageContaining("more than 200000 elements");
    assertThatThrownBy(() -> DicomPhoto.read(Arrays.copyOf(head, file.length), MOST))
        .as("filled up with zeros, and nothing else in it")
        .hasMessageContaining("wanted Dermoscopic Photography");
  }

  @Test
  void aCompressedIconIsNoReasonToRefuseThePhoto() throws Exception {
    DataSet data = photo();
    DataSet icon = new DataSet();
    icon.put(Tag.ROWS, 1);
    icon.put(
        Element.encapsulated(
            Tag.PIXEL_DATA,
            List.of(
                Element.of(Tag.ITEM, Vr.OB, new byte[0]),
                Element.of(Tag.ITEM, Vr.OB, new byte[] {1, 2, 3, 4}))));
    data.put(ICON, icon);
    DicomPhoto read = DicomPhoto.read(Part10Writer.file(data, TransferSyntax.JPEG_BASELINE), MOST);
    Element pixels = Objects.requireNonNull(read.data().items(ICON).get(0).get(Tag.PIXEL_DATA));
    assertThat(Objects.requireNonNull(pixels.fragments).get(1).bytes())
        .isEqualTo(new byte[] {1, 2, 3, 4});
    assertThat(read.photo().image().width()).isEqualTo(61);
  }

  /** PS3.5, 6.2.2: implicit little endian, whatever is around it. */
  @Test
  void itemsOfUnknownFormAreLittleEndianInBigEndianFilesToo() throws Exception {
    ByteBuffer big = ByteBuffer.allocate(200);
    big.putInt(0x0008_0060).put(latin("CS")).putShort((short) 2).put(latin("XC"));
    big.putInt(0x0008_1140).put(latin("UN")).putShort((short) 0).putInt(-1);
    ByteBuffer little = big.slice().order(ByteOrder.LITTLE_ENDIAN);
    tag(little, Tag.ITEM).putInt(-1);
    tag(little, 0x0008_0100).putInt(4).put(latin("CODE"));
    tag(little, 0xfffe_e00d).putInt(0);
    tag(little, Tag.SEQUENCE_END).putInt(0);
    big.position(big.position() + little.position());
    big.putInt(Tag.ROWS).put(latin("US")).putShort((short) 2).putShort((short) 300);
    DataSet data =
        Part10Reader.dataSet(
            Arrays.copyOf(big.array(), big.position()),
            0,
            TransferSyntax.BIG_ENDIAN,
            new ArrayList<>());
    assertThat(data.items(0x0008_1140).get(0).text(0x0008_0100)).isEqualTo("CODE");
    assertThat(data.integer(Tag.ROWS)).hasValue(300);
  }

  private static ByteBuffer tag(ByteBuffer to, int tag) {
    return to.putShort((short) (tag >>> 16)).putShort((short) tag);
  }

  /** They are those of the writer's own groups, and retired. */
  @Test
  void lengthsOfGroupsAreNotCopied() throws Exception {
    DataSet data = photo();
    data.put(Element.of(0x0008_0000, Vr.UL, new byte[] {9, 9, 0, 0}));
    byte[] file = Part10Writer.file(data, TransferSyntax.JPEG_BASELINE);
    Part10 read = Part10Reader.read(file, MOST);
    assertThat(read.data().has(0x0008_0000)).isFalse();
    assertThat(read.meta().has(Tag.META_LENGTH)).isTrue();
  }

  @Test
  void bitsBesideThoseStoredAreNoPartOfThePicture() throws Exception {
    byte[] plain = grey(11, 0, 0xf000);
    assertThat(grey(15, 4, 0x000f)).isEqualTo(plain);
    assertThat(plain[0]).as("0 of 4095").isZero();
    assertThat(plain[plain.length - 1]).as("4095 of 4095").isEqualTo((byte) 255);
  }

  /** 12 bits of 16, a ramp, with an overlay's bits beside them. */
  private byte[] grey(int highBit, int shift, int overlay) throws IOException {
    DataSet data = photo();
    data.put(Tag.SOP_CLASS, Uids.SECONDARY_CAPTURE);
    data.put(Tag.SAMPLES, 1);
    data.put(Tag.PHOTOMETRIC, "MONOCHROME2");
    data.put(Tag.ROWS, 8);
    data.put(Tag.COLUMNS, 8);
    data.put(Tag.BITS_ALLOCATED, 16);
    data.put(Tag.BITS_STORED, 12);
    data.put(Tag.HIGH_BIT, highBit);
    ByteBuffer samples = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 64; i++) {
      samples.putShort((short) (i * 65 << shift | overlay));
    }
    data.put(Tag.PIXEL_DATA, Vr.OW, samples.array());
    byte[] file = Part10Writer.file(data, TransferSyntax.EXPLICIT);
    return DicomPhoto.read(file, MOST).photo().image().data();
  }

  private static DicomPhoto anonymous(DicomPhoto photo) throws IOException {
    return DicomPhoto.read(new Anonymiser().anonymised(photo).toFile(), MOST);
  }

  private static void assertClean(DicomPhoto photo) throws IOException {
    assertThat(new String(photo.toFile(), StandardCharsets.ISO_8859_1)).contains("SECRET");
    DicomPhoto clean = anonymous(photo);
    assertThat(new String(clean.toFile(), StandardCharsets.ISO_8859_1)).doesNotContain("SECRET");
    assertThat(clean.photo().image().data()).isEqualTo(photo.photo().image().data());
  }

  /** A phone's second picture, comments behind the first scan, and markers cut by fragments. */
  @Test
  void metadataGoWhereverTheyAreInAJpeg() throws Exception {
    byte[] jpeg = Fixtures.jpeg(61, 47);
    byte[] exif = latin("\u00ff\u00e1\0\u0010Exif\0\0SECRETAB");
    byte[] body = Arrays.copyOfRange(jpeg, 2, jpeg.length - 2);
    byte[] start = {(byte) 0xff, (byte) 0xd8};
    byte[] end = {(byte) 0xff, (byte) 0xd9};
    byte[] late = latin("\u00ff\u00fe\0\bSECRET");
    byte[] marked = joined(start, exif, body, late, end, start, exif, body, end);
    DataSet data = photo();
    data.put(
        Element.encapsulated(
            Tag.PIXEL_DATA,
            List.of(
                Element.of(Tag.ITEM, Vr.OB, new byte[0]),
                Element.of(Tag.ITEM, Vr.OB, Arrays.copyOf(marked, 10)),
                Element.of(Tag.ITEM, Vr.OB, Arrays.copyOfRange(marked, 10, marked.length)))));
    assertClean(DicomPhoto.read(Part10Writer.file(data, TransferSyntax.JPEG_BASELINE), MOST));
  }

  @Test
  void commentsInJpeg2000GoToo() throws Exception {
    RgbImage image = Fixtures.image(64, 48);
    BufferedImage picture = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 48; i++) {
      int x = i % 64;
      int y = i / 64;
      picture.setRGB(x, y, image.get(x, y, 0) << 16 | image.get(x, y, 1) << 8 | image.get(x, y, 2));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageWriter writer =
        new com.github.jaiimageio.jpeg2000.impl.J2KImageWriterSpi().createWriterInstance();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      writer.setOutput(stream);
      writer.write(picture);
    }
    byte[] j2k = out.toByteArray();
    int soc = 0;
    while (j2k[soc] != (byte) 0xff || j2k[soc + 1] != 0x4f) {
      soc++;
    }
    int behindSize = soc + 4 + ((j2k[soc + 4] & 0xff) << 8 | j2k[soc + 5] & 0xff);
    byte[] marked =
        joined(
            Arrays.copyOfRange(j2k, soc, behindSize),
            latin("\u00ff\u0064\0\n\0\1SECRET"),
            Arrays.copyOfRange(j2k, behindSize, j2k.length),
            latin("SECRET box"));
    DataSet data = photo();
    data.put(Tag.ROWS, 48);
    data.put(Tag.COLUMNS, 64);
    data.put(Tag.PHOTOMETRIC, "YBR_RCT");
    data.put(
        Element.encapsulated(
            Tag.PIXEL_DATA,
            List.of(
                Element.of(Tag.ITEM, Vr.OB, new byte[0]), Element.of(Tag.ITEM, Vr.OB, marked))));
    assertClean(DicomPhoto.read(Part10Writer.file(data, TransferSyntax.JPEG_2000), MOST));
  }

  /** Tables of offsets would no longer be right, overlays without their bits describe nothing. */
  @Test
  void whatDescribesWhatIsGoneGoesToo() throws Exception {
    DataSet data = photo();
    data.put(Tag.OFFSET_TABLE, Vr.OV, new byte[8]);
    data.put(Tag.OFFSET_TABLE_LENGTHS, Vr.OV, new byte[8]);
    data.put(Element.of(0x6002_0010, Vr.US, new byte[] {4, 0}));
    data.put(Element.of(0x6002_3000, Vr.OW, latin("SECRET")));
    data.put(Tag.RECOGNIZABLE, "YES");
    DicomPhoto photo = DicomPhoto.read(Part10Writer.file(data, TransferSyntax.JPEG_BASELINE), MOST);
    DicomPhoto clean = new Anonymiser().anonymised(photo);
    for (int tag : new int[] {Tag.OFFSET_TABLE, Tag.OFFSET_TABLE_LENGTHS, 0x6002_0010}) {
      assertThat(clean.data().has(tag)).as(Tag.name(tag)).isFalse();
    }
    assertThat(clean.photo().warnings()).anyMatch(w -> w.contains("Recognizable"));
    assertThat(photo.photo().warnings()).noneMatch(w -> w.contains("Recognizable"));
  }
}
