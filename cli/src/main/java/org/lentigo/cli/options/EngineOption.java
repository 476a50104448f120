package org.lentigo.cli.options;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Option;

/** {@code --engine}, for every command that runs a model. */
public final class EngineOption {
  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description = {
        "What computes the network: ${COMPLETION-CANDIDATES}. java is the fastest once warm,"
            + " onnx-runtime at once. Where one cannot start, the next takes over and says so."
      })
  private @Nullable Engine engine;

  /**
   * Opens the model on one thread a photo: on many photos, photos side by side are faster than many
   * threads on one, and a mask cannot depend on how many there are.
   *
   * @param label what messages call the model
   * @param otherwise the engines to try, in order, where none is asked for
   */
  public Segmenter open(Model model, String label, List<Engine> otherwise, PrintWriter err)
      throws CommandFailure {
    return open(model, 1, label, otherwise, err);
  }

  /**
   * Opens the model for one photo at a time.
   *
   * @param threads that work on it
   */
  public Segmenter open(
      Model model, int threads, String label, List<Engine> otherwise, PrintWriter err)
      throws CommandFailure {
    try {
      return Segmenter.of(
          model,
          threads,
          engine == null ? otherwise : engine.thenOthers(),
          reason -> err.println("lentigo: " + Reasons.oneLine(reason) + "; trying another engine"));
    } catch (IllegalStateException e) {
      throw CommandFailure.failed(label + ": " + Reasons.reason(e), e);
    }
  }
}
