package org.lentigo.training;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.imaging.Fingerprint;
import org.lentigo.imaging.Fonts;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Graph;
import org.lentigo.network.Model;
import org.lentigo.network.ModelFile;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;

/**
 * Trains one network and keeps everything about the run in one folder:
 *
 * <ul>
 *   <li>{@value #CONFIG}: the whole configuration
 *   <li>{@value #SPLIT}: which image was trained on and which held out
 *   <li>{@value #CURVES} and, where the machine has fonts, {@value #CURVES_PICTURE}: the course of
 *       the run
 *   <li>{@value #CHECKPOINT}: what a resumed run goes on from
 *   <li>{@value #TEACHER}: while the run lasts, what its teachers say of the training images
 *   <li>{@value #MODEL}: the weights after the last epoch so far, or their moving average if that
 *       did as well at the last validation; at the end calibrated on the held-out images, see
 *       {@link Calibrator}. With 0 epochs what the run began with
 * </ul>
 *
 * The same configuration, data and engine on one thread give the same weights, bit for bit, also
 * when the run was killed and resumed on the way, with the same version of Lentigo.
 */
public final class Trainer {
  public static final String CONFIG = "config.yaml";
  public static final String SPLIT = "split.csv";
  public static final String CURVES = "curves.csv";
  public static final String CURVES_PICTURE = "curves.png";
  public static final String CHECKPOINT = "checkpoint.bin";
  public static final String MODEL = "model.safetensors";
  public static final String TEACHER = "teacher.bin";

  /** The entry of the provenance of a model of a cross-validation that says which of it. */
  public static final String FOLD = "fold";

  private static final float THRESHOLD = 0.5f;

  /**
   * A data set to train on.
   *
   * @param name what it calls itself, for provenance
   * @param pairs its images
   * @param sha256 of the images and masks, for provenance and to tell on resuming whether they
   *     changed
   */
  public record Source(String name, List<Pair> pairs, String sha256) {
    public Source {
      pairs = List.copyOf(pairs);
    }

    /**
     * Hashes the pairs.
     *
     * @throws IOException if an image or mask cannot be read
     */
    public static Source of(String name, List<Pair> pairs) throws IOException {
      return new Source(name, pairs, DataSets.sha256(pairs));
    }

    /**
     * What stands in the provenance of a trained model that has been shown these as well: lineage,
     * and whatever licence binds.
     *
     * @param allowTestImages whether there may be images of the ISIC 2016 test set among them
     */
    public Map<String, String> addedTo(Model model, boolean allowTestImages) {
      return Ancestry.withPhotos(model, this, allowTestImages);
    }

    /** Whether a model, or one that it began with or was taught by, says it learnt from these. */
    public boolean taught(Model model) {
      return Ancestry.names(model, this);
    }
  }

  /**
   * What to train.
   *
   * @param name of the model
   * @param data the images to split into training and validation
   * @param extra images that are all trained on, beside those of {@code data}; null for none
   * @param init the models the mean of whose weights the run begins with, of the configuration's
   *     variant and of one normalisation, which it takes over; empty for a random start. A mean
   *     makes sense of models that began as one ("model soups", Wortsman et al. 2022, arXiv
   *     2203.05482), and is the model where the configuration has 0 epochs. A resumed run has begun
   *     already: there it may be empty, or the same models
   * @param teachers trained models, of any variants, the mean of whose maps of the training images
   *     is learnt beside the experts' masks, see {@link TrainingConfig.Loss#teacher}; empty for the
   *     masks alone. A fold of a cross-validation is asked about the images that it held out. A
   *     resumed run needs those it began with
   * @param fold hold this fold of {@code data} out for validation, rather than the configuration's
   *     share of it; null for the share
   * @param run the folder to write to; made if missing
   * @param resume go on from the folder's checkpoint instead of starting anew
   * @param licence of the weights, where whoever trains must state one; null where the images and
   *     the models learnt from say all there is to say. A resumed run has its own: there it may be
   *     null, or the same
   * @param allowTestImages train although images of the ISIC 2016 test set are among the pairs
   * @param version of Lentigo, for provenance
   */
  public record Job(
      String name,
      Source data,
      @Nullable Source extra,
      List<Model> init,
      List<Model> teachers,
      StratifiedSplit.@Nullable Fold fold,
      @Nullable String licence,
      TrainingConfig config,
      Path run,
      boolean resume,
      boolean allowTestImages,
      String version) {
    /** A run from a random start on one data set, split as the configuration says. */
    public Job(String name, Source data, TrainingConfig config, Path run, String version) {
      this(name, data, null, List.of(), List.of(), null, null, config, run, false, false, version);
    }

    private List<Pair> allPairs() {
      return extra == null
          ? data.pairs()
          : Stream.of(data, extra).flatMap(source -> source.pairs().stream()).toList();
    }

    private List<Pair> extraPairs() {
      return extra == null ? List.of() : extra.pairs();
    }

    private String teacherHash() {
      return teachers.stream().map(Model::sha256).collect(Collectors.joining("+"));
    }

    private boolean hasFoldTeachers() {
      return teachers.stream().anyMatch(Trainer::isFold);
    }

    private String foldText() {
      return fold == null ? "" : fold.toString();
    }

    private String dataHash() {
      return extra == null ? data.sha256() : data.sha256() + "+" + extra.sha256();
    }
  }

