package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Progress;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFileOption;
import org.lentigo.cli.photos.Names;
import org.lentigo.cli.photos.PhotoFinder;
import org.lentigo.cli.scoring.ValidationSplit;
import org.lentigo.imaging.Fingerprint;
import org.lentigo.imaging.PhotoReader;
import org.lentigo.imaging.UnreadableImageException;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSetException;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Quantization;
import org.lentigo.runtime.Quantizer;
import org.lentigo.training.HeldOut;
import org.lentigo.training.TestSetGuard;
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
    List<Path> photos = photos(chosen, err);
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
                              + calibrate.toAbsolutePath().normalize().getFileName()));
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw CommandFailure.failed(model.label() + ": " + Errors.reason(e), e);
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

  /** Those to show it, none of them held out. */
  private List<Path> photos(Model chosen, PrintWriter err) throws CommandFailure {
    try {
      DataSet dataSet = null;
      List<Path> all;
      try {
        dataSet = DataSets.open(calibrate);
        all = dataSet.forTraining().stream().map(Pair::image).toList();
      } catch (DataSetException e) {
        // Not laid out as a data set with masks: any photos do.
        PhotoFinder.Result found =
            PhotoFinder.find(PhotoFinder.Kind.PHOTO, List.of(calibrate.toString()), out.file());
        all = found.photos().stream().map(PhotoFinder.Found::file).toList();
        if (all.isEmpty()) {
          throw CommandFailure.failed("--calibrate " + calibrate + ": the folder holds no photo");
        }
      }
      if (!allowTestImages) {
        TestSetGuard.checkNames(all.stream().map(Names::stem).toList());
      }
      return notHeldOut(all, dataSet, chosen, err);
    } catch (IOException e) {
      throw CommandFailure.failed(Errors.reason(e), e);
    }
  }

  /** Of the data set a model was trained on by path, of any other photos by what they look like. */
  private List<Path> notHeldOut(
      List<Path> all, @Nullable DataSet dataSet, Model chosen, PrintWriter err)
      throws IOException, CommandFailure {
    List<Pair> known = dataSet == null ? List.of() : heldOutOf(dataSet, chosen);
    Set<Path> paths = known.stream().map(Pair::image).collect(Collectors.toSet());
    List<Path> left = new ArrayList<>(all);
    left.removeAll(paths);
    HeldOut held = HeldOut.of(chosen).and(HeldOut.of(known));
    // Only what is shown is looked at; what is found among it makes room for others.
    while (true) {
      List<Path> shown = spread(left);
      Map<Path, Fingerprint> looks = HeldOut.fingerprints(shown);
      if (!allowTestImages) {
        TestSetGuard.checkLooks(looks);
      }
      List<Path> again = held.among(looks);
      if (again.isEmpty()) {
        if (left.isEmpty()) {
          throw CommandFailure.failed(
              "--calibrate "
                  + calibrate
                  + ": every photo was held out when "
                  + model.label()
                  + " was trained; name others");
        }
        return shown;
      }
      left.removeAll(again);
      err.printf(
          "lentigo: left out: %s%s, held out for validating %s%n",
          again.get(0),
          again.size() == 1 ? "" : " and " + (again.size() - 1) + " more",
          model.label());
    }
  }

  private List<Pair> heldOutOf(DataSet dataSet, Model chosen) throws IOException {
    try {
      return ValidationSplit.of(dataSet, chosen, model.label());
    } catch (CommandFailure e) {
      return List.of(); // The model was not trained on these.
    }
  }

  private List<Path> spread(List<Path> photos) {
    int count = Math.min(images, photos.size());
    List<Path> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chosen.add(photos.get((int) ((long) i * photos.size() / count)));
    }
    return chosen;
  }
}
