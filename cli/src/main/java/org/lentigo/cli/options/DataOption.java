package org.lentigo.cli.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Option;

/** {@code --data}, for every command that works on a data set with masks. */
public final class DataOption {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "The data set's folder; given several times, they are taken as one.")
  private List<Path> folders;

  /** Before any work is done: that each folder is one. */
  public void check() throws CommandFailure {
    for (Path folder : folders) {
      checkFolder("--data", folder, "name a data set's");
    }
  }

  /**
   * Of an option that names a folder.
   *
   * @param wanted what to do, for the message
   */
  public static void checkFolder(String option, Path folder, String wanted) throws CommandFailure {
    if (!Files.isDirectory(folder)) {
      throw CommandFailure.usage(option + " " + folder + " is not a folder; " + wanted);
    }
  }

  /** Opens them as one data set, or says in one line why there is none. */
  public DataSet open() throws CommandFailure {
    try {
      return DataSets.open(folders);
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    }
  }
}