  /** Hears how the run goes. */
  public interface Listener {
    /**
     * The teacher has been shown so many of the training images; comes before {@link #started}.
     *
     * @param images shown so far
     * @param of how many
     */
    void taught(int images, int of);

    /**
     * The run goes on from a checkpoint of another version of Lentigo, whose steps may differ from
     * this one's; comes before {@link #started}.
     */
    void goesOnFrom(String version);

    /**
     * The run starts or goes on.
     *
     * @param training images
     * @param validation images
     * @param steps of the whole run
     * @param step done already
     */
    void started(int training, int validation, long steps, long step);

    /** An optimiser step is done. */
    void stepped(Status status);

    /** An epoch is done. */
    void epochEnded(Curves.Row row);

    /**
     * This machine cannot draw the curves, since it has no fonts; all else of the run is as it
     * should be. Comes once at most.
     *
     * @param run the folder without the picture
     */
    void undrawn(Path run);
  }

  /**
   * Where the run stands.
   *
   * @param epoch counted from 1
   * @param epochs of the whole run
   * @param size of the training input in pixels
   * @param step optimiser steps done
   * @param loss mean of this epoch so far
   * @param jaccard latest validation JI of the weights or their average, whichever is better, 0 to
   *     1; NaN before the first
   * @param imagesPerSecond of this epoch so far
   * @param left estimated from the pixels still to be trained on
   */
  public record Status(
      int epoch,
      int epochs,
      int size,
      long step,
      double loss,
      double jaccard,
      double imagesPerSecond,
      Duration left) {}

  private final Job job;
  private final TrainingConfig config;
  private final Engine.Provider provider;
  private final Listener listener;
  private final Network network;
  private final Graph graph;
  private final ParameterLayout layout;
  private final SampleStore store;
  private final Map<Path, Fingerprint> looks;
  private final HeldOut heldOut;
  private final LearningRate schedule;
  private final AdamW optimiser;
  private final LossFunction lossFunction;
  private long lastCheckpoint = System.nanoTime();
  private boolean toldUndrawn;

  private Trainer(Job job, Engine.Provider provider, Listener listener) throws IOException {
    this.job = job;
    this.config = job.config();
    this.provider = provider;
    this.listener = listener;
    network = Networks.get(config.variant());
    graph = network.trainingGraph();
    layout = new ParameterLayout(graph);
    store = SampleStore.open(job.allPairs(), split(job.data().pairs(), config, job.fold()));
    // Once for all that is asked of them: an archive's photos take a while to look at.
    List<Pair> asked =
        job.allowTestImages() && !job.hasFoldTeachers()
            ? Stream.of(job.extraPairs(), store.validationPairs()).flatMap(List::stream).toList()
            : job.allPairs();
    looks = HeldOut.fingerprints(asked.stream().map(Pair::image).toList());
    heldOut = HeldOut.ofLooks(looksOf(store.validationPairs()).values());
    schedule = LearningRate.of(config, store.trainingStems().size());
    optimiser = new AdamW(layout, config.weightDecay(), config.gradientClip());
    lossFunction = new LossFunction(config.loss());
  }

