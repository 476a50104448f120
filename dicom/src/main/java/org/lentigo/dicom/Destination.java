package org.lentigo.dicom;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.Association.Associate;
import org.lentigo.dicom.Association.Command;
import org.lentigo.dicom.Association.Context;
import org.lentigo.dicom.Association.Message;
import org.lentigo.dicom.Association.Pdu;

/** Where results go. */
public interface Destination {
  /**
   * Sends a Part-10 file, and returns when the other side has it.
   *
   * @throws RefusedException if it will not have it, now or later
   * @throws IOException if it cannot be reached, or does not take it now
   */
  void send(byte[] file) throws IOException, InterruptedException;

  /**
   * Whether the other side says that it has this object already. Asked of what may have arrived
   * without our hearing of it: a side that knows no such question gets it again.
   *
   * @param file a Part-10 file
   * @throws IOException if it cannot be reached now
   */
  boolean has(byte[] file) throws IOException, InterruptedException;

  /** The other side said no to an object, for good. */
  final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  /** By STOW-RS: PS3.18, 10.5. */
  record DicomWeb(URI studies, HttpClient client) implements Destination {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** What is said of this very object, and will be said again: 413 of one that is too large. */
    private static final Set<Integer> REFUSALS = Set.of(400, 409, 413, 415, 422);

    /**
     * @param root such as {@code http://127.0.0.1:8042/dicom-web}
     */
    public static DicomWeb at(URI root) {
      return new DicomWeb(
          URI.create(root.toString().replaceAll("/+$", "") + "/studies"),
          HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(20)).build());
    }

    /** By QIDO-RS: PS3.18, 10.6. */
    @Override
    public boolean has(byte[] file) throws IOException, InterruptedException {
      DataSet data = Part10Reader.read(file, Integer.MAX_VALUE).data();
      String instance = data.text(Tag.SOP_INSTANCE);
      URI asked =
          URI.create(
              studies
                  + "/"
                  + data.text(Tag.STUDY_INSTANCE)
                  + "/series/"
                  + data.text(Tag.SERIES_INSTANCE)
                  + "/instances?SOPInstanceUID="
                  + instance);
      try {
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(asked)
                    .timeout(PATIENCE)
                    .header("Accept", "application/dicom+json")
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        // One that knows no such search may list all: only this very object's UID counts.
        return answer.statusCode() == 200 && answer.body().contains("\"" + instance + "\"");
      } catch (HttpTimeoutException e) {
        return false; // Who answers no questions may still take objects.
      }
    }

