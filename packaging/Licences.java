import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Prints the libraries of a CycloneDX file with their licences. */
class Licences {
  public static void main(String[] args) throws IOException {
    System.out.println("Libraries in this bundle and their licences; texts are in licences/.");
    System.out.println("Java itself: the folder legal of its runtime. Lentigo: Apache-2.0.\n");
    JsonNode all = new JsonMapper().readTree(Path.of(args[0]).toFile());
    for (JsonNode library : all.path("components")) {
      if (library.path("group").asString("").equals("org.lentigo")) {
        continue;
      }
      List<String> licences = new ArrayList<>();
      for (JsonNode licence : library.path("licenses")) {
        JsonNode named = licence.path("license");
        licences.add(
            named.path("id").asString(
                named.path("name").asString(licence.path("expression").asString("not said"))));
      }
      System.out.printf(
          "%s:%s:%s: %s%n",
          library.path("group").asString(""),
          library.path("name").asString(""),
          library.path("version").asString(""),
          licences.isEmpty() ? "not said" : String.join(", ", licences));
    }
  }
}
