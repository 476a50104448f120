package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
import org.lentigo.imaging.PhotoReader;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;

/** What is written, by the judgement of dciodvfy, pydicom and dcmtk. */
class DicomResultsTest {
  private static final long MOST = 1 << 24;

  @TempDir Path folder;

  private List<String> complaints(String name, byte[] file) throws Exception {
    Path path = Files.write(folder.resolve(name), file);
    return Tools.run("", Tools.program("dciodvfy", "dicom3tools"), "-new", path).lines().stream()
        .filter(l -> l.startsWith("Error") || l.startsWith("Warning"))
        // A patient that nobody knows cannot be found again on a disk; that is no fault.
        .filter(l -> !l.contains("would be needed to build DICOMDIR"))
        .toList();
  }

  private static void assertNoError(List<String> complaints) {
    assertThat(complaints).noneMatch(l -> l.startsWith("Error"));
  }

  private static DicomResults results(DicomPhoto photo) throws Exception {
    return new DicomResults(photo, Fixtures.outline(photo), Fixtures.NOW);
  }

  private void validate(DicomPhoto photo) throws Exception {
    DicomResults results = results(photo);
    assertThat(complaints("seg.dcm", results.segmentation())).isEmpty();
    assertNoError(complaints("sc.dcm", results.all().get(1)));
    assertNoError(complaints("sr.dcm", results.report()));
  }

  @Test
  void theValidatorFindsNothing() throws Exception {
    byte[] wrapped = Fixtures.wrapped(320, 240, folder);
    assertNoError(complaints("photo.dcm", wrapped));
    DicomPhoto photo = DicomPhoto.read(wrapped, MOST);
    validate(photo);
    DicomPhoto anonymous = new Anonymiser().anonymised(photo);
    assertNoError(complaints("anonymous.dcm", anonymous.toFile()));
    validate(anonymous);
  }

  /**
   * What a vendor may leave out or write wrongly costs neither the photo nor what is made of it.
   */
  @Test
  void wrongAndMissingElementsCostNothing() throws Exception {
    DataSet data = DicomPhoto.read(Fixtures.wrapped(61, 47, folder), MOST).data();
    DataSet poor = new DataSet();
    poor.put(Tag.SOP_CLASS, Uids.SECONDARY_CAPTURE);
    for (int tag :
        new int[] {
          Tag.SAMPLES, Tag.PHOTOMETRIC, Tag.ROWS, Tag.COLUMNS, Tag.BITS_ALLOCATED, Tag.PIXEL_DATA
        }) {
      poor.put(Objects.requireNonNull(data.get(tag)));
    }
    validate(DicomPhoto.read(Part10Writer.file(poor, TransferSyntax.JPEG_BASELINE), MOST));

    DataSet wrong = data.copy();
    wrong.put(Tag.BIRTH_DATE, "3 Feb 1961");
    wrong.put(Tag.SEX, "female");
    wrong.put(Tag.STUDY_TIME, "noon");
    wrong.put(Tag.STUDY_INSTANCE, "1.2.x");
    wrong.put(Tag.PIXEL_SPACING, "none");
    wrong.put(Tag.CHARACTER_SET, "LATIN");
    wrong.put(Element.of(Tag.PATIENT_ID, Vr.LO, new byte[] {'a', 7, 'b'}));
    DicomPhoto photo =
        DicomPhoto.read(Part10Writer.file(wrong, TransferSyntax.JPEG_BASELINE), MOST);
    assertThat(photo.photo().warnings())
        .hasSizeGreaterThanOrEqualTo(6)
        .noneMatch(w -> w.contains("1961") || w.contains("female") || w.contains("noon"));
    validate(photo);
  }

