package org.lentigo.imaging;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The real images, which lie beside the repository on some machines and are never in it. */
public final class RealData {
  private RealData() {}

  /** A folder of {@code shared/data}; the test is skipped where it is absent. */
  public static Path folder(String name) {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      Path folder = p.resolve("shared/data").resolve(name);
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    assumeTrue(false, "no shared/data/" + name + " beside the repository: skipped");
    throw new AssertionError();
  }
}
