package org.lentigo.cli.options;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.runtime.BundledModel;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code --model}, for every command that runs or reads one. */
public final class ModelOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

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
    PrintWriter err = spec.commandLine().getErr();
    if (file != null) {
      return read("", file, err);
    }
    try {
      return told(BundledModel.read(), err);
    } catch (IOException e) {
      throw CommandFailure.failed(label() + ": " + Reasons.reason(e), e);
    }
  }

  /**
   * Reads a model that another option names. A licence that binds its weights is told to whoever
   * uses them.
   *
   * @param option such as {@code --init}, for messages
   */
  public static Model read(String option, Path file, PrintWriter err) throws CommandFailure {
    try {
      return told(ModelFile.read(file), err);
    } catch (IOException e) {
      throw CommandFailure.failed((option + " " + file).strip() + ": " + Reasons.reason(e), e);
    }
  }

  private static Model told(Model model, PrintWriter err) {
    model
        .licence()
        .ifPresent(
            licence ->
                err.println(
                    "lentigo: the weights of "
                        + model.name()
                        + " are under "
                        + String.join(", ", licence.lines().toList())));
    return model;
  }
}
