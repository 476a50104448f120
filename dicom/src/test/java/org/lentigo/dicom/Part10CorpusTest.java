package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.RgbImage;

/** The test files that come with pydicom, against what pydicom and dcmtk make of them. */
class Part10CorpusTest {
  private static final long MOST = 1 << 28;

  /** Those that are refused, and the word by which the message names why. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "ExplVR_BigEndNoMeta.dcm", "lacks the letters DICM",
          "ExplVR_LitEndNoMeta.dcm", "lacks the letters DICM",
          "no_meta.dcm", "lacks the letters DICM",
          "rtstruct.dcm", "lacks the letters DICM",
          "DICOMDIR-nooffset", "truncated",
          "meta_missing_tsyntax.dcm", "lacks the transfer syntax",
          "badVR.dcm", "value representation",
          "MR_truncated.dcm", "truncated: (7fe0,0010)",
          "rtplan_truncated.dcm", "truncated");

  /** Each element with its depth, form and the hash of its bytes, as dump.py prints it. */
  private static void dump(DataSet data, int depth, boolean hashes, List<String> to)
      throws Exception {
    for (Element element : data.elements()) {
      String start = depth + " %08x ".formatted(element.tag);
      if (element.items != null) {
        to.add(start + "SQ -");
        for (DataSet item : element.items) {
          to.add(depth + " item");
          dump(item, depth + 1, hashes, to);
        }
      } else {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(element.bytes());
        boolean known = hashes && element.tag != Tag.PIXEL_DATA;
        to.add(start + element.vr + " " + (known ? HexFormat.of().formatHex(hash) : "-"));
      }
    }
  }

  @Test
  void readsWhatPydicomReads() throws Exception {
    List<Path> files = Tools.pydicomFiles();
    Path script = Files.createTempFile("dump", ".py");
    Files.write(script, Tools.resource("dump.py"));
    String input = files.stream().map(f -> f + "\n").collect(Collectors.joining());
    Map<String, List<String>> theirs = new LinkedHashMap<>();
    List<String> current = new ArrayList<>();
    for (String line : Tools.run(input, Tools.pydicom(), "-W", "ignore", script).lines()) {
      if (line.startsWith("FILE ")) {
        current = new ArrayList<>();
        theirs.put(line.substring(5), current);
      } else {
        current.add(line);
      }
    }
    Files.delete(script);

    Map<String, String> refused = new TreeMap<>();
    int same = 0;
    for (Path file : files) {
      String name = file.getFileName().toString();
      Part10 read;
      try {
        read = Part10Reader.read(Files.readAllBytes(file), MOST);
      } catch (DicomException e) {
        refused.put(name, String.valueOf(e.getMessage()));
        continue;
      }
      List<String> ours = new ArrayList<>();
      dump(read.data(), 0, read.syntax() != TransferSyntax.BIG_ENDIAN, ours);
      // Where the dictionary leaves a choice, pydicom makes it by other elements.
      List<String> wanted = theirs.getOrDefault(file.toString(), List.of());
      assertThat(withoutForms(ours)).as(name).hasSameSizeAs(wanted);
      List<String> lines = withoutForms(ours);
      List<String> others = withoutForms(wanted);
      for (int i = 0; i < lines.size(); i++) {
        // No hash of theirs: bytes that it has made something of before.
        String line = lines.get(i);
        String other = others.get(i);
        assertThat(other.endsWith("-") ? line.replaceAll("\\S+$", "-") : line)
            .as(name)
            .isEqualTo(line.endsWith("-") ? other.replaceAll("\\S+$", "-") : other);
      }
      same++;
    }
    assertThat(refused.keySet()).isSubsetOf(REFUSED.keySet());
    refused.forEach((name, why) -> assertThat(why).as(name).contains(REFUSED.get(name)));
    assertThat(same).isGreaterThan(100);
  }

  private static List<String> withoutForms(List<String> dump) {
    return dump.stream().map(l -> l.replaceAll("(?<= [0-9a-f]{8} )(?!SQ)..", "")).toList();
  }

