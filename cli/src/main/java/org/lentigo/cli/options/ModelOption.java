package org.lentigo.cli.options;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.runtime.BundledModel;
import picocli.CommandLine.Option;

/** {@code --model}, for every command that runs or reads one. */
public final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "The model file (.safetensors); without it, the one that comes with Lentigo.")
  @Nullable Path file;

  /** What messages call the model. */
  public String label() {
    return file == null ? "the model that comes with Lentigo" : file.toString();
  }

  /** Reads the model, or says in one line what is wrong with its file. */
  public Model read() throws CommandFailure {
    try {
      return file == null ? BundledModel.read() : ModelFile.read(file);
    } catch (IOException e) {
      throw CommandFailure.failed(label() + ": " + Errors.reason(e), e);
    }
  }
}
