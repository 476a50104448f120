package org.lentigo.server;

import io.javalin.http.HttpStatus;
import java.io.ByteArrayOutputStream;
import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lentigo.runtime.internal.Json;
import tools.jackson.core.JsonGenerator;

/** An answer that is an error, as a problem document of RFC 9457. */
final class Problem extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  static final String CONTENT_TYPE = "application/problem+json";

  private final int status;
  private final String slug;
  private final Map<String, Long> numbers = new LinkedHashMap<>();
  private final Map<String, String> headers = new LinkedHashMap<>();

  /**
   * @param slug the kind of problem; its type is {@code urn:lentigo:problem:slug}
   * @param detail what was seen, what was wanted, and what to do
   */
  Problem(HttpStatus status, String slug, String detail) {
    this(status.getCode(), slug, detail);
  }

  private Problem(int status, String slug, String detail) {
    // An answer to a client, not a failure of the server: no stack trace.
    super(detail, null, false, false);
    this.status = status;
    this.slug = slug;
  }

  /** What the web server itself refuses, such as an unknown path. */
  static Problem ofStatus(int status, String detail) {
    return new Problem(status, "http-" + status, detail);
  }

  /** Too much at once: try again later. */
  static Problem busy(String detail) {
    return new Problem(HttpStatus.TOO_MANY_REQUESTS, "busy", detail).header("Retry-After", "1");
  }

  /** A fault of the server's. */
  static Problem internal() {
    return new Problem(
        HttpStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "the server failed on this request; its log says why");
  }

  /** Too late: the server takes nothing more on. */
  static Problem stopping() {
    return new Problem(HttpStatus.SERVICE_UNAVAILABLE, "stopping", "the server is stopping")
        .header("Connection", "close");
  }

  /** Adds a member to the document. */
  Problem with(String member, long value) {
    numbers.put(member, value);
    return this;
  }

  /** Adds a header to the answer. */
  Problem header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] json() {
    HttpStatus known = HttpStatus.forStatus(status);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.generator(out)) {
      json.writeStartObject();
      json.writeStringProperty("type", "urn:lentigo:problem:" + slug);
      json.writeStringProperty("title", known.getMessage());
      json.writeNumberProperty("status", status);
      json.writeStringProperty("detail", getMessage());
      numbers.forEach(json::writeNumberProperty);
      json.writeEndObject();
      json.writeRaw('\n');
    }
    return out.toByteArray();
  }
}
