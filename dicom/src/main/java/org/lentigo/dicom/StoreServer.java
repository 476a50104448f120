package org.lentigo.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.Association.Associate;
import org.lentigo.dicom.Association.Command;
import org.lentigo.dicom.Association.Context;
import org.lentigo.dicom.Association.Pdu;

/** Takes C-ECHO and C-STORE of photos as provider: PS3.4, annexes A and B. */
final class StoreServer implements AutoCloseable {
  static final int SUCCESS = 0x0000;
  static final int OUT_OF_RESOURCES = 0xa700;
  private static final int NOT_RECOGNISED = 0x0211;

  private static final int REJECT_CALLING = 3;
  private static final int REJECT_CALLED = 7;
  private static final int REJECT_BUSY = 2;

  /** Longer than an object that has arrived takes to be kept. */
  private static final int CLOSE_SECONDS = 5;

  /** Where what arrives goes. */
  interface Inbox {
    /**
     * Opens a file for one object.
     *
     * @throws IOException if there is no room
     */
    Incoming begin() throws IOException;
  }

  /** An object on its way in. Closing it without {@link #keep} forgets it. */
  interface Incoming extends AutoCloseable {
    OutputStream out();

    /** From now on it survives whatever happens; only then is it acknowledged. */
    void keep(String sopInstance) throws IOException;

    @Override
    void close() throws IOException;
  }

  /**
   * @param ae our title
   * @param allowed titles that may call; empty for all
   * @param associations how many at a time
   * @param mostBytes of one object
   * @param patienceMillis how long a handshake, or a PDU, may take
   * @param tls null for none
   */
  record Limits(
      String ae,
      Set<String> allowed,
      int associations,
      long mostBytes,
      int patienceMillis,
      @Nullable Tls tls) {}

  private final ServerSocket socket;
  private final Limits limits;
  private final Inbox inbox;
  private final Consumer<String> log;
  private final Semaphore free;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  StoreServer(ServerSocket socket, Limits limits, Inbox inbox, Consumer<String> log) {
    this.socket = socket;
    this.limits = limits;
    this.inbox = inbox;
    this.log = log;
    free = new Semaphore(limits.associations());
    threads.execute(this::accept);
  }

