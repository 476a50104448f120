package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.imaging.dataset.Layout;
import org.lentigo.imaging.synthetic.PhantomSet;

/** A plain {@code kill} of a command that makes no end in good order, while ONNX Runtime works. */
@Timeout(300)
class SignalTest {
  @TempDir private Path folder;

  @Test
  void aKilledCommandEndsAsTheSignalSaysAndDoesNotCrash() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self")), "no /proc to look into: skipped");
    Path data = folder.resolve("data");
    PhantomSet.write(data, 200, 7, 256, 192, Layout.PLAIN);
    Path out = folder.resolve("out");
    Process child =
        Cli.process(
                List.of(),
                "evaluate",
                "--engine",
                "onnx-runtime",
                "--data",
                data.toString(),
                "--out",
                out.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(new File(folder.toFile(), "said"))
            .start();
    try {
      Path maps = Path.of("/proc", Long.toString(child.pid()), "maps");
      while (child.isAlive() && !Files.readString(maps).contains("onnxruntime")) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      child.toHandle().destroy();

      assertThat(child.waitFor()).as(Files.readString(folder.resolve("said"))).isEqualTo(143);
      assertThat(out).isEmptyDirectory();
      try (var files = Files.list(folder)) {
        assertThat(files.map(file -> file.getFileName().toString()).toList())
            .containsExactlyInAnyOrderElementsOf(List.of("data", "out", "said"));
      }
    } finally {
      child.destroyForcibly();
    }
  }
}
