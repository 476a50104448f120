package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.dataset.Problem;
import org.lentigo.imaging.metrics.Summary;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Pretraining;
import org.lentigo.runtime.LentigoVersion;
import org.lentigo.runtime.Segmenter;
import org.lentigo.training.Engine;
import org.lentigo.training.StratifiedSplit;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;
import org.lentigo.training.TrainingException;
import picocli.CommandLine.Command;
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

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "The data set's folder; given several times, they are trained on as one.")
  private List<Path> data;

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
        "Learn from this model's maps of the training images as well as from the experts' masks; for a"
            + " small variant. The configuration's loss.teacher says how much. A run with a teacher"
            + " needs it again for --resume."
      })
  private @Nullable Path teacher;

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
            + " then holds metrics.json, images.csv and jaccard.png over all images."
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
    PrintWriter err = spec.commandLine().getErr();
    if (init != null && pretrained != null) {
      throw CommandFailure.usage("--init and --pretrained exclude each other");
    }
    TrainingConfig chosen = config();
    Model begin = pretrained == null ? model("--init", init) : pretrained(pretrained, chosen);
    Model taughtBy = model("--teacher", teacher);
    Engine.Provider engine =
        ServiceLoader.load(Engine.Provider.class)
            .findFirst()
            .orElseThrow(
                () ->
                    CommandFailure.failed(
                        "no training engine is on the class path; start with ./lentigo train, which"
                            + " brings it"));
    try {
      DataSet dataSet = DataSets.open(data).checked();
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
              chosen,
              out,
              resume,
              allowTestImages,
              LentigoVersion.get());
      if (folds > 0) {
        crossValidate(job, engine, err);
      } else {
        train(job, engine, err);
      }
      return problems.isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
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

  /** Every image is scored once, by the model that has not seen it. */
  private void crossValidate(Trainer.Job job, Engine.Provider engine, PrintWriter err)
      throws IOException, CommandFailure {
    List<Pair> pairs = job.data().pairs();
    List<Model> models = new ArrayList<>();
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
                  job.teacher(),
                  fold,
                  job.config(),
                  run,
                  resume && Files.exists(run.resolve(Trainer.CHECKPOINT)),
                  job.allowTestImages(),
                  job.version()),
              engine,
              err);
      models.add(model);
      Set<String> held = Set.copyOf(Trainer.split(pairs, job.config(), fold).validation());
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
    report.writeCharts(out);
    stdout.println("Report: " + out);
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

  private static @Nullable Model model(String option, @Nullable Path file) throws CommandFailure {
    try {
      return file == null ? null : ModelFile.read(file);
    } catch (IOException e) {
      throw CommandFailure.failed(option + " " + file + ": " + Errors.reason(e), e);
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
