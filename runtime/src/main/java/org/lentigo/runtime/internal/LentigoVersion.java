package org.lentigo.runtime.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Lentigo, as its build wrote it down. */
public final class LentigoVersion {
  private LentigoVersion() {}

  /** Such as {@code 0.1.0}. */
  public static String get() {
    Properties build = new Properties();
    try (InputStream in = LentigoVersion.class.getResourceAsStream("build.properties")) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return build.getProperty("version", "unknown");
  }
}
