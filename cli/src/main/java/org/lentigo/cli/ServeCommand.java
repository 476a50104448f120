package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Interruption;
import org.lentigo.cli.options.EngineOption;
import org.lentigo.cli.options.LooksOption;
import org.lentigo.cli.options.ModelOption;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
import org.lentigo.server.LentigoServer;
import org.lentigo.server.ServerConfig;
import org.lentigo.server.ServerConfig.Limits;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo serve}: the web application. */
@Command(
    name = "serve",
    description = {
      "Starts a local web application: drop photos on a page, or point the camera, and see the"
          + " outline. An outline, not a diagnosis.",
      "It listens on this machine only, stores nothing and needs no network. Its HTTP interface is"
          + " described at /openapi.yaml.",
      "Control-C (or SIGTERM) stops it, with exit code 0: the requests at work are answered first, for"
          + " half a minute at most; clients that have not sent all of theirs are not waited for. A"
          + " second one stops it at once."
    })
final class ServeCommand implements Callable<Integer> {
  private static final String TOKEN_VARIABLE = "LENTIGO_TOKEN";

  @Spec private CommandSpec spec;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private LooksOption looks;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port; 0 takes a free one; default: ${DEFAULT-VALUE}.")
  private int port = 8080;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = {
        "The address to listen on; default: ${DEFAULT-VALUE}, which only this machine reaches.",
        "Any other needs a token, which is made up and printed unless --token-file or the"
            + " environment variable "
            + TOKEN_VARIABLE
            + " gives one."
      })
  private String host = "127.0.0.1";

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "A file whose first line is the token that clients must show.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--host-name",
      paramLabel = "NAME",
      description =
          "A name that clients call this machine by; requests to other names are refused."
              + " May be given again.")
  private List<String> hostNames = List.of();

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Keep mask, overlay and JSON of each photo here; without it nothing is stored.")
  private @Nullable Path store;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Photos at a time; default: one a processor.")
  private int threads = Limits.standard().threads();

  @Option(
      names = "--waiting",
      paramLabel = "N",
      description =
          "Photos that may wait; the next is told to come back; default: ${DEFAULT-VALUE}.")
  private int waiting = Limits.standard().waiting();

  @Option(
      names = "--max-body-mb",
      paramLabel = "N",
      description = "Refuse larger uploads, in MiB; default: ${DEFAULT-VALUE}.")
  private int maxBody = Limits.standard().bodyBytes() >> 20;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description = "Refuse photos of more pixels, before decoding; default: ${DEFAULT-VALUE}.")
  private long maxPixels = Limits.standard().pixels();

  @Option(
      names = "--max-fps",
      paramLabel = "N",
      description = "Live frames a second of one client; default: ${DEFAULT-VALUE}.")
  private double maxFps = Limits.standard().liveFps();

  /** Whether nobody gave a token, so that it must be printed. */
  private boolean madeUp;

  @Override
  public Integer call() throws CommandFailure {
    ServerConfig config = config();
    PrintWriter out = spec.commandLine().getOut();
    try (Interruption interruption = new Interruption();
        Segmenter segmenter =
            looks.of(
                engine.open(
                    model.read(),
                    model.label(),
                    Engine.FOR_SHORT_RUNS,
                    spec.commandLine().getErr()));
        LentigoServer server = start(segmenter, config)) {
      out.println("Lentigo is at " + server.uri() + (madeUp ? "#token=" + config.token() : ""));
      if (config.token() != null) {
        out.println(
            (ServerConfig.isLoopback(config.host()) ? "" : "Other machines can reach it. ")
                + "Clients must show the token; what they send is not"
                + " encrypted: put a proxy with TLS in front.");
      }
      out.println(
          store == null ? "Nothing is stored." : "Masks, overlays and measurements go to " + store);
      out.println("It draws outlines, not diagnoses. Control-C stops it.");
      out.flush();
      interruption.await();
      out.println("Stopping after the requests at work; Control-C again stops at once.");
      out.flush();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
    return ExitCode.DONE;
  }

  private ServerConfig config() throws CommandFailure {
    Limits standard = Limits.standard();
    if (maxBody < 1 || maxBody > 1024) {
      throw CommandFailure.usage("--max-body-mb must be from 1 to 1024, got " + maxBody);
    }
    try {
      return new ServerConfig(
          host,
          port,
          token(),
          Set.copyOf(hostNames),
          new Limits(
              threads,
              waiting,
              maxBody << 20,
              standard.uploads(),
              standard.uploadTime(),
              maxPixels,
              standard.live(),
              maxFps),
          store);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  /** From the file, the environment, or made up where one is needed and none is given. */
  private @Nullable String token() throws CommandFailure {
    if (tokenFile != null) {
      try (var lines = Files.lines(tokenFile)) {
        return lines.findFirst().orElse("").strip();
      } catch (IOException e) {
        throw CommandFailure.failed("--token-file " + tokenFile + ": " + Reasons.reason(e), e);
      }
    }
    String given = System.getenv(TOKEN_VARIABLE);
    if (given != null && !given.isBlank()) {
      return given.strip();
    }
    if (ServerConfig.isLoopback(host)) {
      return null;
    }
    byte[] random = new byte[18];
    new SecureRandom().nextBytes(random);
    madeUp = true;
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private static LentigoServer start(Segmenter segmenter, ServerConfig config)
      throws CommandFailure {
    try {
      return LentigoServer.start(segmenter, config);
    } catch (IOException e) {
      throw CommandFailure.failed(Reasons.reason(e), e);
    }
  }
}
