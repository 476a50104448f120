package org.lentigo.server;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets in whom the server is for.
 *
 * <p>The Host header must be one that leads here: a web page elsewhere whose name its owner points
 * at 127.0.0.1 (DNS rebinding) would otherwise be of the same origin as this server. A name is
 * therefore refused unless it was configured; an IP address cannot be rebound. A request that says
 * it comes from another origin is refused also where the browser would only hide the answer, since
 * it would still cost work, and a WebSocket's answer is not even hidden.
 */
final class Guard {
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]+]");

  /** Nothing from elsewhere, nothing inline, in no frame, and no string becomes markup. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
          + " media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none';"
          + " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

  static final String AUTHORIZATION = "Authorization";

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy", POLICY,
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Referrer-Policy", "no-referrer",
          "Permissions-Policy",
              "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cache-Control", "no-store");

  private final ServerConfig config;
  private final boolean loopback;

  Guard(ServerConfig config) {
    this.config = config;
    loopback = ServerConfig.isLoopback(config.host());
  }

  static Map<String, String> headers() {
    return HEADERS;
  }

  /**
   * Sets the headers every answer has, and refuses what comes from the wrong place.
   *
   * @throws Problem 421 for a wrong Host header, 403 for another origin
   */
  void admit(Context context) {
    HEADERS.forEach(context::header);
    String host = context.header("Host");
    if (host == null || !allowed(hostName(host))) {
      throw new Problem(
          HttpStatus.MISDIRECTED_REQUEST,
          "host",
          "the Host header must be localhost, the address listened on, or a name given with"
              + " --host-name");
    }
    String origin = context.header("Origin");
    if (origin != null && !sameOrigin(origin, host)) {
      throw new Problem(
          HttpStatus.FORBIDDEN, "origin", "requests from pages of another origin are refused");
    }
    String site = context.header("Sec-Fetch-Site");
    if ("cross-site".equals(site) && !"GET".equals(context.req().getMethod())) {
      throw new Problem(HttpStatus.FORBIDDEN, "origin", "requests from another site are refused");
    }
  }

  /**
   * Checks the token of an HTTP request, if there is one to check.
   *
   * @throws Problem 401
   */
  void authorise(Context context) {
    if (!authorised(context.header(AUTHORIZATION))) {
      throw new Problem(
              HttpStatus.UNAUTHORIZED,
              "token",
              "this server needs the token it was started with: Authorization: Bearer TOKEN")
          .header("WWW-Authenticate", "Bearer");
    }
  }

  /**
   * Whether this header shows the token, or none is needed.
   *
   * @param header the value of {@link #AUTHORIZATION}, if the client sent one
   */
  boolean authorised(@Nullable String header) {
    String prefix = "Bearer ";
    if (header == null || !header.regionMatches(true, 0, prefix, 0, prefix.length())) {
      return knows(null);
    }
    return knows(header.substring(prefix.length()).strip());
  }

  /** Whether this is the token, or none is needed; takes the same time for any of a length. */
  boolean knows(@Nullable String token) {
    String wanted = config.token();
    return wanted == null
        || (token != null
            && MessageDigest.isEqual(
                token.getBytes(StandardCharsets.UTF_8), wanted.getBytes(StandardCharsets.UTF_8)));
  }

  private boolean allowed(String name) {
    if (name.equals("localhost")
        || name.equalsIgnoreCase(config.host())
        || config.hostNames().contains(name)) {
      return true;
    }
    if (loopback) {
      return name.startsWith("127.") && IPV4.matcher(name).matches() || name.equals("[::1]");
    }
    return IPV4.matcher(name).matches() || IPV6.matcher(name).matches();
  }

  /** Without the port, in lower case. */
  private static String hostName(String host) {
    return host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
  }

  /** The scheme may differ: a proxy may add TLS. */
  private static boolean sameOrigin(String origin, String host) {
    try {
      String authority = new URI(origin).getRawAuthority();
      return authority != null && authority.equalsIgnoreCase(host);
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
