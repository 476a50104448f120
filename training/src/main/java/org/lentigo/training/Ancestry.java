package org.lentigo.training;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;

/**
 * What a model has learnt from, itself or through the models it began with and was taught by, and
 * which licences bind it for that. It goes into the provenance, from where the next model takes it
 * over.
 */
final class Ancestry {
  /**
   * HAM10000's images (Tschandl et al. 2018, doi 10.7910/DVN/DBW86T) are CC BY-NC 4.0, and so is
   * what learns from them. They go by these ids in every data set that holds them (ISIC 2018 too).
   */
  private static final String HAM10000 = "CC BY-NC 4.0";

  private static final String HAM10000_FIRST = "ISIC_0024306";
  private static final String HAM10000_LAST = "ISIC_0034320";

  /** The keys of the models a run began with, several in a row; absent where it began at random. */
  static final String INIT = "init";

  static final String INIT_SHA256 = "init_sha256";

  private static final String SEPARATOR = "\n";

  private final Set<String> lineage = new LinkedHashSet<>();
  private final Set<String> licences = new LinkedHashSet<>();
  private boolean testImages;

  private Ancestry() {}

  /**
   * The entries of a run's provenance: {@link Model#LINEAGE}, and, if there are any, {@link
   * Model#LICENCE}, {@link TestSetGuard#PROVENANCE} and the model it begins with.
   */
  static SortedMap<String, String> of(Trainer.Job job) {
    Ancestry ancestry = new Ancestry();
    ancestry.add(job.data());
    if (job.extra() != null) {
      ancestry.add(job.extra());
    }
    job.init().forEach(model -> ancestry.add("begun with", model));
    job.teachers().forEach(teacher -> ancestry.add("taught by", teacher));
    if (job.licence() != null) {
      ancestry.licences.add(job.licence());
    }
    ancestry.testImages |= job.allowTestImages();
    SortedMap<String, String> entries = ancestry.entries();
    if (!job.init().isEmpty()) {
      entries.put(INIT, job.init().stream().map(Model::name).collect(Collectors.joining(", ")));
      entries.put(INIT_SHA256, hashes(job.init()));
    }
    return entries;
  }

  /** Of models a run begins with, as its provenance has them. */
  static String hashes(List<Model> models) {
    return models.stream().map(Model::sha256).collect(Collectors.joining(", "));
  }

  /** The entries of a model that was shown photos once it was trained; its own stay. */
  static SortedMap<String, String> withPhotos(
      Model model, Trainer.Source photos, boolean allowTestImages) {
    Ancestry ancestry = begunAs(model);
    ancestry.add(photos);
    ancestry.testImages |= allowTestImages;
    return ancestry.entries();
  }

  /**
   * Likewise, of a model that other models' experience with photos taught to predict its Jaccard
   * index.
   */
  static SortedMap<String, String> withPeers(
      Model model, List<Model> peers, List<Trainer.Source> photos) {
    Ancestry ancestry = begunAs(model);
    photos.forEach(ancestry::add);
    peers.forEach(peer -> ancestry.add("predicts its Jaccard index by", peer));
    return ancestry.entries();
  }

  private static Ancestry begunAs(Model model) {
    Ancestry ancestry = new Ancestry();
    ancestry.lineage.addAll(lineageOf(model));
    model.licence().ifPresent(licence -> licence.lines().forEach(ancestry.licences::add));
    return ancestry;
  }

  /** Whether a model's lineage names these images. */
  static boolean names(Model model, Trainer.Source source) {
    String hash = " " + shortened(source.sha256());
    return lineageOf(model).stream().anyMatch(line -> line.endsWith(hash));
  }

  private SortedMap<String, String> entries() {
    SortedMap<String, String> entries = new TreeMap<>();
    entries.put(Model.LINEAGE, String.join(SEPARATOR, lineage));
    if (!licences.isEmpty()) {
      entries.put(Model.LICENCE, String.join(SEPARATOR, licences));
    }
    if (testImages) {
      entries.put(TestSetGuard.PROVENANCE, TestSetGuard.ALLOWED);
    }
    return entries;
  }

  private void add(Trainer.Source source) {
    lineage.add(images(source.name(), source.sha256()));
    if (source.pairs().stream().map(Pair::stem).anyMatch(Ancestry::isHam10000)) {
      licences.add(HAM10000);
    }
  }

  private void add(String role, Model model) {
    lineage.add("%s %s, SHA-256 %s".formatted(role, model.name(), shortened(model.sha256())));
    lineage.addAll(lineageOf(model));
    testImages |= model.provenance().containsKey(TestSetGuard.PROVENANCE);
    model.licence().ifPresent(licence -> licence.lines().forEach(licences::add));
  }

  private static List<String> lineageOf(Model model) {
    Map<String, String> told = model.provenance();
    String kept = told.get(Model.LINEAGE);
    if (kept != null) {
      return kept.lines().toList();
    }
    // A model of before lineages were kept.
    List<String> lines = new ArrayList<>();
    for (String key : List.of("data", "extra_data")) {
      String name = told.get(key);
      if (name != null) {
        lines.add(images(name, told.get(key + "_sha256")));
      }
    }
    if (told.containsKey(INIT)) {
      lines.add(
          "begun with %s, SHA-256 %s".formatted(told.get(INIT), shortened(told.get(INIT_SHA256))));
    }
    return lines;
  }

  private static String images(String name, @Nullable String sha256) {
    return "images of %s, SHA-256 %s".formatted(name, shortened(sha256));
  }

  private static String shortened(@Nullable String sha256) {
    return sha256 == null ? "not known" : sha256.substring(0, Math.min(12, sha256.length()));
  }

  private static boolean isHam10000(String stem) {
    return stem.length() == HAM10000_FIRST.length()
        && stem.compareTo(HAM10000_FIRST) >= 0
        && stem.compareTo(HAM10000_LAST) <= 0;
  }
}
