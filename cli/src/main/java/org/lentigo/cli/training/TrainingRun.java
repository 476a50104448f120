package org.lentigo.cli.training;

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
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.Errors;
import org.lentigo.cli.scoring.CasePanel;
import org.lentigo.cli.scoring.Report;
import org.lentigo.cli.scoring.Scoring;
import org.lentigo.cli.scoring.Strata;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.dataset.Problem;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Pretraining;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.training.Engine;
import org.lentigo.training.StratifiedSplit;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;
import org.lentigo.training.TrainingException;

/**
 * One run, or one for each fold of a cross-validation, which tells how it goes and what came of it;
 * and what a run is made of.
 */
public final class TrainingRun {
  private final Engine.Provider engine;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<String> problems = new ArrayList<>();

  /**
   * @param out takes what came of it
   * @param err takes how it goes
   */
  public TrainingRun(Engine.Provider engine, PrintWriter out, PrintWriter err) {
    this.engine = engine;
    this.out = out;
    this.err = err;
  }

  /**
   * The configuration of a run.
   *
   * @param base what holds where nothing else is said
   * @param file what differs, as YAML; null for nothing
   * @param variant rather than the file's; null for that one
   */
  public static TrainingConfig config(
      TrainingConfig base, @Nullable Path file, @Nullable String variant) throws CommandFailure {
    try {
      TrainingConfig chosen = file == null ? base : base.withFile(file);
      return variant == null ? chosen : chosen.with("variant: \"" + variant + "\"");
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.usage(Errors.about(file, e));
    }
  }

  /** The configuration's variant with what its {@link Pretraining} reads of a file. */
  public static Model pretrained(Path file, TrainingConfig config) throws CommandFailure {
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
      throw CommandFailure.failed("--pretrained " + file + ": " + Reasons.reason(e), e);
    }
  }

  /**
   * What a run learns from.
   *
   * @param data to be split into training and validation
   * @param extra all of which is trained on; null for none
   * @param problems of the images that are left out
   */
  public record Images(
      Trainer.Source data, Trainer.@Nullable Source extra, List<Problem> problems) {
    /**
     * Checks every image, and leaves out those of which something is wrong.
     *
     * @param dataSet whose training part is taken
     * @param extra further data sets, of which everything is taken
     * @throws IOException if one cannot be read
     */
    public static Images of(DataSet dataSet, List<Path> extra) throws IOException {
      DataSet checked = dataSet.checked();
      List<Problem> problems = new ArrayList<>(checked.problems());
      Trainer.Source added = null;
      if (!extra.isEmpty()) {
        DataSet more = DataSets.open(extra).checked();
        problems.addAll(more.problems());
        added = Trainer.Source.of(more.name(), more.all());
      }
      return new Images(Trainer.Source.of(checked.name(), checked.forTraining()), added, problems);
    }
  }

  /**
   * Trains, and says where the model lies.
   *
   * @throws IOException as {@link Trainer#train}
   * @throws TrainingException as there
   */
  public Model train(Trainer.Job job) throws IOException {
    Model model;
    try (TrainingProgress progress = new TrainingProgress(err, problems::add)) {
      model = Trainer.train(job, engine, progress);
    }
    out.printf(
        Locale.ROOT,
        "Model: %s (SHA-256 %s, validation JI %s)%n",
        job.run().resolve(Trainer.MODEL),
        model.sha256().substring(0, 12),
        model.provenance().getOrDefault("validation_jaccard", "not measured"));
    return model;
  }

  /**
   * Trains a model a fold, each in a folder of its own in the job's, and scores every image once,
   * by the model that has not seen it. The job's folder then holds the report. Folds that have a
   * checkpoint go on if the job is to be resumed.
   *
   * @param folds at least 2
   * @throws IOException as {@link Trainer#train}, or if the report cannot be written
   * @throws TrainingException as there
   */
  public void crossValidate(Trainer.Job job, int folds) throws IOException, CommandFailure {
    List<Pair> pairs = job.data().pairs();
    List<Model> models = new ArrayList<>();
    Map<String, Model> notSeenBy = new HashMap<>();
    List<Scoring.Scored> scores = new ArrayList<>();
    Set<String> engines = new TreeSet<>();
    for (int number = 1; number <= folds; number++) {
      StratifiedSplit.Fold fold = new StratifiedSplit.Fold(number, folds);
      err.println("lentigo: fold " + fold);
      Model model = train(ofFold(job, fold));
      models.add(model);
      Set<String> held = Set.copyOf(Trainer.split(pairs, job.config(), fold).validation());
      held.forEach(stem -> notSeenBy.put(stem, model));
      try (Segmenter segmenter = Segmenter.of(model, 1)) {
        engines.add(segmenter.engine().toString());
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
    Report report =
        Report.of(
            job.data().name(),
            null,
            models,
            new Report.Conditions(String.join(", ", engines), 1, 2, false),
            scores,
            problems);
    out.printf(
        Locale.ROOT,
        "%s, %d images, each scored by that of %d models which has not seen it%n",
        job.data().name(),
        scores.size(),
        folds);
    report.print(out);
    report.write(
        job.run(),
        Strata.NONE,
        new CasePanel((stem, photo) -> outlined(photo, notSeenBy.get(stem)), pairs),
        err);
    out.println("Report: " + job.run());
  }

  /** Whether all of it could be done; what could not has been told. */
  public boolean isWhole() {
    return problems.isEmpty();
  }

  private static Trainer.Job ofFold(Trainer.Job job, StratifiedSplit.Fold fold) {
    Path run = foldOf(job.run(), fold.number());
    return new Trainer.Job(
        job.name() + "-fold-" + fold.number(),
        job.data(),
        job.extra(),
        job.init(),
        job.teachers(),
        fold,
        job.licence(),
        job.config(),
        run,
        job.resume() && Files.exists(run.resolve(Trainer.CHECKPOINT)),
        job.allowTestImages(),
        job.version());
  }

  /** The folder of one fold's run, counted from 1, in that of a cross-validation. */
  public static Path foldOf(Path run, int number) {
    return run.resolve("fold-" + number);
  }

  private static Mask outlined(RgbImage photo, @Nullable Model model) {
    try (Segmenter segmenter = Segmenter.of(Objects.requireNonNull(model), 1)) {
      return segmenter.segment(photo).mask();
    }
  }
}
