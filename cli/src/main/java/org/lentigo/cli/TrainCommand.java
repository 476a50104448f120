package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.scoring.CasePanel;
import org.lentigo.cli.scoring.Confidence;
import org.lentigo.cli.scoring.Report;
import org.lentigo.cli.scoring.Scoring;
import org.lentigo.cli.scoring.Strata;
import org.lentigo.cli.training.TrainingProgress;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.dataset.Problem;
import org.lentigo.imaging.metrics.Summary;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Pretraining;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.LentigoVersion;
import org.lentigo.training.Engine;
import org.lentigo.training.StratifiedSplit;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;
import org.lentigo.training.TrainingException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo train}: trains a network on a data set. */
@Command(
    name = "train",
    description = {
      "Trains a network on a data set with expert masks, on the CPU.",
      "Data sets as their owners lay them out: ISIC 2016, 2017, 2018 Task 1, PH2, or two folders"
          + " images/ and masks/. Only the official training part is used where there are parts; a"
          + " share of it, stratified by lesion area, is held out for validation.",
      "RUN then holds config.yaml, split.csv, curves.csv, curves.png, checkpoint.bin and"
          + " model.safetensors. A run that was killed goes on with --resume."
    })
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DataOption data;

  @Option(
      names = "--extra",
      paramLabel = "DIR",
      description = {
        "A further data set, of which every image is trained on, whatever part its owner put it in;"
            + " may be given several times. Nothing of it is held out."
      })
  private List<Path> extra = List.of();

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = {
        "The network to train, such as T4-5, lite or fast-scnn, rather than the configuration's;"
            + " ./lentigo costs all lists them. Some want sizes of their own in --config."
      })
  private @Nullable String variant;

  @Option(
      names = "--init",
      paramLabel = "MODEL",
      description = {
        "Begin with this model's weights rather than at random, with a configuration made for"
            + " fine-tuning where --config does not say otherwise."
      })
  private @Nullable Path init;

  @Option(
      names = "--pretrained",
      paramLabel = "FILE",
      description = {
        "Begin with weights that others trained and published, for a variant that knows them:"
            + " mobilenetv2-unet takes mobilenet_v2_1.0_224.safetensors, MobileNetV2 on ImageNet. The"
            + " rest begins at random."
      })
  private @Nullable Path pretrained;

  @Option(
      names = "--teacher",
      paramLabel = "MODEL",
      description = {
        "Learn from this model's maps of the training images as well as from the experts' masks; given"
            + " several times, from the mean of theirs. The configuration's loss.teacher says how much."
            + " A run with teachers needs them again for --resume. A teacher must not have seen the"
            + " images that are held out here."
      })
  private List<Path> teachers = List.of();

  @Option(
      names = "--licence",
      paramLabel = "TEXT",
      description = {
        "A licence that binds the weights, kept in the model and printed by whatever uses it. That of"
            + " HAM10000's images, of --init and of teachers is there anyway."
      })
  private @Nullable String licence;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "RUN",
      description = "The run's folder; made if it is missing.")
  private Path out;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "What differs from the defaults, as YAML; RUN/config.yaml lists every setting. With"
            + " --resume the run's own configuration is used where this is left out."
      })
  private @Nullable Path config;

  @Option(
      names = "--folds",
      paramLabel = "K",
      description = {
        "Cross-validate: train K models into RUN/fold-1 and on, each on all but one of K parts of the"
            + " data that are alike in lesion area, and score each on the part it has not seen. RUN"
            + " then holds metrics.json, images.csv, jaccard.png and cases.png over all images."
      })
  private int folds;

  @Option(names = "--resume", description = "Go on from RUN/checkpoint.bin.")
  private boolean resume;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What the model calls itself; default: the name of RUN.")
  private @Nullable String name;

  @Option(
      names = "--allow-test-images",
      description = {
        "Train although images of the ISIC 2016 test set are among the data. A model trained so must"
            + " not be scored on that set."
      })
  private boolean allowTestImages;

  @Override
  public Integer call() throws CommandFailure {
    if (folds < 0 || folds == 1) {
      throw CommandFailure.usage("--folds must be at least 2, got " + folds);
    }
    data.check();
    PrintWriter err = spec.commandLine().getErr();
    if (init != null && pretrained != null) {
      throw CommandFailure.usage("--init and --pretrained exclude each other");
    }
    TrainingConfig chosen = config();
    Model begin = null;
    if (init != null) {
      begin = ModelOption.read("--init", init, err);
    } else if (pretrained != null) {
      begin = pretrained(pretrained, chosen);
    }
    List<Model> taughtBy = new ArrayList<>();
    for (Path teacher : teachers) {
      taughtBy.add(ModelOption.read("--teacher", teacher, err));
    }
    Engine.Provider engine =
        ServiceLoader.load(Engine.Provider.class)
            .findFirst()
            .orElseThrow(
                () ->
                    CommandFailure.failed(
                        "no training engine is on the class path; start with ./lentigo train, which"
                            + " brings it"));
    try {
      DataSet dataSet = data.open().checked();
      List<Problem> problems = new ArrayList<>(dataSet.problems());
      Trainer.Source added = null;
      if (!extra.isEmpty()) {
        DataSet more = DataSets.open(extra).checked();
        problems.addAll(more.problems());
        added = source(more.name(), more.all());
      }
      problems.forEach(problem -> err.println("lentigo: left out: " + problem));
      Trainer.Job job =
          new Trainer.Job(
              name(),
              source(dataSet.name(), dataSet.forTraining()),
              added,
              begin,
              taughtBy,
              null,
              licence,
              chosen,
              out,
              resume,
              allowTestImages,
              LentigoVersion.get());
      boolean whole = problems.isEmpty();
      if (folds > 0) {
        whole &= crossValidate(job, engine, err);
      } else {
        train(job, engine, err);
      }
      return whole ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException | TrainingException e) {
      throw CommandFailure.failed(Errors.reason(e), e);
    } catch (IllegalArgumentException e) {
      // The data do not fit the configuration, such as two images for a split.
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
  }

  private Model train(Trainer.Job job, Engine.Provider engine, PrintWriter err) throws IOException {
    Model model;
    try (TrainingProgress progress = new TrainingProgress(err)) {
      model = Trainer.train(job, engine, progress);
    }
    spec.commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "Model: %s (SHA-256 %s, validation JI %s)%n",
            job.run().resolve(Trainer.MODEL),
            model.sha256().substring(0, 12),
            model.provenance().getOrDefault("validation_jaccard", "not measured"));
    return model;
  }

  /**
   * Every image is scored once, by the model that has not seen it.
   *
   * @return whether all of it could be done
   */
  private boolean crossValidate(Trainer.Job job, Engine.Provider engine, PrintWriter err)
      throws IOException, CommandFailure {
    List<Pair> pairs = job.data().pairs();
    List<Model> models = new ArrayList<>();
    Map<String, Model> notSeenBy = new HashMap<>();
    List<Scoring.Scored> scores = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (int number = 1; number <= folds; number++) {
      StratifiedSplit.Fold fold = new StratifiedSplit.Fold(number, folds);
      Path run = out.resolve("fold-" + number);
      err.println("lentigo: fold " + fold);
      Model model =
          train(
              new Trainer.Job(
                  job.name() + "-fold-" + number,
                  job.data(),
                  job.extra(),
                  job.init(),
                  job.teachers(),
                  fold,
                  job.licence(),
                  job.config(),
                  run,
                  resume && Files.exists(run.resolve(Trainer.CHECKPOINT)),
                  job.allowTestImages(),
                  job.version()),
              engine,
              err);
      models.add(model);
      Set<String> held = Set.copyOf(Trainer.split(pairs, job.config(), fold).validation());
      held.forEach(stem -> notSeenBy.put(stem, model));
      try (Segmenter segmenter = Segmenter.of(model, 1)) {
        scores.addAll(
            Scoring.score(
                segmenter,
                pairs.stream().filter(pair -> held.contains(pair.stem())).toList(),
                job.config().threads(),
                problems,
                err));
      }
    }
    scores.sort(Comparator.comparing(image -> image.scores().stem()));
    Summary summary = Scoring.summary(scores);
    Confidence confidence =
        Confidence.of(scores, models.stream().anyMatch(model -> model.calibration().isPresent()));
    PrintWriter stdout = spec.commandLine().getOut();
    stdout.printf(
        Locale.ROOT,
        "%s, %d images, each scored by that of %d models which has not seen it%n",
        job.data().name(),
        summary.images(),
        folds);
    Scoring.print(stdout, summary);
    confidence.print(stdout);
    Report report =
        new Report(job.data().name(), null, models, scores, summary, confidence, problems);
    report.write(out);
    report.writePictures(
        out,
        Strata.NONE,
        new CasePanel((stem, photo) -> outlined(photo, notSeenBy.get(stem)), pairs),
        problem -> {
          problems.add(problem);
          err.println("lentigo: " + problem);
        });
    stdout.println("Report: " + out);
    return problems.isEmpty();
  }

  private static Mask outlined(RgbImage photo, @Nullable Model model) {
    try (Segmenter segmenter = Segmenter.of(Objects.requireNonNull(model), 1)) {
      return segmenter.segment(photo).mask();
    }
  }

  private TrainingConfig config() throws CommandFailure {
    Path file = config;
    Path begun = (folds > 0 ? out.resolve("fold-1") : out).resolve(Trainer.CONFIG);
    if (file == null && resume && Files.exists(begun)) {
      file = begun;
    }
    TrainingConfig base = init == null ? TrainingConfig.defaults() : TrainingConfig.fineTuning();
    try {
      TrainingConfig chosen = file == null ? base : base.withFile(file);
      return variant == null ? chosen : chosen.with("variant: \"" + variant + "\"");
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.usage(Errors.about(file, e));
    }
  }

  private static Model pretrained(Path file, TrainingConfig config) throws CommandFailure {
    Network network = Networks.get(config.variant());
    Pretraining pretraining =
        network
            .pretraining()
            .orElseThrow(
                () ->
                    CommandFailure.usage(
                        "--pretrained: variant "
                            + network
                            + " has no published weights to begin with; those that have: "
                            + Networks.all().stream()
                                .filter(other -> other.pretraining().isPresent())
                                .map(Network::name)
                                .collect(Collectors.joining(", "))));
    try {
      return pretraining.read(network, file, config.seed());
    } catch (IOException e) {
      throw CommandFailure.failed("--pretrained " + file + ": " + Errors.reason(e), e);
    }
  }

  private static Trainer.Source source(String name, List<Pair> pairs) throws IOException {
    return new Trainer.Source(name, pairs, DataSets.sha256(pairs));
  }

  private String name() {
    if (name != null) {
      return name;
    }
    Path folder = out.toAbsolutePath().normalize().getFileName();
    return folder == null ? "model" : folder.toString();
  }
}
