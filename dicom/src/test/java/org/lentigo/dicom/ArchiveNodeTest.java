package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.runtime.PhotoOutliner;
import org.lentigo.runtime.Segmenter;

/** The node beside an archive: one made for the test, and Orthanc where it is installed. */
class ArchiveNodeTest {
  /** The machine may be busy, and there may be many objects. */
  private static final long PATIENCE_MILLIS =
      300_000 + 5_000L * Integer.getInteger("lentigo.objects", 0);

  @TempDir Path folder;

  private final List<String> said = Collections.synchronizedList(new ArrayList<>());

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (!condition.getAsBoolean()) {
      assertThat(System.currentTimeMillis()).as("waiting").isLessThan(end);
      Thread.sleep(20);
    }
  }

  private static byte[] photo(int i) throws IOException {
    byte[] jpeg = Fixtures.jpeg(40 + i % 40, 40 + i / 40);
    return PhotoWrapper.wrap(jpeg, Path.of("x.jpg"), PatientTable.empty(), Fixtures.NOW).file();
  }

  /** An archive that takes everything, counts by SOP instance UID, and answers QIDO-RS. */
  private static HttpServer archive(Map<String, Integer> received) throws IOException {
    return archive(received, 0, () -> {});
  }

  /**
   * @param port 0 for a free one
   * @param stored done when an object was taken, before it is acknowledged
   */
  private static HttpServer archive(Map<String, Integer> received, int port, Runnable stored)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 50);
    server.createContext(
        "/studies",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          if (exchange.getRequestMethod().equals("GET")) {
            String asked = exchange.getRequestURI().getQuery().replaceFirst(".*=", "");
            byte[] found = ("[{\"00080018\":\"" + asked + "\"}]").getBytes(StandardCharsets.UTF_8);
            boolean has = received.containsKey(asked);
            exchange.sendResponseHeaders(has ? 200 : 204, has ? found.length : -1);
            if (has) {
              exchange.getResponseBody().write(found);
            }
            exchange.close();
            return;
          }
          String text = new String(body, StandardCharsets.ISO_8859_1);
          int from = text.indexOf("\r\n\r\n") + 4;
          int to = text.lastIndexOf("\r\n--");
          Part10 file = Part10Reader.read(Arrays.copyOfRange(body, from, to), 1 << 24);
          received.merge(file.data().text(Tag.SOP_INSTANCE), 1, Integer::sum);
          stored.run();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static URI address(HttpServer server) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private static Destination to(int port, String called) {
    return new Destination.Node("TESTER", called, "127.0.0.1", port, null);
  }

  private ArchiveNode node(
      Destination destination, Set<String> allowed, long mostBytes, int patience)
      throws IOException {
    return node(Segmenter.bundled(), destination, allowed, mostBytes, patience);
  }

  private ArchiveNode node(
      Segmenter segmenter,
      Destination destination,
      Set<String> allowed,
      long mostBytes,
      int patience)
      throws IOException {
    return new ArchiveNode(
        new ServerSocket(0, 50, InetAddress.getLoopbackAddress()),
        folder.resolve("queue"),
        new PhotoOutliner(segmenter),
        destination,
        new ArchiveNode.Settings(
            "LENTIGO", allowed, 4, mostBytes, 1 << 24, patience, 1, null, null),
        said::add);
  }

  /** A node in a process of its own, that ends by SIGKILL. */
  private final class Killable implements AutoCloseable {
    private final Process process;
    private final int port;

    Killable(Path queue, URI archive) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx512m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  NodeProcess.class.getName(),
                  queue.toString(),
                  archive.toString())
              .redirectError(folder.resolve("node.log").toFile())
              .start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      port = Integer.parseInt(String.valueOf(out.readLine()));
    }

    @Override
    public void close() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  /** Stores photos in a node that is killed on the way; returns the last one, which lives. */
  private Killable storedWithKills(int objects, int kills, Path queue, URI archive)
      throws Exception {
    Killable node = new Killable(queue, archive);
    try {
      for (int i = 0; i < objects; i++) {
        if (i > 0 && i % Math.max(1, objects / kills) == 0) {
          node.close();
          node = new Killable(queue, archive);
        }
        to(node.port, "LENTIGO").send(photo(i));
      }
      return node;
    } catch (Exception | Error e) {
      node.close();
      throw e;
    }
  }

  private static void awaitEmpty(Path queue) throws InterruptedException {
    await(() -> isEmpty(queue.resolve("results")) && isEmpty(queue.resolve("photos")));
    assertThat(queue.resolve("failed")).isEmptyDirectory();
  }

  /**
   * Killed again and again while photos arrive: each is outlined, and each result sent, once. A
   * thousand: {@code -Dlentigo.objects=1000}.
   */
  @Test
  void whatWasAcknowledgedIsOutlinedAndSentAfterKills() throws Exception {
    int objects = Integer.getInteger("lentigo.objects", 40);
    int kills = 4;
    Map<String, Integer> received = new ConcurrentHashMap<>();
    HttpServer archive = archive(received);
    Path queue = folder.resolve("queue");
    try (Killable node = storedWithKills(objects, kills, queue, address(archive))) {
      await(() -> received.size() >= 3 * objects);
      awaitEmpty(queue);
      assertThat(received).hasSize(3 * objects);
      assertThat(received.values()).as("how often each came").containsOnly(1);
      // Sent again, a photo that is done is only acknowledged.
      to(node.port, "LENTIGO").send(photo(0));
      assertThat(queue.resolve("photos")).isEmptyDirectory();
    } finally {
      archive.stop(0);
    }
  }

  /** The worst moment: the archive has the object, and nobody has heard of it. */
  @Test
  void whatWasUnderWayAtAKillIsAskedForBeforeItIsSentAgain() throws Exception {
    Map<String, Integer> received = new ConcurrentHashMap<>();
    AtomicReference<Killable> alive = new AtomicReference<>();
    HttpServer archive =
        archive(
            received,
            0,
            () -> {
              Killable node = received.size() <= 2 ? alive.getAndSet(null) : null;
              if (node != null) {
                node.process.destroyForcibly();
              }
            });
    Path queue = folder.resolve("queue");
    try {
      try (Killable first = new Killable(queue, address(archive))) {
        alive.set(first);
        to(first.port, "LENTIGO").send(photo(0));
        await(() -> !first.process.isAlive());
      }
      assertThat(received).hasSize(1);
      try (Killable second = new Killable(queue, address(archive))) {
        alive.set(second);
        await(() -> !second.process.isAlive() || alive.get() == null);
      }
      try (Killable third = new Killable(queue, address(archive))) {
        awaitEmpty(queue);
        assertThat(third.process.isAlive()).isTrue();
      }
      assertThat(received).hasSize(3);
      assertThat(received.values()).as("how often each came").containsOnly(1);
    } finally {
      archive.stop(0);
    }
  }

  /** What an archive of DICOM's own protocol does: it stores, counts, and answers C-FIND. */
  private final class Archive implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Map<String, Integer> received = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    /** How many objects are stored without an answer. */
    private final AtomicInteger silent = new AtomicInteger();

    private final boolean finds;

    /**
     * @param finds whether it knows C-FIND
     */
    Archive(boolean finds) throws IOException {
      this.finds = finds;
      Thread thread = new Thread(this::serve, "archive");
      thread.setDaemon(true);
      thread.start();
    }

    private void serve() {
      while (!socket.isClosed()) {
        try (Association caller = new Association(socket.accept(), plain -> plain, 60_000)) {
          Association.Associate request = Association.Associate.parse(caller.read().body());
          Map<Integer, Integer> results = new LinkedHashMap<>();
          for (Association.Context context : request.contexts()) {
            boolean find = context.abstractSyntax().equals(Association.FIND_IN_STUDIES);
            results.put(context.id(), finds || !find ? 0 : 3);
          }
          Association.Associate answer =
              new Association.Associate(
                  request.called(), request.calling(), request.contexts(), results, 512);
          caller.write(Association.ASSOCIATE_AC, answer.encode(true));
          answer(caller, request.contexts().get(0), caller.readMessage());
        } catch (IOException e) {
          // The caller hangs up where it has heard enough.
        }
      }
    }

    private void answer(
        Association caller, Association.Context context, Association.Message message)
        throws IOException {
      TransferSyntax syntax = Part10Reader.syntax(context.transferSyntaxes().get(0));
      DataSet data = Part10Reader.dataSet(message.data(), 0, syntax, new ArrayList<>());
      String instance = data.text(Tag.SOP_INSTANCE);
      int field = message.command().number(Association.COMMAND_FIELD);
      if (field == Association.C_STORE_RQ) {
        received.merge(instance, 1, Integer::sum);
        if (silent.getAndDecrement() > 0) {
          return;
        }
      } else {
        asked.incrementAndGet();
        assertThat(data.text(Tag.QUERY_LEVEL)).isEqualTo("IMAGE");
        // Another object first: what does not heed all keys may say so.
        for (String match : List.of("1.2.3", instance)) {
          if (match.equals("1.2.3") || received.containsKey(match)) {
            DataSet found = new DataSet();
            found.put(Tag.SOP_INSTANCE, match);
            respond(caller, context, field, Association.PENDING, 0);
            caller.writeData(context.id(), false, Part10Writer.dataSet(found, syntax), 0, 128);
          }
        }
      }
      respond(caller, context, field, StoreServer.SUCCESS, Association.NO_DATA);
      caller.read(); // Until it is released.
    }

    private void respond(
        Association caller, Association.Context context, int field, int status, int dataType)
        throws IOException {
      Association.Command command = new Association.Command();
      command.put(Association.SOP_CLASS, context.abstractSyntax());
      command.put(Association.COMMAND_FIELD, field | 0x8000);
      command.put(Association.RESPONDED_TO, 1);
      command.put(Association.DATA_SET_TYPE, dataType);
      command.put(Association.STATUS, status);
      caller.writeData(context.id(), true, command.encode(), 0, 128);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** By C-STORE, too: the archive has the object, and its answer is lost. */
  @Test
  void whatAnArchiveFindsIsNotStoredAgain() throws Exception {
    try (Archive archive = new Archive(true);
        ArchiveNode node =
            node(to(archive.socket.getLocalPort(), "ARCHIVE"), Set.of(), 1 << 20, 60_000)) {
      archive.silent.set(1);
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> node.sent() == 1);
      assertThat(archive.asked).hasValue(1);
      for (String part : List.of("incoming", "photos", "results", "done", "failed")) {
        assertThat(Files.getPosixFilePermissions(folder.resolve("queue").resolve(part)))
            .as(part)
            .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      }
      assertThat(archive.received).hasSize(3);
      assertThat(archive.received.values()).as("how often each came").containsOnly(1);
      assertThat(folder.resolve("queue/failed")).isEmptyDirectory();
    }
  }

  @Test
  void whoKnowsNoFindGetsItAgain() throws Exception {
    try (Archive archive = new Archive(false);
        ArchiveNode node =
            node(to(archive.socket.getLocalPort(), "ARCHIVE"), Set.of(), 1 << 20, 60_000)) {
      assertThat(to(node.port(), "LENTIGO").has(photo(0))).isFalse();
      archive.silent.set(1);
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> node.sent() == 1);
      assertThat(archive.asked).hasValue(0);
      assertThat(archive.received).hasSize(3);
      assertThat(archive.received.values()).containsOnlyOnce(2).contains(1);
    }
  }

  /** The same towards a real archive, which keeps an object that comes again as one. */
  @Test
  void orthancHasEveryResultOnceAfterKills() throws Exception {
    int objects = Integer.getInteger("lentigo.objects", 12);
    Path queue = folder.resolve("queue");
    try (Orthanc orthanc = new Orthanc(freePort(), freePort());
        Killable node =
            storedWithKills(objects, 4, queue, URI.create(orthanc.root + "/dicom-web"))) {
      awaitEmpty(queue);
      assertThat(node.process.isAlive()).isTrue();
      assertThat(get(orthanc.root + "/instances").split(",")).hasSize(3 * objects);
      for (String modality : List.of("SEG", "SR")) {
        String found = get(orthanc.root + "/dicom-web/series?Modality=" + modality);
        assertThat(found.split("\"0020000E\"", -1)).as(modality).hasSize(objects + 1);
      }
    }
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whoMayNotCallIsRefusedAndWhoIsSilentIsNotWaitedFor() throws Exception {
    Map<String, Integer> received = new ConcurrentHashMap<>();
    HttpServer archive = archive(received);
    try (ArchiveNode node =
        node(Destination.DicomWeb.at(address(archive)), Set.of("TESTER"), 1 << 20, 1000)) {
      assertThatThrownBy(() -> to(node.port(), "OTHER").send(photo(0)))
          .hasMessageContaining("rejects the association");
      Destination stranger =
          new Destination.Node("STRANGER", "LENTIGO", "127.0.0.1", node.port(), null);
      assertThatThrownBy(() -> stranger.send(photo(0)))
          .hasMessageContaining("rejects the association");

      // As many as there may be, and none says a word: then they are gone.
      List<Socket> silent = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), node.port()));
      }
      for (Socket socket : silent) {
        socket.setSoTimeout((int) PATIENCE_MILLIS);
        while (socket.getInputStream().read() >= 0) {
          // The abort.
        }
        socket.close();
      }
      // A PDU that says it has four gigabytes.
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port())) {
        socket.getOutputStream().write(new byte[] {1, 0, -1, -1, -1, -1});
        socket.setSoTimeout((int) PATIENCE_MILLIS);
        assertThat(socket.getInputStream().read()).isEqualTo(Association.ABORT);
      }
      // An object over the limit.
      DataSet large = DicomPhoto.read(photo(1), 1 << 24).data().copy();
      large.put(Tag.ICC_PROFILE, Vr.OB, new byte[2 << 20]);
      assertThatThrownBy(
              () ->
                  to(node.port(), "LENTIGO")
                      .send(Part10Writer.file(large, TransferSyntax.JPEG_BASELINE)))
          .isInstanceOf(IOException.class);

      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> received.size() == 3);
      // One that is no photo inside is put aside, and the next one is done.
      DataSet broken = DicomPhoto.read(photo(2), 1 << 24).data().copy();
      broken.remove(Tag.PIXEL_DATA);
      to(node.port(), "LENTIGO").send(Part10Writer.file(broken, TransferSyntax.EXPLICIT));
      to(node.port(), "LENTIGO").send(photo(3));
      await(() -> received.size() == 6);
      assertThat(said).anyMatch(l -> l.contains("is put aside: it has no pixel data"));
    } finally {
      archive.stop(0);
    }
  }

  @Test
  void anArchiveThatGoesAwayIsWaitedFor() throws Exception {
    Map<String, Integer> received = new ConcurrentHashMap<>();
    HttpServer gone = archive(received);
    int port = gone.getAddress().getPort();
    gone.stop(0);
    try (ArchiveNode node =
        node(
            Destination.DicomWeb.at(URI.create("http://127.0.0.1:" + port)),
            Set.of(),
            1 << 20,
            60_000)) {
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> said.stream().anyMatch(l -> l.contains("cannot send, and will try again")));
      HttpServer back = archive(received, port, () -> {});
      await(() -> received.size() == 3);
      back.stop(0);
      assertThat(said).contains("sending goes on");
    }
  }

  /** An archive in this process, which takes what it is given unless a test says otherwise. */
  private static class Taking implements Destination {
    final List<String> received = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger asked = new AtomicInteger();
    volatile boolean gone;

    @Override
    public void send(byte[] file) throws IOException {
      if (gone) {
        throw new IOException("the archive is away");
      }
      received.add(study(file));
    }

    @Override
    public boolean has(byte[] file) {
      asked.incrementAndGet();
      return false;
    }
  }

  private static String study(byte[] file) throws IOException {
    return Part10Reader.read(file, 1 << 24).data().text(Tag.STUDY_INSTANCE);
  }

  private ArchiveNode node(Destination destination) throws IOException {
    return node(destination, Set.of(), 1 << 20, 60_000);
  }

  @Test
  void whatTheArchiveDoesNotTakeComesAfterWhatItTakes() throws Exception {
    String unwanted = study(photo(0));
    AtomicBoolean ill = new AtomicBoolean(true);
    AtomicInteger failed = new AtomicInteger();
    Taking archive =
        new Taking() {
          @Override
          public void send(byte[] file) throws IOException {
            if (ill.get() && study(file).equals(unwanted)) {
              failed.incrementAndGet();
              throw new IOException("STOW-RS answered 500");
            }
            super.send(file);
          }
        };
    try (ArchiveNode node = node(archive)) {
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> failed.get() > 0);
      to(node.port(), "LENTIGO").send(photo(1));
      await(() -> archive.received.size() == 3);
      int before = failed.get();
      await(() -> failed.get() > before);
      ill.set(false);
      await(() -> node.sent() == 2);
      assertThat(archive.received).hasSize(6).endsWith(unwanted, unwanted, unwanted);
      assertThat(said).filteredOn(l -> l.contains("cannot send")).as("one line").hasSize(1);
      assertThat(said.get(0)).contains("and will try again: results", "STOW-RS answered 500");
    }
  }

  @Test
  void stowRsRefusesObjectsAndIsAwayByItsStatus() throws Exception {
    AtomicInteger status = new AtomicInteger();
    HttpServer archive =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    archive.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(status.get(), -1);
          exchange.close();
        });
    archive.start();
    Destination web = Destination.DicomWeb.at(address(archive));
    try {
      for (int refusal : new int[] {400, 409, 413, 415, 422}) {
        status.set(refusal);
        assertThatThrownBy(() -> web.send(photo(0)))
            .isInstanceOf(Destination.RefusedException.class)
            .hasMessage("STOW-RS answered " + refusal);
      }
      for (int later : new int[] {401, 500, 503}) {
        status.set(later);
        assertThatThrownBy(() -> web.send(photo(0)))
            .isNotInstanceOf(Destination.RefusedException.class)
            .hasMessage("STOW-RS answered " + later);
      }
    } finally {
      archive.stop(0);
    }
  }

  @Test
  void aPhotoIsSentAgainOnlyIfAllOfItWasRefused() throws Exception {
    AtomicInteger refusals = new AtomicInteger(3);
    Taking archive =
        new Taking() {
          @Override
          public void send(byte[] file) throws IOException {
            if (refusals.getAndDecrement() > 0) {
              throw new RefusedException("no");
            }
            super.send(file);
          }
        };
    Path results = folder.resolve("queue/results");
    try (ArchiveNode node = node(archive)) {
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> node.refused() == 3 && isEmpty(results));
      assertThat(node.sent()).isZero();

      refusals.set(1);
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> node.sent() == 1);
      assertThat(node.refused()).isEqualTo(4);
      assertThat(archive.received).hasSize(2);

      to(node.port(), "LENTIGO").send(photo(0));
      assertThat(folder.resolve("queue/photos")).isEmptyDirectory();
    }
  }

  @Test
  void aPhotoIsOutlinedAgainOnlyInAnotherWay() throws Exception {
    Taking archive = new Taking();
    try (Segmenter segmenter = Segmenter.bundled()) {
      for (Segmenter way : List.of(segmenter, segmenter.oneLook(), segmenter.mirrored())) {
        try (ArchiveNode node = node(way, archive, Set.of(), 1 << 20, 60_000)) {
          to(node.port(), "LENTIGO").send(photo(0));
          await(() -> node.sent() == 1);
          to(node.port(), "LENTIGO").send(photo(0));
          assertThat(folder.resolve("queue/photos")).isEmptyDirectory();
        }
      }
    }
    assertThat(archive.received).as("three objects in each way").hasSize(9);
  }

  @Test
  void oneNodeIsAtWorkOnAQueueAndLeavesItToTheNext() throws Exception {
    Taking archive = new Taking();
    archive.gone = true;
    try (ArchiveNode first = node(archive)) {
      to(first.port(), "LENTIGO").send(photo(0));
      await(() -> said.stream().anyMatch(l -> l.contains("the archive is away")));
      Path incoming = Files.createFile(folder.resolve("queue/incoming/half.part"));
      assertThatThrownBy(() -> node(archive)).hasMessage("another node is at work in it");
      assertThat(incoming).exists();
    }
    archive.asked.set(0);
    archive.gone = false;
    try (ArchiveNode second = node(archive)) {
      await(() -> second.sent() == 1);
    }
    assertThat(archive.received).as("sent by one of them alone").hasSize(3);
    assertThat(archive.asked).as("asked for each that was left").hasValue(3);
  }

  /** An engine that fails at its first calls, each time with the next of these. */
  private static Segmenter failing(Throwable... failures) throws IOException {
    Segmenter segmenter = Segmenter.bundled();
    AtomicInteger calls = new AtomicInteger();
    return (Segmenter)
        Proxy.newProxyInstance(
            Segmenter.class.getClassLoader(),
            new Class<?>[] {Segmenter.class},
            (self, method, arguments) -> {
              int call = method.getName().equals("segment") ? calls.getAndIncrement() : -1;
              if (call >= 0 && call < failures.length) {
                throw failures[call];
              }
              return method.invoke(segmenter, arguments);
            });
  }

  /** Once it gets all of the memory, and then it is for good; anything else is tried later. */
  @Test
  void aPhotoThatFindsNoMemoryIsTriedAloneAndOneThatFailsIsTriedAgain() throws Exception {
    Segmenter segmenter =
        failing(
            new OutOfMemoryError("test"),
            new IllegalStateException("the engine is ill"),
            new OutOfMemoryError("test"),
            new OutOfMemoryError("test"));
    Taking archive = new Taking();
    try (ArchiveNode node = node(segmenter, archive, Set.of(), 1 << 20, 60_000)) {
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> said.size() >= 1);
      assertThat(said.get(0)).endsWith("stays in the queue, and is tried again: the engine is ill");
      await(() -> said.size() >= 2);
      assertThat(said.get(1)).endsWith("it does not fit into Java's memory; raise it with -Xmx");
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> node.sent() == 1);
    }
  }

  @Test
  void theSenderOutlivesWantOfMemory() throws Exception {
    AtomicInteger sends = new AtomicInteger();
    Taking archive =
        new Taking() {
          @Override
          public void send(byte[] file) throws IOException {
            if (sends.getAndIncrement() == 0) {
              throw new OutOfMemoryError("test");
            }
            super.send(file);
          }
        };
    try (ArchiveNode node = node(archive)) {
      to(node.port(), "LENTIGO").send(photo(0));
      await(() -> node.sent() == 1);
      assertThat(archive.received).hasSize(3);
    }
  }

  @Test
  void orthancSendsPhotosAndFindsTheirResults() throws Exception {
    int dicom = freePort();
    Destination orthanc = new Destination.Node("LENTIGO", "ORTHANC", "127.0.0.1", dicom, null);
    Tools.program("Orthanc", Orthanc.PACKAGES);
    try (ArchiveNode node = node(orthanc, Set.of("ORTHANC"), 1 << 24, 60_000);
        Orthanc archive = new Orthanc(dicom, node.port())) {
      String root = archive.root;
      byte[] photo = Fixtures.wrapped(320, 240, folder);
      Destination.DicomWeb.at(URI.create(root + "/dicom-web")).send(photo);
      String ids = get(root + "/instances");
      String id = ids.replaceAll("[^0-9a-f-]", "");
      HttpResponse<String> sent =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(URI.create(root + "/modalities/lentigo/store"))
                      .POST(HttpRequest.BodyPublishers.ofString(id))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(sent.statusCode()).as(sent.body()).isEqualTo(200);
      await(() -> node.sent() == 1);
      assertThat(orthanc.has(photo)).as("a photo that was stored").isTrue();
      assertThat(orthanc.has(Fixtures.wrapped(32, 24, folder))).as("another").isFalse();

      String study = DicomPhoto.read(photo, 1 << 24).data().text(Tag.STUDY_INSTANCE);
      String series = get(root + "/dicom-web/series?Modality=SEG&StudyInstanceUID=" + study);
      assertThat(series).contains("\"SEG\"");
      assertThat(get(root + "/dicom-web/series?Modality=SR&StudyInstanceUID=" + study))
          .contains("\"SR\"");
      String instances = get(root + "/instances");
      assertThat(instances.split(",")).hasSize(4);
      String segmentation =
          get(root + "/dicom-web/studies/" + study + "/instances?SOPClassUID=" + Uids.SEGMENTATION);
      assertThat(segmentation).contains(Uids.SEGMENTATION);
      for (String quoted : instances.replaceAll("[^0-9a-f,-]", "").split(",")) {
        String modality = get(root + "/instances/" + quoted + "/content/0008-0060").strip();
        if (!modality.startsWith("SR")) {
          assertThat(get(root + "/instances/" + quoted + "/preview"))
              .as("preview of " + modality)
              .contains("PNG");
        }
      }
    }
  }

  /** An Orthanc of its own, with an empty store. */
  private final class Orthanc implements AutoCloseable {
    static final String PACKAGES = "orthanc orthanc-dicomweb orthanc-gdcm";

    private final Process process;
    private final String root;

    Orthanc(int dicom, int nodePort) throws Exception {
      String program = Tools.program("Orthanc", PACKAGES);
      int http = freePort();
      Path config = folder.resolve("orthanc.json");
      Files.writeString(
          config,
          """
          {"StorageDirectory": "%1$s/db", "IndexDirectory": "%1$s/db", "HttpPort": %2$d,
           "HttpBindAddresses": ["127.0.0.1"], "DicomPort": %3$d, "DicomAet": "ORTHANC",
           "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
           "DicomModalities": {"lentigo": ["LENTIGO", "127.0.0.1", %4$d]},
           "Plugins": ["/usr/share/orthanc/plugins"], "DicomWeb": {"Enable": true}}
          """
              .formatted(folder, http, dicom, nodePort));
      process =
          new ProcessBuilder(program, config.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("orthanc.log").toFile())
              .start();
      root = "http://127.0.0.1:" + http;
      await(() -> answers(root + "/system") || !process.isAlive());
      assertThat(process.isAlive())
          .as(() -> "Orthanc ended; it said " + said(folder.resolve("orthanc.log")))
          .isTrue();
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }

  private static String said(Path log) {
    try {
      return Files.readString(log, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(String address) {
    try {
      get(address);
      return true;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  private static String get(String address) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(address)).build(),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.ISO_8859_1));
    if (answer.statusCode() != 200) {
      throw new IOException(address + " answers " + answer.statusCode() + " " + answer.body());
    }
    return answer.body();
  }
}