  /** What is written again in either form is, element by element, what was read. */
  @Test
  void writesWhatItRead() throws Exception {
    int written = 0;
    for (Path file : Tools.pydicomFiles()) {
      Part10 read;
      try {
        read = Part10Reader.read(Files.readAllBytes(file), MOST);
      } catch (DicomException e) {
        continue;
      }
      for (TransferSyntax syntax :
          List.of(TransferSyntax.EXPLICIT, TransferSyntax.IMPLICIT, TransferSyntax.DEFLATED)) {
        if (read.data().elements().stream().anyMatch(e -> e.fragments != null)
            && syntax == TransferSyntax.IMPLICIT) {
          continue;
        }
        List<String> before = new ArrayList<>();
        List<String> after = new ArrayList<>();
        dump(read.data(), 0, false, before);
        // The lengths of groups, which are retired, are not written.
        before.removeIf(line -> line.matches("[0-9]+ [0-9a-f]{4}0000 .*"));
        dump(
            Part10Reader.read(Part10Writer.file(read.data(), syntax), MOST).data(),
            0,
            false,
            after);
        assertThat(withoutForms(after)).as(file + " " + syntax).isEqualTo(withoutForms(before));
      }
      written++;
    }
    assertThat(written).isGreaterThan(100);
  }

  /** Decoded by dcmtk, to at most so many levels of 255. */
  @Test
  void decodesWhatDcmtkDecodes(@TempDir Path folder) throws Exception {
    String tool = Tools.program("dcmj2pnm", "dcmtk");
    Map<String, Integer> worst = new TreeMap<>();
    for (Path file : Tools.pydicomFiles()) {
      String name = file.getFileName().toString();
      if (!name.startsWith("SC_")
          || name.contains("16bit")
          || name.contains("32bit")
          || name.contains("lossy_gdcm")) {
        continue; // The last one's header says RGB of a JPEG of YCbCr, which dcmtk believes.
      }
      Path pnm = folder.resolve(name + ".ppm");
      if (Tools.run("", tool, "+op", file, pnm).code() != 0) {
        continue; // dcmtk knows neither JPEG 2000 nor some slips of others.
      }
      RgbImage theirs = readPpm(pnm);
      RgbImage ours =
          PixelReader.read(Part10Reader.read(Files.readAllBytes(file), MOST), 1 << 24, 0).image();
      assertThat(ours.width()).as(name).isEqualTo(theirs.width());
      int most = 0;
      for (int i = 0; i < ours.data().length; i++) {
        most = Math.max(most, Math.abs((ours.data()[i] & 0xff) - (theirs.data()[i] & 0xff)));
      }
      worst.put(name, most);
    }
    assertThat(worst).hasSizeGreaterThan(15);
    assertThat(worst.values()).allMatch(w -> w <= 2);
  }

  /** The same ten bars in other encodings, in the middle of each bar. */
  @Test
  void showsTheSameBarsWhateverTheEncoding() throws Exception {
    Map<String, RgbImage> read = new TreeMap<>();
    for (Path file : Tools.pydicomFiles()) {
      String name = file.getFileName().toString();
      if (name.startsWith("SC_rgb_") && !name.contains("32bit") && !name.contains("odd")) {
        read.put(
            name,
            PixelReader.read(Part10Reader.read(Files.readAllBytes(file), MOST), 1 << 24, 0)
                .image());
      }
    }
    read.values().removeIf(image -> image.width() != 100); // Others show something else.
    assertThat(read).hasSizeGreaterThan(12);
    RgbImage wanted = Objects.requireNonNull(read.get("SC_rgb_rle.dcm"));
    for (int y = 5; y < 100; y += 10) {
      for (int c = 0; c < 3; c++) {
        int level = wanted.get(50, y, c);
        int row = y;
        int channel = c;
        assertThat(read)
            .allSatisfy(
                (name, image) ->
                    assertThat(Math.abs(image.get(50, row, channel) - level))
                        .as(name + " in row " + row)
                        .isLessThan(6));
      }
    }
  }

  private static RgbImage readPpm(Path file) throws IOException {
    byte[] b = Files.readAllBytes(file);
    String[] words =
        new String(b, 0, Math.min(b.length, 64), StandardCharsets.ISO_8859_1).split("\\s+", 5);
    int width = Integer.parseInt(words[1]);
    int height = Integer.parseInt(words[2]);
    byte[] data = new byte[3 * width * height];
    System.arraycopy(b, b.length - data.length, data, 0, data.length);
    return new RgbImage(width, height, data);
  }
}
