package org.lentigo.dicom;

import java.io.IOException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Shape;
import org.lentigo.runtime.Measurement;
import org.lentigo.runtime.OutlinedPhoto;

/**
 * The objects that are made of an outlined photo: a segmentation, the photo with its outline, a
 * report. They belong to the photo's patient and study, and refer to it. Their SOP instance UIDs
 * depend on the photo's, the model and the threshold alone, so that whoever gets one twice can
 * tell.
 */
public final class DicomResults {
  private static final int SEGMENTATION_SERIES = 9001;
  private static final int CAPTURE_SERIES = 9002;
  private static final int REPORT_SERIES = 9003;

  /** A cyan that no skin has, as CIELab in 16 bits each: PS3.3, C.10.7.1.1. */
  private static final int[] CYAN = {59_000, 20_000, 28_000};

  private final Derived derived;

  /**
   * @param source the photo's object
   * @param outlined its picture ({@link DicomPhoto#photo}) with the outline
   * @param now for the dates of what is made
   */
  public DicomResults(DicomPhoto source, OutlinedPhoto outlined, LocalDateTime now) {
    derived = new Derived(source, outlined, now);
  }

  /** The SOP instance UID of the segmentation, without making it. */
  public String segmentationInstance() {
    return derived.instance("seg");
  }

  /**
   * The mask as a Part-10 file: a Segmentation of one segment, a bit a pixel (PS3.3, A.51). An
   * empty mask is a frame of zeros. Of a photo of several frames that were outlined ({@link
   * DicomPhoto#withFurtherFrames}) it has a frame for each that has an outline.
   */
  public byte[] segmentation() {
    DataSet data =
        derived.begin("seg", Uids.SEGMENTATION, "SEG", SEGMENTATION_SERIES, "Lesion segmentation");
    Mask mask = derived.outlined.lesion().mask();
    data.put(Tag.IMAGE_TYPE, "DERIVED\\PRIMARY");
    data.put(Tag.CONTENT_LABEL, "LESION");
    data.put(Tag.CONTENT_DESCRIPTION, "Outline of a skin lesion, not a diagnosis");
    data.putEmpty(Tag.CONTENT_CREATOR, Tag.PATIENT_ORIENTATION);
    data.put(Tag.SAMPLES, 1);
    data.put(Tag.PHOTOMETRIC, "MONOCHROME2");
    List<DicomPhoto.FurtherFrame> frames = outlinedFrames(mask);
    data.put(Tag.FRAMES, frames.size());
    data.put(Tag.ROWS, mask.height());
    data.put(Tag.COLUMNS, mask.width());
    data.put(Tag.BITS_ALLOCATED, 1);
    data.put(Tag.BITS_STORED, 1);
    data.put(Tag.HIGH_BIT, 0);
    data.put(Tag.SIGNED, 0);
    derived.putLossy(data);
    data.put(Tag.SEGMENTATION_TYPE, "BINARY");
    data.put(Tag.SEGMENTS, segment());
    putDimensions(data);
    // No Pixel Measures: optional beside the reference to the photo, which has them; without a
    // place in space, which a photo lacks, GDCM takes them for a fault and ends Orthanc.
    DataSet shared = new DataSet();
    shared.put(Tag.SEGMENT_IDENTIFICATION, new DataSet().put(Tag.REFERENCED_SEGMENT, 1));
    data.put(Tag.SHARED_GROUPS, shared);
    List<DataSet> groups = new ArrayList<>();
    for (DicomPhoto.FurtherFrame frame : frames) {
      groups.add(
          new DataSet()
              .put(Tag.FRAME_CONTENT, frameContent(groups.size() + 1))
              .put(Tag.DERIVATION_IMAGES, derivation(frame.number())));
    }
    data.put(Tag.FRAME_GROUPS, groups);
    data.put(Tag.REFERENCED_SERIES, sourceInSeries(Tag.REFERENCED_INSTANCES));
    data.put(Tag.PIXEL_DATA, Vr.OB, joined(frames, mask.data().length));
    return Part10Writer.file(data, TransferSyntax.EXPLICIT);
  }

  /** Frames that have an outline; the first if none has. */
  private List<DicomPhoto.FurtherFrame> outlinedFrames(Mask first) {
    List<DicomPhoto.FurtherFrame> frames = new ArrayList<>();
    if (first.area() > 0) {
      frames.add(new DicomPhoto.FurtherFrame(1, packed(first)));
    }
    for (DicomPhoto.FurtherFrame frame : derived.source.further()) {
      if (!isEmpty(frame.bits())) {
        frames.add(frame);
      }
    }
    return frames.isEmpty()
        ? List.of(new DicomPhoto.FurtherFrame(1, packed(first)))
        : List.copyOf(frames);
  }