  /**
   * Trains to the end.
   *
   * @return what the run's folder then holds as {@value #MODEL}
   * @throws IOException if an image cannot be read, belongs to the ISIC 2016 test set or is an
   *     extra one that is held out, the model to begin with or a teacher may have learnt from what
   *     is held out, the folder cannot be written, it holds a run and {@code resume} is false, or
   *     its checkpoint does not fit this job
   * @throws TrainingException if the loss or the gradient is no longer a number
   */
  public static Model train(Job job, Engine.Provider provider, Listener listener)
      throws IOException {
    Path checkpoint = job.run().resolve(CHECKPOINT);
    if (!job.resume() && Files.exists(checkpoint)) {
      throw new IOException(
          job.run() + ": holds a run already; add --resume to go on, or name another folder");
    }
    if (job.resume() && !Files.exists(checkpoint)) {
      throw new IOException(
          job.run() + ": has no " + CHECKPOINT + " to resume; leave --resume out to start");
    }
    if (job.config().epochs() == 0) {
      checkUntrained(job);
    }
    if (!job.allowTestImages()) {
      TestSetGuard.checkNames(job.allPairs().stream().map(Pair::stem).toList());
    }
    Trainer trainer = new Trainer(job, provider, listener);
    trainer.checkImages();
    Model model = trainer.run();
    Files.deleteIfExists(job.run().resolve(TEACHER));
    return model;
  }

  /** Of a run whose model is what it began with: that nothing else is asked of it. */
  private static void checkUntrained(Job job) throws IOException {
    String zero = "0 epochs train nothing, and the model is what it began with; ";
    if (job.init().isEmpty() && !job.resume()) {
      throw new IOException(zero + "name it with --init, or set epochs in stages");
    }
    if (!job.teachers().isEmpty() || job.extra() != null) {
      throw new IOException(zero + "leave --teacher and --extra out, or set epochs in stages");
    }
  }

  /**
   * The split that a run with this configuration makes of these pairs: what was held out while a
   * model was trained, for scoring it later. Reads every mask, for its area.
   *
   * @param fold of a cross-validation; null for a run on its own
   * @throws IOException if a mask cannot be read or two pairs share a stem
   */
  public static StratifiedSplit split(
      List<Pair> pairs, TrainingConfig config, StratifiedSplit.@Nullable Fold fold)
      throws IOException {
    Map<String, Double> areas = SampleStore.areas(pairs);
    return fold == null
        ? StratifiedSplit.of(areas, config.validationFraction(), config.seedOfSplit())
        : StratifiedSplit.folds(areas, fold.of(), config.seedOfSplit()).get(fold.number() - 1);
  }

  /**
   * That the test set stays unseen, and that what is held out, here or of the models that this run
   * begins with, stays so.
   */
  private void checkImages() throws IOException {
    if (!job.allowTestImages()) {
      TestSetGuard.checkLooks(looks);
    }
    Map<Path, Fingerprint> extra = looksOf(job.extraPairs());
    checkExtra(extra, heldOut, "from " + job.data().name());
    List<Model> models = new ArrayList<>(job.teachers());
    models.addAll(job.init());
    for (Model model : models) {
      HeldOut itsOwn = HeldOut.of(model);
      if (!isFold(model)) {
        // What a fold held out it may be asked about, and nobody is measured on it.
        checkExtra(extra, itsOwn, "from the training of " + model.name());
      }
      if (job.data().taught(model)) {
        checkHeldOut(looksOf(store.validationPairs()), itsOwn, model);
      }
    }
  }

  /** Of a model that has learnt from the same data: that it held the same images out. */
  private void checkHeldOut(Map<Path, Fingerprint> looks, HeldOut itsOwn, Model model)
      throws IOException {
    List<Path> seen = new ArrayList<>(looks.keySet());
    seen.removeAll(itsOwn.among(looks));
    if (!seen.isEmpty()) {
      throw new IOException(
          model.name()
              + " has learnt from "
              + job.data().name()
              + ", and "
              + seen.size()
              + " of the "
              + looks.size()
              + " images that are held out here were not held out there, such as "
              + seen.get(0)
              + "; hold out the same (splitSeed and validationFraction as in its config, no"
              + " --folds), or name a model that has not seen these data");
    }
  }

  private Map<Path, Fingerprint> looksOf(List<Pair> pairs) {
    Map<Path, Fingerprint> these = new TreeMap<>(looks);
    these.keySet().retainAll(pairs.stream().map(Pair::image).collect(Collectors.toSet()));
    return these;
  }

  private static void checkExtra(Map<Path, Fingerprint> looks, HeldOut held, String from)
      throws IOException {
    List<Path> found = held.among(looks);
    if (!found.isEmpty()) {
      throw new IOException(
          found.size()
              + " of the extra images are held out "
              + from
              + ", maybe under another name, such as "
              + found.get(0)
              + "; leave them out of --extra");
    }
  }

