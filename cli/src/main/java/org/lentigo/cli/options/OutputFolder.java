package org.lentigo.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.runtime.internal.Reasons;

/** What every {@code --out} that names a folder is held to. */
public final class OutputFolder {
  private OutputFolder() {}

  /** Before any work is done: that the folder can be meant. */
  public static void check(Path folder) throws CommandFailure {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw CommandFailure.usage("--out " + folder + " is a file; name a folder");
    }
  }

  /** Checks the folder, and makes it if it is missing: it can then be written to. */
  public static void make(Path folder) throws CommandFailure {
    check(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw CommandFailure.failed(
          "--out " + folder + ": cannot be made (" + Reasons.reason(e) + ")", e);
    }
    if (!Files.isWritable(folder)) {
      throw CommandFailure.failed(
          "--out " + folder + ": permission denied; make it writable or name another folder");
    }
  }
}
