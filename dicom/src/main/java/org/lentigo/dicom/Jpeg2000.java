package org.lentigo.dicom;

import com.github.jaiimageio.jpeg2000.impl.J2KImageReaderSpi;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import jj2000.j2k.util.FacilityManager;
import jj2000.j2k.util.StreamMsgLogger;
import org.lentigo.dicom.PixelReader.Form;

/** JPEG 2000 pictures, by a decoder that must be kept from talking and from more than a photo. */
final class Jpeg2000 {
  /** Tiles: each has a state of its own in the decoder. */
  private static final long MOST_TILES = 4096;

  /** Packets, by what the headers say: each costs the decoder some microseconds, empty or not. */
  private static final long MOST_PACKETS = 1_000_000;

  private static final int COD = 0xff52;
  private static final int COC = 0xff53;
  private static final int POC = 0xff5f;
  private static final int PPM = 0xff60;
  private static final int PPT = 0xff61;
  private static final int COM = 0xff64;
  private static final int SOT = 0xff90;
  private static final int SOD = 0xff93;
  private static final int EOC = 0xffd9;

  /** From the first byte of the code stream to the picture's size in its SIZ marker. */
  private static final int SOC_TO_SIZE = 8;

  /** A header may stand in front of the code stream, if it should not. */
  private static final int LATEST_START = 1 << 16;

  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  private Jpeg2000() {}

  /**
   * The samples, the standard's own colour transforms undone.
   *
   * @param form what the object's header says of them
   * @throws DicomException if the code stream says otherwise
   * @throws IOException if it is damaged
   */
  static Raster decode(byte[] j2k, Form form) throws IOException {
    check(j2k, form);
    ImageReader reader = new J2KImageReaderSpi().createReaderInstance();
    Thread thread = Thread.currentThread();
    FacilityManager.registerMsgLogger(thread, new StreamMsgLogger(NOWHERE, NOWHERE, 80));
    try (Ending in = new Ending(j2k);
        Silence silence = Silence.begin()) {
      reader.setInput(in, true, true);
      return reader.readRaster(0, null);
    } catch (VirtualMachineError e) {
      throw e;
    } catch (Error e) {
      // It has some of its own for damaged files, and ends threads that meet them.
      throw new IOException("damaged JPEG 2000", e);
    } finally {
      FacilityManager.unregisterMsgLogger(thread);
      reader.dispose();
    }
  }

  /**
   * The same picture without what else it may tell: comments become spaces, so that no length
   * changes, and boxes around the code stream go, which DICOM has no place for. ISO/IEC 15444-1,
   * A.9.2.
   */
  static byte[] withoutMetadata(byte[] b) {
    int siz = start(b);
    if (siz < 0) {
      return b;
    }
    byte[] out = Arrays.copyOfRange(b, siz - SOC_TO_SIZE, b.length);
    long tilePartEnd = -1;
    int at = 2;
    while (at + 4 <= out.length) {
      int marker = u16(out, at);
      if (marker == EOC) {
        return Arrays.copyOf(out, at + 2);
      }
      if (marker == SOD) {
        if (tilePartEnd <= at || tilePartEnd > out.length) {
          return out; // The last one: it ends with the stream.
        }
        at = (int) tilePartEnd;
        continue;
      }
      int length = u16(out, at + 2);
      if (marker < 0xff00 || length < 2) {
        return out;
      }
      int end = Math.min(out.length, at + 2 + length);
      if (marker == SOT && at + 10 <= out.length) {
        long bytes = u32(out, at + 6);
        tilePartEnd = bytes == 0 ? -1 : at + bytes;
      } else if (marker == COM && at + 6 < end) {
        Arrays.fill(out, at + 6, end, (byte) ' ');
      }
      at = end;
    }
    return out;
  }

  /** Reads the SIZ marker: ISO/IEC 15444-1, A.5.1. */
  private static void check(byte[] b, Form form) throws DicomException {
    int at = start(b);
    if (at < 0) {
      throw new DicomException("its pixel data: no JPEG 2000, where it is wanted");
    }
    long width = u32(b, at) - u32(b, at + 8);
    long height = u32(b, at + 4) - u32(b, at + 12);
    int components = (b[at + 32] & 0xff) << 8 | b[at + 33] & 0xff;
    if (width != form.columns() || height != form.rows() || components != form.samples()) {
      throw new DicomException(
          "its JPEG 2000 picture is %d x %d of %d components, its header says %d x %d of %d"
              .formatted(width, height, components, form.columns(), form.rows(), form.samples()));
    }
    long across = u32(b, at + 16);
    long down = u32(b, at + 20);
    if (across == 0
        || down == 0
        || (u32(b, at) / across + 1) * (u32(b, at + 4) / down + 1) > MOST_TILES) {
      throw new DicomException("its JPEG 2000 picture has too many tiles to be a photo");
    }
    long tiles = (u32(b, at) / across + 1) * (u32(b, at + 4) / down + 1);
    checkPackets(b, at - 4, Math.min(width, across), Math.min(height, down), tiles * components);
  }

