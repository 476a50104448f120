package org.lentigo.dicom;

/**
 * A coded concept: PS3.3, table 8.8-1.
 *
 * @param scheme such as {@code SCT} (SNOMED CT), {@code DCM} (PS3.16, annex D), {@code UCUM}
 */
record Code(String value, String scheme, String meaning) {
  /** Lentigo's own, where the standard has no concept. */
  static final String OWN_SCHEME = "99LENTIGO";

  static final Code ABNORMAL = new Code("49755003", "SCT", "Morphologically abnormal structure");
  static final Code SKIN_LESION = new Code("95324001", "SCT", "Skin lesion");
  static final Code SKIN = new Code("39937001", "SCT", "Skin structure");

  static final Code PIXELS = new Code("{pixels}", "UCUM", "pixels");
  static final Code MILLIMETRES = new Code("mm", "UCUM", "millimeter");
  static final Code SQUARE_MILLIMETRES = new Code("mm2", "UCUM", "square millimeter");
  static final Code PERCENT = new Code("%", "UCUM", "percent");
  static final Code NO_UNITS = new Code("1", "UCUM", "no units");

  static Code dcm(String value, String meaning) {
    return new Code(value, "DCM", meaning);
  }

  DataSet item() {
    return new DataSet()
        .put(Tag.CODE_VALUE, value)
        .put(Tag.CODING_SCHEME, scheme)
        .put(Tag.CODE_MEANING, meaning);
  }
}
