package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lentigo dicom} end to end, with an untrained model on small drawn photos. */
class DicomCommandTest {
  @TempDir private Path temp;
  private Path in;
  private Path wrapped;
  private Path model;

  @BeforeEach
  void prepare() throws IOException {
    in = Files.createDirectories(temp.resolve("in"));
    wrapped = temp.resolve("wrapped");
    model = Cli.writeModel(temp.resolve("model.safetensors"));
    Pictures.photo(in.resolve("x.jpg"), 120, 80);
    Pictures.photo(in.resolve("y.jpg"), 90, 70);
    Files.writeString(
        temp.resolve("patients.csv"),
        """
        file,PatientID,PatientName,PatientBirthDate
        x.jpg,P-4711,Müller^Änne,19610203
        y.jpg,P-4712,Otto^Secret,3.2.61
        """);
  }

  private Cli.Result dicom(Object... args) {
    Object[] all = Arrays.copyOf(new Object[] {"dicom", "--model", model}, 3 + args.length);
    System.arraycopy(args, 0, all, 3, args.length);
    return Cli.run(all);
  }

  private Cli.Result wrap() {
    return dicom("--from-photos", in, "--patients", temp.resolve("patients.csv"), "--out", wrapped);
  }

  @Test
  void aRowWithoutAPhotoIsTold() throws Exception {
    Files.writeString(
        temp.resolve("patients.csv"),
        "gone.jpg,P-4713,Secret,19610203\n",
        StandardOpenOption.APPEND);
    for (int run = 0; run < 2; run++) {
      Cli.Result result = wrap();
      assertThat(result.code()).isZero();
      assertThat(result.errors())
          .filteredOn(l -> l.contains("without a photo"))
          .singleElement()
          .asString()
          .contains("in line 4:");
      assertThat(result.err()).doesNotContain("4713", "Secret");
    }
  }

  private static boolean holds(Path file, String text) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).contains(text);
  }

  @Test
  void photosAreWrappedAndOutlinedAndMasksAreThoseOfSegment() throws Exception {
    Cli.Result result = wrap();

    assertThat(result.code()).isZero();
    assertThat(result.errors())
        .hasSize(1)
        .allMatch(l -> l.contains("line 3: PatientBirthDate is not as DICOM wants it"));
    assertThat(result.err() + result.out()).doesNotContain("4711", "nne", "Secret", "3.2.61");
    assertThat(Cli.tree(wrapped))
        .contains(
            "summary.csv",
            "x.json",
            "x_mask.png",
            "x_overlay.dcm",
            "x_overlay.jpg",
            "x_photo.dcm",
            "x_report.dcm",
            "x_seg.dcm");
    assertThat(holds(wrapped.resolve("x_seg.dcm"), "Müller^Änne")).isTrue();

    Path outlined = temp.resolve("outlined");
    Path segmented = temp.resolve("segmented");
    assertThat(dicom(wrapped, "--out", outlined).code()).isZero();
    assertThat(Cli.run("segment", in, "--model", model, "--out", segmented).code()).isZero();
    assertThat(outlined.resolve("x_photo_mask.png"))
        .hasSameBinaryContentAs(segmented.resolve("x_mask.png"));
    assertThat(Cli.tree(outlined)).as("results beside photos are no photos").hasSize(13);
    // A second run has nothing to do, also where only an object is missing.
    assertThat(dicom(wrapped, "--out", outlined).out()).contains("2 kept");
    Files.delete(outlined.resolve("x_photo_seg.dcm"));
    Cli.Result again = dicom(wrapped, "--out", outlined);
    assertThat(again.out()).contains("1 outlined, 1 kept");
    assertThat(outlined.resolve("x_photo_seg.dcm")).isNotEmptyFile();
  }

  @Test
  void oneThatIsDamagedCostsItsLineAndNoOther() throws Exception {
    wrap();
    byte[] whole = Files.readAllBytes(wrapped.resolve("x_photo.dcm"));
    Path mixed = Files.createDirectories(temp.resolve("mixed"));
    Files.write(mixed.resolve("IM0001"), whole);
    Files.write(mixed.resolve("cut.dcm"), Arrays.copyOf(whole, 700));
    Files.copy(wrapped.resolve("x_report.dcm"), mixed.resolve("other.dcm"));
    Files.writeString(mixed.resolve("notes.txt"), "no DICOM");

    Cli.Result result = dicom(mixed, "--out", temp.resolve("out"));

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.errors()).hasSize(2);
    assertThat(result.err())
        .contains("cut.dcm: truncated", "other.dcm: it is an enhanced structured report")
        .doesNotContain("4711", "nne");
    assertThat(temp.resolve("out/IM0001_seg.dcm")).isNotEmptyFile();
  }

  @Test
  void nothingOfThePatientIsInWhatIsAnonymised() throws Exception {
    wrap();
    Path out = temp.resolve("anonymous");
    assertThat(dicom(wrapped, "--anonymise", "--out", out).code()).isZero();
    for (String name : Cli.tree(out)) {
      for (String secret : new String[] {"P-471", "nne", "Secret", "19610203"}) {
        assertThat(holds(out.resolve(name), secret)).as(name + " holds " + secret).isFalse();
      }
    }
    assertThat(holds(out.resolve("x_photo_photo.dcm"), "PS3.15")).isTrue();
  }

  @Test
  void wrongUsageIsToldAndNothingDone() throws Exception {
    assertThat(Cli.run("dicom", "--out", temp.resolve("o")).code()).isEqualTo(2);
    assertThat(dicom(in).code()).isEqualTo(2);
    assertThat(dicom(in, "--patients", temp.resolve("patients.csv"), "--out", wrapped).code())
        .isEqualTo(2);
    Files.writeString(temp.resolve("bad.csv"), "file,Patient\nx.jpg,Otto^Secret\n");
    Cli.Result bad =
        dicom("--from-photos", in, "--patients", temp.resolve("bad.csv"), "--out", wrapped);
    assertThat(bad.code()).isEqualTo(2);
    assertThat(bad.err()).contains("column 'Patient' is not known").doesNotContain("Otto");
    assertThat(wrapped).doesNotExist();
    assertThat(Cli.run("dicom", "listen").err()).contains("either --send-to or --dicomweb");
    assertThat(Cli.run("dicom", "listen", "--send-to", "A@b").err()).contains("AE@HOST:PORT");
    assertThat(Cli.run("dicom", "listen", "--send-to", "A@b:1", "--host", "0.0.0.0").err())
        .contains("--allow");
  }

  @Test
  void aNodeSaysWhichOfPortAndQueueItCannotHave() throws Exception {
    Path file = Files.createFile(temp.resolve("queue"));
    Cli.Result result = listen(0, file.resolve("lentigo"));
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err())
        .contains("--queue " + file.resolve("lentigo") + ": cannot be used (")
        .contains("); name a folder that this user may write to")
        .doesNotContain("port");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      result = listen(port, temp.resolve("another"));
      assertThat(result.code()).isEqualTo(1);
      assertThat(result.err())
          .contains("cannot listen on 127.0.0.1, port " + port + " (")
          .contains("); name another --port");
    }
  }

  private Cli.Result listen(int port, Path queue) {
    return Cli.run(
        "dicom",
        "listen",
        "--model",
        model,
        "--engine",
        "java-plain",
        "--send-to",
        "A@127.0.0.1:1",
        "--port",
        port,
        "--queue",
        queue);
  }
}
