package org.lentigo.cli.bench;

import java.io.IOException;
import java.nio.file.Path;

/** The Java engine's inner loops under JMH, which the module {@code bench} brings. */
public final class KernelRun {
  private KernelRun() {}

  /**
   * Runs them in a process of its own, as JMH starts further ones from its class path.
   *
   * @return how that ended
   * @throws IOException if it does not start
   */
  public static int run() throws IOException, InterruptedException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "org.openjdk.jmh.Main",
            "(Kernels|Integers)Benchmark")
        .inheritIO()
        .start()
        .waitFor();
  }
}
