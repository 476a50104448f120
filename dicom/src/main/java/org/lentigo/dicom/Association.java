package org.lentigo.dicom;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What both sides of an association do: PDUs (PS3.8, chapter 9) and command sets (PS3.7, 6.3). A
 * PDU that is longer than agreed, or takes too long to come or to go, ends it.
 */
final class Association implements AutoCloseable {
  static final int ASSOCIATE_RQ = 1;
  static final int ASSOCIATE_AC = 2;
  static final int ASSOCIATE_RJ = 3;
  static final int DATA = 4;
  static final int RELEASE_RQ = 5;
  static final int RELEASE_RP = 6;
  static final int ABORT = 7;

  static final String APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1";
  static final String VERIFICATION = "1.2.840.10008.1.1";

  /** Study Root Query/Retrieve Information Model, find: PS3.4, C.6.2. */
  static final String FIND_IN_STUDIES = "1.2.840.10008.5.1.4.1.2.2.1";

  /** What is received at most in one PDU, and said so. */
  static final int MOST_PDU = 1 << 17;

  static final int C_STORE_RQ = 0x0001;
  static final int C_STORE_RSP = 0x8001;
  static final int C_FIND_RQ = 0x0020;
  static final int C_ECHO_RQ = 0x0030;
  static final int C_ECHO_RSP = 0x8030;
  static final int NO_DATA = 0x0101;

  /** There is a match, and there may be more; with one more bit set, keys were not heeded. */
  static final int PENDING = 0xff00;

  /** A proposed or accepted pair of class and encoding. */
  record Context(int id, String abstractSyntax, List<String> transferSyntaxes) {}

  /** A PDU without its first six bytes. */
  record Pdu(int type, byte[] body) {}

  /** Silence beyond the patience is told to the other side; what only trickles is cut off. */
  private static final int GRACE_MILLIS = 1000;

  private static final ScheduledThreadPoolExecutor WATCH = watch();

  private final Socket plain;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final int patienceMillis;

  /** A way to TLS on an open connection. */
  interface Handshake {
    Socket shake(Socket plain) throws IOException;
  }

