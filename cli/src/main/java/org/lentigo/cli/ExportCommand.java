package org.lentigo.cli;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFileOption;
import org.lentigo.network.Model;
import org.lentigo.network.OnnxWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo export}: a model as an ONNX file. */
@Command(
    name = "export",
    description = {
      "Writes a model as ONNX, for other runtimes.",
      "Input image: 1 x 3 x S x S, RGB, resized to S x S, scaled to 0..1, then (x - mean) / std."
          + " Output probability: 1 x 1 x S x S. Sizes, mean, std and threshold stand in the file's"
          + " metadata."
    })
final class ExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Option(
      names = "--input-size",
      paramLabel = "N",
      description =
          "The side of the network's input in pixels, divisible by 4; default: the model's.")
  private @Nullable Integer inputSize;

  @Mixin private OutputFileOption out;

  @Override
  public Integer call() throws CommandFailure {
    out.check("model.onnx");
    Model chosen = model.read();
    if (inputSize != null) {
      try {
        chosen = chosen.withInputSize(inputSize);
      } catch (IllegalArgumentException e) {
        throw CommandFailure.usage("--input-size: " + e.getMessage());
      }
    }
    byte[] onnx = OnnxWriter.encode(chosen);
    out.write(onnx);
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %s at %d x %d, %.2f MB%n",
            out.file(),
            chosen.name(),
            chosen.preprocessing().size(),
            chosen.preprocessing().size(),
            onnx.length / 1e6);
    return ExitCode.DONE;
  }
}