  private Model run() throws IOException {
    Path run = job.run();
    Checkpoint state = job.resume() ? resumed() : fresh();
    if (state.epoch == config.epochs() && state.epoch > 0) {
      return ModelFile.read(run.resolve(MODEL));
    }
    Files.createDirectories(run);
    AtomicFiles.write(run.resolve(CONFIG), config.toYaml().getBytes(StandardCharsets.UTF_8));
    writeSplit(run.resolve(SPLIT));
    Curves curves = Curves.open(run.resolve(CURVES), state.epoch);
    if (!job.resume()) {
      // What lies there is another run's, maybe of another split.
      Files.deleteIfExists(run.resolve(TEACHER));
      // Showing a teacher all images takes a while, and a kill within it is to be resumed, too.
      checkpoint(state);
    }
    Teacher teacher = teacher();
    listener.started(
        store.trainingStems().size(),
        store.split().validation().size(),
        schedule.totalSteps(),
        state.step);
    Model model = model(state);
    try (Engine engine = provider.open(graph, config.threads(), Precision.of(config.precision()))) {
      List<Sample> samples = List.of();
      List<SampleStore.Held> held = List.of();
      int loadedSize = 0;
      if (config.epochs() == 0) {
        model = untrained(engine, state);
        write(model);
      }
      while (state.epoch < config.epochs()) {
        int size = config.stageAt(state.epoch).size();
        if (size != loadedSize) {
          samples = store.training(size, teacher);
          held = store.validation(size);
          loadedSize = size;
        }
        trainEpoch(engine, state, samples);
        Curves.Row row = endEpoch(engine, state, size, held);
        model = isLastEpoch(state) ? calibrated(engine, state, held) : model(state);
        write(model);
        curves.add(row);
        state.epoch++;
        state.batch = 0;
        state.lossSum = 0;
        state.epochSeconds = 0;
        checkpoint(state);
        draw(curves);
        listener.epochEnded(row);
      }
    }
    return model;
  }

  /** What the run began with, validated and calibrated. */
  private Model untrained(Engine engine, Checkpoint state) throws IOException {
    int size = config.stages().get(0).size();
    List<SampleStore.Held> held = store.validation(size);
    if (!held.isEmpty()) {
      state.latestJaccard = jaccard(engine, state.parameters, held, preprocessing(state, size));
    }
    return calibrated(engine, state, held);
  }

  private Model calibrated(Engine engine, Checkpoint state, List<SampleStore.Held> held) {
    Model model = model(state);
    return held.isEmpty() ? model : Calibrator.calibrate(model, engine, shipped(state), held);
  }

  private void write(Model model) throws IOException {
    byte[] file = ModelFile.encode(model);
    AtomicFiles.writeDurably(job.run().resolve(MODEL), out -> out.write(file));
  }

  private void draw(Curves curves) throws IOException {
    if (Fonts.present()) {
      curves.writePng(job.run().resolve(CURVES_PICTURE), job.name());
    } else if (!toldUndrawn) {
      toldUndrawn = true;
      listener.undrawn(job.run());
    }
  }

  private @Nullable Teacher teacher() throws IOException {
    int images = store.trainingStems().size();
    return job.teachers().isEmpty()
        ? null
        : Teacher.of(
            voices(),
            config,
            provider,
            store,
            job.run().resolve(TEACHER),
            String.join(
                " ",
                job.version(),
                job.teacherHash(),
                job.dataHash(),
                job.foldText(),
                job.hasFoldTeachers() ? "folds" : ""),
            shown -> listener.taught(shown, images));
  }

  /**
   * A fold of a cross-validation is asked about what it held out alone: it repeats what it has
   * learnt by heart, and of what it has not it says what an expert might have drawn as well.
   */
  private List<Teacher.Voice> voices() throws IOException {
    List<Teacher.Voice> voices = new ArrayList<>();
    for (Model model : job.teachers()) {
      if (!isFold(model)) {
        voices.add(new Teacher.Voice(model, null));
        continue;
      }
      Set<Path> held = Set.copyOf(HeldOut.of(model).among(looks));
      Set<String> asked =
          job.allPairs().stream()
              .filter(pair -> held.contains(pair.image()))
              .map(Pair::stem)
              .collect(Collectors.toSet());
      asked.retainAll(Set.copyOf(store.trainingStems()));
      if (asked.isEmpty()) {
        throw new IOException(
            "the teacher "
                + model.name()
                + " is fold "
                + model.provenance().get(FOLD)
                + " of a cross-validation, and of the images trained on here it held none out;"
                + " leave it out, or train on what it was trained on");
      }
      voices.add(new Teacher.Voice(model, asked));
    }
    return voices;
  }

