package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFileOption;
import org.lentigo.cli.options.PostOption;
import org.lentigo.cli.scoring.Peers;
import org.lentigo.cli.scoring.Scoring;
import org.lentigo.cli.scoring.ValidationSplit;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.metrics.MapFeatures;
import org.lentigo.network.Calibration;
import org.lentigo.network.JaccardPredictor;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.training.Calibrator;
import org.lentigo.training.TestSetGuard;
import org.lentigo.training.Trainer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo calibrate}: teaches a trained model how sure it may be. */
@Command(
    name = "calibrate",
    description = {
      "Calibrates a trained model on the validation images that evaluate --split validation finds:"
          + " its probabilities, by Platt scaling folded into its weights, and a prediction of each"
          + " mask's Jaccard index from its probability map. Masks of one look stay the same.",
      "lentigo train does so at its end, by one look at photos as they are, not as segment sees them;"
          + " this is for models from before, or for other images."
    })
final class CalibrateCommand implements Callable<Integer> {
  /** Of the provenance: on how many the prediction of the Jaccard index was fitted. */
  private static final String PREDICTOR_IMAGES = "predictor_images";

  @Spec private CommandSpec spec;

  @Mixin private DataOption data;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private OutputFileOption out;

  @Mixin private PostOption post;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Images at a time; default: one a processor. The result does not depend on it.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--allow-test-images",
      description = {
        "Calibrate although images of the ISIC 2016 test set are among the data. A model calibrated"
            + " so must not be scored on that set."
      })
  private boolean allowTestImages;

  @Option(
      names = "--peer",
      paramLabel = "MODEL",
      description = {
        "A model of the same network that learnt from other photos, such as"
            + " RUN/fold-1/model.safetensors of train --folds: what it makes of those of --data that"
            + " its training held out, and of --peer-data, fits the prediction of the Jaccard index,"
            + " whose level alone then comes from this model's own held-out images. May be given"
            + " several times. The licence of peers and their photos binds the result."
      })
  private List<Path> peers = List.of();

  @Option(
      names = "--peer-data",
      paramLabel = "DIR",
      description = {
        "A further data set, of which each peer is looked at on the images that it has not learnt"
            + " from; may be given several times."
      })
  private List<Path> peerData = List.of();

  @Option(
      names = "--predictor",
      paramLabel = "MODEL",
      description = {
        "A model of the same network whose prediction of the Jaccard index is taken over, but for its"
            + " level, which comes from this model's own held-out images: for the next version of a"
            + " model whose --peer models are no longer at hand. Its licence binds the result."
      })
  private @Nullable Path predictor;

  @Override
  public Integer call() throws CommandFailure {
    checkOptions();
    PrintWriter err = spec.commandLine().getErr();
    Model chosen = post.apply(model.read());
    List<String> problems = new ArrayList<>();
    List<Pair> pairs;
    Peers others;
    Optional<Model> before;
    Trainer.Source source;
    DataSet dataSet = data.open();
    try {
      pairs = ValidationSplit.of(dataSet, chosen, model.label());
      checkUnseen(dataSet, pairs, chosen);
      source = Trainer.Source.of(dataSet.name() + " (calibration)", pairs);
      others = peers(chosen, dataSet, problems);
      before = before(chosen);
      if (!allowTestImages) {
        TestSetGuard.check(
            Stream.concat(pairs.stream(), others.photos().stream()).distinct().toList());
      }
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    }
    dataSet.problems().forEach(problem -> problems.add(problem.toString()));
    problems.forEach(problem -> err.println("lentigo: " + problem));

    Model calibrated = calibrate(chosen, dataSet.name(), source, others, before, problems);
    out.write(ModelFile.encode(calibrated));
    calibrated.calibration().ifPresent(calibration -> report(calibrated, calibration));
    return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
  }

  private void checkOptions() throws CommandFailure {
    if (threads < 1) {
      throw CommandFailure.usage("--threads must be at least 1, got " + threads);
    }
    out.check("model.safetensors");
    data.check();
    for (Path folder : peerData) {
      DataOption.checkFolder("--peer-data", folder, "name a data set's");
    }
    if (peers.isEmpty() && !peerData.isEmpty()) {
      throw CommandFailure.usage("--peer-data is for peers; add --peer MODEL");
    }
    if (predictor != null && !peers.isEmpty()) {
      throw CommandFailure.usage(
          "--predictor takes a prediction over and --peer fits another; give one of them");
    }
  }

  private void checkUnseen(DataSet dataSet, List<Pair> pairs, Model chosen)
      throws IOException, CommandFailure {
    List<Pair> seen = ValidationSplit.seen(dataSet, pairs, chosen, model.label());
    if (!seen.isEmpty()) {
      throw CommandFailure.failed(
          "%s may have learnt from %d of the %d images of %s, such as %s, and is surer of them than of others; name images that it has not seen"
              .formatted(
                  model.label(), seen.size(), pairs.size(), dataSet.name(), seen.get(0).stem()));
    }
  }

  private Peers peers(Model chosen, DataSet dataSet, List<String> problems)
      throws CommandFailure, IOException {
    List<DataSet> further = new ArrayList<>();
    for (Path folder : peerData) {
      // Each by itself, as a peer's lineage names them.
      DataSet set = DataSets.open(folder);
      set.problems().forEach(problem -> problems.add(problem.toString()));
      further.add(set);
    }
    Peers all = new Peers(chosen, further);
    for (Path file : peers) {
      Model peer = ModelOption.read("--peer", file, spec.commandLine().getErr());
      all.add(file.toString(), peer, dataSet);
    }
    return all;
  }

  /** The model whose prediction is to be taken over. */
  private Optional<Model> before(Model chosen) throws CommandFailure {
    if (predictor == null) {
      return Optional.empty();
    }
    Model model = ModelOption.read("--predictor", predictor, spec.commandLine().getErr());
    Peers.checkKind("--predictor", predictor.toString(), model, chosen);
    if (!model.postProcessing().equals(chosen.postProcessing())) {
      throw CommandFailure.failed(
          "--predictor %s predicts for masks of %s, and the model's are of %s; give --post %s, or fit anew with --peer"
              .formatted(
                  predictor,
                  model.postProcessing().describe(),
                  chosen.postProcessing().describe(),
                  model.postProcessing().describe()));
    }
    List<String> features =
        predictorOf(model)
            .map(JaccardPredictor::features)
            .orElseThrow(
                () ->
                    CommandFailure.failed(
                        "--predictor %s predicts no Jaccard index; name a model that does (lentigo info tells)"
                            .formatted(predictor)));
    if (!features.equals(MapFeatures.NAMES)) {
      throw CommandFailure.failed(
          "--predictor %s predicts from %s, and this version from %s; name a model of this version"
              .formatted(predictor, features, MapFeatures.NAMES));
    }
    return Optional.of(model);
  }

  private Model calibrate(
      Model chosen,
      String dataName,
      Trainer.Source source,
      Peers others,
      Optional<Model> before,
      List<String> problems)
      throws CommandFailure {
    List<Calibrator.HeldOut> images;
    try (Segmenter segmenter =
        engine.open(chosen, model.label(), Engine.FOR_SHORT_RUNS, spec.commandLine().getErr())) {
      images =
          Scoring.heldOut(
              segmenter, source.pairs(), threads, problems, spec.commandLine().getErr());
    }
    if (images.isEmpty()) {
      throw CommandFailure.failed(dataName + ": no image to calibrate on could be read");
    }
    List<Calibrator.Experience> elsewhere =
        others.experience(
            (peer, label) ->
                engine.open(peer, label, Engine.FOR_SHORT_RUNS, spec.commandLine().getErr()),
            threads,
            problems,
            spec.commandLine().getErr());
    if (!peers.isEmpty() && elsewhere.size() < Calibrator.LEAST_IMAGES) {
      throw CommandFailure.failed(
          "a prediction wants at least %d photos of its peers, and these have %d; name more of them, or --peer-data"
              .formatted(Calibrator.LEAST_IMAGES, elsewhere.size()));
    }
    Model calibrated =
        before
            .map(other -> Calibrator.calibrate(chosen, images, predictorOf(other).orElseThrow()))
            .orElseGet(() -> Calibrator.calibrate(chosen, images, elsewhere))
            .withProvenance(source.addedTo(chosen, allowTestImages))
            .withProvenance(
                Map.of(
                    "calibration_data",
                    dataName,
                    PREDICTOR_IMAGES,
                    before
                        .map(CalibrateCommand::predictorImages)
                        .orElse(
                            String.valueOf(peers.isEmpty() ? images.size() : elsewhere.size()))));
    return before
        .map(other -> Calibrator.experienceOf(calibrated, List.of(other), List.of()))
        .map(calibrated::withProvenance)
        .orElseGet(() -> others.credited(calibrated));
  }

  private static Optional<JaccardPredictor> predictorOf(Model model) {
    return model.calibration().flatMap(Calibration::predictor);
  }

  /** Of a model that has a predictor; where it does not say, its own held-out images. */
  private static String predictorImages(Model model) {
    return model
        .provenance()
        .getOrDefault(PREDICTOR_IMAGES, String.valueOf(model.calibration().orElseThrow().images()));
  }

  private void report(Model calibrated, Calibration calibration) {
    PrintWriter stdout = spec.commandLine().getOut();
    stdout.printf(
        Locale.ROOT,
        "Calibrated on %d images: slope %.3f, offset %.3f, threshold %.3f%n",
        calibration.images(),
        calibration.slope(),
        calibration.offset(),
        calibrated.threshold());
    stdout.println(
        calibration
            .predictor()
            .map(
                predictor ->
                    String.format(
                        Locale.ROOT,
                        "Predicted JI: correlation with the true one %.3f, cross-validated",
                        predictor.correlation()))
            .orElse(
                "No prediction of JI: it wants at least " + Calibrator.LEAST_IMAGES + " images"));
    stdout.printf("Model: %s (SHA-256 %s)%n", out.file(), calibrated.sha256().substring(0, 12));
  }
}
