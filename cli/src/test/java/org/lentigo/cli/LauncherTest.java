package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The options that a bundle's launcher gives Java, by a Java that says what it was given. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class LauncherTest {
  @TempDir private Path bundle;

  @BeforeEach
  void unpack() throws IOException {
    Path java = Files.createDirectories(bundle.resolve("lib/runtime/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nfor word; do echo \"$word\"; done\n");
    Files.createDirectories(bundle.resolve("lib/native"));
    Files.createDirectories(bundle.resolve("bin"));
    Files.createDirectories(bundle.resolve("photos"));
    Files.copy(Path.of("../packaging/lentigo"), bundle.resolve("bin/lentigo"));
    Files.copy(Path.of("../packaging/java-options"), bundle.resolve("lib/java-options"));
    assertThat(java.toFile().setExecutable(true)).isTrue();
    release("17.0.15");
  }

  /** As jlink writes it. */
  private void release(String version) throws IOException {
    Files.writeString(
        bundle.resolve("lib/runtime/release"),
        "IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=\"" + version + "\"\nMODULES=\"java.base\"\n");
  }

  private List<String> options(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", "bin/lentigo"));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(bundle.toFile()).redirectErrorStream(true);
    builder.environment().remove("LENTIGO_JAVA_OPTS");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    List<String> given = said.lines().toList();
    int program = given.indexOf("org.lentigo.cli.Lentigo");
    assertThat(given.subList(program + 1, given.size())).containsExactly(words);
    return given.subList(0, program);
  }

  /** One photo is over before the optimising compiler has earned what it costs. */
  @Test
  void aPhotoDoesWithoutTheOptimisingCompilerAndAFolderDoesNot() throws Exception {
    String quick = "-XX:TieredStopAtLevel=1";
    assertThat(options("segment", "a.jpg", "--out", "photos")).contains(quick);
    assertThat(options("--version")).contains(quick);
    assertThat(options()).contains(quick);
    assertThat(options("segment", "photos", "--out", "x")).doesNotContain(quick);
    assertThat(options("dicom", "listen", "--ae", "LENTIGO")).doesNotContain(quick);
    assertThat(options("evaluate", "--data", "isic2016")).doesNotContain(quick);
  }

  @Test
  void theJavaEngineHasTheVectorsAndTheCollectorThatItWants() throws Exception {
    for (List<String> given :
        List.of(options("live", "--source", "photos"), options("segment", "--engine=java"))) {
      assertThat(given)
          .contains("-XX:+UseG1GC", "-XX:G1HeapRegionSize=1m", "jdk.incubator.vector")
          .doesNotContain("-XX:TieredStopAtLevel=1");
    }
    assertThat(options("segment", "a.jpg")).doesNotContain("jdk.incubator.vector");
  }

  /** A command that some launcher does not know to run long would run at half the speed. */
  @Test
  void whatEveryRunIsGivenStandsInOnePlace() throws Exception {
    assertThat(options("segment", "a.jpg"))
        .contains("-XX:MaxRAMPercentage=60", "-Djava.awt.headless=true", "-Xlog:disable");
    for (String script : List.of("lentigo", "packaging/lentigo", "packaging/oci")) {
      assertThat(Files.readString(Path.of("..", script)))
          .as(script)
          .contains("java-options", "$java_always", "$java_engine", "allow_native")
          .doesNotContain("MaxRAMPercentage", "-Xlog:disable", "--enable-native", "\"serve \"");
    }
  }

  /** Newer Javas warn at every start without it. */
  @Test
  void nativeCodeIsAllowedWhereJavaAsksForIt() throws Exception {
    String allowed = "--enable-native-access=ALL-UNNAMED";
    assertThat(options("segment", "a.jpg")).doesNotContain(allowed);
    release("25.0.3");
    assertThat(options("segment", "a.jpg")).contains(allowed);
    release("25");
    assertThat(options("serve")).contains(allowed);
  }
}
