package org.lentigo.dicom;

import java.util.List;

/**
 * A Part-10 file: PS3.10, chapter 7.
 *
 * @param syntax how the file was encoded; the data set itself is little endian in any case
 * @param meta the elements of group 0002
 * @param data everything else
 * @param warnings what was odd about it, a sentence each
 */
record Part10(TransferSyntax syntax, DataSet meta, DataSet data, List<String> warnings) {
  Part10 {
    warnings = List.copyOf(warnings);
  }
}
