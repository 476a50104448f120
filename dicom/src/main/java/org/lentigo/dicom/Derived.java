package org.lentigo.dicom;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import org.lentigo.runtime.Measurement;
import org.lentigo.runtime.OutlinedPhoto;
import org.lentigo.runtime.internal.LentigoVersion;

/**
 * What the objects made of one outlined photo have in common: patient and study as in the photo,
 * equipment, identifiers that are the same whenever the same photo is outlined in the same way.
 */
final class Derived {
  static final String MANUFACTURER = "Lentigo";

  /** In a place of the standard's choice for a date that was taken away. */
  static final String NO_DATE = "19000101";

  static final String NO_TIME = "000000";

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT);
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT);

  final DicomPhoto source;
  final OutlinedPhoto outlined;
  private final LocalDateTime now;
  private final DataSet subject;

  /**
   * @param source the photo's object
   * @param outlined its picture with the outline
   * @param now for the dates of what is made
   */
  Derived(DicomPhoto source, OutlinedPhoto outlined, LocalDateTime now) {
    this.source = source;
    this.outlined = outlined;
    this.now = now;
    subject = source.subject().data();
  }

  String sourceSeries() {
    String series = source.data().text(Tag.SERIES_INSTANCE);
    return Uids.valid(series) ? series : Uids.of("series", source.instance());
  }

  String sourceClass() {
    return source.data().text(Tag.SOP_CLASS);
  }

  int instanceNumber() {
    int number = source.data().integer(Tag.INSTANCE_NUMBER).orElse(1);
    return number < 0 ? 1 : number;
  }

  Optional<DicomPhoto.Spacing> spacing() {
    return source.spacing();
  }

  /** The UID of an object of this kind: the same for the same photo, outlined in the same way. */
  String instance(String kind) {
    return Uids.of(
        kind, source.instance(), algorithm(), Boolean.toString(isAnonymous()), studyAndSeries());
  }

  private String studyAndSeries() {
    return subject.text(Tag.STUDY_INSTANCE) + "/" + sourceSeries();
  }

  private boolean isAnonymous() {
    return subject.text(Tag.IDENTITY_REMOVED).equals("YES");
  }

  /** Everything but the photo that the outline depends on. */
  String algorithm() {
    Measurement m = outlined.measurement();
    return "model "
        + m.model().name()
        + ", variant "
        + m.model().variant()
        + ", sha256 "
        + m.model().sha256()
        + ", threshold "
        + m.threshold()
        + ", views "
        + m.model().views()
        + ", looks "
        + m.model().looks()
        + ", Lentigo "
        + LentigoVersion.get();
  }

  String algorithmName() {
    return cut("Lentigo " + outlined.measurement().model().name(), 64);
  }

  String algorithmVersion() {
    return LentigoVersion.get();
  }

  static String cut(String text, int most) {
    String ascii = text.replaceAll("[^ -~]|\\\\", "_");
    return ascii.substring(0, Math.min(most, ascii.length()));
  }

  String date() {
    return isAnonymous() ? NO_DATE : now.format(DATE);
  }

  String time() {
    return isAnonymous() ? NO_TIME : now.format(TIME);
  }

  /**
   * A new object in the photo's study, in a series of its own with others of its kind.
   *
   * @param kind such as {@code seg}, for its identifiers
   */
  DataSet begin(
      String kind, String sopClass, String modality, int seriesNumber, String description) {
    DataSet data = subject.copy();
    data.put(Tag.SOP_CLASS, sopClass);
    data.put(Tag.SOP_INSTANCE, instance(kind));
    data.put(Tag.INSTANCE_CREATION_DATE, date());
    data.put(Tag.INSTANCE_CREATION_TIME, time());
    data.put(Tag.CONTENT_DATE, date());
    data.put(Tag.CONTENT_TIME, time());
    data.put(Tag.MODALITY, modality);
    data.put(Tag.MANUFACTURER, MANUFACTURER);
    data.put(Tag.MODEL_NAME, MANUFACTURER);
    // A program has no serial number of its own; the model's hash tells one outcome from another.
    data.put(Tag.DEVICE_SERIAL_NUMBER, outlined.measurement().model().sha256());
    data.put(Tag.DEVICE_SOFTWARE, LentigoVersion.get());
    data.put(Tag.SERIES_INSTANCE, Uids.of(kind + " series", studyAndSeries(), algorithm()));
    data.put(Tag.SERIES_NUMBER, seriesNumber);
    data.put(Tag.SERIES_DESCRIPTION, description);
    data.put(Tag.INSTANCE_NUMBER, instanceNumber());
    return data;
  }

  /** Whether the photo is one of several frames. */
  boolean hasFrames() {
    return frames() > 1;
  }

  private int frames() {
    return source.data().integer(Tag.FRAMES).orElse(1);
  }

  /** A reference to the photo; with its first frame if it has several. */
  DataSet sourceReference() {
    return sourceReference(1);
  }

  DataSet sourceReference(int frame) {
    DataSet reference = new DataSet();
    reference.put(Tag.REFERENCED_SOP_CLASS, sourceClass());
    reference.put(Tag.REFERENCED_SOP_INSTANCE, source.instance());
    // An object of several frames whose class is for one is referred to as its class wants it.
    if (hasFrames() && Uids.MULTI_FRAME.contains(sourceClass())) {
      reference.put(Tag.REFERENCED_FRAME, frame);
    }
    return reference;
  }

  /** Marks an object as made of a lossily compressed photo, if it is: PS3.3, C.7.6.1.1.5. */
  void putLossy(DataSet data) {
    DataSet from = source.data();
    TransferSyntax syntax = source.file().syntax();
    boolean jpeg = syntax == TransferSyntax.JPEG_BASELINE || syntax == TransferSyntax.JPEG_EXTENDED;
    if (!from.text(Tag.LOSSY).equals("01") && !jpeg) {
      data.put(Tag.LOSSY, "00");
      return;
    }
    data.put(Tag.LOSSY, "01");
    var ratio = from.decimal(Tag.LOSSY_RATIO, 0);
    long pixels = 3L * outlined.lesion().width() * outlined.lesion().height() * frames();
    data.putDecimal(
        Tag.LOSSY_RATIO,
        ratio.isPresent() && ratio.getAsDouble() > 0
            ? ratio.getAsDouble()
            : Math.max(1, Math.round(100.0 * pixels / Math.max(1, source.encodedBytes())) / 100.0));
    boolean j2k =
        from.text(Tag.LOSSY_METHOD).startsWith("ISO_15444_1") || syntax == TransferSyntax.JPEG_2000;
    data.put(Tag.LOSSY_METHOD, j2k ? "ISO_15444_1" : "ISO_10918_1");
  }
}
