package org.lentigo.cli.console;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.lentigo.imaging.Fonts;

/** Charts and panels, which not every machine can draw: some have no fonts. */
public final class Pictures {
  private Pictures() {}

  /** Draws them into files. */
  public interface Drawing {
    void draw() throws IOException;
  }

  /**
   * Draws, or says why there is nothing to see: no reason to lose the rest of a report.
   *
   * @param folder that the pictures go to
   * @param problem hears why there are none
   * @throws IOException if one cannot be written
   */
  public static void draw(Path folder, Consumer<String> problem, Drawing drawing)
      throws IOException {
    if (Fonts.present()) {
      drawing.draw();
    } else {
      problem.accept(undrawn(folder));
    }
  }

  /** Why a folder has no pictures. */
  public static String undrawn(Path folder) {
    return folder
        + ": no pictures, because this machine has no fonts that Java can draw with"
        + " (Debian: apt install fontconfig fonts-dejavu-core)";
  }
}