  @Test
  void pydicomSeesTheMaskAndWhoseItIs() throws Exception {
    String python = Tools.pydicom();
    DicomPhoto photo = DicomPhoto.read(Fixtures.wrapped(61, 47, folder), MOST);
    OutlinedPhoto outlined = Fixtures.outline(photo);
    DicomResults results = new DicomResults(photo, outlined, Fixtures.NOW);
    Path seg = Files.write(folder.resolve("seg.dcm"), results.segmentation());
    Path report = Files.write(folder.resolve("sr.dcm"), results.report());
    List<String> said =
        Tools.run(
                "",
                python,
                "-c",
                """
                import sys, pydicom
                s = pydicom.dcmread(sys.argv[1])
                bits = s.PixelData
                n = s.Rows * s.Columns
                print(sum(bits[i >> 3] >> (i & 7) & 1 for i in range(n)))
                print("".join(str(bits[i >> 3] >> (i & 7) & 1) for i in range(n)))
                print(ascii(str(s.PatientName)), s.PatientID, s.PatientBirthDate, s.StudyInstanceUID)
                f = s.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
                print(f.ReferencedSOPInstanceUID)
                a = s.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0]
                print(a.AlgorithmParameters)
                r = pydicom.dcmread(sys.argv[2])
                group = r.ContentSequence[-1].ContentSequence[0].ContentSequence
                for item in group:
                    if item.ValueType == "NUM":
                        v = item.MeasuredValueSequence[0]
                        print(item.ConceptNameCodeSequence[0].CodeMeaning, v.NumericValue, v.MeasurementUnitsCodeSequence[0].CodeValue)
                    if item.ValueType == "IMAGE":
                        print(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
                """,
                seg,
                report)
            .lines();
    Mask mask = outlined.lesion().mask();
    StringBuilder bits = new StringBuilder();
    for (byte b : mask.data()) {
      bits.append(b);
    }
    assertThat(said.get(0)).isEqualTo(Long.toString(mask.area()));
    assertThat(said.get(1)).isEqualTo(bits.toString());
    assertThat(said.get(2))
        .isEqualTo(
            "'M\\xfcller^\\xc4nne' P-4711 19610203 " + photo.data().text(Tag.STUDY_INSTANCE));
    assertThat(said.get(3)).isEqualTo(photo.instance());
    assertThat(said.get(4)).contains("sha256 " + outlined.measurement().model().sha256());
    assertThat(said).contains(results.segmentationInstance(), photo.instance());
    try (Segmenter once = Segmenter.bundled().oneLook()) {
      OutlinedPhoto other = new PhotoOutliner(once).outline(photo.photo(), 0, null);
      assertThat(new DicomResults(photo, other, Fixtures.NOW).segmentationInstance())
          .as("of one look")
          .isNotEqualTo(results.segmentationInstance());
    }
    String area = DataSet.decimal(mask.area() * 0.02 * 0.02);
    assertThat(said).contains("Area " + area + " mm2");
    String across =
        DataSet.decimal(
            Objects.requireNonNull(outlined.measurement().shape()).largestDiameterPx() * 0.02);
    assertThat(said).contains("Long Axis " + across + " mm");
    assertThat(said).anyMatch(l -> l.startsWith("Share of the lesion that is dark brown "));
    assertThat(said).anyMatch(l -> l.startsWith("Predicted Jaccard index 0."));
  }

  @Test
  void thePhotoIsKeptByteForByteAndReadAsOutsideOfDicom() throws Exception {
    byte[] jpeg = Fixtures.jpeg(127, 95);
    byte[] file =
        PhotoWrapper.wrap(jpeg, Path.of("b.jpg"), PatientTable.empty(), Fixtures.NOW).file();
    DicomPhoto photo = DicomPhoto.read(file, MOST);
    Element pixels = Objects.requireNonNull(photo.data().get(Tag.PIXEL_DATA));
    byte[] kept = Objects.requireNonNull(pixels.fragments).get(1).bytes();
    assertThat(Arrays.copyOf(kept, jpeg.length)).isEqualTo(jpeg);
    assertThat(photo.photo().image().data()).isEqualTo(PhotoReader.read(jpeg, MOST).image().data());
    assertThat(PhotoWrapper.wrap(jpeg, Path.of("c.jpg"), PatientTable.empty(), Fixtures.NOW).file())
        .as("the same photo is the same object")
        .isEqualTo(file);
  }

