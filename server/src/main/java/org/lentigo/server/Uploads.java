package org.lentigo.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.content.ByteBufferContentSource;
import org.jspecify.annotations.Nullable;

/**
 * Receives the photos that clients send, raw or as the one file of a form. They are only ever held
 * in memory: here, and not by the web server, which would put large ones in temporary files. Every
 * byte of that memory is counted before it is taken, copies and what is not filled yet included.
 */
final class Uploads {
  private static final int LONGEST_NAME = 200;
  private static final int MOST_PARTS = 16;
  private static final int FIRST_BYTES = 1 << 16;

  /** A client that sends less than this is not sending a photo but holding a thread. */
  private static final long LEAST_BYTES_PER_SECOND = 2_000;

  private static final long FIRST_CHECK_SECONDS = 8;

  private final ServerConfig.Limits limits;
  private final Tuning tuning;
  private final Work work;
  private final Gate gate;
  private final Gate discards;
  private final long memory;
  private final AtomicLong held = new AtomicLong();

  Uploads(ServerConfig.Limits limits, Tuning tuning, Work work) {
    this.limits = limits;
    this.tuning = tuning;
    this.work = work;
    // One photo alone always has room: it and, in a form, its copy.
    memory = Math.max(tuning.uploadMemory(), 2L * limits.bodyBytes());
    gate = new Gate("uploads", limits.uploads(), 0);
    discards = new Gate("refused uploads", tuning.discards(), 0);
  }

  /** Bytes of memory that uploads take now. */
  long held() {
    return held.get();
  }

  /** How many refused bodies are being read now. */
  int discarding() {
    return discards.present();
  }

  /** Bytes that a client sent; closing them gives their memory back. */
  final class Upload implements AutoCloseable {
    private byte[] bytes = new byte[0];
    private int length;
    private String name = "photo";

    private Upload() {}

    byte[] bytes() {
      return bytes;
    }

    /** What the client calls it, for its own use: never part of a path here. */
    String name() {
      return name;
    }

    private boolean full() {
      return length == bytes.length;
    }

    /** Moves what there is to an array of this size; while that goes on, both are held. */
    private void resize(int size) {
      take(size);
      byte[] resized;
      try {
        resized = Arrays.copyOf(bytes, size);
      } catch (OutOfMemoryError e) {
        held.addAndGet(-size);
        throw e;
      }
      held.addAndGet(-bytes.length);
      bytes = resized;
    }

    @Override
    public void close() {
      held.addAndGet(-bytes.length);
      bytes = new byte[0];
    }
  }

  private void take(long bytes) {
    if (held.addAndGet(bytes) > memory) {
      held.addAndGet(-bytes);
      throw full();
    }
  }

  private static Problem full() {
    return Problem.busy("the uploads under way fill the memory there is; try again later")
        .header("Connection", "close");
  }

  /**
   * Reads the body to its end.
   *
   * @throws Problem 400, 408, 413, 415, 429 or 503
   */
  Upload receive(Context context) throws IOException {
    long announced = context.req().getContentLengthLong();
    if (announced > limits.bodyBytes()) {
      throw tooLarge();
    }
    Upload body;
    try (Gate.Place place = gate.enter()) {
      body = read(context.req().getInputStream(), announced);
    } catch (OutOfMemoryError e) {
      throw full();
    }
    boolean done = false;
    try {
      Upload photo = photo(context.header("Content-Type"), body);
      done = photo == body;
      return photo;
    } catch (OutOfMemoryError e) {
      throw full();
    } finally {
      if (!done) {
        body.close();
      }
    }
  }

  /** Whether the client sends a body without having been asked to first. */
  static boolean sends(Context context) {
    return (context.req().getContentLengthLong() > 0 || context.header("Transfer-Encoding") != null)
        && context.header("Expect") == null;
  }

