package org.lentigo.dicom;

import java.util.ArrayList;
import java.util.List;

/** The content tree of a measurement report: PS3.16, templates 1500, 1410, 1001, 4019 and 300. */
final class Report {
  private Report() {}

  /**
   * @param data receives the root of the tree
   * @param segmentation its SOP class and instance
   * @param tracking the lesion's UID
   */
  static void put(
      DataSet data,
      Derived derived,
      List<DicomResults.Measure> measures,
      DataSet segmentation,
      String tracking) {
    data.put(Tag.VALUE_TYPE, "CONTAINER");
    data.put(Tag.CONCEPT_NAME, Code.dcm("126000", "Imaging Measurement Report").item());
    data.put(Tag.CONTINUITY, "SEPARATE");
    data.put(Tag.TEMPLATES, template("1500"));
    List<DataSet> root = new ArrayList<>();
    root.add(
        code(
            "HAS CONCEPT MOD",
            Code.dcm("121049", "Language of Content Item and Descendants"),
            new Code("en", "RFC5646", "English")));
    root.add(
        code("HAS OBS CONTEXT", Code.dcm("121005", "Observer Type"), Code.dcm("121007", "Device")));
    root.add(
        uid(
            "HAS OBS CONTEXT",
            Code.dcm("121012", "Device Observer UID"),
            Uids.of("device", derived.algorithm())));
    root.add(text("HAS OBS CONTEXT", Code.dcm("121013", "Device Observer Name"), "Lentigo"));
    root.add(
        code(
            "HAS CONCEPT MOD",
            Code.dcm("121058", "Procedure reported"),
            new Code("363679005", "SCT", "Imaging procedure")));
    DataSet library = container(Code.dcm("111028", "Image Library"));
    DataSet images = container(Code.dcm("126200", "Image Library Group"));
    DataSet image = item("CONTAINS", "IMAGE");
    image.put(Tag.REFERENCED_SOPS, derived.sourceReference());
    images.put(Tag.CONTENT, image);
    library.put(Tag.CONTENT, images);
    root.add(library);
    DataSet measurements = container(Code.dcm("126010", "Imaging Measurements"));
    measurements.put(Tag.CONTENT, group(derived, measures, segmentation, tracking));
    root.add(measurements);
    data.put(Tag.CONTENT, root);
  }

  private static DataSet group(
      Derived derived, List<DicomResults.Measure> measures, DataSet segmentation, String tracking) {
    DataSet group = container(Code.dcm("125007", "Measurement Group"));
    group.put(Tag.TEMPLATES, template("1410"));
    List<DataSet> content = new ArrayList<>();
    content.add(text("HAS OBS CONTEXT", Code.dcm("112039", "Tracking Identifier"), "Lesion"));
    content.add(uid("HAS OBS CONTEXT", Code.dcm("112040", "Tracking Unique Identifier"), tracking));
    content.add(code("CONTAINS", Code.dcm("121071", "Finding"), Code.SKIN_LESION));
    DataSet frame = item("CONTAINS", "IMAGE");
    frame.put(Tag.CONCEPT_NAME, Code.dcm("121214", "Referenced Segmentation Frame").item());
    segmentation.put(Tag.REFERENCED_SEGMENT, 1);
    frame.put(Tag.REFERENCED_SOPS, segmentation);
    content.add(frame);
    DataSet source = item("CONTAINS", "IMAGE");
    source.put(Tag.CONCEPT_NAME, Code.dcm("121233", "Source image for segmentation").item());
    source.put(Tag.REFERENCED_SOPS, derived.sourceReference());
    content.add(source);
    content.add(code("HAS CONCEPT MOD", new Code("363698007", "SCT", "Finding Site"), Code.SKIN));
    content.add(
        text("HAS CONCEPT MOD", Code.dcm("111001", "Algorithm Name"), derived.algorithmName()));
    content.add(
        text(
            "HAS CONCEPT MOD",
            Code.dcm("111003", "Algorithm Version"),
            derived.algorithmVersion()));
    content.add(
        text("HAS CONCEPT MOD", Code.dcm("111002", "Algorithm Parameters"), derived.algorithm()));
    for (DicomResults.Measure measure : measures) {
      DataSet number = item("CONTAINS", "NUM");
      number.put(Tag.CONCEPT_NAME, measure.name().item());
      number.put(
          Tag.MEASURED_VALUES,
          new DataSet()
              .putDecimal(Tag.NUMERIC_VALUE, measure.value())
              .put(Tag.UNITS, measure.unit().item()));
      content.add(number);
    }
    group.put(Tag.CONTENT, content);
    return group;
  }

  private static DataSet template(String number) {
    return new DataSet().put(Tag.MAPPING_RESOURCE, "DCMR").put(Tag.TEMPLATE_ID, number);
  }

  private static DataSet item(String relation, String type) {
    return new DataSet().put(Tag.RELATION, relation).put(Tag.VALUE_TYPE, type);
  }

  private static DataSet container(Code name) {
    return item("CONTAINS", "CONTAINER")
        .put(Tag.CONCEPT_NAME, name.item())
        .put(Tag.CONTINUITY, "SEPARATE");
  }

  private static DataSet code(String relation, Code name, Code value) {
    return item(relation, "CODE").put(Tag.CONCEPT_NAME, name.item()).put(Tag.CODE, value.item());
  }

  private static DataSet text(String relation, Code name, String value) {
    return item(relation, "TEXT").put(Tag.CONCEPT_NAME, name.item()).put(Tag.TEXT_VALUE, value);
  }

  private static DataSet uid(String relation, Code name, String value) {
    return item(relation, "UIDREF").put(Tag.CONCEPT_NAME, name.item()).put(Tag.UID_VALUE, value);
  }
}