  private static boolean isFold(Model model) {
    return model.provenance().containsKey(FOLD);
  }

  private Checkpoint fresh() throws IOException {
    float[] mean = new float[3];
    float[] std = new float[3];
    Weights weights = Weights.random(graph, config.seed());
    if (job.init().isEmpty()) {
      Sample.normalisation(store.training(config.stages().get(0).size(), null), mean, std);
    } else {
      checkInit();
      Model init = job.init().get(0);
      for (int channel = 0; channel < 3; channel++) {
        mean[channel] = init.preprocessing().mean().get(channel);
        std[channel] = init.preprocessing().std().get(channel);
      }
      // The heads of deep supervision are not in a model file and begin at random again. Models
      // are taken as they were trained: once calibrated they cut masks elsewhere than at THRESHOLD.
      weights =
          weights.with(
              Weights.mean(
                  job.init().stream().map(model -> model.uncalibrated().weights()).toList()));
    }
    return new Checkpoint(
        config.toYaml(),
        job.dataHash(),
        Ancestry.of(job),
        job.teacherHash(),
        job.foldText(),
        mean,
        std,
        layout.flatten(weights));
  }

  private void checkInit() throws IOException {
    Model init = job.init().get(0);
    for (Model model : job.init()) {
      if (!model.network().equals(network)) {
        throw new IOException(
            "the model to begin with, "
                + model.name()
                + ", is of variant "
                + model.network().name()
                + ", the configuration of "
                + network.name()
                + "; set variant: "
                + model.network().name());
      }
      if (!normalisation(model).equals(normalisation(init))) {
        throw new IOException(
            "the models to begin with differ in mean and deviation of their input: "
                + init.name()
                + " has "
                + normalisation(init)
                + ", "
                + model.name()
                + " "
                + normalisation(model)
                + "; give models that began as one");
      }
    }
  }

  private static List<List<Float>> normalisation(Model model) {
    return List.of(model.preprocessing().mean(), model.preprocessing().std());
  }

  private Checkpoint resumed() throws IOException {
    Path file = job.run().resolve(CHECKPOINT);
    Checkpoint state = Checkpoint.read(file, job.version());
    boolean otherVersion = !state.writtenBy.equals(job.version());
    if (!isSame(state.config)) {
      throw new IOException(
          file
              + ": the run was started with another configuration; give the same --config ("
              + job.run().resolve(CONFIG)
              + " holds it), or name another folder"
              + (otherVersion
                  ? "; or Lentigo "
                      + state.writtenBy
                      + ", which wrote it, has other settings than this Lentigo "
                      + job.version()
                      + ": resume with that one"
                  : ""));
    }
    if (!state.dataHash.equals(job.dataHash())) {
      throw new IOException(
          file
              + ": the data set has changed since the run began (SHA-256 "
              + state.dataHash
              + ", now "
              + job.dataHash()
              + "); restore it, or start anew in another folder");
    }
    if (!job.init().isEmpty()
        && !Ancestry.hashes(job.init()).equals(state.origin.get(Ancestry.INIT_SHA256))) {
      throw new IOException(
          file
              + ": the run was not begun with "
              + job.init().stream()
                  .map(model -> model.name() + " (" + model.sha256().substring(0, 12) + ")")
                  .collect(Collectors.joining(" and "))
              + "; leave --init out, or start anew in another folder");
    }
    if (!state.teacherHash.equals(job.teacherHash())) {
      throw new IOException(
          file
              + ": the run was begun with "
              + (state.teacherHash.isEmpty()
                  ? "no teacher; leave --teacher out"
                  : "the teachers of SHA-256 "
                      + state.teacherHash
                      + "; name their files with --teacher, in this order")
              + ", or start anew in another folder");
    }
    if (!state.fold.equals(job.foldText())) {
      throw new IOException(
          file
              + ": the run was begun "
              + asFold(state.fold)
              + ", and is to go on "
              + asFold(job.foldText())
              + ", which would validate on what it has learnt from; give --folds as then, or start"
              + " anew in another folder");
    }
    String licence = job.licence();
    List<String> licences = state.origin.getOrDefault(Model.LICENCE, "").lines().toList();
    if (licence != null && !licences.containsAll(licence.lines().toList())) {
      throw new IOException(
          file
              + ": the run was begun without the licence '"
              + licence
              + "'; leave --licence out, or start anew in another folder");
    }
    if (state.parameters.length != layout.size()) {
      throw new IOException(
          file
              + ": holds "
              + state.parameters.length
              + " parameters, the network has "
              + layout.size()
              + "; resume with Lentigo "
              + state.writtenBy
              + ", which wrote it");
    }
    if (otherVersion) {
      listener.goesOnFrom(state.writtenBy);
    }
    return state;
  }

