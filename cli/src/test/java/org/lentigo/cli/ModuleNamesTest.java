package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** Each jar has a module name that does not hang on its file's, and that is its packages'. */
class ModuleNamesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static Document pom(Path folder) throws Exception {
    return DocumentBuilderFactory.newDefaultInstance()
        .newDocumentBuilder()
        .parse(folder.resolve("pom.xml").toFile());
  }

  private static List<String> texts(Document pom, String tag) {
    NodeList nodes = pom.getElementsByTagName(tag);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }

  @Test
  void everyModuleNamesItselfAfterItsPackage() throws Exception {
    Document root = pom(ROOT);
    assertThat(texts(root, "Automatic-Module-Name")).containsExactly("${module.name}");
    List<String> modules = texts(root, "module");
    assertThat(modules).hasSizeGreaterThan(9);
    List<String> names = new ArrayList<>();
    for (String module : modules) {
      if (module.equals("bom")) {
        continue;
      }
      List<String> name = texts(pom(ROOT.resolve(module)), "module.name");
      assertThat(name).as(module).hasSize(1);
      assertThat(
              ROOT.resolve(module).resolve("src/main/java").resolve(name.get(0).replace('.', '/')))
          .as(module)
          .isDirectory();
      names.addAll(name);
    }
    assertThat(names).doesNotHaveDuplicates();
  }

  /** What others may depend on; {@code bench} and {@code cli} are no libraries. */
  @Test
  void theBomNamesEveryLibraryInThisVersion() throws Exception {
    Document bom = pom(ROOT.resolve("bom"));
    List<String> libraries =
        texts(pom(ROOT), "module").stream()
            .filter(module -> !List.of("bom", "bench", "cli").contains(module))
            .map("lentigo-"::concat)
            .toList();
    assertThat(texts(bom, "artifactId"))
        .contains("lentigo-bom")
        .filteredOn(name -> name.startsWith("lentigo-") && !name.equals("lentigo-bom"))
        .containsExactlyInAnyOrderElementsOf(libraries);
    assertThat(texts(bom, "version").get(0)).isEqualTo(texts(pom(ROOT), "version").get(0));
    for (String tag : List.of("lentigo.home", "connection", "inceptionYear")) {
      assertThat(texts(bom, tag)).as(tag).hasSize(1).isEqualTo(texts(pom(ROOT), tag));
    }
  }

  /** In {@code mvn verify}, where the modules below this one are jars; in an IDE they are not. */
  @Test
  void everyJarOnTheClassPathIsTheModuleItSaysItIs() throws Exception {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path jar = Path.of(entry);
      if (!jar.startsWith(ROOT) || !Files.isRegularFile(jar)) {
        continue;
      }
      Path module = ROOT.resolve(ROOT.relativize(jar).getName(0));
      String wanted = texts(pom(module), "module.name").get(0);
      ModuleDescriptor descriptor =
          ModuleFinder.of(jar).findAll().stream()
              .map(ModuleReference::descriptor)
              .findFirst()
              .orElseThrow();
      assertThat(descriptor.name()).as(jar.toString()).isEqualTo(wanted);
      try (Stream<String> packages = descriptor.packages().stream()) {
        assertThat(packages).as(jar.toString()).allMatch(p -> (p + ".").startsWith(wanted + "."));
      }
    }
  }
}