  /**
   * Walks the headers of the picture and of its tiles, and bounds the work that they ask for: a few
   * bytes may promise millions of packets. ISO/IEC 15444-1, A.4 to A.6.
   *
   * @param siz where the SIZ marker's length stands
   * @param times how often a tile's packets come, for each tile and component
   */
  private static void checkPackets(byte[] b, int siz, long width, long height, long times)
      throws DicomException {
    long layers = 1;
    long precincts = 1;
    boolean looked = false;
    long orders = 1;
    long tilePart = -1;
    int at = siz - 2;
    while (at + 12 <= b.length) {
      int marker = u16(b, at);
      if (marker == EOC || marker < 0xff00) {
        break;
      }
      int length = u16(b, at + 2);
      if (marker == SOD) {
        if (!looked) {
          checkStuffing(b, at + 2);
          looked = true;
        }
        if (tilePart <= at) {
          break; // The last part goes on to the end.
        }
        at = (int) Math.min(tilePart, b.length);
        continue;
      }
      if (marker == SOT) {
        long size = u32(b, at + 6);
        tilePart = size == 0 ? -1 : at + size;
      } else if (marker == COD) {
        layers = Math.max(layers, u16(b, at + 6));
        precincts = Math.max(precincts, precincts(b, at + 9, (b[at + 4] & 1) == 1, width, height));
      } else if (marker == COC) {
        // The component's number has one byte, for there are at most three.
        precincts = Math.max(precincts, precincts(b, at + 6, (b[at + 5] & 1) == 1, width, height));
      } else if (marker == POC) {
        orders += length / 7;
      } else if (marker == PPM || marker == PPT) {
        // Past their end the decoder goes on for ever, and hardly anyone writes them.
        throw new DicomException("its JPEG 2000 picture has packed packet headers: not supported");
      }
      at += 2 + Math.max(2, length);
    }
    if (layers * precincts > MOST_PACKETS
        || layers * precincts * orders > MOST_PACKETS
        || layers * precincts * orders * times > MOST_PACKETS) {
      throw new DicomException("its JPEG 2000 picture has too many packets to be a photo");
    }
  }

  /**
   * No byte FF follows another in what a tile's data holds (A.1); one that does keeps the decoder
   * reading the same bits for ever.
   */
  private static void checkStuffing(byte[] b, int from) throws DicomException {
    for (int i = from; i + 1 < b.length; i++) {
      if (b[i] == (byte) 0xff && b[i + 1] == (byte) 0xff) {
        throw new DicomException("its pixel data: damaged JPEG 2000: two bytes FF in a row");
      }
    }
  }

  /**
   * The precincts of all resolutions of a tile and component.
   *
   * @param at where the number of decompositions stands
   */
  private static long precincts(byte[] b, int at, boolean sized, long width, long height) {
    int levels = b[at] & 0xff;
    long all = 0;
    for (int r = 0; r <= levels; r++) {
      int size = sized && at + 5 + r < b.length ? b[at + 5 + r] & 0xff : 0xff;
      all += ((width >> (size & 15)) + 1) * ((height >> (size >> 4)) + 1);
    }
    return all;
  }

  private static int u16(byte[] b, int i) {
    return (b[i] & 0xff) << 8 | b[i + 1] & 0xff;
  }

  /** Where the sizes in the SIZ marker begin; -1 if there is none. */
  private static int start(byte[] b) {
    for (int i = 0; i + 42 < b.length && i < LATEST_START; i++) {
      if (b[i] == (byte) 0xff && b[i + 1] == 0x4f && b[i + 2] == (byte) 0xff && b[i + 3] == 0x51) {
        return i + 8;
      }
    }
    return -1;
  }

  private static long u32(byte[] b, int i) {
    return (b[i] & 0xffL) << 24
        | (b[i + 1] & 0xffL) << 16
        | (b[i + 2] & 0xffL) << 8
        | b[i + 3] & 0xffL;
  }

  /** Past whose end the decoder, which takes what is missing for ones, cannot read for ever. */
  private static final class Ending extends MemoryCacheImageInputStream {
    private static final int READS_PAST_END = 1 << 12;

    private final int length;
    private int past;

    Ending(byte[] bytes) {
      super(new ByteArrayInputStream(bytes));
      length = bytes.length;
    }

    /** Without it the decoder reads to the end each time it wants to know. */
    @Override
    public long length() {
      return length;
    }

    private int counted(int n) {
      if (n < 0 && ++past > READS_PAST_END) {
        throw new UncheckedIOException(new EOFException("the data ends before the image does"));
      }
      return n;
    }

    @Override
    public int read() throws IOException {
      return counted(super.read());
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      return counted(super.read(to, from, length));
    }
  }

  /** Keeps one thread from standard error, on which the decoder prints stack traces. */
  private static final class Silence extends PrintStream {
    private final ThreadLocal<Boolean> silent = ThreadLocal.withInitial(() -> false);
    private final PrintStream err;

    private Silence(PrintStream err) {
      super(err, true);
      this.err = err;
    }

    static synchronized Silence begin() {
      if (!(System.err instanceof Silence)) {
        System.setErr(new Silence(System.err));
      }
      Silence silence = (Silence) System.err;
      silence.silent.set(true);
      return silence;
    }

    @Override
    public void write(int b) {
      if (!silent.get()) {
        err.write(b);
      }
    }

    @Override
    public void write(byte[] b, int from, int length) {
      if (!silent.get()) {
        err.write(b, from, length);
      }
    }

    /** Ends the silence; standard error stays open. */
    @Override
    public void close() {
      silent.remove();
    }
  }
}
