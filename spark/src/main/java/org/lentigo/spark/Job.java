package org.lentigo.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import org.lentigo.runtime.internal.Reasons;

/**
 * What a run is asked to do.
 *
 * @param photos folders, files and globs; empty if there is a table
 * @param table null if there are photos
 * @param perTask photos a task, at least 1
 */
record Job(
    List<String> photos,
    @Nullable String table,
    String id,
    String content,
    String out,
    OutlineSettings settings,
    int perTask,
    Work work) {

  static final String USAGE =
      """
      usage: spark-submit --class org.lentigo.spark.OutlinePhotos ... lentigo-spark.jar
        --photos PATH       a folder (with its subfolders), a file or a glob; may be repeated
        --table NAME        instead: a table, or parquet.`PATH`, with two columns:
          --id COLUMN         what a photo is called (default: path)
          --content COLUMN    the bytes of its file (default: content)
        --out PATH          folder of Parquet files; what has a row there is not done again
        --model FILE        default: the bundled model
        --threshold P       default: the model's
        --one-look          show the network each photo once: half its work, a little worse
        --max-pixels N      refuse larger photos (default: 100000000)
        --per-task N        at most so many photos a task, hence an output file (default: 250)
        --retry-errors      do again what has a row with an error
        --stream            go on with photos that arrive in the folder, until it is stopped
        --once              with --stream: stop when those that are there are done
        --pack              outline nothing, write the photos' path and content to --out, for
                            --table 'parquet.`PATH`', and of a file that cannot be read, why
      """;

  private static final List<String> FLAGS =
      List.of("--one-look", "--retry-errors", "--stream", "--once", "--pack");

  private static final List<String> VALUES =
      List.of(
          "--photos",
          "--table",
          "--id",
          "--content",
          "--out",
          "--model",
          "--threshold",
          "--max-pixels",
          "--per-task");

  /** Wrong usage; the message says what is. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  /** What is done with a job's photos. */
  enum Work {
    /** Those that are there are outlined. */
    OUTLINE,
    /** So they are, but for rows with an error, as if these were not there. */
    RETRY_ERRORS,
    /** As a stream, until it is stopped. */
    STREAM,
    /** As a stream, which stops when those that are there are done. */
    STREAM_ONCE,
    /** None is outlined: they become a table. */
    PACK;

    boolean isStream() {
      return this == STREAM || this == STREAM_ONCE;
    }
  }

  /**
   * Reads a command line. All that can be wrong with it is found here, before there is a session,
   * which takes half a minute.
   *
   * @param hadoop for the file system that the model lies on
   * @throws IOException if the model's file cannot be read, or is none
   */
  static Job of(String[] args, Configuration hadoop) throws UsageException, IOException {
    Map<String, List<String>> options = parse(args);
    List<String> photos = options.getOrDefault("--photos", List.of());
    String table = one(options, "--table");
    String out = one(options, "--out");
    boolean stream = options.containsKey("--stream");
    boolean once = options.containsKey("--once");
    boolean pack = options.containsKey("--pack");
    boolean retry = options.containsKey("--retry-errors");
    if (photos.isEmpty() == (table == null)) {
      throw new UsageException("name either --photos or a --table");
    }
    if (out == null) {
      throw new UsageException("name the output with --out");
    }
    if (table == null) {
      refuse(options, "--photos", "--id", "--content");
    } else {
      refuse(options, "--table", "--per-task", "--stream", "--pack");
    }
    if (pack) {
      refuse(
          options,
          "--pack",
          "--stream",
          "--model",
          "--threshold",
          "--one-look",
          "--max-pixels",
          "--retry-errors");
    }
    if (stream) {
      refuse(options, "--stream", "--retry-errors");
    }
    if (stream && photos.size() != 1) {
      throw new UsageException(
          "--stream needs one folder, got " + photos.size() + "; name one with --photos");
    }
    if (once && !stream) {
      throw new UsageException("--once goes with --stream");
    }
    return new Job(
        photos,
        table,
        or(options, "--id", "path"),
        or(options, "--content", "content"),
        out,
        settings(options, hadoop),
        (int) number(options, "--per-task", 250, Integer.MAX_VALUE),
        pack
            ? Work.PACK
            : once
                ? Work.STREAM_ONCE
                : stream ? Work.STREAM : retry ? Work.RETRY_ERRORS : Work.OUTLINE);
  }

  private static Map<String, List<String>> parse(String[] args) throws UsageException {
    Map<String, List<String>> options = new HashMap<>();
    for (int i = 0; i < args.length; i++) {
      String name = args[i];
      boolean flag = FLAGS.contains(name);
      if (!flag && !VALUES.contains(name)) {
        throw new UsageException("unknown option " + name);
      }
      List<String> values = options.computeIfAbsent(name, n -> new ArrayList<>());
      if (!values.isEmpty() && !name.equals("--photos")) {
        throw new UsageException(name + " was given twice");
      }
      if (!flag && ++i == args.length) {
        throw new UsageException(name + " needs a value");
      }
      values.add(flag ? "" : args[i]);
    }
    return options;
  }

  /** An option that would do nothing is a misunderstanding. */
  private static void refuse(Map<String, List<String>> options, String with, String... others)
      throws UsageException {
    for (String other : others) {
      if (options.containsKey(other)) {
        throw new UsageException(other + " does not go with " + with + "; leave one of them out");
      }
    }
  }

  private static OutlineSettings settings(Map<String, List<String>> options, Configuration hadoop)
      throws UsageException, IOException {
    OutlineSettings settings =
        OutlineSettings.DEFAULT.withMaxPixels(
            number(options, "--max-pixels", OutlineSettings.DEFAULT.maxPixels(), Long.MAX_VALUE));
    String threshold = one(options, "--threshold");
    if (threshold != null) {
      try {
        settings = settings.withThreshold(Float.parseFloat(threshold));
      } catch (IllegalArgumentException e) {
        throw new UsageException("--threshold must be a number between 0 and 1, got " + threshold);
      }
    }
    if (options.containsKey("--one-look")) {
      settings = settings.withOneLook();
    }
    String model = one(options, "--model");
    if (model != null) {
      try {
        settings = settings.withModel(bytes(new Path(model), hadoop));
        Outlines.model(settings.model());
      } catch (IOException | IllegalArgumentException e) {
        throw new IOException("--model " + model + ": " + Reasons.reason(e), e);
      }
    }
    return settings;
  }

  private static long number(
      Map<String, List<String>> options, String name, long otherwise, long most)
      throws UsageException {
    String value = one(options, name);
    if (value == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= 1 && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new UsageException(name + " must be a whole number from 1 to " + most + ", got " + value);
  }

  private static @Nullable String one(Map<String, List<String>> options, String name) {
    List<String> values = options.get(name);
    return values == null ? null : values.get(0);
  }

  private static String or(Map<String, List<String>> options, String name, String otherwise) {
    return options.getOrDefault(name, List.of(otherwise)).get(0);
  }

  private static byte[] bytes(Path file, Configuration hadoop) throws IOException {
    try (FSDataInputStream in = file.getFileSystem(hadoop).open(file)) {
      return in.readAllBytes();
    }
  }
}
