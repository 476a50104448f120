package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.options.DataOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.cli.options.OutputFolder;
import org.lentigo.cli.training.TrainingEngine;
import org.lentigo.cli.training.TrainingRun;
import org.lentigo.network.Model;
import org.lentigo.runtime.internal.LentigoVersion;
import org.lentigo.runtime.internal.Reasons;
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
            + " fine-tuning where --config does not say otherwise; given several times, with the mean of"
            + " theirs, which makes sense of models that began as one. A configuration whose only"
            + " stage has 0 epochs writes it as it is, validated and calibrated."
      })
  private List<Path> init = List.of();

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
            + " A model of --folds is asked about the images that it held out there, and an image about"
            + " which no teacher is asked is learnt from its mask alone. A run with teachers needs them"
            + " again for --resume. A teacher must not have seen the images that are held out here."
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
    checkOptions();
    TrainingConfig chosen = config();
    List<Model> begin = begin(chosen);
    List<Model> taughtBy = read("--teacher", teachers);
    PrintWriter err = spec.commandLine().getErr();
    TrainingRun run =
        new TrainingRun(TrainingEngine.find("train"), spec.commandLine().getOut(), err);
    try {
      TrainingRun.Images images = TrainingRun.Images.of(data.open(), extra);
      images.problems().forEach(problem -> err.println("lentigo: left out: " + problem));
      Trainer.Job job =
          new Trainer.Job(
              name(),
              images.data(),
              images.extra(),
              begin,
              taughtBy,
              null,
              licence,
              chosen,
              out,
              resume,
              allowTestImages,
              LentigoVersion.get());
      if (folds > 0) {
        run.crossValidate(job, folds);
      } else {
        run.train(job);
      }
      return images.problems().isEmpty() && run.isWhole() ? ExitCode.DONE : ExitCode.FAILED;
    } catch (IOException | TrainingException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    } catch (IllegalArgumentException e) {
      // The data do not fit the configuration, such as two images for a split.
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
  }

  private void checkOptions() throws CommandFailure {
    if (folds < 0 || folds == 1) {
      throw CommandFailure.usage("--folds must be at least 2, got " + folds);
    }
    data.check();
    OutputFolder.check(out);
    if (!init.isEmpty() && pretrained != null) {
      throw CommandFailure.usage("--init and --pretrained exclude each other");
    }
  }

  /** What the file of {@code --config} says, or, of a run that goes on, its own. */
  private TrainingConfig config() throws CommandFailure {
    Path begun = (folds > 0 ? TrainingRun.foldOf(out, 1) : out).resolve(Trainer.CONFIG);
    TrainingConfig base = init.isEmpty() ? TrainingConfig.defaults() : TrainingConfig.fineTuning();
    if (resume && Files.exists(begun)) {
      // Whether it was begun with --init or not, which need not be said again.
      base = TrainingRun.config(base, begun, null);
    }
    return TrainingRun.config(base, config, variant);
  }

  /** The models the mean of whose weights the run begins with; none to begin at random. */
  private List<Model> begin(TrainingConfig chosen) throws CommandFailure {
    return pretrained == null
        ? read("--init", init)
        : List.of(TrainingRun.pretrained(pretrained, chosen));
  }

  private List<Model> read(String option, List<Path> files) throws CommandFailure {
    List<Model> models = new ArrayList<>();
    for (Path file : files) {
      models.add(ModelOption.read(option, file, spec.commandLine().getErr()));
    }
    return models;
  }

  private String name() {
    if (name != null) {
      return name;
    }
    Path folder = out.toAbsolutePath().normalize().getFileName();
    return folder == null ? "model" : folder.toString();
  }
}
