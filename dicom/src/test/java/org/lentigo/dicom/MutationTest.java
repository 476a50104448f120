package org.lentigo.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged objects, seeded: each is read, or refused in one line that tells nothing of the patient.
 * A hundred thousand of them:
 *
 * <pre>
 * mvn -pl dicom -am test -Dtest=MutationTest -Dlentigo.mutations=100000 -Dlentigo.seed=1 \
 *   -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
class MutationTest {
  private static final int MOST_PIXELS = 1 << 20;

  /** Generous, since the machine may be busy: an endless loop is what it is for. */
  private static final long MOST_NANOS = 60_000_000_000L;

  private static final int[] LENGTHS = {
    0, 1, 2, 3, 7, 8, 0xfe, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff
  };

  private static final byte[][] WORDS = {
    {(byte) 0xfe, (byte) 0xff, 0x00, (byte) 0xe0, -1, -1, -1, -1},
    {(byte) 0xfe, (byte) 0xff, 0x0d, (byte) 0xe0, 0, 0, 0, 0},
    {(byte) 0xfe, (byte) 0xff, (byte) 0xdd, (byte) 0xe0, 0, 0, 0, 0},
    {0x40, 0x00, 0x30, (byte) 0xa7, 'S', 'Q', 0, 0, -1, -1, -1, -1},
    {(byte) 0xe0, 0x7f, 0x10, 0x00, 'O', 'B', 0, 0, -1, -1, -1, -1},
    {0x28, 0x00, 0x08, 0x00, 'I', 'S', 6, 0, '6', '5', '5', '3', '5', ' '},
    {'S', 'Q'},
    {'U', 'N'},
    {'O', 'W'},
    {(byte) 0xff, (byte) 0xd9},
    {(byte) 0xff, (byte) 0xc3, 0, 0x11, 12},
  };

  private static byte[] damaged(byte[] file, List<byte[]> others, SplittableRandom random) {
    byte[] b = file.clone();
    for (int times = 1 + random.nextInt(4); times > 0 && b.length > 200; times--) {
      // Half the time where the headers are.
      int at =
          random.nextBoolean()
              ? 128 + random.nextInt(Math.min(b.length - 128, 1500))
              : random.nextInt(b.length);
      switch (random.nextInt(8)) {
        case 0 -> b[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> b[at] = (byte) random.nextInt(256);
        case 2, 3 -> {
          int length = LENGTHS[random.nextInt(LENGTHS.length)];
          for (int i = 0; i < 4 && at + i < b.length; i++) {
            b[at + i] = (byte) (length >>> 8 * i);
          }
        }
        case 4 -> b = Arrays.copyOf(b, at);
        case 5 -> {
          byte[] word = WORDS[random.nextInt(WORDS.length)];
          System.arraycopy(word, 0, b, at, Math.min(word.length, b.length - at));
        }
        case 6 -> {
          byte[] word = WORDS[random.nextInt(WORDS.length)];
          byte[] longer = Arrays.copyOf(b, b.length + word.length);
          System.arraycopy(b, at, longer, at + word.length, b.length - at);
          System.arraycopy(word, 0, longer, at, word.length);
          b = longer;
        }
        default -> {
          byte[] other = others.get(random.nextInt(others.size()));
          int from = random.nextInt(other.length);
          int n = Math.min(1 + random.nextInt(64), Math.min(other.length - from, b.length - at));
          System.arraycopy(other, from, b, at, n);
        }
      }
    }
    return b;
  }

  private static List<byte[]> seeds(Path folder) throws Exception {
    List<byte[]> seeds = new ArrayList<>();
    byte[] wrapped = Fixtures.wrapped(64, 48, folder);
    seeds.add(wrapped);
    DicomPhoto photo = DicomPhoto.read(wrapped, MOST_PIXELS);
    byte[] rgb = photo.photo().image().data();
    DataSet plain = photo.data().copy();
    plain.put(Tag.PHOTOMETRIC, "RGB");
    plain.remove(Tag.ICC_PROFILE);
    plain.put(Tag.PIXEL_DATA, Vr.OW, rgb);
    seeds.add(Part10Writer.file(plain, TransferSyntax.IMPLICIT));
    seeds.add(Part10Writer.file(plain, TransferSyntax.DEFLATED));
    seeds.add(Part10Writer.file(plain, TransferSyntax.EXPLICIT));
    DataSet palette = plain.copy();
    palette.put(Tag.SAMPLES, 1);
    palette.put(Tag.PHOTOMETRIC, "PALETTE COLOR");
    for (int c = 0; c < 3; c++) {
      palette.put(
          DataSet.Element.of(Tag.PALETTE_DESCRIPTOR + c, Vr.US, new byte[] {0, 1, 0, 0, 8, 0}));
      palette.put(DataSet.Element.of(Tag.PALETTE_DATA + c, Vr.OW, new byte[256]));
    }
    palette.put(Tag.PIXEL_DATA, Vr.OW, Arrays.copyOf(rgb, 64 * 48));
    seeds.add(Part10Writer.file(palette, TransferSyntax.EXPLICIT));
    seeds.add(new DicomResults(photo, Fixtures.outline(photo), Fixtures.NOW).report());
    return seeds;
  }

  /** Also those of pydicom, where it is installed: every transfer syntax is among them. */
  private static List<byte[]> withPydicom(List<byte[]> own) throws Exception {
    List<byte[]> all = new ArrayList<>(own);
    try {
      for (Path file : Tools.pydicomFiles()) {
        byte[] bytes = Files.readAllBytes(file);
        if (bytes.length < 100_000 && Part10Reader.isPart10(bytes)) {
          // As photos, so that their pixels are looked at.
          all.add(asPhoto(bytes));
        }
      }
    } catch (org.opentest4j.TestAbortedException e) {
      // It is not installed: its files are left out.
    }
    return all;
  }

  private static byte[] asPhoto(byte[] bytes) {
    try {
      Part10 file = Part10Reader.read(bytes, 1 << 24);
      file.data().put(Tag.SOP_CLASS, Uids.SECONDARY_CAPTURE);
      return file.syntax() == TransferSyntax.BIG_ENDIAN
          ? bytes
          : Part10Writer.file(file.data(), file.syntax());
    } catch (DicomException e) {
      return bytes;
    }
  }

  @Test
  void isReadOrRefusedInALine(@TempDir Path folder) throws Exception {
    int count = Integer.getInteger("lentigo.mutations", 3000);
    SplittableRandom random = new SplittableRandom(Long.getLong("lentigo.seed", 1));
    List<byte[]> seeds = withPydicom(seeds(folder));
    int read = 0;
    for (int i = 0; i < count; i++) {
      byte[] bytes = damaged(seeds.get(random.nextInt(seeds.size())), seeds, random);
      long start = System.nanoTime();
      try {
        DicomPhoto photo = DicomPhoto.read(bytes, MOST_PIXELS);
        new Anonymiser().anonymised(photo).toFile();
        read++;
      } catch (DicomException e) {
        assertThat(e.getMessage()).isNotBlank().doesNotContain("\n", "P-4711", "nne", "19610203");
      } catch (RuntimeException | Error e) {
        Path kept = Files.write(Files.createTempFile("mutation", ".dcm"), bytes);
        fail("mutation %d of seed: %s; kept as %s".formatted(i, e, kept), e);
      }
      assertThat(System.nanoTime() - start).as("mutation " + i).isLessThan(MOST_NANOS);
    }
    assertThat(read).as("read of " + count).isBetween(count / 50, count - count / 50);
  }
}
