package org.lentigo.dicom;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Photo;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.Size;
import org.lentigo.runtime.OutlinedPhoto;

/**
 * A photo in a DICOM object: Dermoscopic Photography, VL Photographic, or Secondary Capture. Keeps
 * the object's elements, hence who the patient is; its {@link #toString} says nothing of them.
 */
public final class DicomPhoto {
  /** What deflated data may hold beside its pixels. */
  private static final long HEADER_ROOM = 64L << 20;

  /** How many bytes of a file tell whether it is DICOM. */
  public static final int START = 132;

  private static final int LARGEST_FILE = 1 << 30;

  /** By how large a share of it the sides of a pixel that counts as square may differ. */
  private static final double SQUARE = 0.01;

  /**
   * The distance between the centres of neighbouring pixels.
   *
   * @param row from row to row, in millimetres
   * @param column from column to column, in millimetres
   */
  public record Spacing(double row, double column) {}

  /**
   * How many frames of an object are outlined; and no more than its limit on pixels has room for.
   */
  static final int MOST_OUTLINED = 256;

  /**
   * The outline of a frame behind the first.
   *
   * @param number from 2
   * @param bits of the mask, as {@link DicomResults#packed} makes them; none of them set where
   *     nothing was found
   */
  record FurtherFrame(int number, byte[] bits) {}

  private final Part10 file;
  private final Photo photo;
  private final String instance;
  private final Subject subject;
  private final long maxPixels;
  private final List<FurtherFrame> further;

  private DicomPhoto(
      Part10 file,
      Photo photo,
      String instance,
      Subject subject,
      long maxPixels,
      List<FurtherFrame> further) {
    this.file = file;
    this.photo = photo;
    this.instance = instance;
    this.subject = subject;
    this.maxPixels = maxPixels;
    this.further = further;
  }

  /**
   * Reads an object and decodes its first frame; see {@link #withFurtherFrames} for the others.
   *
   * @param bytes the whole file
   * @param maxPixels refuses larger photos, before decoding
   * @throws DicomException if it is no Part-10 file, no photo, damaged, too large, or of a transfer
   *     syntax that is not read; one line says which
   */
  public static DicomPhoto read(byte[] bytes, long maxPixels) throws DicomException {
    Part10 file = parse(bytes, maxPixels);
    PixelReader.Read read = PixelReader.read(file, maxPixels, 0);
    List<String> warnings = new ArrayList<>(file.warnings());
    int frames = PixelReader.form(file).frames();
    if (frames > 1) {
      warnings.add(firstAlone(frames));
    }
    warnings.addAll(read.warnings());
    String instance = file.data().text(Tag.SOP_INSTANCE);
    if (!Uids.valid(instance)) {
      instance = file.meta().text(Tag.MEDIA_SOP_INSTANCE);
      boolean known = Uids.valid(instance);
      if (!known) {
        instance = Uids.of(Uids.sha256().digest(bytes));
      }
      warnings.add(
          "its SOP instance UID "
              + Tag.name(Tag.SOP_INSTANCE)
              + " is missing or damaged; "
              + (known ? "that of its meta header is taken" : "results refer to a made-up one"));
    }
    if (file.data().text(Tag.BURNED_IN).equals("YES")) {
      warnings.add("its pixels may name the patient: Burned In Annotation is YES");
    }
    Subject subject = Subject.of(file.data(), instance);
    warnings.addAll(subject.warnings());
    Photo photo = new Photo(read.image(), warnings, scale(file));
    return new DicomPhoto(file, photo, instance, subject, maxPixels, List.of());
  }

  private static String firstAlone(int frames) {
    return frames + " frames: only the first is outlined";
  }

  /**
   * Outlines the frames behind the first as well, for the segmentation: up to 256 in all, and no
   * more than the limit on pixels has room for, in frames of this size. A frame that cannot be read
   * is left out. What is left out is told by a warning.
   *
   * @param outliner what outlines the first frame, too
   * @throws DicomException if a frame does not fit into memory, of which an {@link
   *     OutOfMemoryError} is then the cause
   */
  public DicomPhoto withFurtherFrames(Function<Photo, OutlinedPhoto> outliner)
      throws DicomException {
    PixelReader.Form form = PixelReader.form(file);
    int frames = form.frames();
    if (frames == 1) {
      return this;
    }
    int most = (int) Math.max(1, Math.min(MOST_OUTLINED, maxPixels / form.pixels()));
    List<FurtherFrame> outlined = new ArrayList<>();
    List<Integer> lost = new ArrayList<>();
    String reason = "";
    for (int i = 1; i < Math.min(frames, most); i++) {
      try {
        Photo frame =
            new Photo(PixelReader.read(file, maxPixels, i).image(), List.of(), scale(file));
        Mask mask = outliner.apply(frame).lesion().mask();
        outlined.add(new FurtherFrame(i + 1, DicomResults.packed(mask)));
      } catch (DicomException e) {
        if (e.getCause() instanceof OutOfMemoryError) {
          throw e; // Whoever comes again when there is more memory gets it.
        }
        reason = lost.isEmpty() ? e.getMessage() : reason;
        lost.add(i + 1);
      }
    }
    List<String> warnings = new ArrayList<>(photo.warnings());
    warnings.remove(firstAlone(frames));
    warnings.add(
        frames
            + " frames: "
            + (frames > most
                ? "the first " + most + " are outlined, those behind them are left out"
                : "each is outlined")
            + "; measures, overlay and report are of the first");
    if (!lost.isEmpty()) {
      warnings.add(
          "frames that cannot be read are left out, "
              + lost.size()
              + " in all, the first of them "
              + lost.get(0)
              + ": "
              + reason);
    }
    return with(warnings, List.copyOf(outlined));
  }

