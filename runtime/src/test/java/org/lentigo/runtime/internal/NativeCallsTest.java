package org.lentigo.runtime.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NativeCallsTest {
  @Test
  @Timeout(300)
  void aStopWaitsForTheCallsUnderWayAndLetsNoOtherBegin() throws Exception {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                NativeCallsProgram.class.getName())
            .inheritIO()
            .start();
    assertThat(program.waitFor()).as("see NativeCallsProgram").isZero();
  }
}
