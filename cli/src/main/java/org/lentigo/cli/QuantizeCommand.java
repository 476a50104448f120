package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFileOption;
import org.lentigo.cli.photos.CalibrationPhotos;
import org.lentigo.cli.scoring.ValidationSplit;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Quantization;
import org.lentigo.runtime.Quantizer;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo quantize}: a model in 8-bit integers. */
@Command(
    name = "quantize",
    description = {
      "Makes a model that computes its dense convolutions in 8-bit integers, which is faster and"
          + " costs a little accuracy. Photos it was trained on show it what its maps hold.",
      "ONNX Runtime runs such a model; lentigo export writes it with QuantizeLinear and"
          + " DequantizeLinear for other runtimes."
    })
final class QuantizeCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Option(
      names = "--calibrate",
      required = true,
      paramLabel = "DIR",
      description = {
        "A data set, of which the official training part is taken less what the model's training"
            + " held out, or any folder of photos. Photos that it held out are left out under other"
            + " names too, also resized or saved anew."
      })
  private Path calibrate;

  @Option(
      names = "--images",
      paramLabel = "N",
      description = "Show it so many, spread evenly over the folder; default: ${DEFAULT-VALUE}.")
  private int images = 128;

  @Mixin private OutputFileOption out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What the model calls itself; default: the model's name and -int8.")
  private @Nullable String name;

  @Option(
      names = "--allow-test-images",
      description = {
        "Use the photos although images of the ISIC 2016 test set are among them. A model quantised"
            + " so must not be scored on that set."
      })
  private boolean allowTestImages;

  @Override
  public Integer call() throws CommandFailure {
    checkOptions();
    PrintWriter err = spec.commandLine().getErr();
    Model chosen = model.read();
    CalibrationPhotos.Shown shown =
        new CalibrationPhotos(
                chosen,
                model.label(),
                dataSet -> heldOutOf(dataSet, chosen, model.label()),
                allowTestImages,
                err)
            .find(calibrate, out.file(), images);
    List<Path> photos = shown.photos();
    int failed = 0;
    Model quantised;
    try (Quantizer quantizer = new Quantizer(chosen);
        Progress progress = new Progress(err, "Quantising", photos.size())) {
      for (Path photo : photos) {
        try {
          quantizer.show(PhotoReader.read(photo).image());
        } catch (UnreadableImageException e) {
          failed++;
          progress.line("lentigo: " + Errors.about(photo, e));
        }
        progress.step();
      }
      quantised =
          quantizer
              .quantized(name == null ? chosen.name() + "-int8" : name)
              .withProvenance(
                  Map.of(
                      "quantized_from", chosen.name(),
                      "quantized_from_sha256", chosen.sha256(),
                      "quantized_on",
                          photos.size()
                              - failed
                              + " photos of "
                              + calibrate.toAbsolutePath().normalize().getFileName()))
              .withProvenance(shown.source().addedTo(chosen, allowTestImages));
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw CommandFailure.failed(model.label() + ": " + Reasons.reason(e), e);
    }
    out.write(ModelFile.encode(quantised));
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%s in 8-bit integers, %d maps, shown %d photos: %s (SHA-256 %s)%n",
            chosen.name(),
            quantised.quantization().map(Quantization::ranges).orElseThrow().size(),
            photos.size() - failed,
            out.file(),
            quantised.sha256().substring(0, 12));
    return failed == 0 ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void checkOptions() throws CommandFailure {
    if (images < 1) {
      throw CommandFailure.usage("--images must be at least 1, got " + images);
    }
    DataOption.checkFolder("--calibrate", calibrate, "name one");
    out.check("model.safetensors");
  }

  private static List<Pair> heldOutOf(DataSet dataSet, Model chosen, String label)
      throws IOException {
    try {
      return ValidationSplit.of(dataSet, chosen, label);
    } catch (CommandFailure e) {
      return List.of(); // The model was not trained on these.
    }
  }
}