  int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket caller = socket.accept();
        open.add(caller);
        // Some beyond the limit are told so; the rest would only cost threads.
        if (open.size() > 2 * limits.associations()) {
          open.remove(caller);
          caller.close();
          continue;
        }
        threads.execute(() -> serve(caller));
      } catch (IOException e) {
        if (!socket.isClosed()) {
          log.accept("a connection failed: " + e.getMessage());
        }
      }
    }
  }

  private void serve(Socket caller) {
    String from = caller.getInetAddress().getHostAddress();
    try (Association association = shakenHands(caller)) {
      // Who has not shown a certificate, where one is wanted, takes no place of those who have.
      boolean taken = free.tryAcquire();
      try {
        Associate request = request(association, taken);
        if (request != null) {
          new Session(association, request).run();
        }
      } catch (IOException | RuntimeException e) {
        association.abort();
        log.accept("association from " + from + " ended: " + e.getMessage());
      } finally {
        if (taken) {
          free.release();
        }
      }
    } catch (IOException e) {
      log.accept(
          (limits.tls() == null ? "association from " : "TLS with ")
              + from
              + " failed: "
              + Tls.reason(e));
    } finally {
      open.remove(caller);
    }
  }

  private Association shakenHands(Socket caller) throws IOException {
    Tls tls = limits.tls();
    return new Association(
        caller, plain -> tls == null ? plain : tls.accept(plain), limits.patienceMillis());
  }

  private @Nullable Associate request(Association association, boolean taken) throws IOException {
    Pdu pdu = association.read();
    if (pdu.type() != Association.ASSOCIATE_RQ) {
      throw new DicomException("it began with a PDU of type " + pdu.type());
    }
    Associate request = Associate.parse(pdu.body());
    int source = 1;
    int reason = 0;
    if (!taken) {
      source = 3;
      reason = REJECT_BUSY;
    } else if (!request.called().equals(limits.ae())) {
      reason = REJECT_CALLED;
    } else if (!limits.allowed().isEmpty() && !limits.allowed().contains(request.calling())) {
      reason = REJECT_CALLING;
    }
    if (reason != 0) {
      association.write(
          Association.ASSOCIATE_RJ,
          new byte[] {0, (byte) (taken ? 1 : 2), (byte) source, (byte) reason});
      log.accept(
          "refused "
              + request.calling()
              + ": "
              + (reason == REJECT_BUSY
                  ? "too many associations"
                  : reason == REJECT_CALLED
                      ? "it calls " + request.called() + ", and this is " + limits.ae()
                      : "not among the titles allowed"));
      return null;
    }
    List<Context> answers = new ArrayList<>();
    Map<Integer, Integer> results = new LinkedHashMap<>();
    for (Context context : request.contexts()) {
      boolean known =
          context.abstractSyntax().equals(Association.VERIFICATION)
              || Uids.PHOTOS.containsKey(context.abstractSyntax());
      String syntax =
          context.transferSyntaxes().stream()
              .filter(StoreServer::readable)
              .findFirst()
              .orElse(null);
      results.put(context.id(), !known ? 3 : syntax == null ? 4 : 0);
      answers.add(
          new Context(
              context.id(),
              context.abstractSyntax(),
              List.of(syntax == null ? TransferSyntax.IMPLICIT.uid : syntax)));
    }
    Associate answer =
        new Associate(request.called(), request.calling(), answers, results, Association.MOST_PDU);
    association.write(Association.ASSOCIATE_AC, answer.encode(true));
    return new Associate(
        request.called(), request.calling(), answers, results, request.usablePdu());
  }

  private static boolean readable(String uid) {
    TransferSyntax syntax = TransferSyntax.of(uid);
    return syntax != null && syntax.pixels != TransferSyntax.Pixels.UNREADABLE;
  }

  /** One association's messages. */
  private final class Session {
    private final Association association;
    private final int mostPdu;
    private final Map<Integer, Context> contexts = new HashMap<>();
    private final ByteArrayOutputStream command = new ByteArrayOutputStream();
    private @Nullable Command storing;
    private @Nullable Incoming incoming;
    private long received;

    Session(Association association, Associate agreed) {
      this.association = association;
      mostPdu = agreed.mostPdu();
      for (Context context : agreed.contexts()) {
        if (agreed.results().getOrDefault(context.id(), -1) == 0) {
          contexts.put(context.id(), context);
        }
      }
    }

    void run() throws IOException {
      try {
        while (true) {
          Pdu pdu = association.read();
          switch (pdu.type()) {
            case Association.DATA -> Association.forEachPart(pdu.body(), this::part);
            case Association.RELEASE_RQ -> {
              association.write(Association.RELEASE_RP, new byte[4]);
              return;
            }
            case Association.ABORT -> {
              return;
            }
            default -> throw new DicomException("a PDU of type " + pdu.type() + " among data");
          }
        }
      } finally {
        Incoming half = incoming;
        if (half != null) {
          half.close();
        }
      }
    }

    private void part(
        int contextId, boolean isCommand, boolean last, byte[] b, int from, int length)
        throws IOException {
      Context context = contexts.get(contextId);
      if (context == null) {
        throw new DicomException("data in a context that was not agreed on");
      }
      if (isCommand) {
        command.write(b, from, length);
        if (command.size() > Association.MOST_PDU) {
          throw new DicomException("a command of more than " + Association.MOST_PDU + " bytes");
        }
        if (last) {
          Command whole = Command.parse(command.toByteArray());
          command.reset();
          message(context, whole);
        }
        return;
      }
      Command store = storing;
      if (store == null) {
        throw new DicomException("data without a command");
      }
      received += length;
      if (received > limits.mostBytes()) {
        throw new DicomException("an object of more than " + (limits.mostBytes() >> 20) + " MiB");
      }
      Incoming to = incoming;
      if (to != null) {
        to.out().write(b, from, length);
      }
      if (last) {
        stored(context, store, to);
      }
    }

    private void message(Context context, Command message) throws IOException {
      switch (message.number(Association.COMMAND_FIELD)) {
        case Association.C_ECHO_RQ -> respond(context, message, Association.C_ECHO_RSP, SUCCESS);
        case Association.C_STORE_RQ -> {
          storing = message;
          received = 0;
          String instance = message.text(Association.SOP_INSTANCE);
          if (!Uids.valid(instance)
              || !context.abstractSyntax().equals(message.text(Association.SOP_CLASS))) {
            throw new DicomException("a C-STORE without a valid SOP class and instance");
          }
          try {
            incoming = inbox.begin();
            incoming
                .out()
                .write(
                    Part10Writer.header(
                        context.abstractSyntax(), instance, context.transferSyntaxes().get(0)));
          } catch (IOException e) {
            log.accept("no room for an object: " + e.getMessage());
          }
        }
        default ->
            respond(
                context,
                message,
                message.number(Association.COMMAND_FIELD) | 0x8000,
                NOT_RECOGNISED);
      }
    }

    private void stored(Context context, Command store, @Nullable Incoming to) throws IOException {
      int status = OUT_OF_RESOURCES;
      if (to != null) {
        try (to) {
          to.keep(store.text(Association.SOP_INSTANCE));
          status = SUCCESS;
        } catch (IOException e) {
          log.accept("an object could not be kept: " + e.getMessage());
        }
      }
      incoming = null;
      storing = null;
      respond(context, store, Association.C_STORE_RSP, status);
    }

    private void respond(Context context, Command to, int field, int status) throws IOException {
      Command answer = new Command();
      answer.put(Association.SOP_CLASS, to.text(Association.SOP_CLASS));
      answer.put(Association.COMMAND_FIELD, field);
      answer.put(Association.RESPONDED_TO, to.number(Association.MESSAGE_ID));
      answer.put(Association.DATA_SET_TYPE, Association.NO_DATA);
      answer.put(Association.STATUS, status);
      if (field == Association.C_STORE_RSP) {
        answer.put(Association.SOP_INSTANCE, to.text(Association.SOP_INSTANCE));
      }
      association.writeData(context.id(), true, answer.encode(), 0, mostPdu);
    }
  }

  /** Hangs up, and returns when nothing more is kept. */
  @Override
  public void close() throws IOException {
    socket.close();
    for (Socket caller : open) {
      caller.close();
    }
    threads.shutdown();
    try {
      threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
