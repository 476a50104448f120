package org.lentigo.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Option;

/** {@code --out} and {@code --overwrite}, for every command that writes one file. */
public final class OutputFileOption {
  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
  private Path file;

  @Option(names = "--overwrite", description = "Replace the file if it exists.")
  private boolean overwrite;

  /**
   * Before any work is done: that the file can be meant, and may be written.
   *
   * @param example a name for whoever named a folder
   */
  public void check(String example) throws CommandFailure {
    if (Files.isDirectory(file)) {
      throw CommandFailure.usage("--out " + file + " is a folder; name a file, such as " + example);
    }
    if (Files.exists(file) && !overwrite) {
      throw CommandFailure.failed(file + ": exists already; pass --overwrite to replace it");
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw CommandFailure.failed(
          file + ": cannot be written (no such folder: " + folder + "); make it, or name another");
    }
    if (folder != null && !Files.isWritable(folder)) {
      throw CommandFailure.failed(
          file + ": cannot be written (" + folder + " is read-only); name another file");
    }
  }

  /** Writes the whole file, or nothing. */
  public void write(byte[] content) throws CommandFailure {
    try {
      AtomicFiles.write(file, content);
    } catch (IOException e) {
      throw CommandFailure.failed(file + ": cannot be written (" + Reasons.reason(e) + ")", e);
    }
  }

  public Path file() {
    return file;
  }
}