  /** EXIF tags: orientation, and when it was taken. */
  private static byte[] tagged(byte[] jpeg, int orientation, String taken) {
    ByteBuffer b = ByteBuffer.allocate(4 + 6 + 82).putShort((short) 0xffe1).putShort((short) 90);
    b.put("Exif\0\0MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(8).putShort((short) 2);
    b.putShort((short) 0x0112).putShort((short) 3).putInt(1).putInt(orientation << 16);
    b.putShort((short) 0x8769).putShort((short) 4).putInt(1).putInt(38).putInt(0);
    b.putShort((short) 1).putShort((short) 0x9003).putShort((short) 2).putInt(20).putInt(56);
    b.putInt(0).put(taken.getBytes(StandardCharsets.ISO_8859_1));
    byte[] whole = Arrays.copyOf(jpeg, jpeg.length + b.capacity());
    System.arraycopy(jpeg, 2, whole, 2 + b.capacity(), jpeg.length - 2);
    System.arraycopy(b.array(), 0, whole, 2, b.capacity());
    return whole;
  }

  @Test
  void aPhotoOfNobodyIsAStudyOfTheDayItWasTaken() throws Exception {
    byte[] jpeg = tagged(Fixtures.jpeg(127, 95), 6, "2024:02:29 08:09:10");
    PhotoWrapper.Wrapped wrapped =
        PhotoWrapper.wrap(jpeg, Path.of("b.jpg"), PatientTable.empty(), Fixtures.NOW);
    assertThat(wrapped.warnings()).anyMatch(w -> w.startsWith("its EXIF tags turn it"));
    DicomPhoto photo = DicomPhoto.read(wrapped.file(), MOST);
    assertThat(photo.data().text(Tag.STUDY_DATE)).isEqualTo("20240229");
    assertThat(photo.data().text(Tag.STUDY_TIME)).isEqualTo("080910");
    assertThat(photo.data().text(Tag.STUDY_ID)).matches("[0-9A-F]{16}");
    assertThat(photo.photo().image().width()).as("as stored").isEqualTo(127);

    // A clock that was never set is none; a photo that is not turned is not told of.
    PhotoWrapper.Wrapped unset =
        PhotoWrapper.wrap(
            tagged(Fixtures.jpeg(127, 95), 1, "0000:00:00 00:00:00"),
            Path.of("b.jpg"),
            PatientTable.empty(),
            Fixtures.NOW);
    assertThat(unset.warnings()).noneMatch(w -> w.contains("EXIF"));
    assertThat(DicomPhoto.read(unset.file(), MOST).data().text(Tag.STUDY_DATE))
        .isEqualTo("20261127");
  }

  @Test
  void theStudyOfAPhotoOfNobodyIsWhole() throws Exception {
    byte[] file =
        PhotoWrapper.wrap(
                Fixtures.jpeg(127, 95), Path.of("b.jpg"), PatientTable.empty(), Fixtures.NOW)
            .file();
    Path path =
        Files.write(folder.resolve("seg.dcm"), results(DicomPhoto.read(file, MOST)).segmentation());
    assertThat(Tools.run("", Tools.program("dciodvfy", "dicom3tools"), "-new", path).lines())
        .noneMatch(l -> l.contains("<Study"));
  }

  /** The same photo outlined in the same way gives the same objects' names; another does not. */
  @Test
  void identifiersHangOnPhotoAndModelAlone() throws Exception {
    DicomPhoto photo = DicomPhoto.read(Fixtures.wrapped(61, 47, folder), MOST);
    OutlinedPhoto outlined = Fixtures.outline(photo);
    DicomResults now = new DicomResults(photo, outlined, Fixtures.NOW);
    DicomResults later = new DicomResults(photo, outlined, Fixtures.NOW.plusDays(1));
    assertThat(later.segmentationInstance()).isEqualTo(now.segmentationInstance());
    DicomPhoto other = DicomPhoto.read(Fixtures.wrapped(61, 48, folder), MOST);
    assertThat(results(other).segmentationInstance()).isNotEqualTo(now.segmentationInstance());
  }

  @Test
  void nothingOfThePatientIsLeft() throws Exception {
    DataSet data = DicomPhoto.read(Fixtures.wrapped(61, 47, folder), MOST).data().copy();
    List<String> secrets =
        new ArrayList<>(List.of("P-4711", "1.2.3.4711", "nne", "19610203", "A77", "20260102"));
    // Every attribute of the table that holds text, a private one, one of no dictionary, and in
    // items.
    DataSet nested = new DataSet();
    int n = 0;
    for (String[] line : Vr.table("basic-profile.txt")) {
      for (int i = 2; i < line.length; i++) {
        if (line[1].contains("x") || line[1].equals("0000") || line[1].equals("0002")) {
          continue;
        }
        int tag = (int) Long.parseLong(line[1] + line[i], 16);
        Vr vr = Vr.known(tag);
        if (vr == null || tag == Tag.SOP_INSTANCE) {
          continue;
        }
        String secret = vr == Vr.UI ? "1.2.3.4711." + n++ : "SECRET" + n++;
        byte[] value = secret.getBytes(StandardCharsets.US_ASCII);
        if (vr == Vr.SQ) {
          DataSet item = new DataSet();
          item.put(Element.of(0x0008_0104, Vr.LO, value));
          item.put(Element.of(Tag.PATIENT_NAME, Vr.PN, value));
          data.put(tag, item);
          continue;
        }
        data.put(Element.of(tag, vr, value));
        nested.put(Element.of(tag, vr, value));
      }
    }
    data.put(Tag.REFERENCED_SERIES, nested);
    data.put(Element.of(0x0009_0010, Vr.LO, "SECRET maker".getBytes(StandardCharsets.US_ASCII)));
    data.put(Element.of(0x0018_fffe, Vr.LO, "SECRET new".getBytes(StandardCharsets.US_ASCII)));
    data.put(Element.of(0x6000_3000, Vr.OW, "SECRET overlay".getBytes(StandardCharsets.US_ASCII)));
    data.put(Element.of(0x5004_3000, Vr.OW, "SECRET curve".getBytes(StandardCharsets.US_ASCII)));
    // Two that stay: what a coded concept means, in a sequence that is only cleaned.
    for (int kept : new int[] {0x0008_1140, 0x0008_2112}) {
      data.remove(kept);
    }
    secrets.add("SECRET");
    byte[] file = Part10Writer.file(data, TransferSyntax.JPEG_BASELINE);
    assertThat(text(file).contains("SECRET1") && text(file).contains("SECRET maker")).isTrue();

    DicomPhoto photo = DicomPhoto.read(file, MOST);
    DicomPhoto anonymous = new Anonymiser().anonymised(photo);
    List<byte[]> all = new ArrayList<>(results(anonymous).all());
    all.add(anonymous.toFile());
    for (byte[] written : all) {
      String text = text(written);
      assertThat(secrets.stream().filter(text::contains)).isEmpty();
      assertThat(text.contains("PS3.15")).isTrue();
      assertThat(text.contains(photo.data().text(Tag.STUDY_INSTANCE))).isFalse();
    }
    assertThat(new Anonymiser().anonymised(photo).instance())
        .as("another key")
        .isNotEqualTo(anonymous.instance());
  }

  private static String text(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1);
  }

