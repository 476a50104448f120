package org.lentigo.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The page's files, read once from the class path: requests choose among these and reach no other
 * file.
 *
 * @param path such as {@code /app.js}
 */
record Page(String path, String type, byte[] content) {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final List<String> SCRIPTS =
      List.of(
          "app.js",
          "api.js",
          "files.js",
          "live.js",
          "outline.js",
          "photo.js",
          "store.js",
          "viewer.js");

  static List<Page> all() throws IOException {
    List<Page> pages = new ArrayList<>();
    pages.add(read("/", "page/index.html", HTML));
    pages.add(read("/style.css", "page/style.css", CSS));
    pages.add(read("/icon.svg", "page/icon.svg", "image/svg+xml"));
    for (String script : SCRIPTS) {
      pages.add(read("/" + script, "page/" + script, SCRIPT));
    }
    pages.add(read("/openapi.yaml", "openapi.yaml", "application/yaml"));
    return List.copyOf(pages);
  }

  private static Page read(String path, String file, String type) throws IOException {
    try (InputStream in = Page.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("this build of Lentigo lacks " + file);
      }
      return new Page(path, type, in.readAllBytes());
    }
  }
}