  List<FurtherFrame> further() {
    return further;
  }

  /**
   * The photo's size from the header; no pixel is decoded.
   *
   * @param maxPixels bounds what a deflated file may hold; larger photos have their size told, too
   * @throws DicomException as {@link #read}, as far as the header tells
   */
  public static Size size(byte[] bytes, long maxPixels) throws DicomException {
    PixelReader.Form form = PixelReader.form(parse(bytes, maxPixels));
    return new Size(form.columns(), form.rows());
  }

  /** Whether both are Part-10 files of the same SOP instance UID. */
  public static boolean sameInstance(byte[] one, byte[] other) {
    try {
      String instance = Part10Reader.read(one, HEADER_ROOM).meta().text(Tag.MEDIA_SOP_INSTANCE);
      return Uids.valid(instance)
          && instance.equals(
              Part10Reader.read(other, HEADER_ROOM).meta().text(Tag.MEDIA_SOP_INSTANCE));
    } catch (DicomException e) {
      return false;
    }
  }

  private static Part10 parse(byte[] bytes, long maxPixels) throws DicomException {
    if (bytes.length > LARGEST_FILE) {
      throw new DicomException(
          bytes.length + " bytes are more than the limit of " + LARGEST_FILE + " for a file");
    }
    Part10 file = Part10Reader.read(bytes, 3 * maxPixels + HEADER_ROOM);
    String sopClass = file.data().text(Tag.SOP_CLASS);
    if (sopClass.isEmpty()) {
      sopClass = file.meta().text(Tag.MEDIA_SOP_CLASS);
    }
    if (!Uids.PHOTOS.containsKey(sopClass)) {
      throw new DicomException(
          "it is "
              + Uids.named(sopClass)
              + ", wanted Dermoscopic Photography, VL Photographic or Secondary Capture");
    }
    if (!file.data().has(Tag.SOP_CLASS)) {
      file.data().put(Tag.SOP_CLASS, sopClass);
    }
    return file;
  }

  /** Whether a file that begins so is a Part-10 file; {@link #START} bytes tell. */
  public static boolean isDicom(byte[] start) {
    return Part10Reader.isPart10(start);
  }

  /** The picture, with what was odd about the object as warnings, which name no patient. */
  public Photo photo() {
    return photo;
  }

  /** Its SOP instance UID. */
  public String instance() {
    return instance;
  }

  /**
   * The size of its pixels: Pixel Spacing, PS3.3, 10.7. Not Nominal Scanned Pixel Spacing, which is
   * that of what was scanned: of paper, where it was a print.
   */
  public Optional<Spacing> spacing() {
    return spacing(file);
  }

  private static Optional<Spacing> spacing(Part10 file) {
    OptionalDouble row = file.data().decimal(Tag.PIXEL_SPACING, 0);
    OptionalDouble column = file.data().decimal(Tag.PIXEL_SPACING, 1);
    return row.orElse(0) > 0 && column.orElse(0) > 0
        ? Optional.of(new Spacing(row.getAsDouble(), column.getAsDouble()))
        : Optional.empty();
  }

  /** What measures take for the size of a pixel; null where there is none, or it is not square. */
  private static @Nullable Scale scale(Part10 file) {
    return spacing(file)
        .filter(s -> Math.abs(s.row() - s.column()) <= SQUARE * s.column())
        .map(Spacing::column)
        .filter(mm -> mm >= Scale.LEAST_MM && mm <= Scale.MOST_MM)
        .map(mm -> Scale.of(mm, Scale.Source.DICOM))
        .orElse(null);
  }

  Subject subject() {
    return subject;
  }

  Part10 file() {
    return file;
  }

  DataSet data() {
    return file.data();
  }

  /** Without the object's own elements: the same picture under others. */
  DicomPhoto with(DataSet data) {
    return new DicomPhoto(
        new Part10(file.syntax(), file.meta(), data, file.warnings()),
        photo,
        data.text(Tag.SOP_INSTANCE),
        Subject.of(data, data.text(Tag.SOP_INSTANCE)),
        maxPixels,
        further);
  }

  /** Adds what its reader should know, such as of the table that its patient is from. */
  public DicomPhoto warned(List<String> further) {
    List<String> warnings = new ArrayList<>(photo.warnings());
    warnings.addAll(further);
    return with(warnings, this.further);
  }

  private DicomPhoto with(List<String> warnings, List<FurtherFrame> frames) {
    return new DicomPhoto(
        file,
        new Photo(photo.image(), warnings, photo.scale()),
        instance,
        subject,
        maxPixels,
        frames);
  }

  /** The bytes of all its encoded frames, for the ratio of a lossy compression. */
  long encodedBytes() {
    Element pixels = data().get(Tag.PIXEL_DATA);
    if (pixels == null) {
      return 0;
    }
    return pixels.fragments == null
        ? pixels.length()
        : pixels.fragments.stream().mapToLong(Element::length).sum();
  }

  /** As a Part-10 file; what was encoded stays as it was. */
  public byte[] toFile() {
    TransferSyntax syntax = file.syntax();
    boolean plain = syntax.pixels == TransferSyntax.Pixels.NATIVE;
    return Part10Writer.file(data(), plain ? TransferSyntax.EXPLICIT : syntax);
  }

  @Override
  public String toString() {
    return "DicomPhoto[" + photo.image().width() + " x " + photo.image().height() + "]";
  }
}