  /** Where and by whom it was taken goes with the JPEG's metadata, and the picture stays. */
  @Test
  void metadataInTheJpegGoesToo() throws Exception {
    byte[] jpeg = Fixtures.jpeg(64, 48);
    byte[] exif = "\u00ff\u00e1\0\u0010Exif\0\0SECRETAB".getBytes(StandardCharsets.ISO_8859_1);
    byte[] marked = new byte[jpeg.length + exif.length];
    System.arraycopy(jpeg, 0, marked, 0, 2);
    System.arraycopy(exif, 0, marked, 2, exif.length);
    System.arraycopy(jpeg, 2, marked, 2 + exif.length, jpeg.length - 2);
    byte[] file =
        PhotoWrapper.wrap(marked, Path.of("b.jpg"), PatientTable.empty(), Fixtures.NOW).file();
    assertThat(text(file)).contains("SECRETAB");
    DicomPhoto photo = DicomPhoto.read(file, MOST);
    DicomPhoto again = DicomPhoto.read(new Anonymiser().anonymised(photo).toFile(), MOST);
    assertThat(text(again.toFile())).doesNotContain("SECRETAB");
    assertThat(again.photo().image().data()).isEqualTo(photo.photo().image().data());
  }

  @Test
  void refusesByName() throws Exception {
    DataSet data = DicomPhoto.read(Fixtures.wrapped(61, 47, folder), MOST).data();
    assertRefused(data, TransferSyntax.JPEG_LS, "JPEG-LS Near-Lossless");
    DataSet ct = data.copy();
    ct.put(Tag.SOP_CLASS, "1.2.840.10008.5.1.4.1.1.2");
    assertRefused(ct, TransferSyntax.JPEG_BASELINE, "a CT image");
    DataSet twelve = data.copy();
    byte[] jpeg = Fixtures.jpeg(61, 47);
    for (int i = 0; i < jpeg.length - 4; i++) {
      if (jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc0) {
        jpeg[i + 1] = (byte) 0xc1;
        jpeg[i + 4] = 12;
        break;
      }
    }
    DicomResults.putJpeg(twelve, jpeg, 61, 47, 3);
    assertRefused(twelve, TransferSyntax.JPEG_EXTENDED, "12-bit lossy JPEG is not supported");
    DataSet frames = data.copy();
    frames.put(Tag.FRAMES, 65_536);
    assertRefused(frames, TransferSyntax.JPEG_BASELINE, "65536 frames");
    DataSet large = data.copy();
    large.put(Tag.ROWS, 60_000);
    large.put(Tag.COLUMNS, 60_000);
    assertRefused(large, TransferSyntax.JPEG_BASELINE, "--max-pixels");
    DataSet deep = new DataSet();
    for (int i = 0; i < 1000; i++) {
      deep = new DataSet().put(Tag.CONTENT, deep);
    }
    DataSet nested = data.copy();
    nested.put(Tag.CONTENT, deep);
    assertRefused(nested, TransferSyntax.JPEG_BASELINE, "nested more than 32 deep");
    DataSet bomb = data.copy();
    bomb.put(Tag.ICC_PROFILE, Vr.OB, new byte[200 << 20]);
    byte[] deflated = Part10Writer.file(bomb, TransferSyntax.DEFLATED);
    assertThat(deflated.length).isLessThan(1 << 20);
    assertThatThrownBy(() -> DicomPhoto.read(deflated, MOST)).hasMessageContaining("MiB");
  }

  private static void assertRefused(DataSet data, TransferSyntax syntax, String why) {
    byte[] file = Part10Writer.file(data, syntax);
    assertThatThrownBy(() -> DicomPhoto.read(file, MOST))
        .isInstanceOf(DicomException.class)
        .hasMessageContaining(why);
  }
}