    @Override
    public void send(byte[] file) throws IOException, InterruptedException {
      String boundary = "lentigo-" + UUID.randomUUID();
      String head = "--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n";
      String tail = "\r\n--" + boundary + "--\r\n";
      HttpRequest request =
          HttpRequest.newBuilder(studies)
              .timeout(PATIENCE)
              .header(
                  "Content-Type",
                  "multipart/related; type=\"application/dicom\"; boundary=" + boundary)
              .header("Accept", "application/dicom+json")
              .POST(
                  HttpRequest.BodyPublishers.concat(
                      HttpRequest.BodyPublishers.ofString(head),
                      HttpRequest.BodyPublishers.ofByteArray(file),
                      HttpRequest.BodyPublishers.ofString(tail)))
              .build();
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (REFUSALS.contains(status)) {
        throw new RefusedException("STOW-RS answered " + status);
      }
      if (status != 200 && status != 202) {
        throw new IOException("STOW-RS answered " + status);
      }
    }
  }

  /**
   * By C-STORE.
   *
   * @param own our title
   * @param title theirs
   * @param tls null for none
   */
  record Node(String own, String title, String host, int port, @Nullable Tls tls)
      implements Destination {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int CONNECT_MILLIS = 20_000;

    /**
     * Reads {@code AE@HOST:PORT}.
     *
     * @param own our title
     * @throws IllegalArgumentException if it is none
     */
    public static Node parse(String own, String text, @Nullable Tls tls) {
      Matcher m =
          Pattern.compile("([!-~]{1,16})@(\\[[0-9a-fA-F:]+\\]|[^:@ ]+):([0-9]{1,5})").matcher(text);
      if (!m.matches() || Integer.parseInt(m.group(3)) > 65_535) {
        throw new IllegalArgumentException("wanted AE@HOST:PORT, such as ORTHANC@127.0.0.1:4242");
      }
      return new Node(own, m.group(1), m.group(2), Integer.parseInt(m.group(3)), tls);
    }

    @Override
    public void send(byte[] bytes) throws IOException {
      Part10 file = Part10Reader.read(bytes, Integer.MAX_VALUE);
      String sopClass = file.data().text(Tag.SOP_CLASS);
      List<String> syntaxes = new ArrayList<>(List.of(file.syntax().uid));
      for (TransferSyntax plain : List.of(TransferSyntax.EXPLICIT, TransferSyntax.IMPLICIT)) {
        if (!syntaxes.contains(plain.uid)) {
          syntaxes.add(plain.uid);
        }
      }
      List<Context> contexts = contexts(sopClass, syntaxes);
      try (Association association = called()) {
        store(association, agree(association, contexts), contexts, file);
      }
    }

    /**
     * By C-FIND among studies, at the level of objects: PS3.4, C.6.2. Who knows no such question,
     * or gives no answer, may still take objects: that is a no.
     */
    @Override
    public boolean has(byte[] bytes) throws IOException {
      DataSet data = Part10Reader.read(bytes, Integer.MAX_VALUE).data();
      DataSet asked = new DataSet();
      asked.put(Tag.QUERY_LEVEL, "IMAGE");
      for (int key : List.of(Tag.STUDY_INSTANCE, Tag.SERIES_INSTANCE, Tag.SOP_INSTANCE)) {
        asked.put(key, data.text(key));
      }
      List<Context> contexts =
          contexts(
              Association.FIND_IN_STUDIES,
              List.of(TransferSyntax.EXPLICIT.uid, TransferSyntax.IMPLICIT.uid));
      try (Association association = called()) {
        Associate agreed = agree(association, contexts);
        Optional<Context> context = accepted(agreed, contexts);
        return context.isPresent()
            && found(association, agreed, context.get(), asked, data.text(Tag.SOP_INSTANCE));
      }
    }

    private static boolean found(
        Association association, Associate agreed, Context context, DataSet asked, String instance)
        throws IOException {
      TransferSyntax syntax = Part10Reader.syntax(context.transferSyntaxes().get(0));
      Command command = new Command().put(Association.COMMAND_FIELD, Association.C_FIND_RQ);
      try {
        request(association, agreed, context, command, Part10Writer.dataSet(asked, syntax));
        // One that heeds no keys may list all: only this very object's UID counts.
        while (true) {
          Message answer = association.readMessage();
          if ((answer.command().number(Association.STATUS) & 0xfffe) != Association.PENDING) {
            association.write(Association.RELEASE_RQ, new byte[4]);
            return false;
          }
          DataSet match = Part10Reader.dataSet(answer.data(), 0, syntax, new ArrayList<>());
          if (instance.equals(match.text(Tag.SOP_INSTANCE))) {
            association.abort(); // The rest of the matches is of no interest.
            return true;
          }
        }
      } catch (IOException e) {
        return false;
      }
    }

    /** Sends a command, with what all have that come with data. */
    private static void request(
        Association association, Associate agreed, Context context, Command command, byte[] data)
        throws IOException {
      command
          .put(Association.SOP_CLASS, context.abstractSyntax())
          .put(Association.MESSAGE_ID, 1)
          .put(Association.PRIORITY, 0)
          .put(Association.DATA_SET_TYPE, 0);
      int most = agreed.usablePdu();
      association.writeData(context.id(), true, command.encode(), 0, most);
      association.writeData(context.id(), false, data, 0, most);
    }

    /** A context for each syntax, so that the other side's choice does not rule out another. */
    private static List<Context> contexts(String abstractSyntax, List<String> syntaxes) {
      List<Context> contexts = new ArrayList<>();
      for (String syntax : syntaxes) {
        contexts.add(new Context(2 * contexts.size() + 1, abstractSyntax, List.of(syntax)));
      }
      return contexts;
    }

    private static Optional<Context> accepted(Associate agreed, List<Context> contexts) {
      return contexts.stream()
          .filter(c -> agreed.results().getOrDefault(c.id(), -1) == 0)
          .findFirst();
    }

    private Associate agree(Association association, List<Context> contexts) throws IOException {
      Associate request =
          new Associate(title, own, contexts, new LinkedHashMap<>(), Association.MOST_PDU);
      association.write(Association.ASSOCIATE_RQ, request.encode(false));
      Pdu answer = association.read();
      if (answer.type() == Association.ASSOCIATE_RJ) {
        throw new IOException(title + " rejects the association; is " + own + " known to it?");
      }
      if (answer.type() != Association.ASSOCIATE_AC) {
        throw new IOException(title + " answers with a PDU of type " + answer.type());
      }
      return Associate.parse(answer.body());
    }

    private Association called() throws IOException {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
        return new Association(
            socket, plain -> tls == null ? plain : tls.connect(plain), PATIENCE_MILLIS);
      } catch (IOException e) {
        socket.close();
        throw new IOException(title + " cannot be reached: " + Tls.reason(e), e);
      }
    }

    private void store(
        Association association, Associate agreed, List<Context> contexts, Part10 file)
        throws IOException {
      Context context =
          accepted(agreed, contexts)
              .orElseThrow(() -> new RefusedException(title + " takes no objects of this class"));
      TransferSyntax syntax = Part10Reader.syntax(context.transferSyntaxes().get(0));
      Command command =
          new Command()
              .put(Association.COMMAND_FIELD, Association.C_STORE_RQ)
              .put(Association.SOP_INSTANCE, file.data().text(Tag.SOP_INSTANCE));
      request(association, agreed, context, command, data(file, syntax));
      int status = association.readMessage().command().number(Association.STATUS);
      association.write(Association.RELEASE_RQ, new byte[4]);
      boolean warning = (status & 0xf000) == 0xb000;
      if (status == StoreServer.SUCCESS || warning) {
        return;
      }
      String said = title + " answers C-STORE with status " + Integer.toHexString(status);
      if ((status & 0xff00) == StoreServer.OUT_OF_RESOURCES) {
        throw new IOException(said);
      }
      throw new RefusedException(said);
    }

    private static byte[] data(Part10 file, TransferSyntax syntax) throws DicomException {
      DataSet data = file.data();
      if (syntax == file.syntax() || file.syntax().pixels == TransferSyntax.Pixels.NATIVE) {
        return Part10Writer.dataSet(data, syntax);
      }
      DataSet plain = data.copy();
      plain.put(Tag.PHOTOMETRIC, "RGB");
      plain.put(
          Tag.PIXEL_DATA, Vr.OW, PixelReader.read(file, Integer.MAX_VALUE / 4, 0).image().data());
      return Part10Writer.dataSet(plain, syntax);
    }
  }
}
