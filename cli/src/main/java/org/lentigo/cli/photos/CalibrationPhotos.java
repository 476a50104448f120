package org.lentigo.cli.photos;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.Fingerprint;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.DataSetException;
import org.lentigo.imaging.dataset.DataSets;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.training.HeldOut;
import org.lentigo.training.TestSetGuard;
import org.lentigo.training.Trainer;

/**
 * The photos that a model's quantisation is fitted on: of a data set its training part, of any
 * other folder all; none that the model's training held out, nor one of the ISIC 2016 test set.
 */
public final class CalibrationPhotos {
  /** Which of a data set's pairs a model's training held out. */
  public interface Known {
    /**
     * @return none if the model was not trained on this data set
     * @throws IOException if an image or mask cannot be read
     */
    List<Pair> heldOutOf(DataSet dataSet) throws IOException;
  }

  private final Model model;
  private final String label;
  private final Known known;
  private final boolean allowTestImages;
  private final PrintWriter err;

  /**
   * @param label what messages call the model
   * @param allowTestImages whether photos of the ISIC 2016 test set may be among them
   * @param err is told what is left out
   */
  public CalibrationPhotos(
      Model model, String label, Known known, boolean allowTestImages, PrintWriter err) {
    this.model = model;
    this.label = label;
    this.known = known;
    this.allowTestImages = allowTestImages;
    this.err = err;
  }

  /**
   * Those to show.
   *
   * @param photos spread evenly over the folder
   * @param source for the lineage: the data set's training part, or else these photos
   */
  public record Shown(List<Path> photos, Trainer.Source source) {
    public Shown {
      photos = List.copyOf(photos);
    }
  }

  /**
   * Those to show.
   *
   * @param folder that {@code --calibrate} names
   * @param output a file that is none of them
   * @param count how many at most
   */
  public Shown find(Path folder, Path output, int count) throws CommandFailure {
    try {
      DataSet dataSet = null;
      List<Path> all;
      try {
        dataSet = DataSets.open(folder);
        all = dataSet.forTraining().stream().map(Pair::image).toList();
      } catch (DataSetException e) {
        // Not laid out as a data set with masks: any photos do.
        PhotoFinder.Result found =
            PhotoFinder.find(PhotoFinder.Kind.PHOTO, List.of(folder.toString()), output);
        all = found.photos().stream().map(PhotoFinder.Found::file).toList();
        if (all.isEmpty()) {
          throw CommandFailure.failed("--calibrate " + folder + ": the folder holds no photo");
        }
      }
      if (!allowTestImages) {
        TestSetGuard.checkNames(all.stream().map(Names::stem).toList());
      }
      List<Path> shown = notHeldOut(all, dataSet, count);
      if (shown.isEmpty()) {
        throw CommandFailure.failed(
            "--calibrate "
                + folder
                + ": every photo was held out when "
                + label
                + " was trained; name others");
      }
      return new Shown(shown, source(folder, dataSet, shown));
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    }
  }

  private static Trainer.Source source(Path folder, @Nullable DataSet dataSet, List<Path> shown)
      throws IOException {
    if (dataSet != null) {
      // As training names it, so that a model's own photos are in its lineage already.
      return Trainer.Source.of(dataSet.name(), dataSet.forTraining());
    }
    return Trainer.Source.of(
        String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
        shown.stream().map(photo -> new Pair(Names.stem(photo), photo, photo)).toList());
  }

  /** Of the data set a model was trained on by path, of any other photos by what they look like. */
  private List<Path> notHeldOut(List<Path> all, @Nullable DataSet dataSet, int count)
      throws IOException {
    List<Pair> pairs = dataSet == null ? List.of() : known.heldOutOf(dataSet);
    Set<Path> paths = pairs.stream().map(Pair::image).collect(Collectors.toSet());
    List<Path> left = new ArrayList<>(all);
    left.removeAll(paths);
    HeldOut held = HeldOut.of(model).and(HeldOut.of(pairs));
    // Only what is shown is looked at; what is found among it makes room for others.
    while (true) {
      List<Path> shown = spread(left, count);
      Map<Path, Fingerprint> looks = HeldOut.fingerprints(shown);
      if (!allowTestImages) {
        TestSetGuard.checkLooks(looks);
      }
      List<Path> again = held.among(looks);
      if (again.isEmpty()) {
        return shown;
      }
      left.removeAll(again);
      err.printf(
          "lentigo: left out: %s%s, held out for validating %s%n",
          again.get(0), again.size() == 1 ? "" : " and " + (again.size() - 1) + " more", label);
    }
  }

  private static List<Path> spread(List<Path> photos, int most) {
    int count = Math.min(most, photos.size());
    List<Path> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chosen.add(photos.get((int) ((long) i * photos.size() / count)));
    }
    return chosen;
  }
}