  /**
   * @param plain connected; closed with this, and if this fails
   * @param handshake with TLS; returns its argument where there is none
   * @param patienceMillis how long the handshake, or a PDU, may take
   */
  Association(Socket plain, Handshake handshake, int patienceMillis) throws IOException {
    this.plain = plain;
    this.patienceMillis = patienceMillis;
    try {
      plain.setSoTimeout(patienceMillis);
      plain.setTcpNoDelay(true);
      socket = guarded(() -> handshake.shake(plain), patienceMillis);
      in = socket.getInputStream();
      out = socket.getOutputStream();
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  private static ScheduledThreadPoolExecutor watch() {
    ScheduledThreadPoolExecutor watch =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "dicom-watch");
              thread.setDaemon(true);
              return thread;
            });
    watch.setRemoveOnCancelPolicy(true);
    return watch;
  }

  /** What may wait for the other side. */
  private interface Waiting<T> {
    T call() throws IOException;
  }

  /**
   * Does it within a time. A timeout of the socket's is not enough: it starts anew with each byte,
   * TLS waits for whole records, and a write has none.
   */
  private <T> T guarded(Waiting<T> waiting, int millis) throws IOException {
    AtomicBoolean late = new AtomicBoolean();
    ScheduledFuture<?> cut =
        WATCH.schedule(
            () -> {
              late.set(true);
              closeQuietly(plain);
            },
            millis,
            TimeUnit.MILLISECONDS);
    try {
      return waiting.call();
    } catch (IOException e) {
      if (late.get() || e instanceof SocketTimeoutException) {
        SocketTimeoutException timeout =
            new SocketTimeoutException("the other side took longer than " + patienceMillis + " ms");
        timeout.addSuppressed(e);
        throw timeout;
      }
      throw e;
    } finally {
      cut.cancel(false);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }

  /** The next PDU. */
  Pdu read() throws IOException {
    return guarded(this::readPdu, patienceMillis + GRACE_MILLIS);
  }

  private Pdu readPdu() throws IOException {
    long deadline = System.nanoTime() + patienceMillis * 1_000_000L;
    byte[] head = readFully(6, deadline);
    long length = ByteBuffer.wrap(head).getInt(2) & 0xffff_ffffL;
    if (length > MOST_PDU) {
      throw new DicomException(
          "a PDU of " + length + " bytes, where at most " + MOST_PDU + " are taken");
    }
    return new Pdu(head[0] & 0xff, readFully((int) length, deadline));
  }

  private byte[] readFully(int n, long deadline) throws IOException {
    byte[] bytes = new byte[n];
    int done = 0;
    while (done < n) {
      int more = in.read(bytes, done, n - done);
      if (more < 0) {
        throw new EOFException("the other side hung up");
      }
      done += more;
      if (System.nanoTime() > deadline) {
        throw new SocketTimeoutException();
      }
    }
    return bytes;
  }

  void write(int type, byte[] body) throws IOException {
    ByteBuffer pdu = ByteBuffer.allocate(6 + body.length);
    pdu.put((byte) type).put((byte) 0).putInt(body.length).put(body);
    send(pdu.array());
  }

  private void send(byte[] pdu) throws IOException {
    guarded(
        () -> {
          out.write(pdu);
          out.flush();
          return pdu;
        },
        patienceMillis);
  }

  /** What is done with each part of a message in a PDU. */
  interface Part {
    /**
     * @param command whether it is of the command, rather than of the data
     * @param last whether it ends the command or the data
     */
    void take(int context, boolean command, boolean last, byte[] b, int from, int length)
        throws IOException;
  }

  /** The parts of messages in the body of one PDU of data: PS3.8, 9.3.5. */
  static void forEachPart(byte[] body, Part part) throws IOException {
    int at = 0;
    while (at + 6 <= body.length) {
      int length = ByteBuffer.wrap(body).getInt(at);
      if (length < 2 || length > body.length - at - 4) {
        throw new DicomException("a damaged PDU of data");
      }
      int flags = body[at + 5];
      part.take(body[at + 4] & 0xff, (flags & 1) != 0, (flags & 2) != 0, body, at + 6, length - 2);
      at += 4 + length;
    }
  }

  /**
   * A whole message.
   *
   * @param data empty where none came with it
   */
  record Message(Command command, byte[] data) {}

  /**
   * The other side's next message, of at most as many bytes as a PDU may have.
   *
   * @throws IOException also if it ends the association instead
   */
  Message readMessage() throws IOException {
    ByteArrayOutputStream command = new ByteArrayOutputStream();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    boolean[] ended = new boolean[2];
    while (true) {
      Pdu pdu = read();
      if (pdu.type() != DATA) {
        throw new DicomException("a PDU of type " + pdu.type() + " where an answer was due");
      }
      forEachPart(
          pdu.body(),
          (context, isCommand, last, b, from, length) -> {
            (isCommand ? command : data).write(b, from, length);
            ended[isCommand ? 0 : 1] |= last;
          });
      if (command.size() + data.size() > MOST_PDU) {
        throw new DicomException("an answer of more than " + MOST_PDU + " bytes");
      }
      if (ended[0]) {
        Command whole = Command.parse(command.toByteArray());
        int dataType = whole.number(DATA_SET_TYPE);
        if (ended[1] || dataType == NO_DATA || dataType < 0) {
          return new Message(whole, data.toByteArray());
        }
      }
    }
  }

  /** Command or data, in as many PDUs as the other side wants. */
  void writeData(int context, boolean command, byte[] bytes, int from, int mostPdu)
      throws IOException {
    int most = mostPdu - 6;
    int at = from;
    do {
      int n = Math.min(most, bytes.length - at);
      boolean last = at + n == bytes.length;
      ByteBuffer pdu = ByteBuffer.allocate(12 + n);
      pdu.put((byte) DATA).put((byte) 0).putInt(6 + n).putInt(2 + n).put((byte) context);
      pdu.put((byte) ((command ? 1 : 0) | (last ? 2 : 0))).put(bytes, at, n);
      send(pdu.array());
      at += n;
    } while (at < bytes.length);
  }

  /** Tells the other side that it is over. */
  void abort() {
    try {
      write(ABORT, new byte[] {0, 0, 2, 0});
    } catch (IOException e) {
      // It is gone already.
    }
  }

  @Override
  public void close() throws IOException {
    try {
      guarded(
          () -> {
            socket.close();
            return socket;
          },
          patienceMillis);
    } finally {
      plain.close();
    }
  }

  /** A request for an association, or the answer that accepts it. */
  record Associate(
      String called,
      String calling,
      List<Context> contexts,
      Map<Integer, Integer> results,
      int mostPdu) {
    /**
     * @param body of an A-ASSOCIATE-RQ or -AC
     */
    static Associate parse(byte[] body) throws DicomException {
      try {
        ByteBuffer b = ByteBuffer.wrap(body);
        b.position(4);
        String called = title(b);
        String calling = title(b);
        b.position(68);
        List<Context> contexts = new ArrayList<>();
        Map<Integer, Integer> results = new LinkedHashMap<>();
        int mostPdu = 0;
        while (b.remaining() >= 4) {
          int type = b.get() & 0xff;
          b.get();
          ByteBuffer item = slice(b, b.getShort() & 0xffff);
          if (type == 0x20 || type == 0x21) {
            contexts.add(context(item, results));
          } else if (type == 0x50) {
            while (item.remaining() >= 4) {
              int sub = item.get() & 0xff;
              item.get();
              ByteBuffer value = slice(item, item.getShort() & 0xffff);
              if (sub == 0x51 && value.remaining() >= 4) {
                mostPdu = value.getInt();
              }
            }
          }
        }
        return new Associate(called, calling, contexts, results, mostPdu);
      } catch (RuntimeException e) {
        throw new DicomException("a damaged request for an association", e);
      }
    }

    /** What the other side takes in one PDU; none said is no limit. */
    int usablePdu() {
      return mostPdu <= 0 || mostPdu > MOST_PDU ? MOST_PDU : Math.max(128, mostPdu);
    }

    private static String title(ByteBuffer b) {
      byte[] title = new byte[16];
      b.get(title);
      return new String(title, StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?").strip();
    }

    private static Context context(ByteBuffer item, Map<Integer, Integer> results) {
      int id = item.get() & 0xff;
      item.get();
      results.put(id, item.get() & 0xff);
      item.get();
      String abstractSyntax = "";
      List<String> transfer = new ArrayList<>();
      while (item.remaining() >= 4) {
        int sub = item.get() & 0xff;
        item.get();
        ByteBuffer value = slice(item, item.getShort() & 0xffff);
        byte[] text = new byte[value.remaining()];
        value.get(text);
        String uid = new String(text, StandardCharsets.US_ASCII).replace("\0", "").strip();
        if (sub == 0x30) {
          abstractSyntax = uid;
        } else if (sub == 0x40) {
          transfer.add(uid);
        }
      }
      return new Context(id, abstractSyntax, transfer);
    }

    private static ByteBuffer slice(ByteBuffer b, int length) {
      ByteBuffer part = b.slice(b.position(), length);
      b.position(b.position() + length);
      return part;
    }

    /**
     * The body of a PDU.
     *
     * @param accept whether it is the answer, whose contexts have a result and one transfer syntax
     */
    byte[] encode(boolean accept) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream to = new DataOutputStream(bytes);
      to.writeShort(1);
      to.writeShort(0);
      to.writeBytes(String.format(Locale.ROOT, "%-16s%-16s", called, calling));
      to.write(new byte[32]);
      item(to, 0x10, APPLICATION_CONTEXT);
      for (Context context : contexts) {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        DataOutputStream item = new DataOutputStream(inner);
        item.writeByte(context.id());
        item.writeByte(0);
        item.writeByte(accept ? results.getOrDefault(context.id(), 0) : 0);
        item.writeByte(0);
        if (!accept) {
          item(item, 0x30, context.abstractSyntax());
        }
        for (String syntax : context.transferSyntaxes()) {
          item(item, 0x40, syntax);
        }
        item(to, accept ? 0x21 : 0x20, inner.toByteArray());
      }
      ByteArrayOutputStream inner = new ByteArrayOutputStream();
      DataOutputStream user = new DataOutputStream(inner);
      user.writeShort(0x5100);
      user.writeShort(4);
      user.writeInt(mostPdu);
      item(user, 0x52, Part10Writer.IMPLEMENTATION);
      item(user, 0x55, Part10Writer.IMPLEMENTATION_VERSION);
      item(to, 0x50, inner.toByteArray());
      return bytes.toByteArray();
    }

    private static void item(DataOutputStream to, int type, String text) throws IOException {
      item(to, type, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void item(DataOutputStream to, int type, byte[] body) throws IOException {
      to.writeByte(type);
      to.writeByte(0);
      to.writeShort(body.length);
      to.write(body);
    }
  }

  /** A command set: implicit little endian, group 0000 alone. */
  static final class Command {
    private final TreeMap<Integer, byte[]> elements = new TreeMap<>();

    static Command parse(byte[] b) throws DicomException {
      Command command = new Command();
      ByteBuffer buffer = ByteBuffer.wrap(b).order(ByteOrder.LITTLE_ENDIAN);
      while (buffer.remaining() >= 8) {
        int tag = (buffer.getShort() & 0xffff) << 16 | buffer.getShort() & 0xffff;
        long length = buffer.getInt() & 0xffff_ffffL;
        if (length > buffer.remaining()) {
          throw new DicomException("a damaged command");
        }
        byte[] value = new byte[(int) length];
        buffer.get(value);
        command.elements.put(tag, value);
      }
      return command;
    }

    int number(int element) {
      byte[] value = elements.getOrDefault(element, new byte[0]);
      return value.length < 2 ? -1 : value[0] & 0xff | (value[1] & 0xff) << 8;
    }

    String text(int element) {
      byte[] value = elements.getOrDefault(element, new byte[0]);
      return new String(value, StandardCharsets.US_ASCII).replace("\0", "").strip();
    }

    Command put(int element, int number) {
      elements.put(element, new byte[] {(byte) number, (byte) (number >>> 8)});
      return this;
    }

    Command put(int element, String uid) {
      byte[] text = uid.getBytes(StandardCharsets.US_ASCII);
      elements.put(element, Arrays.copyOf(text, text.length + text.length % 2));
      return this;
    }

    byte[] encode() {
      int length = elements.values().stream().mapToInt(v -> 8 + v.length).sum();
      ByteBuffer to = ByteBuffer.allocate(12 + length).order(ByteOrder.LITTLE_ENDIAN);
      to.putInt(0).putInt(4).putInt(length);
      elements.forEach(
          (tag, value) ->
              to.putShort((short) 0).putShort(tag.shortValue()).putInt(value.length).put(value));
      return to.array();
    }
  }

  static final int SOP_CLASS = 0x0002;
  static final int COMMAND_FIELD = 0x0100;
  static final int MESSAGE_ID = 0x0110;
  static final int RESPONDED_TO = 0x0120;
  static final int PRIORITY = 0x0700;
  static final int DATA_SET_TYPE = 0x0800;
  static final int STATUS = 0x0900;
  static final int SOP_INSTANCE = 0x1000;
}
