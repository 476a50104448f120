package org.lentigo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
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

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The ONNX file.")
  private Path out;

  @Option(names = "--overwrite", description = "Replace the file if it exists.")
  private boolean overwrite;

  @Override
  public Integer call() throws CommandFailure {
    if (Files.isDirectory(out)) {
      throw CommandFailure.usage("--out " + out + " is a folder; name a file, such as model.onnx");
    }
    if (Files.exists(out) && !overwrite) {
      throw CommandFailure.failed(out + ": exists already; pass --overwrite to replace it");
    }
    Model chosen = model.read();
    if (inputSize != null) {
      try {
        chosen = chosen.withInputSize(inputSize);
      } catch (IllegalArgumentException e) {
        throw CommandFailure.usage("--input-size: " + e.getMessage());
      }
    }
    byte[] onnx = OnnxWriter.encode(chosen);
    try {
      AtomicFiles.write(out, onnx);
    } catch (IOException e) {
      throw CommandFailure.failed(out + ": cannot be written (" + Errors.reason(e) + ")", e);
    }
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s: %s at %d x %d, %.2f MB%n",
            out,
            chosen.name(),
            chosen.preprocessing().size(),
            chosen.preprocessing().size(),
            onnx.length / 1e6);
    return ExitCode.DONE;
  }
}