  private static String asFold(String fold) {
    return fold.isEmpty() ? "without --folds" : "as fold " + fold;
  }

  /** A setting that is new since the run began has its default in both. */
  private boolean isSame(String begun) {
    try {
      return TrainingConfig.defaults().with(begun).equals(config);
    } catch (IllegalArgumentException e) {
      return false; // A setting that is no longer there, or means something else.
    }
  }

  private void trainEpoch(Engine engine, Checkpoint state, List<Sample> samples)
      throws IOException {
    int batches = BatchLoader.batchesPerEpoch(samples.size(), config.stageAt(state.epoch));
    engine.parameters().put(state.parameters);
    float[] gradients = new float[layout.size()];
    try (BatchLoader loader =
        new BatchLoader(samples, config, state.epoch, state.batch, state.mean, state.std)) {
      while (loader.hasNext()) {
        long start = System.nanoTime();
        Batch batch = loader.next();
        float[][] logits = engine.forward(batch.images(), batch.count(), batch.size());
        LossFunction.Value loss = lossFunction.of(logits, batch);
        if (!Double.isFinite(loss.loss())) {
          throw new TrainingException(
              "the loss became "
                  + loss.loss()
                  + " in epoch "
                  + (state.epoch + 1)
                  + "; lower learningRate (now "
                  + config.learningRate()
                  + ") or gradientClip (now "
                  + config.gradientClip()
                  + ") and start anew");
        }
        Arrays.fill(gradients, 0);
        engine.gradients().put(gradients);
        engine.backward(loss.gradients());
        engine.gradients().get(gradients);
        // The forward pass has moved BatchNorm's running statistics.
        engine.parameters().get(state.parameters);
        state.step++;
        optimiser.step(
            state.parameters,
            gradients,
            state.first,
            state.second,
            state.step,
            schedule.at(state.step - 1));
        engine.parameters().put(state.parameters);
        average(state);
        state.batch++;
        state.lossSum += loss.loss();
        state.imagesSeen += batch.count();
        double seconds = (System.nanoTime() - start) / 1e9;
        state.epochSeconds += seconds;
        state.seconds += seconds;
        listener.stepped(status(state, batch, batches));
        if (System.nanoTime() - lastCheckpoint > config.checkpointMinutes() * 60e9) {
          checkpoint(state);
        }
      }
    }
  }

  /**
   * Early in a stage the average forgets faster, or it would hold on to the random start, or to
   * BatchNorm's statistics of smaller images.
   */
  private void average(Checkpoint state) {
    double steps = state.step - schedule.firstStepOfPart(state.step - 1);
    double decay = Math.min(config.averageDecay(), (1 + steps) / (10 + steps));
    float share = (float) (1 - decay);
    for (int i = 0; i < state.average.length; i++) {
      state.average[i] += share * (state.parameters[i] - state.average[i]);
    }
  }

  private Curves.Row endEpoch(
      Engine engine, Checkpoint state, int size, List<SampleStore.Held> held) {
    double raw = Double.NaN;
    double averaged = Double.NaN;
    long start = System.nanoTime();
    boolean due = isLastEpoch(state) || (state.epoch + 1) % config.validateEvery() == 0;
    if (!held.isEmpty() && due) {
      Preprocessing preprocessing = preprocessing(state, size);
      raw = jaccard(engine, state.parameters, held, preprocessing);
      averaged = jaccard(engine, state.average, held, preprocessing);
      state.averageIsBetter = averaged >= raw;
      state.latestJaccard = Math.max(averaged, raw);
    }
    state.seconds += (System.nanoTime() - start) / 1e9;
    int images =
        state.batch * Math.min(config.stageAt(state.epoch).batch(), store.trainingStems().size());
    return new Curves.Row(
        state.epoch + 1,
        size,
        state.imagesSeen,
        schedule.at(state.step - 1),
        state.lossSum / state.batch,
        raw,
        averaged,
        images / state.epochSeconds,
        state.seconds);
  }

