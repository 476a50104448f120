package org.lentigo.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the server runs.
 *
 * @param host the address to listen on; {@code 127.0.0.1} lets nobody in from another machine
 * @param port 0 takes any free one
 * @param token what a client must show as {@code Authorization: Bearer}, at least {@value
 *     #MIN_TOKEN} characters; null for none, which only a loopback address allows
 * @param hostNames names under which clients may call the server, besides {@code localhost} and IP
 *     addresses; see {@link Guard}
 * @param limits what clients may ask for
 * @param store a folder that takes mask, overlay and JSON of every photo; null to store nothing
 */
public record ServerConfig(
    String host,
    int port,
    @Nullable String token,
    Set<String> hostNames,
    Limits limits,
    @Nullable Path store) {

  /** The fewest characters of a token. */
  public static final int MIN_TOKEN = 16;

  /**
   * @throws IllegalArgumentException if the address is unknown, the port is none, a token is
   *     missing or short, or a limit makes no sense
   */
  public ServerConfig {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("the port must be from 0 to 65535, got " + port);
    }
    if (token == null && !isLoopback(host)) {
      throw new IllegalArgumentException(
          "listening on " + host + ", which other machines can reach, needs a token");
    }
    if (token != null && (token.length() < MIN_TOKEN || !token.matches("[!-~]+"))) {
      throw new IllegalArgumentException(
          "the token must be at least "
              + MIN_TOKEN
              + " printable ASCII characters without spaces, got "
              + token.length()
              + " characters");
    }
    hostNames =
        hostNames.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
  }

  /** On this machine only, without a token, with the limits that {@link Limits#standard} names. */
  public static ServerConfig local(int port) {
    return new ServerConfig("127.0.0.1", port, null, Set.of(), Limits.standard(), null);
  }

  /**
   * Whether only this machine can reach the address.
   *
   * @throws IllegalArgumentException if there is no such address
   */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("no such address: " + host, e);
    }
  }

  /**
   * What clients may ask for; whoever asks for more gets an answer that says so.
   *
   * @param threads photos and live frames worked on at a time
   * @param waiting photos that may wait for a thread; the next gets 429
   * @param bodyBytes the largest upload; a larger one gets 413
   * @param uploads uploads received at a time; the next gets 429
   * @param uploadTime how long an upload may take at most; a slower one gets 408
   * @param pixels the largest photo; a larger one gets 413 before it is decoded
   * @param live live sessions at a time; the next gets 429
   * @param liveFps frames a second of one session; those above are dropped
   */
  public record Limits(
      int threads,
      int waiting,
      int bodyBytes,
      int uploads,
      Duration uploadTime,
      long pixels,
      int live,
      double liveFps) {
    public Limits {
      require("threads", threads, threads >= 1);
      require("waiting", waiting, waiting >= 0);
      require("bodyBytes", bodyBytes, bodyBytes >= 1 && bodyBytes <= 1 << 30);
      require("uploads", uploads, uploads >= 1);
      require("uploadTime", uploadTime, uploadTime.compareTo(Duration.ZERO) > 0);
      require("pixels", pixels, pixels >= 1);
      require("live", live, live >= 0);
      require("liveFps", liveFps, liveFps > 0);
    }

    private static void require(String name, Object value, boolean met) {
      if (!met) {
        throw new IllegalArgumentException("the limit " + name + " makes no sense: " + value);
      }
    }

    /** One thread a processor, 64 MiB and 100 megapixels a photo, 30 live frames a second. */
    public static Limits standard() {
      return new Limits(
          Runtime.getRuntime().availableProcessors(),
          32,
          64 << 20,
          128,
          Duration.ofSeconds(60),
          100_000_000,
          8,
          30);
    }
  }
}
