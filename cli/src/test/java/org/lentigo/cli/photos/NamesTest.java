package org.lentigo.cli.photos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.lentigo.cli.photos.PhotoFinder.Found;

class NamesTest {
  private static final Path OUT = Path.of("out");

  /** Prefixes for photos given as {@code base|path below it}. */
  private static List<String> plan(String... photos) {
    List<Found> found =
        Arrays.stream(photos)
            .map(p -> p.split("\\|"))
            .map(p -> new Found(Path.of(p[0], p[1]), Path.of(p[0])))
            .toList();
    return Names.plan(found, OUT).stream()
        .map(t -> t.prefix().toString().replace('\\', '/'))
        .toList();
  }

  @Test
  void subfoldersAreKept() {
    assertThat(plan("in|x.jpg", "in|a/x.jpg", "in|b/x.jpg"))
        .containsExactly("out/x", "out/a/x", "out/b/x");
  }

  @Test
  void namesThatDifferInTheirExtensionKeepIt() {
    assertThat(plan("in|x.jpg", "in|x.png", "in|y.png"))
        .containsExactly("out/x.jpg", "out/x.png", "out/y");
  }

  @Test
  void namesThatDifferInCaseKeepTheirExtension() {
    assertThat(plan("in|x.jpg", "in|X.png")).containsExactly("out/x.jpg", "out/X.png");
  }

  @Test
  void equalNamesOfTwoFoldersKeepTheirFolders() {
    assertThat(plan("in/a|x.jpg", "in/b|x.jpg", "in/b|y.jpg"))
        .containsExactly("out/a/x", "out/b/x", "out/b/y");
  }

  @Test
  void equalNamesOfTwoFoldersWithTwoExtensionsKeepTheirFolders() {
    assertThat(plan("in/a|x.jpg", "in/b|x.png")).containsExactly("out/a/x", "out/b/x");
  }

  @Test
  void aNameThatLooksLikeAnothersPrefixDoesNotMeetIt() {
    assertThat(plan("in|x.jpg", "in|x.png", "in|x.jpg.png")).doesNotHaveDuplicates();
  }

  @Test
  void dotsInNamesAreNotExtensions() {
    assertThat(plan("in|a.b.jpg", "in|.x", "in|noextension"))
        .containsExactly("out/a.b", "out/.x", "out/noextension");
  }
}
