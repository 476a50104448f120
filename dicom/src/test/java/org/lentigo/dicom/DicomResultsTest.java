package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written, by the judgement of dciodvfy, pydicom and dcmtk. */
class DicomResultsTest {
  @TempDir Path folder;

  private List<String> complaints(String name, byte[] file) throws Exception {
    Path path = Files.write(folder.resolve(name), file);
    return Tools.run("", Tools.program("dciodvfy", "dicom3tools"), "-new", path).lines().stream()
        .filter(l -> l.startsWith("Error") || l.startsWith("Warning"))
        .toList();
  }

  private DicomResults results(byte[] file) throws Exception {
    DicomPhoto photo = DicomPhoto.read(file, 1 << 24);
    return new DicomResults(photo, Fixtures.outline(photo), Fixtures.NOW);
  }

  @Test
  void theValidatorFindsNothing() throws Exception {
    byte[] wrapped = Fixtures.wrapped(320, 240, folder);
    DicomResults results = results(wrapped);
    assertThat(complaints("photo.dcm", wrapped)).noneMatch(l -> l.startsWith("Error"));
    assertThat(complaints("seg.dcm", results.segmentation())).isEmpty();
    assertThat(complaints("sc.dcm", results.all().get(1))).noneMatch(l -> l.startsWith("Error"));
    assertThat(complaints("sr.dcm", results.report())).noneMatch(l -> l.startsWith("Error"));
  }
}
