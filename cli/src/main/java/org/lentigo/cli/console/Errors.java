package org.lentigo.cli.console;

import java.nio.file.Path;
import org.lentigo.runtime.internal.Reasons;

/** What went wrong with a photo or another file, as a line for standard error. */
public final class Errors {
  private Errors() {}

  /** The file and the reason, whether or not the exception names the file. */
  public static String about(Path file, Throwable e) {
    String reason = Reasons.reason(e);
    return reason.startsWith(file.toString()) ? reason : file + ": " + reason;
  }

  /** What to say when a photo does not fit into Java's memory. */
  public static String outOfMemory(Path photo) {
    return photo
        + ": does not fit into the memory that Java may use ("
        + (Runtime.getRuntime().maxMemory() >> 20)
        + " MiB); lower --threads, or set LENTIGO_JAVA_OPTS=-Xmx8g";
  }
}
