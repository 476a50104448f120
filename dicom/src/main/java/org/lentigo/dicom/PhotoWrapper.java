package org.lentigo.dicom;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.lentigo.imaging.JpegStream;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.runtime.internal.LentigoVersion;

/**
 * Puts JPEG photos into Dermoscopic Photography objects (PS3.3, A.32.11), their bytes as they are.
 * The same photo of the same patient gives the same identifiers.
 */
public final class PhotoWrapper {
  private static final int LONGEST_PROFILE = 1 << 20;

  /** Of a value of type SH: PS3.5, 6.2. */
  private static final int LONGEST_ID = 16;

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT);

  private PhotoWrapper() {}

  /**
   * A photo as an object.
   *
   * @param file Part 10
   * @param warnings what of the table could not be taken, a sentence each; no values
   */
  public record Wrapped(byte[] file, List<String> warnings) {}

  /**
   * Wraps a photo.
   *
   * @param jpeg the whole file: baseline or extended, 8 bits, grey or in colour
   * @param name by which the table knows the photo
   * @param table whose it is
   * @param now for the dates of what is made, and of the study of a photo of nobody that does not
   *     say when it was taken
   * @throws DicomException if it is no such JPEG
   */
  public static Wrapped wrap(byte[] jpeg, Path name, PatientTable table, LocalDateTime now)
      throws DicomException {
    JpegStream stream;
    try {
      stream = JpegStream.of(jpeg);
    } catch (UnreadableImageException e) {
      throw new DicomException(e.getMessage() + "; only JPEG photos are wrapped", e);
    }
    boolean ordinary =
        stream.process() <= 1
            && stream.bits() == 8
            && (stream.components() == 1 || stream.components() == 3);
    if (!ordinary || stream.width() < 1 || stream.height() < 1) {
      throw new DicomException(
          "a "
              + (stream.process() == 2 ? "progressive" : "rarer kind of")
              + " JPEG of "
              + stream.components()
              + " components and "
              + stream.bits()
              + " bits, which DICOM does not hold as it is; convert it to baseline first");
    }
    List<String> warnings = new ArrayList<>(table.problems(name));
    DataSet data = table.of(name);
    if (stream.turned()) {
      warnings.add("its EXIF tags turn it, DICOM does not: outlined and kept as it is stored");
    }
    identify(data, jpeg, stream.taken() == null ? now : stream.taken());
    describe(data, jpeg, stream, now);
    TransferSyntax syntax =
        stream.process() == 0 ? TransferSyntax.JPEG_BASELINE : TransferSyntax.JPEG_EXTENDED;
    return new Wrapped(Part10Writer.file(data, syntax), warnings);
  }

  private static void identify(DataSet data, byte[] jpeg, LocalDateTime taken) {
    String hash = hash(jpeg);
    String patient =
        data.text(Tag.PATIENT_ID)
            + "\n"
            + data.text(Tag.ISSUER_OF_PATIENT_ID)
            + "\n"
            + data.text(Tag.PATIENT_NAME)
            + "\n"
            + data.text(Tag.BIRTH_DATE);
    boolean known = !patient.isBlank();
    String study =
        data.text(Tag.STUDY_DATE)
            + "\n"
            + data.text(Tag.STUDY_TIME)
            + "\n"
            + data.text(Tag.STUDY_ID)
            + "\n"
            + data.text(Tag.ACCESSION_NUMBER);
    data.put(Tag.SOP_INSTANCE, Uids.of("photo", patient, study, hash));
    if (!data.has(Tag.STUDY_INSTANCE)) {
      // Photos of nobody have nothing in common.
      data.put(Tag.STUDY_INSTANCE, Uids.of("photo study", patient, study, known ? "" : hash));
      if (!known && study.isBlank()) {
        // Each of them is a study of its own, which media directories want to have these.
        data.put(Tag.STUDY_DATE, DATE.format(taken));
        data.put(Tag.STUDY_TIME, TIME.format(taken));
      }
    }
    if (!data.has(Tag.STUDY_ID)) {
      // Media directories want one; alike for all photos of a study.
      String of = hash(data.text(Tag.STUDY_INSTANCE).getBytes(StandardCharsets.US_ASCII));
      data.put(Tag.STUDY_ID, of.substring(0, LONGEST_ID).toUpperCase(Locale.ROOT));
    }
    data.put(Tag.SERIES_INSTANCE, Uids.of("photo series", data.text(Tag.STUDY_INSTANCE), patient));
    // A number that hangs on the photo alone, so that it stays when others come or go.
    data.put(Tag.INSTANCE_NUMBER, Integer.parseInt(hash.substring(0, 7), 16) + 1);
    data.put(Tag.SERIES_NUMBER, 1);
  }

  private static String hash(byte[] bytes) {
    return HexFormat.of().formatHex(Uids.sha256().digest(bytes));
  }

  private static void describe(DataSet data, byte[] jpeg, JpegStream stream, LocalDateTime now) {
    data.put(Tag.CHARACTER_SET, "ISO_IR 192");
    data.put(Tag.SOP_CLASS, Uids.DERMOSCOPIC_PHOTOGRAPHY);
    String date = DATE.format(now);
    String time = TIME.format(now);
    data.put(Tag.INSTANCE_CREATION_DATE, date);
    data.put(Tag.INSTANCE_CREATION_TIME, time);
    data.put(
        Tag.CONTENT_DATE, data.text(Tag.STUDY_DATE).isEmpty() ? date : data.text(Tag.STUDY_DATE));
    data.put(
        Tag.CONTENT_TIME, data.text(Tag.STUDY_TIME).isEmpty() ? time : data.text(Tag.STUDY_TIME));
    data.put(Tag.ACQUISITION_DATE_TIME, data.text(Tag.CONTENT_DATE) + data.text(Tag.CONTENT_TIME));
    data.put(Tag.MODALITY, "DMS");
    data.put(Tag.MANUFACTURER, Derived.MANUFACTURER);
    data.put(Tag.MODEL_NAME, Derived.MANUFACTURER + " photo wrapper");
    data.put(Tag.DEVICE_SERIAL_NUMBER, "0");
    data.put(Tag.DEVICE_SOFTWARE, LentigoVersion.get());
    for (int tag :
        new int[] {
          Tag.PATIENT_NAME,
          Tag.PATIENT_ID,
          Tag.BIRTH_DATE,
          Tag.SEX,
          Tag.STUDY_DATE,
          Tag.STUDY_TIME,
          Tag.REFERRING_PHYSICIAN,
          Tag.STUDY_ID,
          Tag.ACCESSION_NUMBER,
          Tag.PATIENT_ORIENTATION,
          Tag.ACQUISITION_CONTEXT,
          Tag.POSITION_REFERENCE,
          Tag.LIGHT_POLARIZATION,
          Tag.COLOUR_TEMPERATURE,
          Tag.CONTACT_METHOD,
          Tag.MAGNIFICATION,
          Tag.IMAGE_LATERALITY
        }) {
      if (!data.has(tag)) {
        data.putEmpty(tag);
      }
    }
    data.put(Tag.IMAGE_TYPE, "ORIGINAL\\PRIMARY");
    data.put(Tag.BURNED_IN, "NO");
    if (!data.text(Tag.CONTACT_METHOD).equals("CONTACT")) {
      data.remove(Tag.IMMERSION_MEDIA); // Between lens and skin there is none.
    } else if (!data.has(Tag.IMMERSION_MEDIA)) {
      data.putEmpty(Tag.IMMERSION_MEDIA);
    }
    if (!data.has(Tag.RECOGNIZABLE)) {
      data.put(Tag.RECOGNIZABLE, "YES"); // Nobody has looked: the careful answer.
    }
    data.put(Tag.FRAME_OF_REFERENCE, Uids.of("photo frame", data.text(Tag.SOP_INSTANCE)));
    data.put(Tag.ANATOMIC_REGION, Code.SKIN.item());
    DicomResults.putJpeg(data, jpeg, stream.width(), stream.height(), stream.components());
    if (stream.components() == 3) {
      if (stream.colours() == JpegStream.Colours.RGB) {
        data.put(Tag.PHOTOMETRIC, "RGB");
      }
      byte[] profile =
          JpegStream.profile(jpeg)
              .filter(p -> p.length <= LONGEST_PROFILE)
              .orElseGet(() -> ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData());
      data.put(Tag.ICC_PROFILE, Vr.OB, profile);
    }
  }
}
