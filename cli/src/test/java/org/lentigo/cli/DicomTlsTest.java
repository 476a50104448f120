package org.lentigo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code lentigo dicom listen --tls} in a process of its own, between dcmtk's storescu and
 * storescp, with keys made by the commands in docs/dicom.md. Skipped without dcmtk.
 */
@Timeout(600)
class DicomTlsTest {
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(3);
  private static final char[] PASSWORD = "a-long-password".toCharArray();

  @TempDir private Path folder;

  private String storescu;
  private String storescp;
  private Path photo;

  @BeforeEach
  void makeKeys() throws Exception {
    storescu = program("storescu");
    storescp = program("storescp");
    for (String name : List.of("archive", "camera", "stranger")) {
      Path keys = folder.resolve(name + ".p12");
      must(
          keytool(),
          "-genkeypair",
          "-alias",
          name,
          "-keyalg",
          "EC",
          "-groupname",
          "secp256r1",
          "-dname",
          "CN=" + name,
          "-keystore",
          keys,
          "-storepass",
          new String(PASSWORD));
      KeyStore store = KeyStore.getInstance(keys.toFile(), PASSWORD);
      pem(name + ".key", "PRIVATE KEY", store.getKey(name, PASSWORD).getEncoded());
      pem(name + ".pem", "CERTIFICATE", store.getCertificate(name).getEncoded());
    }
    Matcher block =
        Pattern.compile("```\n(umask.*?keytool.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("..", "docs", "dicom.md")));
    assertThat(block.find()).as("docs/dicom.md has the commands").isTrue();
    must(
        "sh",
        "-ec",
        "cd '" + folder + "'; PATH='" + keytool().getParent() + "':$PATH\n" + block.group(1));

    Path photos = Files.createDirectories(folder.resolve("photos"));
    Pictures.photo(photos.resolve("x.jpg"), 120, 80);
    Path model = Cli.writeModel(folder.resolve("model.safetensors"));
    Path wrapped = folder.resolve("wrapped");
    assertThat(Cli.run("dicom", "--model", model, "--from-photos", photos, "--out", wrapped).code())
        .isZero();
    photo = wrapped.resolve("x_photo.dcm");
  }

  @Test
  void photosAndResultsTravelByTlsBetweenThoseWhoTrustEachOtherAlone() throws Exception {
    // As docs/dicom.md makes it, but another certificate in the place of the archive's.
    Path deceived = Files.copy(folder.resolve("node.p12"), folder.resolve("deceived.p12"));
    keys("-delete", "-alias", "archive", "-keystore", deceived);
    keys(
        "-importcert",
        "-noprompt",
        "-alias",
        "archive",
        "-keystore",
        deceived,
        "-file",
        "stranger.pem");
    Path received = Files.createDirectories(folder.resolve("received"));
    int archivePort = freePort();
    Process archive =
        new ProcessBuilder(
                storescp,
                "+xa",
                "-od",
                "received",
                "-pw",
                "+tls",
                "archive.key",
                "archive.pem",
                "+cf",
                "node.pem",
                String.valueOf(archivePort))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("storescp.log").toFile())
            .start();
    try {
      try (Node node = new Node("deceived.p12", archivePort, 60)) {
        assertThat(store(node, "camera")).as("%s", node.errors()).isZero();
        await(() -> node.errors().contains("cannot send, and will try again"));
        assertThat(node.errors())
            .contains("ARCHIVE cannot be reached: its certificate is not among those in the key");
      }
      assertThat(received).isEmptyDirectory();

      try (Node node = new Node("node.p12", archivePort, 60)) {
        await(() -> files(received) == 3);

        assertThat(run(storescu, "-R", "-xy", "-aec", "LENTIGO", "127.0.0.1", node.port, photo))
            .isNotZero();
        await(() -> node.errors().contains("TLS with 127.0.0.1 failed: it speaks no TLS"));
        assertThat(
                run(
                    storescu,
                    "-R",
                    "-xy",
                    "+tla",
                    "-ic",
                    "-aec",
                    "LENTIGO",
                    "127.0.0.1",
                    node.port,
                    photo))
            .isNotZero();
        await(() -> node.errors().contains("failed: it shows no certificate"));
        assertThat(store(node, "stranger")).isNotZero();
        await(
            () -> node.errors().contains("failed: its certificate is not among those in the key"));
        assertThat(node.errors().lines()).as("a line each, and what was left").hasSize(4);
        assertThat(files(received)).isEqualTo(3);
      }
    } finally {
      archive.destroyForcibly().waitFor();
    }
  }

