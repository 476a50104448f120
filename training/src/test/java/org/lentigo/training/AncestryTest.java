package org.lentigo.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.dataset.Pair;
import org.lentigo.network.Model;
import org.lentigo.network.Network;
import org.lentigo.network.Networks;
import org.lentigo.network.Preprocessing;
import org.lentigo.network.Weights;

class AncestryTest {
  private static Trainer.Source images(String name, String... stems) {
    List<Pair> pairs =
        List.of(stems).stream()
            .map(stem -> new Pair(stem, Path.of(stem + ".jpg"), Path.of(stem + ".png")))
            .toList();
    return new Trainer.Source(name, pairs, "0123456789abcdef");
  }

  private static Model model(String name, Map<String, String> provenance) {
    Network network = Networks.get("lite");
    return new Model(
        name,
        network,
        Weights.random(network.graph(), 1),
        new Preprocessing(32, List.of(0f, 0f, 0f), List.of(1f, 1f, 1f)),
        0.5f,
        new TreeMap<>(provenance));
  }

  private static Map<String, String> ancestry(
      Trainer.Source data, @Nullable Model init, List<Model> teachers, @Nullable String licence) {
    return Ancestry.of(
        new Trainer.Job(
            "child",
            data,
            null,
            init == null ? List.of() : List.of(init),
            teachers,
            null,
            licence,
            TrainingConfig.defaults(),
            Path.of("run"),
            false,
            false,
            "0"));
  }

  @Test
  void whatLearnsFromFreePhotosAloneIsBoundByNothing() {
    assertThat(ancestry(images("ISIC 2016", "ISIC_0000000"), null, List.of(), null))
        .containsOnly(Map.entry("lineage", "images of ISIC 2016, SHA-256 0123456789ab"));
  }

  @Test
  void photosOfHam10000BindWhateverTheSetIsCalled() {
    for (String stem : List.of("ISIC_0024306", "ISIC_0030000", "ISIC_0034320")) {
      assertThat(ancestry(images("mine", "ISIC_0000000", stem), null, List.of(), null))
          .as(stem)
          .containsEntry("licence", "CC BY-NC 4.0");
    }
    for (String stem : List.of("ISIC_0024305", "ISIC_0034321", "ISIC_00300000", "photo")) {
      assertThat(ancestry(images("mine", stem), null, List.of(), null))
          .as(stem)
          .doesNotContainKey("licence");
    }
  }

  @Test
  void licencesAndLineageComeDownFromEveryAncestor() {
    Model parent =
        model(
            "parent",
            Map.of("lineage", "images of A, SHA-256 a\nimages of B, SHA-256 b", "licence", "L1"));
    Model teacher = model("teacher", Map.of("lineage", "images of B, SHA-256 b", "licence", "L2"));

    Map<String, String> child = ancestry(images("C", "c"), parent, List.of(teacher, teacher), "L1");

    assertThat(child.getOrDefault("licence", "").lines()).containsExactly("L1", "L2");
    assertThat(child.getOrDefault("lineage", "").lines())
        .containsExactly(
            "images of C, SHA-256 0123456789ab",
            "begun with parent, SHA-256 " + parent.sha256().substring(0, 12),
            "images of A, SHA-256 a",
            "images of B, SHA-256 b",
            "taught by teacher, SHA-256 " + teacher.sha256().substring(0, 12));
    assertThat(child).containsEntry("init", "parent").containsEntry("init_sha256", parent.sha256());
  }

  @Test
  void thatTestImagesWereAllowedComesDownToo() {
    Model parent = model("parent", Map.of("test_images", "allowed"));
    assertThat(ancestry(images("C", "c"), parent, List.of(), null))
        .containsEntry("test_images", "allowed");
    assertThat(ancestry(images("C", "c"), null, List.of(parent), null))
        .containsEntry("test_images", "allowed");
  }

  @Test
  void modelsOfBeforeLineagesTellWhatTheyKnow() {
    Model old =
        model(
            "old",
            Map.of(
                "data",
                "A",
                "data_sha256",
                "aaaaaaaaaaaaaaaa",
                "extra_data",
                "B",
                "extra_data_sha256",
                "bbbbbbbbbbbbbbbb",
                "init",
                "older",
                "init_sha256",
                "cccc"));

    assertThat(Ancestry.names(old, new Trainer.Source("b", List.of(), "b".repeat(64)))).isTrue();
    assertThat(Ancestry.names(old, new Trainer.Source("c", List.of(), "c".repeat(64)))).isFalse();
    assertThat(ancestry(images("C", "c"), old, List.of(), null).getOrDefault("lineage", "").lines())
        .containsExactly(
            "images of C, SHA-256 0123456789ab",
            "begun with old, SHA-256 " + old.sha256().substring(0, 12),
            "images of A, SHA-256 aaaaaaaaaaaa",
            "images of B, SHA-256 bbbbbbbbbbbb",
            "begun with older, SHA-256 cccc");
  }
}