  private boolean isLastEpoch(Checkpoint state) {
    return state.epoch + 1 == config.epochs();
  }

  private double jaccard(
      Engine engine, float[] parameters, List<SampleStore.Held> held, Preprocessing preprocessing) {
    return Validation.jaccard(
        engine, parameters, held, preprocessing, THRESHOLD, config.postProcessing());
  }

  private Status status(Checkpoint state, Batch batch, int batches) {
    double perPixel =
        state.epochSeconds / ((double) state.batch * batch.count() * batch.size() * batch.size());
    double left = (double) (batches - state.batch) * batch.count() * batch.size() * batch.size();
    for (int epoch = state.epoch + 1; epoch < config.epochs(); epoch++) {
      TrainingConfig.Stage stage = config.stageAt(epoch);
      left += (double) batches * batch.count() * stage.size() * stage.size();
    }
    return new Status(
        state.epoch + 1,
        config.epochs(),
        batch.size(),
        state.step,
        state.lossSum / state.batch,
        state.latestJaccard,
        state.batch * batch.count() / state.epochSeconds,
        Duration.ofSeconds(Math.round(left * perPixel)));
  }

  private void checkpoint(Checkpoint state) throws IOException {
    state.write(job.run().resolve(CHECKPOINT), job.version());
    lastCheckpoint = System.nanoTime();
  }

  private Preprocessing preprocessing(Checkpoint state, int size) {
    return new Preprocessing(size, boxed(state.mean), boxed(state.std));
  }

  private static List<Float> boxed(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  /** Of the two sets of weights that a run has, the one that did better. */
  private float[] shipped(Checkpoint state) {
    return state.averageIsBetter ? state.average : state.parameters;
  }

  /**
   * The weights or their average as a model. Its provenance holds nothing that differs between two
   * equal runs (no date, no wall time), so that equal runs give equal files.
   */
  private Model model(Checkpoint state) {
    SortedMap<String, String> provenance = new TreeMap<>();
    provenance.put("lentigo_version", job.version());
    provenance.put("engine", provider.name());
    provenance.put("data", job.data().name());
    provenance.put("data_sha256", job.data().sha256());
    if (job.extra() != null) {
      provenance.put("extra_data", job.extra().name());
      provenance.put("extra_data_sha256", job.extra().sha256());
    }
    if (job.fold() != null) {
      provenance.put(FOLD, job.fold().toString());
    }
    provenance.putAll(state.origin);
    if (!job.teachers().isEmpty()) {
      provenance.put(
          "teacher", job.teachers().stream().map(Model::name).collect(Collectors.joining("+")));
      provenance.put("teacher_sha256", job.teacherHash());
    }
    provenance.put("training_images", Integer.toString(store.trainingStems().size()));
    provenance.put("validation_images", Integer.toString(store.split().validation().size()));
    if (heldOut.size() > 0) {
      provenance.put(HeldOut.PROVENANCE, heldOut.toString());
    }
    provenance.put("seed", Long.toString(config.seed()));
    int epochs = config.epochs();
    provenance.put("epochs", Math.min(state.epoch + 1, epochs) + " of " + epochs);
    provenance.put("images_seen", Long.toString(state.imagesSeen));
    provenance.put("config", config.toYaml());
    provenance.put(
        "weights",
        epochs == 0 ? "as begun with" : state.averageIsBetter ? "moving average" : "last");
    if (!Double.isNaN(state.latestJaccard)) {
      provenance.put("validation_jaccard", String.format(Locale.ROOT, "%.4f", state.latestJaccard));
    }
    int size = config.stages().get(config.stages().size() - 1).size();
    return new Model(
            job.name(),
            network,
            layout.unflatten(shipped(state)),
            preprocessing(state, size),
            THRESHOLD,
            provenance)
        .withPostProcessing(config.postProcessing());
  }

  private void writeSplit(Path file) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          csv.writeRecord("stem", "part");
          store.trainingStems().forEach(stem -> csv.writeRecord(stem, "training"));
          store.split().validation().forEach(stem -> csv.writeRecord(stem, "validation"));
          csv.flush();
        });
  }
}
