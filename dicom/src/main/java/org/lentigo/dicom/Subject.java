package org.lentigo.dicom;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lentigo.dicom.DataSet.Element;

/**
 * The patient and the study of a photo, as far as they are as the standard wants them: what every
 * object made of the photo begins with.
 *
 * @param data attributes of PS3.3, C.7.1.1, C.7.2.1 and C.7.2.2
 * @param warnings what could not be kept: tags, never their values
 */
record Subject(DataSet data, List<String> warnings) {
  /** Copied where they are well formed: patient (PS3.3, C.7.1.1) and study (C.7.2.1, C.7.2.2). */
  private static final int[] COPIED = {
    Tag.CHARACTER_SET,
    Tag.TIMEZONE,
    Tag.PATIENT_NAME,
    Tag.PATIENT_ID,
    Tag.ISSUER_OF_PATIENT_ID,
    Tag.BIRTH_DATE,
    Tag.SEX,
    Tag.AGE,
    Tag.IDENTITY_REMOVED,
    Tag.DEIDENTIFICATION_METHOD,
    Tag.TIMES_REMOVED,
    Tag.STUDY_INSTANCE,
    Tag.STUDY_DATE,
    Tag.STUDY_TIME,
    Tag.REFERRING_PHYSICIAN,
    Tag.STUDY_ID,
    Tag.ACCESSION_NUMBER,
    Tag.STUDY_DESCRIPTION
  };

  /** Wanted by the standard, if only empty. */
  private static final int[] NEVER_MISSING = {
    Tag.PATIENT_NAME,
    Tag.PATIENT_ID,
    Tag.BIRTH_DATE,
    Tag.SEX,
    Tag.STUDY_DATE,
    Tag.STUDY_TIME,
    Tag.REFERRING_PHYSICIAN,
    Tag.STUDY_ID,
    Tag.ACCESSION_NUMBER
  };

  /**
   * Of a photo's object.
   *
   * @param instance its SOP instance UID
   */
  static Subject of(DataSet from, String instance) {
    DataSet data = new DataSet();
    List<String> warnings = new ArrayList<>();
    for (int tag : COPIED) {
      Element element = from.get(tag);
      if (element == null) {
        continue;
      }
      if (Values.wellFormed(element)) {
        data.put(element);
      } else {
        warnings.add(Tag.name(tag) + " is not as the standard wants it: left out of the results");
      }
    }
    putCharacterSet(data, warnings);
    List<DataSet> codes = from.items(Tag.DEIDENTIFICATION_CODES);
    if (!codes.isEmpty()) {
      data.put(Tag.DEIDENTIFICATION_CODES, codes);
    }
    for (int tag : NEVER_MISSING) {
      if (!data.has(tag)) {
        data.putEmpty(tag);
      }
    }
    if (data.text(Tag.STUDY_INSTANCE).isEmpty()) {
      warnings.add(
          "its study instance UID "
              + Tag.name(Tag.STUDY_INSTANCE)
              + " is missing or damaged: the results go to a study of their own");
      data.put(Tag.STUDY_INSTANCE, Uids.of("study", instance));
    }
    return new Subject(data, List.copyOf(warnings));
  }

  /** Text beyond ASCII without a character set is taken for what it can be. */
  private static void putCharacterSet(DataSet data, List<String> warnings) {
    if (!data.text(Tag.CHARACTER_SET).isEmpty()) {
      return;
    }
    boolean ascii = true;
    boolean utf8 = true;
    for (Element element : data.elements()) {
      byte[] bytes = element.bytes();
      String text = new String(bytes, StandardCharsets.UTF_8);
      ascii &= text.chars().allMatch(c -> c < 0x80);
      utf8 &= Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes);
    }
    if (!ascii) {
      String name = utf8 ? "ISO_IR 192" : "ISO_IR 100";
      data.put(Tag.CHARACTER_SET, name);
      warnings.add(
          "its character set "
              + Tag.name(Tag.CHARACTER_SET)
              + " is missing or damaged: its text is taken as "
              + name);
    }
  }
}
