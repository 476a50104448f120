package org.lentigo.imaging;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Writes a mask as an 8-bit grey PNG straight from its runs of equal pixels.
 *
 * <p>A live picture's mask is written in the time between two frames, and ImageIO's writer takes a
 * fifth of the network's time for it: it tries every filter on every row, and zlib then looks at
 * every byte for repetitions. In a mask they are known beforehand. The compressed data are one
 * deflate block with fixed Huffman codes (RFC 1951, 3.2.6), in which a run is its value once and
 * then a repetition of the byte before.
 */
final class MaskPng {
  private static final long SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int ADLER_MODULUS = 65521;
  private static final int LONGEST_MATCH = 258;
  private static final int END_OF_BLOCK = 256;

  private byte[] bytes = new byte[1 << 12];
  private int size;
  private long bits;
  private int bitCount;
  private long adlerA = 1;
  private long adlerB;

  private MaskPng() {}

  static void write(Mask mask, OutputStream stream) throws IOException {
    DataOutputStream out = new DataOutputStream(stream);
    out.writeLong(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(mask.width()).putInt(mask.height());
    header.put((byte) 8); // bits a sample; grey, deflate, filters by row, not interlaced: all 0
    writeChunk(out, "IHDR", header.array());
    writeChunk(out, "IDAT", new MaskPng().compress(mask));
    writeChunk(out, "IEND", new byte[0]);
    out.flush();
  }

  private static void writeChunk(DataOutputStream out, String type, byte[] content)
      throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 checksum = new CRC32();
    checksum.update(name);
    checksum.update(content);
    out.writeInt(content.length);
    out.write(name);
    out.write(content);
    out.writeInt((int) checksum.getValue());
  }

  /** The rows, each behind a 0 for "no filter", as a zlib stream (RFC 1950). */
  private byte[] compress(Mask mask) {
    put(0x78, 8); // deflate with a window of 32 KB
    put(0x01, 8); // no dictionary; makes the two bytes a multiple of 31
    put(0b011, 3); // the last block, fixed codes
    byte[] data = mask.data();
    int width = mask.width();
    byte[] zeros = new byte[width];
    byte[] ones = new byte[width];
    Arrays.fill(ones, (byte) 1);
    // Zeros go on from the end of a row through the filter of the next.
    long zerosBefore = 0;
    for (int y = 0; y < mask.height(); y++) {
      zerosBefore++;
      int end = (y + 1) * width;
      int at = y * width;
      while (at < end) {
        int outside = length(data, at, end, zeros);
        zerosBefore += outside;
        at += outside;
        int inside = length(data, at, end, ones);
        if (inside > 0) {
          putRun(0, zerosBefore);
          zerosBefore = 0;
          putRun(255, inside);
          at += inside;
        }
      }
    }
    putRun(0, zerosBefore);
    putSymbol(END_OF_BLOCK);
    put(0, (8 - bitCount) % 8 & 7);
    for (int shift = 24; shift >= 0; shift -= 8) {
      put((int) ((adlerB << 16 | adlerA) >>> shift) & 0xff, 8);
    }
    return Arrays.copyOf(bytes, size);
  }

  /** For how many pixels the mask goes on like {@code run}. */
  private static int length(byte[] data, int from, int end, byte[] run) {
    int length = Arrays.mismatch(data, from, end, run, 0, end - from);
    return length < 0 ? end - from : length;
  }

  private void putRun(int value, long length) {
    if (length == 0) {
      return;
    }
    // Adler-32 of a run in one step: a grows by the value each byte, b by a.
    long n = length % ADLER_MODULUS;
    long triangle =
        (length % 2 == 0
                ? length / 2 % ADLER_MODULUS * ((length + 1) % ADLER_MODULUS)
                : (length + 1) / 2 % ADLER_MODULUS * n)
            % ADLER_MODULUS;
    adlerB = (adlerB + n * adlerA + value * triangle) % ADLER_MODULUS;
    adlerA = (adlerA + n * value) % ADLER_MODULUS;

    putSymbol(value);
    long left = length - 1;
    while (left >= 3) {
      int match = (int) Math.min(left, LONGEST_MATCH);
      putMatch(match);
      left -= match;
    }
    for (; left > 0; left--) {
      putSymbol(value);
    }
  }

  /** A repetition of the byte before, 3 to 258 times. */
  private void putMatch(int length) {
    if (length == LONGEST_MATCH) {
      putSymbol(285);
    } else if (length <= 10) {
      putSymbol(254 + length);
    } else {
      // From 11 on, four symbols for each number of extra bits (RFC 1951, 3.2.5).
      int beyond = length - 3;
      int extra = 29 - Integer.numberOfLeadingZeros(beyond);
      putSymbol(257 + 4 * extra + (beyond >> extra));
      put(beyond & (1 << extra) - 1, extra);
    }
    put(0, 5); // distance 1
  }

  /** A literal, length or end, in its fixed code. Codes go highest bit first, all else lowest. */
  private void putSymbol(int symbol) {
    int code;
    int length;
    if (symbol < 144) {
      code = 0x30 + symbol;
      length = 8;
    } else if (symbol < 256) {
      code = 0x190 + symbol - 144;
      length = 9;
    } else if (symbol < 280) {
      code = symbol - 256;
      length = 7;
    } else {
      code = 0xc0 + symbol - 280;
      length = 8;
    }
    put(Integer.reverse(code) >>> 32 - length, length);
  }

  private void put(int value, int count) {
    bits |= (long) value << bitCount;
    bitCount += count;
    while (bitCount >= 8) {
      if (size == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * size);
      }
      bytes[size++] = (byte) bits;
      bits >>>= 8;
      bitCount -= 8;
    }
  }
}
