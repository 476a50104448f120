package org.lentigo.cli.ablation;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.training.TrainingRun;
import org.lentigo.imaging.AtomicFiles;
import org.lentigo.network.Network;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;

/**
 * What lies where in RUN. Each network and seed has a folder {@code NAME/seed-N}, a training run as
 * {@link Trainer} leaves it with the scores on the test images beside the model; a network is done
 * when both are there.
 */
record RunFolder(Path path) {
  static final String PROTOCOL = "protocol.yaml";
  static final String SPEED = "speed.csv";

  /** What the scores on the test images are called, in the folder of a network and seed. */
  static final String IMAGES = "images.csv";

  private static final String DATA = "data.csv";
  private static final String SEED = "seed-";

  /** Of the protocol: 0 would let every seed have a split of its own. */
  private static final long LEAST_SEED = 1;

  private static final long MOST_SEED = 1_000_000_000;

  /** What is trained and scored on: a part of a data set, known by its files' content. */
  record Part(String part, String dataSet, int images, String sha256) {}

  Path of(Network network, long seed) {
    return path.resolve(network.name()).resolve(SEED + seed);
  }

  /** The scores come last, and are all that the tables need: models may be thrown away. */
  boolean isDone(Network network, long seed) {
    return Files.exists(of(network, seed).resolve(IMAGES));
  }

  /** The seeds for which a network is done, ascending. */
  List<Long> seedsDone(Network network) throws IOException {
    Path folder = path.resolve(network.name());
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> name.matches(SEED + "\\d{1,18}"))
          .map(name -> Long.parseLong(name.substring(SEED.length())))
          .filter(seed -> isDone(network, seed))
          .sorted()
          .toList();
    }
  }

  /** The Jaccard index of each test image by its name, 0 to 1. */
  SortedMap<String, Double> jaccard(Network network, long seed) throws IOException {
    SortedMap<String, Double> scores = new TreeMap<>();
    for (NamedCsvRecord line : read(of(network, seed).resolve(IMAGES))) {
      scores.put(line.getField("image"), Double.parseDouble(line.getField("jaccard")));
    }
    return scores;
  }

  /**
   * The settings that all rows share: those that RUN was begun with, or new ones, which are written
   * down.
   *
   * @param changes a file with what differs from {@link Protocol#defaults}; null for nothing, and
   *     for what RUN was begun with
   * @throws CommandFailure if RUN has begun and is not to go on, or with other settings, or new
   *     ones are none that rows can be trained by
   */
  TrainingConfig begin(@Nullable Path changes, boolean resume) throws IOException, CommandFailure {
    Path file = path.resolve(PROTOCOL);
    boolean begun = Files.exists(file);
    if (begun && !resume) {
      throw CommandFailure.failed(
          path + ": holds a run already; add --resume to go on, or name another folder");
    }
    TrainingConfig wanted = TrainingRun.config(Protocol.defaults(), changes, null);
    if (!begun) {
      if (wanted.epochs() == 0) {
        throw CommandFailure.usage("--config: 0 epochs train nothing; set epochs in stages");
      }
      if (wanted.seed() < LEAST_SEED || wanted.seed() > MOST_SEED) {
        throw CommandFailure.usage(
            "--config: seed must be %d to %d, got %d"
                .formatted(LEAST_SEED, MOST_SEED, wanted.seed()));
      }
      Files.createDirectories(path);
      AtomicFiles.write(file, wanted.toYaml().getBytes(StandardCharsets.UTF_8));
      return wanted;
    }
    TrainingConfig settings;
    try {
      settings = TrainingConfig.defaults().withFile(file);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.failed(String.valueOf(e.getMessage()), e);
    }
    if (changes != null && !settings.equals(wanted)) {
      throw CommandFailure.failed(
          file
              + ": the run was begun with other settings than --config "
              + changes
              + "; leave --config out, or name another folder");
    }
    return settings;
  }

  /** The data that RUN was begun with; none if nothing was trained yet. */
  List<Part> data() throws IOException {
    Path file = path.resolve(DATA);
    List<Part> parts = new ArrayList<>();
    if (Files.exists(file)) {
      for (NamedCsvRecord line : read(file)) {
        parts.add(
            new Part(
                line.getField("part"),
                line.getField("data_set"),
                Integer.parseInt(line.getField("images")),
                line.getField("sha256")));
      }
    }
    return parts;
  }

  /**
   * Holds the data against those that RUN was begun with, or writes them down.
   *
   * @throws CommandFailure if they differ: their scores could not stand in one table
   */
  void checkData(List<Part> parts) throws IOException, CommandFailure {
    Path file = path.resolve(DATA);
    List<Part> before = data();
    if (!before.isEmpty()) {
      if (!before.equals(parts)) {
        throw CommandFailure.failed(
            file
                + ": the run was begun with other data ("
                + before
                + ", now "
                + parts
                + "); restore them, or name another folder");
      }
      return;
    }
    write(
        file,
        csv -> {
          csv.writeRecord("part", "data_set", "images", "sha256");
          for (Part part : parts) {
            csv.writeRecord(part.part, part.dataSet, Integer.toString(part.images), part.sha256);
          }
        });
  }

  /** What fills a table. */
  interface Lines {
    void writeTo(CsvWriter csv);
  }

  static void write(Path file, Lines lines) throws IOException {
    AtomicFiles.write(
        file,
        out -> {
          CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          lines.writeTo(csv);
          csv.flush();
        });
  }

  /**
   * The lines of a table with a head.
   *
   * @throws IOException if it cannot be read, with the file's name
   */
  static List<NamedCsvRecord> read(Path file) throws IOException {
    try (CsvReader<NamedCsvRecord> csv = CsvReader.builder().ofNamedCsvRecord(file)) {
      return csv.stream().toList();
    } catch (IllegalArgumentException | NoSuchElementException e) {
      throw new IOException(file + ": " + Reasons.reason(e), e);
    }
  }
}
