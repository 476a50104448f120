package org.lentigo.cli.scoring;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.imaging.dataset.DataSet;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.imaging.metrics.Confusion;
import org.lentigo.network.Model;
import org.lentigo.runtime.Segmenter;
import org.lentigo.training.Calibrator;
import org.lentigo.training.Trainer;

/**
 * What models of one kind make of photos that they had not learnt from, which tells how the maps of
 * a good mask differ from those of a poor one: far more photos than one model's split holds out.
 */
public final class Peers {
  /**
   * One of them and its photos.
   *
   * @param label what messages call it
   * @param photos empty if none is known that it has not learnt from
   */
  private record Peer(String label, Model model, List<Trainer.Source> photos) {}

  private final List<Peer> peers = new ArrayList<>();
  private final Model subject;
  private final List<DataSet> further;

  /**
   * None yet.
   *
   * @param subject the model that is to learn from them
   * @param further data sets of each of which no peer may have learnt from all
   */
  public Peers(Model subject, List<DataSet> further) {
    this.subject = subject;
    this.further = List.copyOf(further);
  }

  /**
   * Adds a model, to be looked at on the images of a data set which its own training held out, and
   * on those of the further sets that it has not learnt from.
   *
   * @param label what messages call it
   * @param data of which the peer may know a part; where it was trained on other images it is not
   *     looked at there
   * @throws CommandFailure if it is no model of the subject's kind, has learnt from all of a
   *     further set, or there is no photo for it
   * @throws IOException if an image or mask cannot be read
   */
  public void add(String label, Model peer, DataSet data) throws CommandFailure, IOException {
    checkKind("--peer", label, peer, subject);
    List<Trainer.Source> photos = new ArrayList<>();
    Optional<List<Pair>> held = ValidationSplit.ifTrainedOn(data, peer, label);
    if (held.isPresent()) {
      photos.add(Trainer.Source.of(data.name() + ", held out", held.get()));
    }
    Set<Pair> asked = new HashSet<>(held.orElse(List.of()));
    for (DataSet set : further) {
      List<Pair> learnt = ValidationSplit.seen(set, set.all(), peer, label);
      List<Pair> others = new ArrayList<>(set.all());
      others.removeAll(Set.copyOf(learnt));
      if (others.isEmpty()) {
        throw CommandFailure.failed(
            "--peer %s has learnt from %s; name photos that it has not seen"
                .formatted(label, set.name()));
      }
      others.removeIf(pair -> !asked.add(pair));
      if (!others.isEmpty()) {
        photos.add(Trainer.Source.of(set.name() + (learnt.isEmpty() ? "" : ", not seen"), others));
      }
    }
    if (photos.isEmpty()) {
      throw CommandFailure.failed(
          "--peer %s held none of the images of %s out; name the data it was trained on, or"
                  .formatted(label, data.name())
              + " --peer-data that it has not seen");
    }
    peers.add(new Peer(label, peer, photos));
  }

  /**
   * Whether a model's maps look as another's do.
   *
   * @param option that names it
   * @param label what messages call it
   * @throws CommandFailure if it is of another network or input size than the subject
   */
  public static void checkKind(String option, String label, Model peer, Model subject)
      throws CommandFailure {
    int size = subject.preprocessing().size();
    if (!peer.network().name().equals(subject.network().name())
        || peer.preprocessing().size() != size) {
      throw CommandFailure.failed(
          "%s %s is %s at %d pixels, and the model %s at %d: what one network's maps look like says nothing of another's; name one of the same"
              .formatted(
                  option,
                  label,
                  peer.network().name(),
                  peer.preprocessing().size(),
                  subject.network().name(),
                  size));
    }
  }

  /** Every photo of every peer, those that no network is to learn from included. */
  public List<Pair> photos() {
    return peers.stream().flatMap(p -> p.photos.stream()).flatMap(s -> s.pairs().stream()).toList();
  }

  /** Opens one of the models. */
  public interface Opener {
    /**
     * For the fastest engine that is allowed.
     *
     * @param label what messages call the model
     */
    Segmenter open(Model model, String label) throws CommandFailure;
  }

  /**
   * What they made of their photos, in order; those that fail are told and added to the problems.
   *
   * @param threads images at a time; the result does not depend on it
   */
  public List<Calibrator.Experience> experience(
      Opener opener, int threads, List<String> problems, PrintWriter err) throws CommandFailure {
    List<Calibrator.Experience> all = new ArrayList<>();
    for (Peer peer : peers) {
      // The same masks as the subject's are what its prediction is about.
      Model alike = peer.model.withPostProcessing(subject.postProcessing());
      try (Segmenter segmenter = opener.open(alike, peer.label)) {
        all.addAll(
            Scoring.each(
                segmenter,
                peer.photos.stream().flatMap(source -> source.pairs().stream()).toList(),
                threads,
                problems,
                err,
                (pair, lesion, truth) ->
                    Calibrator.Experience.of(
                        lesion.networkProbabilities(),
                        lesion.networkSize(),
                        alike.threshold(),
                        alike.postProcessing(),
                        Confusion.of(lesion.mask(), truth).jaccard())));
      }
    }
    return all;
  }

  /** The model with what it owes to them in its provenance: lineage, and whatever licence binds. */
  public Model credited(Model model) {
    return peers.isEmpty()
        ? model
        : model.withProvenance(
            Calibrator.experienceOf(
                model,
                peers.stream().map(Peer::model).toList(),
                peers.stream().flatMap(peer -> peer.photos.stream()).distinct().toList()));
  }
}