  /**
   * Reads what is left of a refused body and forgets it: so much, for so long, and of so many
   * clients at a time. The rest may not see why it was refused, since it is hung up on.
   */
  void discard(Context context) {
    byte[] buffer = new byte[1 << 14];
    try (Gate.Place place = discards.enter()) {
      // A client that stalls is not waited for any longer than one that dawdles.
      ServletContextRequest.getServletContextRequest(context.req())
          .getConnectionMetaData()
          .getConnection()
          .getEndPoint()
          .setIdleTimeout(tuning.discardTime().toMillis());
      InputStream in = context.req().getInputStream();
      long end = System.nanoTime() + tuning.discardTime().toNanos();
      long left = tuning.discardBytes();
      work.pause();
      try {
        int n = 0;
        while (n >= 0 && left > 0 && System.nanoTime() < end) {
          n = in.read(buffer);
          left -= n;
        }
      } finally {
        work.resume();
      }
    } catch (IOException | Problem e) {
      // It hung up or stalled, or too many others send on: then it may not see its answer.
    }
  }

  /**
   * @param announced how many bytes, or -1
   */
  private Upload read(InputStream in, long announced) {
    long start = System.nanoTime();
    int expected = announced < 0 ? limits.bodyBytes() : (int) announced;
    Upload body = new Upload();
    boolean done = false;
    try {
      body.resize(Math.min(expected, FIRST_BYTES));
      byte[] next = new byte[1];
      while (true) {
        boolean full = body.full();
        int n = full ? receive(in, next, 0) : receive(in, body.bytes, body.length);
        if (n < 0) {
          break;
        }
        if (full) {
          grow(body, expected);
          body.bytes[body.length] = next[0];
        }
        body.length += n;
        checkPace(body.length, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
      }
      if (!body.full()) {
        body.resize(body.length);
      }
      done = true;
      return body;
    } catch (IOException e) {
      if (e.getCause() instanceof TimeoutException) {
        throw tooSlow();
      }
      throw broken();
    } catch (HttpException.RuntimeException e) {
      throw broken();
    } finally {
      if (!done) {
        body.close();
      }
    }
  }

  private int receive(InputStream in, byte[] into, int from) throws IOException {
    int n;
    work.pause();
    try {
      n = in.read(into, from, into.length - from);
    } finally {
      work.resume();
    }
    if (n >= 0 && work.outOfTime()) {
      throw Problem.stopping();
    }
    return n;
  }

  private void grow(Upload body, int expected) {
    int size = body.bytes.length;
    if (size >= limits.bodyBytes()) {
      throw tooLarge();
    }
    int most = size < expected ? expected : limits.bodyBytes();
    body.resize((int) Math.min(Math.max(2L * size, FIRST_BYTES), most));
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

  private static Problem broken() {
    return new Problem(
            HttpStatus.BAD_REQUEST,
            "upload-broken",
            "the upload broke off, or its chunks are damaged; send it again")
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

  /** The body itself, or what its form holds. */
  private Upload photo(@Nullable String type, Upload body) throws IOException {
    if (type != null && type.strip().toLowerCase(Locale.ROOT).startsWith("multipart/")) {
      return ofForm(type, body.bytes);
    }
    if (body.length == 0) {
      throw new Problem(
          HttpStatus.BAD_REQUEST, "no-photo", "the body is empty; send a photo, raw or as a form");
    }
    return body;
  }

  private Upload ofForm(String type, byte[] body) throws IOException {
    String boundary = boundary(type);
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
      return copy(files.get(0));
    } catch (CompletionException e) {
      throw new Problem(
          HttpStatus.BAD_REQUEST, "form", "the form is damaged: its parts cannot be told apart");
    }
  }

  private static @Nullable String boundary(String type) {
    try {
      return MultiPart.extractBoundary(type);
    } catch (IllegalArgumentException e) {
      return null; // A quote that is not closed.
    }
  }

  /** The parts share the body's memory, which is given back for this copy of one. */
  private Upload copy(MultiPart.Part file) throws IOException {
    Upload photo = new Upload();
    boolean done = false;
    try (InputStream content = Content.Source.asInputStream(file.getContentSource())) {
      photo.resize((int) file.getLength());
      photo.length = content.readNBytes(photo.bytes, 0, photo.bytes.length);
      photo.name = shownName(file.getFileName());
      done = true;
      return photo;
    } finally {
      if (!done) {
        photo.close();
      }
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