  @Test
  void whoNeverShakesHandsTakesNoPlaceAndIsCutOff() throws Exception {
    try (Node node = new Node("node.p12", freePort(), 15);
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), node.port);
        Socket trickling = new Socket(InetAddress.getLoopbackAddress(), node.port)) {
      // A TLS record of 16,000 bytes, one every second: hours, if each byte were waited for.
      trickling.getOutputStream().write(new byte[] {22, 3, 1, 62, (byte) 128});
      Thread drops =
          new Thread(
              () -> {
                try {
                  while (true) {
                    trickling.getOutputStream().write(1);
                    Thread.sleep(1000);
                  }
                } catch (IOException | InterruptedException e) {
                  // Cut off, as it should be.
                }
              });
      drops.start();
      // The node has two places.
      assertThat(store(node, "camera")).as("%s", node.errors()).isZero();
      for (Socket socket : List.of(silent, trickling)) {
        socket.setSoTimeout((int) TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
        try {
          while (socket.getInputStream().read() >= 0) {
            // An alert.
          }
        } catch (SocketException e) {
          // Reset, since there was more to read.
        }
      }
      drops.interrupt();
      await(() -> node.errors().split("took longer than 15000 ms", -1).length == 3);
      assertThat(store(node, "camera")).isZero();
    }
  }

  @Test
  void aKeyStoreThatCannotBeUsedIsToldAndNothingListens() throws Exception {
    keys(
        "-importcert",
        "-noprompt",
        "-alias",
        "a",
        "-keystore",
        "certificates.p12",
        "-file",
        "archive.pem");
    Files.writeString(folder.resolve("wrong"), "not-the-password\n");
    assertThat(listen("node.p12", "wrong")).contains("node.p12: cannot be opened", "password");
    assertThat(listen("certificates.p12", "password")).contains("there is no private key in it");
    assertThat(listen("camera.p12", "password"))
        .contains("--send-to wants the archive's certificate in the key store");
    assertThat(listen("missing.p12", "password")).contains("missing.p12");
  }

  private String listen(String keys, String password) {
    Cli.Result result =
        Cli.run(
            "dicom",
            "listen",
            "--port",
            0,
            "--send-to",
            "A@127.0.0.1:1",
            "--tls",
            folder.resolve(keys),
            "--tls-password-file",
            folder.resolve(password));
    assertThat(result.code()).isEqualTo(2);
    return result.err();
  }

  /** The node, whose archive is at a port; it ends by SIGKILL. */
  private final class Node implements AutoCloseable {
    private final Process process;
    private final Path log = Files.createTempFile(folder, "node", ".log");
    private final int port;

    Node(String keys, int archivePort, int patience) throws IOException {
      process =
          Cli.process(
                  List.of(),
                  "dicom",
                  "listen",
                  "--port",
                  "0",
                  "--model",
                  folder.resolve("model.safetensors").toString(),
                  "--engine",
                  "java-plain",
                  "--threads",
                  "1",
                  "--associations",
                  "2",
                  "--patience",
                  String.valueOf(patience),
                  "--send-to",
                  "ARCHIVE@127.0.0.1:" + archivePort,
                  "--queue",
                  folder.resolve("queue").toString(),
                  "--tls",
                  folder.resolve(keys).toString(),
                  "--tls-password-file",
                  folder.resolve("password").toString())
              .redirectError(log.toFile())
              .start();
      BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
      String first = String.valueOf(out.readLine());
      Matcher m = Pattern.compile("Listening as LENTIGO on 127.0.0.1:(\\d+);.*").matcher(first);
      assertThat(m.matches()).as(first + errors()).isTrue();
      port = Integer.parseInt(m.group(1));
    }

    /** What it said on standard error, without what newer Javas say of native libraries. */
    String errors() {
      try (Stream<String> lines = Files.lines(log)) {
        return String.join(
            "\n", lines.filter(l -> !l.isBlank() && !l.startsWith("WARNING: ")).toList());
      } catch (IOException e) {
        return e.toString();
      }
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  private int store(Node node, String who) throws Exception {
    return run(
        storescu,
        "-R",
        "-xy",
        "-aec",
        "LENTIGO",
        "-pw",
        "+tls",
        who + ".key",
        who + ".pem",
        "+cf",
        "node.pem",
        "127.0.0.1",
        node.port,
        photo);
  }

  private void keys(Object... arguments) throws Exception {
    List<Object> command = new ArrayList<>(List.of(keytool()));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-storepass", new String(PASSWORD)));
    must(command.toArray());
  }

  private void must(Object... command) throws Exception {
    int code = run(command);
    assertThat(code).as(Files.readString(folder.resolve("command.log"))).isZero();
  }

  private int run(Object... command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(Stream.of(command).map(Object::toString).toList())
            .directory(folder.toFile())
            .redirectErrorStream(true);
    Path log = folder.resolve("command.log");
    Process process = builder.redirectOutput(log.toFile()).start();
    return process.waitFor();
  }

  private static Path keytool() {
    return Path.of(System.getProperty("java.home"), "bin", "keytool");
  }

  private void pem(String name, String type, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
  }

  private static String program(String name) {
    for (String in : System.getenv().getOrDefault("PATH", "").split(":")) {
      if (Files.isExecutable(Path.of(in, name))) {
        return Path.of(in, name).toString();
      }
    }
    assumeTrue(false, "no " + name + " (Debian: apt install dcmtk): skipped");
    throw new AssertionError();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static long files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("waited in vain").isLessThan(end);
      Thread.sleep(20);
    }
  }
}
