package org.lentigo.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.jspecify.annotations.Nullable;

/**
 * Receives the photos that clients send, raw or as the one file of a form. They are only ever held
 * in memory: here, and not by the web server, which would put large ones in temporary files.
 */
final class Uploads {
  private static final int LONGEST_NAME = 200;
  private static final int MOST_PARTS = 16;

  /** A client that sends less than this is not sending a photo but holding a thread. */
  private static final long LEAST_BYTES_PER_SECOND = 2_000;

  private static final long FIRST_CHECK_SECONDS = 8;

  /** What a refused client may go on sending. */
  private static final long DISCARD_SECONDS = 10;

  private final ServerConfig.Limits limits;
  private final Gate gate;
  private final Gate discards;
  private final long memory;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param memory bytes that all uploads together may take
   */
  Uploads(ServerConfig.Limits limits, long memory) {
    this.limits = limits;
    this.memory = Math.max(memory, limits.bodyBytes());
    gate = new Gate("uploads", limits.uploads(), 0);
    discards = new Gate("refused uploads", limits.uploads(), 0);
  }

  /** A photo as it was sent; closing it gives its memory back. */
  final class Upload implements AutoCloseable {
    private final byte[] bytes;
    private final String name;
    private final long counted;

    private Upload(byte[] bytes, String name, long counted) {
      this.bytes = bytes;
      this.name = name;
      this.counted = counted;
    }

    byte[] bytes() {
      return bytes;
    }

    /** What the client calls it, for its own use: never part of a path here. */
    String name() {
      return name;
    }

    @Override
    public void close() {
      held.addAndGet(-counted);
    }
  }

  /**
   * Reads the body to its end.
   *
   * @throws Problem 400, 408, 413, 415 or 429
   */
  Upload receive(Context context) throws IOException {
    long announced = context.req().getContentLengthLong();
    if (announced > limits.bodyBytes()) {
      throw tooLarge();
    }
    byte[] body;
    try (Gate.Place place = gate.enter()) {
      body = read(context.req().getInputStream());
    }
    boolean done = false;
    try {
      Upload upload = photo(context.header("Content-Type"), body);
      done = true;
      return upload;
    } finally {
      if (!done) {
        held.addAndGet(-body.length);
      }
    }
  }

  /** Whether the client sends a body without having been asked to first. */
  static boolean sends(Context context) {
    return (context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null)
        && context.header("Expect") == null;
  }

  /** Reads what is left of a refused body, for a while, and forgets it. */
  void discard(Context context) {
    byte[] buffer = new byte[1 << 14];
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DISCARD_SECONDS);
    try (Gate.Place place = discards.enter()) {
      InputStream in = context.req().getInputStream();
      while (in.read(buffer) >= 0 && System.nanoTime() < end) {
        // Only to see its end.
      }
    } catch (IOException | Problem e) {
      // It hung up or stalled, or too many others send on: then it may not see its answer.
    }
  }

  /** On return the body's length is counted as held. */
  private byte[] read(InputStream in) throws IOException {
    long start = System.nanoTime();
    ByteArrayOutputStream body = new ByteArrayOutputStream(1 << 16);
    byte[] buffer = new byte[1 << 16];
    boolean done = false;
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        body.write(buffer, 0, n);
        if (body.size() > limits.bodyBytes()) {
          held.addAndGet(n);
          throw tooLarge();
        }
        if (held.addAndGet(n) > memory) {
          throw Problem.busy("the uploads under way fill the memory there is; try again later")
              .header("Connection", "close");
        }
        checkPace(body.size(), TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
      }
      done = true;
      return body.toByteArray();
    } catch (IOException e) {
      if (e.getCause() instanceof TimeoutException) {
        throw tooSlow();
      }
      throw e;
    } finally {
      if (!done) {
        held.addAndGet(-body.size());
      }
    }
  }

  private void checkPace(long received, long seconds) {
    boolean crawls = seconds >= FIRST_CHECK_SECONDS && received < seconds * LEAST_BYTES_PER_SECOND;
    if (crawls || seconds > limits.uploadTime().toSeconds()) {
      throw tooSlow();
    }
  }

  private Problem tooLarge() {
    return new Problem(
            HttpStatus.CONTENT_TOO_LARGE,
            "body-too-large",
            "the upload is larger than the limit of "
                + limits.bodyBytes()
                + " bytes; send a smaller file, or start the server with a larger --max-body-mb")
        .with("limit_bytes", limits.bodyBytes())
        .header("Connection", "close");
  }

  private Problem tooSlow() {
    return new Problem(
            HttpStatus.REQUEST_TIMEOUT,
            "upload-too-slow",
            "the upload stalled, or took longer than "
                + limits.uploadTime().toSeconds()
                + " s; send it again")
        .header("Connection", "close");
  }

  private Upload photo(@Nullable String type, byte[] body) throws IOException {
    if (type != null && type.strip().toLowerCase(Locale.ROOT).startsWith("multipart/")) {
      return ofForm(type, body);
    }
    if (body.length == 0) {
      throw new Problem(
          HttpStatus.BAD_REQUEST, "no-photo", "the body is empty; send a photo, raw or as a form");
    }
    return new Upload(body, "photo", body.length);
  }

  private Upload ofForm(String type, byte[] body) throws IOException {
    String boundary = MultiPart.extractBoundary(type);
    if (boundary == null || !type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw new Problem(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "form",
          "wanted multipart/form-data with a boundary, got another Content-Type");
    }
    MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
    parser.setMaxParts(MOST_PARTS);
    parser.setMaxMemoryFileSize(-1);
    parser.setMaxFileSize(-1);
    parser.setMaxLength(-1);
    parser.setUseFilesForPartsWithoutFileName(false);
    try (MultiPartFormData.Parts parts =
        parser.parse(new ByteBufferContentSource(ByteBuffer.wrap(body))).join()) {
      List<MultiPart.Part> files = new ArrayList<>();
      for (MultiPart.Part part : parts) {
        if (part.getFileName() != null || "image".equals(part.getName())) {
          files.add(part);
        }
      }
      if (files.size() != 1) {
        throw new Problem(
            HttpStatus.BAD_REQUEST,
            "no-photo",
            "wanted one photo in the form, in a field named image, got " + files.size());
      }
      MultiPart.Part file = files.get(0);
      ByteBuffer content = Content.Source.asByteBuffer(file.getContentSource());
      byte[] bytes = new byte[content.remaining()];
      content.get(bytes);
      return new Upload(bytes, shownName(file.getFileName()), body.length);
    } catch (CompletionException e) {
      throw new Problem(
          HttpStatus.BAD_REQUEST, "form", "the form is damaged: its parts cannot be told apart");
    }
  }

  /** The last part of a path, printable, and not too long. */
  static String shownName(@Nullable String name) {
    if (name == null) {
      return "photo";
    }
    String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    String printable = last.replaceAll("\\p{C}", "").strip();
    String shortened =
        printable.length() > LONGEST_NAME ? printable.substring(0, LONGEST_NAME) : printable;
    return shortened.isEmpty() ? "photo" : shortened;
  }
}
