package org.lentigo.server;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Reads what a server sent, strictly, and says what of it is none of what openapi.yaml promises.
 */
final class Answers {
  /** Those of the table in openapi.yaml, and what else HTTP refuses; no 500, and no 503. */
  private static final Set<Integer> STATUSES =
      Set.of(
          100, 101, 200, 400, 401, 403, 404, 405, 406, 408, 411, 413, 414, 415, 417, 421, 422, 426,
          429, 431, 501, 505);

  private static final Set<Integer> CLOSE_CODES =
      Set.of(1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1010, 1013);

  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.1 (\\d{3})( .*)?");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final byte[] bytes;
  private int at;

  private Answers(byte[] bytes) {
    this.bytes = bytes;
  }

  /** What is wrong with all that came back on a connection. */
  static List<String> wrong(byte[] bytes) {
    List<String> wrong = new ArrayList<>();
    Answers answers = new Answers(bytes);
    try {
      while (answers.at < bytes.length) {
        if (answers.next(wrong) == 101) {
          answers.frames(wrong);
        }
      }
    } catch (IllegalArgumentException e) {
      wrong.add(e.getMessage());
    }
    return wrong;
  }

  private int next(List<String> wrong) {
    String first = line();
    Matcher matcher = STATUS_LINE.matcher(first);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no status line: " + first);
    }
    int status = Integer.parseInt(matcher.group(1));
    if (!STATUSES.contains(status)) {
      wrong.add("status " + status);
    }
    TreeMap<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new IllegalArgumentException("no header: " + line);
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    if (status < 200) {
      return status;
    }
    if (!headers.containsKey("content-security-policy")) {
      wrong.add(status + " without the strict headers");
    }
    String type = headers.getOrDefault("content-type", "");
    if (status >= 400 && !type.equals(Problem.CONTENT_TYPE)) {
      wrong.add(status + " is no problem document but '" + type + "'");
    }
    String length = headers.get("content-length");
    byte[] body;
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      body = chunks();
    } else {
      body = take(length == null ? bytes.length - at : Integer.parseInt(length), status);
    }
    if (type.endsWith("json") && body.length > 0) {
      check(status, body, wrong);
    }
    return status;
  }

  private static void check(int status, byte[] body, List<String> wrong) {
    try {
      JsonNode json = JSON.readTree(body);
      if (status >= 400 && json.path("status").asInt() != status) {
        wrong.add(status + " says " + json);
      }
    } catch (JacksonException e) {
      wrong.add(status + " with JSON that is none: " + new String(body, StandardCharsets.UTF_8));
    }
  }

  private String line() {
    int start = at;
    while (at < bytes.length) {
      if (bytes[at++] == '\n') {
        return new String(bytes, start, at - start, StandardCharsets.ISO_8859_1).stripTrailing();
      }
    }
    throw new IllegalArgumentException(
        "broken off: " + new String(bytes, start, at - start, StandardCharsets.ISO_8859_1));
  }

  /** An answer to HEAD announces a body that does not come. */
  private byte[] take(int length, int status) {
    boolean head =
        length > 0
            && (at == bytes.length
                || new String(
                        bytes, at, Math.min(9, bytes.length - at), StandardCharsets.ISO_8859_1)
                    .equals("HTTP/1.1 "));
    if (head) {
      return new byte[0];
    }
    if (bytes.length - at < length) {
      throw new IllegalArgumentException(status + " with a body that breaks off");
    }
    byte[] taken = java.util.Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    return taken;
  }

  private byte[] chunks() {
    java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
    while (true) {
      int length = Integer.parseInt(line().strip(), 16);
      body.writeBytes(take(length, 200));
      line();
      if (length == 0) {
        return body.toByteArray();
      }
    }
  }

  /** A WebSocket's: whole messages, unmasked. */
  private void frames(List<String> wrong) {
    while (at < bytes.length) {
      int first = next();
      int second = next();
      if (second > 127) {
        throw new IllegalArgumentException("a masked frame");
      }
      int length = second < 126 ? second : next() << 8 | next();
      if (second == 127) {
        throw new IllegalArgumentException("a very long frame");
      }
      byte[] payload = take(length, 101);
      switch (first & 15) {
        case 1 -> {
          // A frame that is deflated is not looked into.
          String text = new String(payload, StandardCharsets.UTF_8);
          if ((first & 0x40) == 0 && !text.startsWith("{\"frame\":")) {
            wrong.add("live answer " + text);
          }
        }
        case 8 -> {
          int code = payload.length < 2 ? 1005 : (payload[0] & 255) << 8 | payload[1] & 255;
          if (!CLOSE_CODES.contains(code)) {
            wrong.add("closed with " + code);
          }
        }
        case 10 -> {}
        default -> wrong.add("opcode " + (first & 15));
      }
    }
  }

  private int next() {
    if (at == bytes.length) {
      throw new IllegalArgumentException("a frame that breaks off");
    }
    return bytes[at++] & 255;
  }
}
