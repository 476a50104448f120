package org.lentigo.cli.console;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** What went wrong, in words: Java's messages often hold the file's name and nothing else. */
public final class Errors {
  private Errors() {}

  /** The reason without the file's name, on one line, such as {@code no such file}. */
  public static String reason(Throwable e) {
    if (e instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NotDirectoryException || e instanceof FileAlreadyExistsException) {
      return "a file is where a folder is wanted";
    }
    if (e instanceof FileSystemException f && f.getReason() != null) {
      return oneLine(f.getReason());
    }
    String message = e.getMessage() == null ? "" : oneLine(e.getMessage());
    // Lentigo's own words.
    if ((e instanceof IOException || e instanceof IllegalStateException) && !message.isEmpty()) {
      return message;
    }
    return e.getClass().getSimpleName() + (message.isEmpty() ? "" : ": " + message);
  }

  /** The file and the reason, whether or not the exception names the file. */
  public static String about(Path file, Throwable e) {
    String reason = reason(e);
    return reason.startsWith(file.toString()) ? reason : file + ": " + reason;
  }

  /** What to say when a photo does not fit into Java's memory. */
  public static String outOfMemory(Path photo) {
    return photo
        + ": does not fit into the memory that Java may use ("
        + (Runtime.getRuntime().maxMemory() >> 20)
        + " MiB); lower --threads, or set LENTIGO_JAVA_OPTS=-Xmx8g";
  }

  public static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
