package org.lentigo.runtime.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * Damages files as bad disks, cut transfers and ill will do: flipped bits, other lengths in length
 * fields, missing, repeated and foreign parts. The same seed gives the same damage.
 */
final class Mutator {
  /** What sizes, counts and offsets are set to. */
  private static final long[] NUMBERS = {
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    100,
    127,
    128,
    255,
    256,
    999,
    1000,
    4096,
    30_000,
    32_767,
    32_768,
    65_535,
    65_536,
    1_000_000,
    0x00ff_ffff,
    0x0100_0000,
    0x3fff_ffff,
    0x7fff_fff0,
    0x7fff_ffff,
    0x8000_0000L,
    0xffff_fff8L,
    0xffff_ffffL,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  /** What the formats' readers look for. */
  private static final List<String> WORDS =
      List.of(
          "\u00ff\u00d8\u00ff",
          "\u00ff\u00d9",
          "\u00ff\u00c0\0\u0011\b",
          "\u00ff\u00c2\0\u0011\b",
          "\u00ff\u00c3\0\u000b\b",
          "\u00ff\u00da\0\u000c\3",
          "\u00ff\u00dd\0\4\0\1",
          "\u00ff\u00e1\0\"Exif\0\0MM\0*\0\0\0\b",
          "\u00ff\u00e2\0\u0020ICC_PROFILE\0\1\1",
          "\u00ff\u00ee\0\u000eAdobe",
          "\u0089PNG\r\n\u001a\n",
          "\0\0\0\0IEND\u00aeB`\u0082",
          "IHDR",
          "PLTE",
          "tRNS",
          "iCCP",
          "eXIf",
          "zTXt",
          "acTL",
          "GIF89a",
          "\u0021\u00f9\4",
          "\u0021\u00ff\u000bNETSCAPE2.0\3\1\0\0\0",
          ",\0\0\0\0",
          "BM",
          "II*\0",
          "MM\0*",
          "II+\0",
          "RIFF",
          "WEBPVP8 ",
          "WEBPVP8L",
          "WEBPVP8X",
          "ANMF",
          "ALPH",
          "{\"",
          "[[[[[[[[[[[[[[[[",
          "{\"a\":{\"a\":{\"a\":",
          "null",
          "NaN",
          "1e999",
          "-1",
          "\"data_offsets\":[0,",
          "\"shape\":[");

  private final SplittableRandom random;

  Mutator(long seed) {
    random = new SplittableRandom(seed);
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  <T> T oneOf(List<T> all) {
    return all.get(below(all.size()));
  }

  /**
   * A damaged copy.
   *
   * @param others whose parts may get in
   */
  byte[] damaged(byte[] file, List<byte[]> others) {
    byte[] bytes = file.clone();
    for (int times = 1 + below(4); times > 0; times--) {
      bytes = damagedOnce(bytes, others);
    }
    return below(8) == 0 ? bytes : withPngChecksums(bytes);
  }

  private byte[] damagedOnce(byte[] b, List<byte[]> others) {
    if (b.length < 16) {
      return joined(b, oneOf(others));
    }
    int at = place(b.length);
    int length = Math.min(b.length - at, 1 + below(1 << 1 + below(10)));
    return switch (below(12)) {
      case 0 -> {
        b[at] ^= (byte) (1 << below(8));
        yield b;
      }
      case 1 -> {
        b[at] = (byte) below(256);
        yield b;
      }
      case 2, 3, 4 -> {
        put(b, at, NUMBERS[below(NUMBERS.length)]);
        yield b;
      }
      case 5 -> Arrays.copyOf(b, at);
      case 6 -> joined(Arrays.copyOf(b, at), Arrays.copyOfRange(b, at + length, b.length));
      case 7 -> repeated(b, at, length);
      case 8 -> {
        byte[] other = oneOf(others);
        yield joined(
            Arrays.copyOf(b, at), Arrays.copyOfRange(other, place(other.length), other.length));
      }
      case 9 -> {
        byte[] other = oneOf(others);
        int from = place(other.length);
        int n = Math.min(Math.min(length, other.length - from), b.length - at);
        System.arraycopy(other, from, b, at, n);
        yield b;
      }
      case 10 -> {
        byte[] word = oneOf(WORDS).getBytes(ISO_8859_1);
        System.arraycopy(word, 0, b, at, Math.min(word.length, b.length - at));
        yield b;
      }
      default ->
          joined(
              joined(Arrays.copyOf(b, at), oneOf(WORDS).getBytes(ISO_8859_1)),
              Arrays.copyOfRange(b, at, b.length));
    };
  }

  /** Half the time among the first bytes, where the headers are. */
  private int place(int length) {
    return below(below(2) == 0 ? Math.min(length, 96) : length);
  }

  /** Of 1, 2, 4 or 8 bytes, either end first. */
  private void put(byte[] b, int at, long number) {
    ByteBuffer eight = ByteBuffer.allocate(8);
    int size = 1 << below(4);
    if (below(2) == 0) {
      eight.order(ByteOrder.LITTLE_ENDIAN).putLong(number);
      System.arraycopy(eight.array(), 0, b, at, Math.min(size, b.length - at));
    } else {
      eight.putLong(number);
      System.arraycopy(eight.array(), 8 - size, b, at, Math.min(size, b.length - at));
    }
  }

  private byte[] repeated(byte[] b, int at, int length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(b, 0, at);
    int times = 2 + below(below(8) == 0 ? 100 : 4);
    for (int i = 0; i < times; i++) {
      out.write(b, at, length);
    }
    out.write(b, at + length, b.length - at - length);
    return out.toByteArray();
  }

  static byte[] joined(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /** Corrects the checksums, without which a damaged PNG is refused at its first chunk. */
  static byte[] withPngChecksums(byte[] b) {
    if (b.length < 8 || (b[0] & 0xff) != 0x89 || b[1] != 'P') {
      return b;
    }
    ByteBuffer bytes = ByteBuffer.wrap(b);
    long at = 8;
    while (at + 12 <= b.length) {
      long end = at + 8 + (bytes.getInt((int) at) & 0xffff_ffffL);
      if (end + 4 > b.length) {
        break;
      }
      CRC32 crc = new CRC32();
      crc.update(b, (int) at + 4, (int) (end - at) - 4);
      bytes.putInt((int) end, (int) crc.getValue());
      at = end + 4;
    }
    return b;
  }
}
