package org.lentigo.dicom;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DataSet.Element;

/**
 * Whose each photo is: a table in CSV (RFC 4180, UTF-8) with a head. The column {@code file} has
 * the photo's name, or the end of its path; the others are attributes by their keyword in PS3.6:
 * see {@link #COLUMNS}. Only {@code file} must be there.
 *
 * <p>Messages name lines and columns, never what stands in them.
 */
public final class PatientTable {
  /** Attributes that a table may have. */
  public static final List<String> COLUMNS;

  private static final Map<String, Integer> TAGS = new LinkedHashMap<>();

  static {
    TAGS.put("PatientID", Tag.PATIENT_ID);
    TAGS.put("PatientName", Tag.PATIENT_NAME);
    TAGS.put("IssuerOfPatientID", Tag.ISSUER_OF_PATIENT_ID);
    TAGS.put("PatientBirthDate", Tag.BIRTH_DATE);
    TAGS.put("PatientSex", Tag.SEX);
    TAGS.put("PatientAge", Tag.AGE);
    TAGS.put("StudyInstanceUID", Tag.STUDY_INSTANCE);
    TAGS.put("StudyDate", Tag.STUDY_DATE);
    TAGS.put("StudyTime", Tag.STUDY_TIME);
    TAGS.put("StudyID", Tag.STUDY_ID);
    TAGS.put("StudyDescription", Tag.STUDY_DESCRIPTION);
    TAGS.put("AccessionNumber", Tag.ACCESSION_NUMBER);
    TAGS.put("ReferringPhysicianName", Tag.REFERRING_PHYSICIAN);
    TAGS.put("ImageLaterality", Tag.IMAGE_LATERALITY);
    TAGS.put("PixelSpacing", Tag.PIXEL_SPACING);
    TAGS.put("LightSourcePolarization", Tag.LIGHT_POLARIZATION);
    TAGS.put("ImmersionMedia", Tag.IMMERSION_MEDIA);
    TAGS.put("ContactMethod", Tag.CONTACT_METHOD);
    TAGS.put("RecognizableVisualFeatures", Tag.RECOGNIZABLE);
    COLUMNS = List.copyOf(TAGS.keySet());
  }

  private static final String FILE = "file";

  private record Row(long line, DataSet data, List<String> problems) {}

  private final Map<String, Row> rows = new HashMap<>();

  private PatientTable() {}

  /** A table without a row: the patients of all photos stay unknown. */
  public static PatientTable empty() {
    return new PatientTable();
  }

  /**
   * Reads a table.
   *
   * @throws IOException if it cannot be read, has no column {@code file}, one that is not known, or
   *     a file twice
   */
  public static PatientTable read(Path file) throws IOException {
    PatientTable table = new PatientTable();
    try (CsvReader<NamedCsvRecord> csv =
        CsvReader.builder().ofNamedCsvRecord(file, StandardCharsets.UTF_8)) {
      for (NamedCsvRecord record : csv) {
        table.add(record);
      }
    } catch (CsvParseException e) {
      throw new IOException("is no CSV of this kind (RFC 4180, UTF-8, a head, " + FILE + ")", e);
    } catch (UncheckedIOException e) {
      throw new IOException("cannot be read as UTF-8", e);
    }
    return table;
  }

  private void add(NamedCsvRecord record) throws IOException {
    long line = record.getStartingLineNumber();
    DataSet data = new DataSet();
    List<String> problems = new ArrayList<>();
    String name = "";
    for (Map.Entry<String, String> field : record.getFieldsAsMap().entrySet()) {
      // Spreadsheets begin UTF-8 files with a mark.
      String column = field.getKey().replace("\ufeff", "").strip();
      String text = field.getValue().strip();
      Integer tag = TAGS.get(column);
      if (column.equals(FILE)) {
        name = text;
      } else if (tag == null) {
        throw new IOException(
            "line 1: column '"
                + column.replaceAll("[^A-Za-z0-9_ ]", "?")
                + "' is not known; wanted "
                + FILE
                + " and any of "
                + String.join(", ", COLUMNS));
      } else if (!text.isEmpty()) {
        Element element = DataSet.textElement(tag, text, StandardCharsets.UTF_8);
        if (Values.wellFormed(element)) {
          data.put(element);
        } else {
          problems.add("line " + line + ": " + column + " is not as DICOM wants it: left empty");
        }
      }
    }
    if (name.isEmpty()) {
      throw new IOException("line " + line + ": no " + FILE);
    }
    Row before = rows.put(key(name), new Row(line, data, List.copyOf(problems)));
    if (before != null) {
      throw new IOException(
          "line " + line + ": the same " + FILE + " as in line " + before.line + "; keep one");
    }
  }

  private static String key(String name) {
    return name.replace('\\', '/');
  }

  /** What the table says of a photo, by its path or the longest end of it; null if nothing. */
  private @Nullable Row row(Path photo) {
    String path = key(photo.toString());
    while (true) {
      Row row = rows.get(path);
      if (row != null) {
        return row;
      }
      int slash = path.indexOf('/');
      if (slash < 0) {
        return null;
      }
      path = path.substring(slash + 1);
    }
  }

  /** The lines of the rows that are of none of these photos, ascending: misspelt, perhaps. */
  public List<Long> unused(List<Path> photos) {
    Set<Row> unused = new HashSet<>(rows.values());
    photos.forEach(photo -> unused.remove(row(photo)));
    return unused.stream().map(Row::line).sorted().toList();
  }

  /** The elements for a photo; none if the table has no row for it. */
  DataSet of(Path photo) {
    Row row = row(photo);
    return row == null ? new DataSet() : row.data.copy();
  }

  /** What of its row could not be taken, without saying what it was. */
  List<String> problems(Path photo) {
    Row row = row(photo);
    return row == null
        ? List.of("no row for it in the table: its patient stays empty")
        : row.problems;
  }
}