  private static boolean isEmpty(byte[] bits) {
    for (byte b : bits) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  /** Photos have no place in space that would tell their frames apart, but a place in a row. */
  private DataSet frameContent(int index) {
    if (!derived.hasFrames()) {
      return new DataSet().put(Tag.DIMENSION_INDEX_VALUES, 1);
    }
    return new DataSet()
        .put(Tag.STACK_ID, "1")
        .put(Tag.IN_STACK_POSITION, index)
        .put(Tag.DIMENSION_INDEX_VALUES, 1, index);
  }

  private DataSet segment() {
    DataSet algorithm = new DataSet();
    algorithm.put(Tag.ALGORITHM_FAMILY, Code.dcm("123109", "Artificial Intelligence").item());
    algorithm.put(Tag.ALGORITHM_NAME, derived.algorithmName());
    algorithm.put(Tag.ALGORITHM_VERSION, derived.algorithmVersion());
    algorithm.put(Tag.ALGORITHM_PARAMETERS, Derived.cut(derived.algorithm(), 1024));
    algorithm.put(Tag.ALGORITHM_SOURCE, Derived.MANUFACTURER);
    return new DataSet()
        .put(Tag.SEGMENT_NUMBER, 1)
        .put(Tag.SEGMENT_LABEL, "Lesion")
        .put(Tag.SEGMENT_CATEGORY, Code.ABNORMAL.item())
        .put(Tag.SEGMENT_TYPE, Code.SKIN_LESION.item())
        .put(Tag.ANATOMIC_REGION, Code.SKIN.item())
        .put(Tag.SEGMENT_ALGORITHM_TYPE, "AUTOMATIC")
        .put(Tag.SEGMENT_ALGORITHM_NAME, derived.algorithmName())
        .put(Tag.SEGMENT_ALGORITHMS, algorithm)
        .put(Tag.DISPLAY_COLOUR, CYAN)
        .put(Tag.TRACKING_ID, "Lesion")
        .put(Tag.TRACKING_UID, tracking());
  }

  /** Of the lesion in this photo, in segmentation and report alike. */
  private String tracking() {
    return derived.instance("tracking");
  }

  private void putDimensions(DataSet data) {
    String organization = derived.instance("dimensions");
    data.put(
        Tag.DIMENSION_ORGANIZATIONS, new DataSet().put(Tag.DIMENSION_ORGANIZATION, organization));
    List<DataSet> indices = new ArrayList<>();
    indices.add(
        dimension(organization, Tag.REFERENCED_SEGMENT, Tag.SEGMENT_IDENTIFICATION, "Segment"));
    if (derived.hasFrames()) {
      indices.add(dimension(organization, Tag.IN_STACK_POSITION, Tag.FRAME_CONTENT, "Frame"));
    }
    data.put(Tag.DIMENSION_INDICES, indices);
    String frameOfReference = derived.source.data().text(Tag.FRAME_OF_REFERENCE);
    if (Uids.valid(frameOfReference)) {
      data.put(Tag.FRAME_OF_REFERENCE, frameOfReference);
      data.putEmpty(Tag.POSITION_REFERENCE);
    }
  }

  private static DataSet dimension(String organization, int index, int group, String name) {
    return new DataSet()
        .put(Tag.DIMENSION_ORGANIZATION, organization)
        .put(Tag.DIMENSION_INDEX_POINTER, index)
        .put(Tag.FUNCTIONAL_GROUP_POINTER, group)
        .put(Tag.DIMENSION_DESCRIPTION, name);
  }

  private DataSet derivation(int frame) {
    DataSet image = derived.sourceReference(frame);
    image.put(Tag.LOCATIONS_PRESERVED, "YES");
    image.put(
        Tag.PURPOSE, Code.dcm("121322", "Source image for image processing operation").item());
    return new DataSet()
        .put(Tag.SOURCE_IMAGES, image)
        .put(Tag.DERIVATION_CODE, Code.dcm("113076", "Segmentation").item());
  }

  private DataSet sourceInSeries(int sequence) {
    DataSet reference = new DataSet();
    reference.put(Tag.REFERENCED_SOP_CLASS, derived.sourceClass());
    reference.put(Tag.REFERENCED_SOP_INSTANCE, derived.source.instance());
    return new DataSet().put(Tag.SERIES_INSTANCE, derived.sourceSeries()).put(sequence, reference);
  }

  /** Frames follow each other without bits between them: PS3.5, 8.1.1. */
  private static byte[] joined(List<DicomPhoto.FurtherFrame> frames, int pixels) {
    int bytes = Math.toIntExact(((long) frames.size() * pixels + 7) / 8);
    byte[] all = new byte[bytes + bytes % 2];
    long at = 0;
    for (DicomPhoto.FurtherFrame frame : frames) {
      int shift = (int) (at & 7);
      int to = (int) (at >> 3);
      for (int i = 0; i < (pixels + 7) / 8; i++) {
        int b = frame.bits()[i] & 0xff;
        all[to + i] |= (byte) (b << shift);
        if (b >>> 8 - shift != 0) {
          all[to + i + 1] |= (byte) (b >>> 8 - shift);
        }
      }
      at += pixels;
    }
    return all;
  }

  /** Eight pixels a byte, the first in the lowest bit: PS3.5, 8.1.1. */
  static byte[] packed(Mask mask) {
    byte[] from = mask.data();
    int bytes = (from.length + 7) / 8;
    byte[] bits = new byte[bytes + bytes % 2];
    for (int i = 0; i < from.length; i++) {
      bits[i >> 3] |= (byte) (from[i] << (i & 7));
    }
    return bits;
  }

  /**
   * The photo with its outline as a Part-10 file: a Secondary Capture (PS3.3, A.8), JPEG baseline.
   *
   * @param overlay the JPEG, as {@link OutlinedPhoto#overlay} makes it
   */
  public byte[] capture(byte[] overlay) {
    String modality = derived.source.data().text(Tag.MODALITY);
    DataSet data =
        derived.begin(
            "capture",
            Uids.SECONDARY_CAPTURE,
            modality.matches("[A-Z]{2,16}") ? modality : "OT",
            CAPTURE_SERIES,
            "Photo with outline");
    data.put(Tag.CONVERSION_TYPE, "WSD");
    data.put(Tag.IMAGE_TYPE, "DERIVED\\SECONDARY");
    data.put(Tag.DERIVATION_DESCRIPTION, "Outline of a skin lesion drawn on, not a diagnosis");
    DataSet image = derived.sourceReference();
    image.put(
        Tag.PURPOSE, Code.dcm("121322", "Source image for image processing operation").item());
    data.put(Tag.SOURCE_IMAGES, image);
    data.putEmpty(Tag.PATIENT_ORIENTATION);
    DataSet from = derived.source.data();
    String side = from.text(Tag.IMAGE_LATERALITY) + from.text(Tag.LATERALITY);
    if (side.matches("[LRUB]")) {
      data.put(Tag.IMAGE_LATERALITY, side);
    } else {
      data.putEmpty(Tag.LATERALITY);
    }
    if (!from.text(Tag.BURNED_IN).isEmpty()) {
      data.put(Tag.BURNED_IN, from.text(Tag.BURNED_IN).equals("YES") ? "YES" : "NO");
    }
    derived.spacing().ifPresent(s -> data.putDecimal(Tag.SCANNED_SPACING, s.row(), s.column()));
    putJpeg(
        data, overlay, derived.outlined.lesion().width(), derived.outlined.lesion().height(), 3);
    return Part10Writer.file(data, TransferSyntax.JPEG_BASELINE);
  }

  /** A JPEG of 8 bits as an object's pixels: PS3.3, C.7.6.3; PS3.5, A.4.1. */
  static void putJpeg(DataSet data, byte[] jpeg, int width, int height, int components) {
    data.put(Tag.SAMPLES, components);
    data.put(Tag.PHOTOMETRIC, components == 3 ? "YBR_FULL_422" : "MONOCHROME2");
    if (components == 3) {
      data.put(Tag.PLANAR, 0);
    }
    data.put(Tag.ROWS, height);
    data.put(Tag.COLUMNS, width);
    data.put(Tag.BITS_ALLOCATED, 8);
    data.put(Tag.BITS_STORED, 8);
    data.put(Tag.HIGH_BIT, 7);
    data.put(Tag.SIGNED, 0);
    data.put(Tag.LOSSY, "01");
    double ratio = (double) components * width * height / jpeg.length;
    data.putDecimal(Tag.LOSSY_RATIO, Math.max(1, Math.round(100 * ratio) / 100.0));
    data.put(Tag.LOSSY_METHOD, "ISO_10918_1");
    data.put(
        Element.encapsulated(
            Tag.PIXEL_DATA,
            List.of(Element.of(Tag.ITEM, Vr.OB, new byte[0]), Element.of(Tag.ITEM, Vr.OB, jpeg))));
  }

  /**
   * The measurements as a Part-10 file: an Enhanced SR (PS3.3, A.35.2) by template 1500,
   * Measurement Report, with a group by template 1410, Planar ROI Measurements (PS3.16, annex A).
   */
  public byte[] report() {
    DataSet data =
        derived.begin("report", Uids.ENHANCED_SR, "SR", REPORT_SERIES, "Lesion measurements");
    data.putEmpty(Tag.REFERENCED_PPS, Tag.PERFORMED_CODES);
    data.put(Tag.COMPLETION, "COMPLETE");
    data.put(Tag.VERIFICATION, "UNVERIFIED");
    data.put(
        Tag.CODING_SCHEMES,
        new DataSet()
            .put(Tag.CODING_SCHEME, Code.OWN_SCHEME)
            .put(Tag.CODING_SCHEME_NAME, "Lentigo's own concepts"));
    DataSet segmentation = new DataSet();
    segmentation.put(Tag.REFERENCED_SOP_CLASS, Uids.SEGMENTATION);
    segmentation.put(Tag.REFERENCED_SOP_INSTANCE, segmentationInstance());
    DataSet own =
        new DataSet()
            .put(Tag.SERIES_INSTANCE, segmentationSeries())
            .put(Tag.REFERENCED_SOPS, segmentation);
    data.put(
        Tag.CURRENT_EVIDENCE,
        new DataSet()
            .put(Tag.STUDY_INSTANCE, data.text(Tag.STUDY_INSTANCE))
            .put(Tag.REFERENCED_SERIES, List.of(sourceInSeries(Tag.REFERENCED_SOPS), own)));
    Report.put(data, derived, measures(), segmentation.copy(), tracking());
    return Part10Writer.file(data, TransferSyntax.EXPLICIT);
  }

  private String segmentationSeries() {
    return derived
        .begin("seg", Uids.SEGMENTATION, "SEG", SEGMENTATION_SERIES, "")
        .text(Tag.SERIES_INSTANCE);
  }

  /** One line of the report; another measurement is another of these. */
  record Measure(Code name, double value, Code unit) {}

  private List<Measure> measures() {
    Measurement m = derived.outlined.measurement();
    List<Measure> measures = new ArrayList<>();
    // A ruler's millimetres are doubtful, which a report cannot say; pixels are sure.
    Scale scale = m.scale() == null || m.scale().doubt() > 0 ? null : m.scale();
    Code area = new Code("42798000", "SCT", "Area");
    var spacing = derived.spacing();
    if (spacing.isPresent()) {
      double pixel = spacing.get().row() * spacing.get().column();
      measures.add(new Measure(area, m.areaPx() * pixel, Code.SQUARE_MILLIMETRES));
    } else if (scale != null) {
      measures.add(new Measure(area, scale.squareMm(m.areaPx()), Code.SQUARE_MILLIMETRES));
    } else {
      measures.add(new Measure(area, m.areaPx(), Code.PIXELS));
    }
    Shape shape = m.shape();
    if (shape != null) {
      measures.add(length(new Code("131191004", "SCT", "Perimeter"), shape.perimeterPx(), scale));
      measures.add(
          length(new Code("103339001", "SCT", "Long Axis"), shape.largestDiameterPx(), scale));
      measures.add(
          length(new Code("103340004", "SCT", "Short Axis"), shape.smallestDiameterPx(), scale));
      add(
          measures,
          "ASYMMETRYMAJOR",
          "Asymmetry about the long principal axis",
          shape.asymmetryMajor());
      add(
          measures,
          "ASYMMETRYMINOR",
          "Asymmetry about the short principal axis",
          shape.asymmetryMinor());
      add(measures, "COMPACTNESS", "Compactness of the border", shape.compactness());
      add(measures, "SOLIDITY", "Solidity of the border", shape.solidity());
    }
    Colours colours = m.colours();
    if (colours != null) {
      double[] shares = colours.shares();
      for (int i = 0; i < shares.length; i++) {
        String name = Colours.NAMES.get(i);
        measures.add(
            new Measure(
                own(
                    "COLOUR" + name.toUpperCase(Locale.ROOT).replace("_", ""),
                    "Share of the lesion that is " + name.replace('_', ' ')),
                100 * shares[i],
                Code.PERCENT));
      }
    }
    measures.add(
        new Measure(own("AREASHARE", "Share of the photo"), 100 * m.areaFraction(), Code.PERCENT));
    add(measures, "CONFIDENCE", "Mean probability inside", m.meanConfidence());
    add(measures, "PREDICTEDJI", "Predicted Jaccard index", m.predictedJaccard());
    return measures;
  }

  /** In millimetres where the scale is known, else in pixels. */
  private static Measure length(Code name, double pixels, @Nullable Scale scale) {
    return scale == null
        ? new Measure(name, pixels, Code.PIXELS)
        : new Measure(name, scale.mm(pixels), Code.MILLIMETRES);
  }

  private static void add(
      List<Measure> measures, String code, String meaning, @Nullable Double value) {
    if (value != null) {
      measures.add(new Measure(own(code, meaning), value, Code.NO_UNITS));
    }
  }

  private static Code own(String value, String meaning) {
    return new Code(value, Code.OWN_SCHEME, meaning);
  }

  /** All three, for whoever sends them on. */
  public List<byte[]> all() throws IOException {
    return List.of(segmentation(), capture(derived.outlined.overlay()), report());
  }
}
