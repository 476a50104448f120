package org.lentigo.imagej;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.runtime.BundledModel;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;

/**
 * The plugin by ImageJ's menu, on a screen that Xvfb pretends: see {@link ScreenSession}. The
 * picture in the docs is what it sees: {@code -Dlentigo.picture=docs/imagej.png}, from the
 * checkout's root.
 */
@Timeout(900)
class LesionOutlineMenuTest {
  private static final Path PHOTO =
      Path.of("..", "samples", "images", "synthetic_0002.jpg").toAbsolutePath().normalize();

  @TempDir private Path folder;

  @Test
  void menuDialogPreviewAndRecorderDoWhatTheySay() throws Exception {
    for (String program : List.of("xvfb-run", "Xvfb", "xauth")) {
      assumeTrue(
          isInstalled(program), "no " + program + " (Debian: apt install xvfb xauth): skipped");
    }
    String home = System.getProperty("java.home");
    assumeTrue(
        Files.exists(Path.of(home, "lib", "libawt_xawt.so")), "a Java without windows: skipped");
    // ImageJ finds a menu entry in a jar in plugins/ whose name has a "_".
    Path plugins = Files.createDirectories(folder.resolve("plugins"));
    try (InputStream config = Lesion_Outline.class.getResourceAsStream("/plugins.config");
        OutputStream out = Files.newOutputStream(plugins.resolve("Lentigo_Test.jar"));
        JarOutputStream jar = new JarOutputStream(out)) {
      jar.putNextEntry(new JarEntry("plugins.config"));
      jar.write(Objects.requireNonNull(config).readAllBytes());
    }
    String picture = System.getProperty("lentigo.picture");
    Path screen = picture == null ? folder.resolve("screen.png") : Path.of("..").resolve(picture);
    Path log = folder.resolve("session.log");
    Process process =
        new ProcessBuilder(
                "xvfb-run",
                "-a",
                "-s",
                "-screen 0 1000x730x24",
                Path.of(home, "bin", "java").toString(),
                "-Xmx1g",
                "-Djava.awt.headless=false",
                "-Duser.home=" + folder,
                "-Dplugins.dir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                ScreenSession.class.getName(),
                PHOTO.toString(),
                screen.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(10, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
    }
    int code = process.waitFor();
    String said = Files.readString(log, StandardCharsets.UTF_8);
    assumeTrue(code != ScreenSession.NO_SCREEN, "this Java cannot draw: " + said + ": skipped");

    assertThat(code).as(said).isZero();
    long area = expected().area();
    assertThat(area).isPositive();
    assertThat(said.lines())
        .contains(
            "preview area: " + area,
            "selection during preview: none",
            "overlay after OK: none",
            "selection area: " + area,
            "table area: " + (double) area,
            "managed: 1",
            "recorded: run(\"Outline...\", \"threshold=0.000 manager results\");",
            "replayed area: " + (double) area,
            "managed after replay: 2",
            "dialogs left: none");
    assertThat(ImageIO.read(screen.toFile()).getWidth()).isEqualTo(1000);
  }

  private static Mask expected() throws Exception {
    try (Segmenter segmenter =
        Segmenter.of(BundledModel.read(), 2, List.of(Engine.JAVA_PLAIN), reason -> {})) {
      return segmenter.segment(PhotoReader.read(PHOTO).image()).mask();
    }
  }

  private static boolean isInstalled(String program) {
    for (String in : System.getenv().getOrDefault("PATH", "").split(":")) {
      if (Files.isExecutable(Path.of(in, program))) {
        return true;
      }
    }
    return false;
  }
}
