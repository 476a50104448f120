package org.lentigo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.LinkedHashSet;
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
import org.lentigo.cli.options.ThresholdOption;
import org.lentigo.dicom.ArchiveNode;
import org.lentigo.dicom.Destination;
import org.lentigo.dicom.Tls;
import org.lentigo.network.Model;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lentigo dicom listen}: a node beside an archive. */
@Command(
    name = "listen",
    description = {
      "Takes photos by C-STORE, outlines them, and sends Segmentation, Secondary Capture and report"
          + " to an archive, by C-STORE or STOW-RS, until Control-C.",
      "What was acknowledged is outlined and sent, whatever happens: the queue is on disk."
    })
final class DicomListenCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--ae",
      paramLabel = "TITLE",
      description = "This node's title; default: ${DEFAULT-VALUE}.")
  private String ae = "LENTIGO";

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "The address to listen on; default: this machine only. Others want --allow.")
  private String host = "127.0.0.1";

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "The port; 0 takes a free one; default: ${DEFAULT-VALUE}.")
  private int port = 11_112;

  @Option(
      names = "--send-to",
      paramLabel = "AE@HOST:PORT",
      description = "Send results there by C-STORE.")
  private @Nullable String sendTo;

  @Option(
      names = "--dicomweb",
      paramLabel = "URL",
      description = "Send results there by STOW-RS, such as http://127.0.0.1:8042/dicom-web.")
  private @Nullable URI dicomweb;

  @Option(
      names = "--queue",
      paramLabel = "DIR",
      description =
          "The folder of what is not done yet, made if it is missing; it holds patients' photos;"
              + " default: ${DEFAULT-VALUE}.")
  private Path queue = Path.of("lentigo-queue");

  @Option(
      names = "--allow",
      paramLabel = "TITLE",
      split = ",",
      description = "Titles that may call; without it, on this machine, all.")
  private List<String> allow = List.of();

  @Option(
      names = "--associations",
      paramLabel = "N",
      description = "Associations at a time; default: ${DEFAULT-VALUE}.")
  private int associations = 16;

  @Option(
      names = "--max-object",
      paramLabel = "MIB",
      description = "Refuse larger objects; default: ${DEFAULT-VALUE}.")
  private int maxObject = 512;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description = "Put aside photos of more pixels, before decoding; default: ${DEFAULT-VALUE}.")
  private long maxPixels = 100_000_000;

  @Option(
      names = "--patience",
      paramLabel = "S",
      description = "Seconds that a handshake or a message may take; default: ${DEFAULT-VALUE}.")
  private int patience = 60;

  @Option(
      names = "--tls",
      paramLabel = "KEYSTORE",
      description = {
        "Listen and send (--send-to) with TLS: a PKCS #12 file with this node's key. If it holds"
            + " certificates of others, callers must show one of them, and so must the archive."
      })
  private @Nullable Path tls;

  @Option(
      names = "--tls-password-file",
      paramLabel = "FILE",
      description = "Its first line is the key store's password.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Photos at a time; default: one a processor.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Mixin private ThresholdOption threshold;

  @Mixin private ModelOption model;

  @Mixin private EngineOption engine;

  @Mixin private LooksOption looks;

  @Override
  public Integer call() throws CommandFailure {
    InetAddress address = check();
    PrintWriter err = spec.commandLine().getErr();
    Tls secure = tls == null ? null : secure(tls);
    Destination destination = destination(secure);
    Model read = model.read();
    try (Interruption interruption = new Interruption();
        Segmenter segmenter =
            looks.of(engine.open(read, model.label(), Engine.FOR_SHORT_RUNS, err));
        ServerSocket socket = socket(address);
        ArchiveNode node = node(socket, new PhotoOutliner(segmenter), destination, secure)) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          "Listening as "
              + ae
              + " on "
              + address.getHostAddress()
              + ":"
              + node.port()
              + "; Control-C ends it.");
      out.println("These are outlines, not a diagnosis.");
      out.flush();
      interruption.await();
      out.println(
          node.sent()
              + " photos outlined and sent."
              + (node.refused() == 0
                  ? ""
                  : " "
                      + node.refused()
                      + " results were refused; they lie in "
                      + queue.resolve("failed")
                      + "."));
      return ExitCode.DONE;
    } catch (IOException e) {
      throw CommandFailure.failed("cannot stop listening: " + Reasons.reason(e), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  private ServerSocket socket(InetAddress address) throws CommandFailure {
    try {
      return new ServerSocket(port, 50, address);
    } catch (IOException e) {
      throw CommandFailure.failed(
          "cannot listen on "
              + address.getHostAddress()
              + ", port "
              + port
              + " ("
              + Reasons.reason(e)
              + "); name another --port or --host",
          e);
    }
  }

  private ArchiveNode node(
      ServerSocket socket, PhotoOutliner outliner, Destination destination, @Nullable Tls secure)
      throws CommandFailure {
    PrintWriter err = spec.commandLine().getErr();
    try {
      return new ArchiveNode(
          socket,
          queue,
          outliner,
          destination,
          settings(secure),
          line -> err.println("lentigo: " + Reasons.oneLine(line)));
    } catch (IOException e) {
      throw CommandFailure.failed(
          "--queue "
              + queue
              + ": cannot be used ("
              + Reasons.reason(e)
              + "); name a folder that this user may write to and no other node uses",
          e);
    }
  }

  private ArchiveNode.Settings settings(@Nullable Tls secure) {
    Set<String> titles = new LinkedHashSet<>(allow);
    return new ArchiveNode.Settings(
        ae,
        titles,
        associations,
        (long) maxObject << 20,
        maxPixels,
        1000 * patience,
        threads,
        threshold.value(),
        secure);
  }

  private InetAddress check() throws CommandFailure {
    if ((sendTo == null) == (dicomweb == null)) {
      throw CommandFailure.usage("name where results go: either --send-to or --dicomweb");
    }
    if (!ae.matches("[!-~]{1,16}") || ae.contains("\\")) {
      throw CommandFailure.usage("--ae wants a title of up to 16 letters, got " + ae);
    }
    if (threads < 1 || associations < 1 || maxPixels < 1 || patience < 1 || patience > 3600) {
      throw CommandFailure.usage(
          "--threads, --associations, --max-pixels and --patience (up to 3600) must be at least 1");
    }
    if (maxObject < 1 || maxObject > 1024) {
      throw CommandFailure.usage("--max-object must lie between 1 and 1024, got " + maxObject);
    }
    if (port < 0 || port > 65_535) {
      throw CommandFailure.usage("--port must lie between 0 and 65535, got " + port);
    }
    threshold.check();
    try {
      InetAddress address = InetAddress.getByName(host);
      if (!address.isLoopbackAddress() && allow.isEmpty()) {
        throw CommandFailure.usage("--host " + host + " wants --allow: the titles that may call");
      }
      return address;
    } catch (UnknownHostException e) {
      throw CommandFailure.usage("--host " + host + ": no such address");
    }
  }

  private Destination destination(@Nullable Tls secure) throws CommandFailure {
    if (dicomweb != null) {
      if (dicomweb.getHost() == null
          || !List.of("http", "https").contains(String.valueOf(dicomweb.getScheme()))) {
        throw CommandFailure.usage(
            "--dicomweb wants an address such as http://HOST:8042/dicom-web");
      }
      return Destination.DicomWeb.at(dicomweb);
    }
    if (secure != null && !secure.trusting()) {
      // No certificate authority of the web vouches for an archive: its own certificate is wanted.
      throw CommandFailure.usage(
          "--tls with --send-to wants the archive's certificate in the key store (keytool"
              + " -importcert -alias archive -file archive.pem -keystore "
              + tls
              + ")");
    }
    try {
      return Destination.Node.parse(ae, String.valueOf(sendTo), secure);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage("--send-to " + sendTo + ": " + e.getMessage());
    }
  }

  private Tls secure(Path file) throws CommandFailure {
    if (passwordFile == null) {
      throw CommandFailure.usage("--tls wants --tls-password-file");
    }
    try {
      List<String> lines = Files.readAllLines(passwordFile);
      return Tls.open(file, (lines.isEmpty() ? "" : lines.get(0)).toCharArray());
    } catch (IOException | GeneralSecurityException e) {
      throw CommandFailure.usage(
          "--tls "
              + file
              + ": cannot be opened ("
              + Reasons.reason(e)
              + "); is the password right?");
    }
  }
}
