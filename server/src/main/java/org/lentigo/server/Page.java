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

  private static final List<String[]> FILES =
      List.of(
          new String[] {"/", "page/index.html", HTML},
          new String[] {"/style.css", "page/style.css", CSS},
          new String[] {"/app.js", "page/app.js", SCRIPT},
          new String[] {"/icon.svg", "page/icon.svg", "image/svg+xml"},
          new String[] {"/openapi.yaml", "openapi.yaml", "application/yaml"});

  static List<Page> all() throws IOException {
    List<Page> pages = new ArrayList<>();
    for (String[] file : FILES) {
      try (InputStream in = Page.class.getResourceAsStream(file[1])) {
        if (in == null) {
          throw new IOException("this build of Lentigo lacks " + file[1]);
        }
        pages.add(new Page(file[0], file[2], in.readAllBytes()));
      }
    }
    return pages;
  }
}
