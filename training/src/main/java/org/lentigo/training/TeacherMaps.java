package org.lentigo.training;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UTFDataFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;

/**
 * What a teacher has said of the training images so far, one map an image in the order of their
 * stems, in memory and in a file beside the checkpoint: showing it thousands of photos takes longer
 * than many an epoch, and a run that is resumed goes on where it was.
 */
final class TeacherMaps {
  private static final int MAGIC = 0x4c454e55; // "LENU"

  private final Path file;
  private final int length;
  private final List<byte[]> maps = new ArrayList<>();

  private TeacherMaps(Path file, int length) {
    this.file = file;
    this.length = length;
  }

  /**
   * Reads the whole maps that the file holds; what a kill left half-written is cut off. A file that
   * is missing or belongs to something else is begun anew.
   *
   * @param key tells the teachers and the images; 65,535 bytes at most
   * @param length of a map, in bytes
   */
  static TeacherMaps open(Path file, String key, int length) throws IOException {
    TeacherMaps all = new TeacherMaps(file, length);
    try (RandomAccessFile from = new RandomAccessFile(file.toFile(), "rw")) {
      long whole = 0;
      try {
        if (from.readInt() == MAGIC && from.readUTF().equals(key)) {
          do {
            whole = from.getFilePointer();
          } while (all.readOne(from));
        }
      } catch (EOFException | UTFDataFormatException e) {
        // So far, and no further.
      }
      from.setLength(whole);
      if (whole == 0) {
        from.writeInt(MAGIC);
        from.writeUTF(key);
      }
    }
    return all;
  }

  private boolean readOne(RandomAccessFile from) throws IOException {
    byte[] map = new byte[length];
    from.readFully(map);
    if (from.readInt() != checksum(map)) {
      return false;
    }
    maps.add(map);
    return true;
  }

  private static int checksum(byte[] map) {
    CRC32 crc = new CRC32();
    crc.update(map);
    return (int) crc.getValue();
  }

  /** So far, of the first images. */
  List<byte[]> maps() {
    return Collections.unmodifiableList(maps);
  }

  /** Of the images that come next. */
  void add(List<byte[]> next) throws IOException {
    try (RandomAccessFile to = new RandomAccessFile(file.toFile(), "rw")) {
      to.seek(to.length());
      for (byte[] map : next) {
        to.write(map);
        to.writeInt(checksum(map));
      }
    }
    maps.addAll(next);
  }
}
