package org.lentigo.runtime;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers and texts of a JSON object, by their path.
 *
 * @param values such as {@code image.width}: a {@link Double} or a {@link String}
 */
record Fields(Map<String, Object> values) {
  boolean has(String path) {
    return values.containsKey(path);
  }

  double number(String path) throws IOException {
    return (Double) get(path, Double.class);
  }

  @Nullable Double numberOrNull(String path) throws IOException {
    return has(path) ? (Double) number(path) : null;
  }

  int integer(String path) throws IOException {
    return (int) number(path);
  }

  String text(String path) throws IOException {
    return (String) get(path, String.class);
  }

  private Object get(String path, Class<?> type) throws IOException {
    Object value = values.get(path);
    if (!type.isInstance(value)) {
      throw new IOException("no " + path + " in the JSON file");
    }
    return value;
  }
}
