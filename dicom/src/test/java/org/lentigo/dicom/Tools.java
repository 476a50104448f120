package org.lentigo.dicom;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Programs of others that tests hold Lentigo against; without them the tests are skipped. */
final class Tools {
  private Tools() {}

  /** What a program said. */
  record Said(int code, String text) {
    List<String> lines() {
      return text.lines().toList();
    }
  }

  /** Skips the test, and says so, where this program is not installed. */
  static String program(String name, String debianPackage) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin";
    for (String folder : path.split(":")) {
      Path file = Path.of(folder, name);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    assumeTrue(false, "no " + name + " (Debian: apt install " + debianPackage + "): skipped");
    throw new AssertionError();
  }

  /** A Python that has pydicom; skips the test where there is none. */
  static String pydicom() throws IOException, InterruptedException {
    for (String python : List.of("/usr/bin/python3", "python3")) {
      try {
        if (run("", python, "-c", "import pydicom").code == 0) {
          return python;
        }
      } catch (IOException e) {
        // There is no such program.
      }
    }
    assumeTrue(false, "no pydicom (Debian: apt install python3-pydicom): skipped");
    throw new AssertionError();
  }

  /** The data files that come with pydicom. */
  static List<Path> pydicomFiles() throws IOException, InterruptedException {
    String folder =
        run("", pydicom(), "-c", "import pydicom.data; print(pydicom.data.DATA_ROOT)").text.strip();
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      List<Path> all = files.filter(Tools::isDicom).sorted().toList();
      assumeTrue(!all.isEmpty(), "pydicom came without its test files: skipped");
      return all;
    }
  }

  private static boolean isDicom(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return file.toString().endsWith(".dcm") || Part10Reader.isPart10(in.readNBytes(132));
    } catch (IOException e) {
      return false; // A folder.
    }
  }

  static byte[] resource(String name) throws IOException {
    try (InputStream in = Tools.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  /** Runs a program to its end; standard output and error together. */
  static Said run(String input, Object... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(Arrays.stream(command).map(Object::toString).toList())
            .redirectErrorStream(true)
            .start();
    Thread writer =
        new Thread(
            () -> {
              try (OutputStream to = process.getOutputStream()) {
                to.write(input.getBytes(StandardCharsets.UTF_8));
              } catch (IOException e) {
                // It did not want to hear more.
              }
            });
    writer.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), text);
  }
}
