package org.lentigo.cli.ablation;

import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.lentigo.imaging.metrics.Bootstrap;
import org.lentigo.imaging.metrics.Estimate;
import org.lentigo.network.Network;
import org.lentigo.training.Trainer;
import org.lentigo.training.TrainingConfig;

/**
 * What a network reached.
 *
 * @param seeds those it was trained with, ascending
 * @param perSeed mean Jaccard index over the test images, 0 to 1, a seed each
 * @param jaccard of each test image by its name, the mean over seeds
 * @param mean over images of {@code jaccard}, with its interval
 * @param validation mean over seeds of the Jaccard index on the held-out images; NaN if there were
 *     none
 * @param size pixels across and down of the network's input, in training and for the scores
 * @param minutes of training, the mean over seeds
 */
record Result(
    List<Long> seeds,
    List<Double> perSeed,
    SortedMap<String, Double> jaccard,
    Estimate mean,
    double validation,
    int size,
    double minutes) {
  Result {
    seeds = List.copyOf(seeds);
    perSeed = List.copyOf(perSeed);
    jaccard = Collections.unmodifiableSortedMap(new TreeMap<>(jaccard));
  }

  /** Of what RUN holds; empty if the network is done with no seed. */
  static Optional<Result> of(RunFolder run, Network network) throws IOException {
    List<Long> seeds = run.seedsDone(network);
    if (seeds.isEmpty()) {
      return Optional.empty();
    }
    List<SortedMap<String, Double>> scores = new ArrayList<>();
    double validation = 0;
    double minutes = 0;
    int size = 0;
    for (long seed : seeds) {
      scores.add(run.jaccard(network, seed));
      Path folder = run.of(network, seed);
      TrainingConfig config = TrainingConfig.defaults().withFile(folder.resolve(Trainer.CONFIG));
      size = config.stageAt(config.epochs() - 1).size();
      List<NamedCsvRecord> curve = RunFolder.read(folder.resolve(Trainer.CURVES));
      if (curve.isEmpty()) {
        throw new IOException(folder.resolve(Trainer.CURVES) + ": no epoch is in it");
      }
      NamedCsvRecord last = curve.get(curve.size() - 1);
      validation += held(last);
      minutes += Double.parseDouble(last.getField("seconds")) / 60;
    }
    SortedMap<String, Double> mean = mean(scores);
    return Optional.of(
        new Result(
            seeds,
            scores.stream()
                .map(one -> one.values().stream().mapToDouble(s -> s).average().orElse(Double.NaN))
                .toList(),
            mean,
            Bootstrap.mean(values(mean)),
            validation / seeds.size(),
            size,
            minutes / seeds.size()));
  }

  /** Of the images that have a score with every seed. */
  private static SortedMap<String, Double> mean(List<SortedMap<String, Double>> scores)
      throws IOException {
    SortedMap<String, Double> mean = new TreeMap<>();
    for (String image : scores.get(0).keySet()) {
      if (scores.stream().allMatch(one -> one.containsKey(image))) {
        mean.put(image, scores.stream().mapToDouble(one -> one.get(image)).average().orElseThrow());
      }
    }
    if (mean.isEmpty()) {
      throw new IOException("no test image has a score with every seed");
    }
    return mean;
  }

  /** The model is the weights or their average, whichever did better in the last validation. */
  private static double held(NamedCsvRecord epoch) {
    String raw = epoch.getField("validation_ji_raw");
    String averaged = epoch.getField("validation_ji_averaged");
    return raw.isEmpty() || averaged.isEmpty()
        ? Double.NaN
        : Math.max(Double.parseDouble(raw), Double.parseDouble(averaged));
  }

  private static double[] values(SortedMap<String, Double> scores) {
    return scores.values().stream().mapToDouble(score -> score).toArray();
  }

  /** How much better this is than the other, on the images that both have a score of. */
  Bootstrap.Difference minus(Result other) {
    SortedMap<String, Double> mine = new TreeMap<>(jaccard);
    SortedMap<String, Double> others = new TreeMap<>(other.jaccard);
    mine.keySet().retainAll(others.keySet());
    others.keySet().retainAll(mine.keySet());
    return Bootstrap.difference(values(mine), values(others));
  }
}
