package org.lentigo.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/** Damages bytes: always the same way for the same random numbers. */
final class Mutator {
  private static final int MOST_CHANGES = 6;

  private final List<byte[]> words;

  /**
   * @param words what the format is made of, a character a byte
   */
  Mutator(List<String> words) {
    this.words = words.stream().map(word -> word.getBytes(StandardCharsets.ISO_8859_1)).toList();
  }

  /** One of the seeds, damaged in a few places; some are left whole. */
  byte[] of(List<byte[]> seeds, RandomGenerator random) {
    byte[] bytes = any(seeds, random);
    int changes = random.nextInt(MOST_CHANGES);
    for (int i = 0; i < changes; i++) {
      bytes = change(bytes, seeds, random);
    }
    return bytes;
  }

  private static byte[] any(List<byte[]> seeds, RandomGenerator random) {
    return seeds.get(random.nextInt(seeds.size()));
  }

  private byte[] change(byte[] bytes, List<byte[]> seeds, RandomGenerator random) {
    int length = bytes.length;
    int at = at(length, random);
    int end = Math.min(length, at + 1 + random.nextInt(1 + random.nextInt(64)));
    return switch (random.nextInt(10)) {
      case 0 -> flipped(bytes, at, (byte) (1 << random.nextInt(8)));
      case 1 -> flipped(bytes, at, (byte) random.nextInt(256));
      case 2 -> splice(bytes, at, end, new byte[0]);
      case 3 -> splice(bytes, at, at, any(words, random));
      case 4 -> splice(bytes, at, end, any(words, random));
      case 5 -> Arrays.copyOf(bytes, at);
      case 6 -> splice(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
      case 7 -> {
        byte[] other = any(seeds, random);
        int from = at(other.length, random);
        yield splice(bytes, at, length, Arrays.copyOfRange(other, from, other.length));
      }
      case 8 -> {
        byte[] noise = new byte[1 + random.nextInt(16)];
        random.nextBytes(noise);
        yield splice(bytes, at, Math.min(length, at + noise.length), noise);
      }
      default -> {
        byte[] long_ = new byte[random.nextInt(1 << random.nextInt(15))];
        Arrays.fill(long_, (byte) (32 + random.nextInt(96)));
        yield splice(bytes, at, at, long_);
      }
    };
  }

  /** Most of what matters stands in front. */
  private static int at(int length, RandomGenerator random) {
    return random.nextInt(1 + (random.nextBoolean() ? length : Math.min(length, 300)));
  }

  private static byte[] flipped(byte[] bytes, int at, byte bits) {
    byte[] flipped = bytes.clone();
    if (at < flipped.length) {
      flipped[at] ^= bits;
    }
    return flipped;
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] between) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length + between.length);
    out.write(bytes, 0, from);
    out.writeBytes(between);
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }
}
