package org.lentigo.dicom;

/** DICOM's run-length coding: PS3.5, annex G. */
final class Rle {
  private static final int HEADER = 64;

  /** Two bytes make at most as many. */
  private static final int BEST_RATIO = 64;

  private Rle() {}

  /**
   * Decodes one frame.
   *
   * @param b the frame: a header of 64 bytes and up to 15 segments, the high bytes of each sample
   *     first
   * @param pixels of the frame
   * @param samples of a pixel
   * @param bytes of a sample
   * @return sample after sample, a plane each, each sample little endian
   */
  static byte[] decode(byte[] b, int pixels, int samples, int bytes) throws DicomException {
    int planes = samples * bytes;
    if (b.length < HEADER || u32(b, 0) != planes) {
      throw new DicomException(
          b.length < HEADER
              ? "damaged RLE: a frame of " + b.length + " bytes, which is less than its header"
              : "damaged RLE: " + u32(b, 0) + " segments, wanted " + planes);
    }
    if (pixels > (long) BEST_RATIO * (b.length - HEADER)) {
      throw new DicomException("damaged RLE: too few bytes for its size");
    }
    byte[] out = new byte[Math.multiplyExact(pixels, planes)];
    for (int plane = 0; plane < planes; plane++) {
      long from = u32(b, 4 + 4 * plane);
      long to = plane + 1 < planes ? u32(b, 8 + 4 * plane) : b.length;
      if (from < HEADER || to < from || to > b.length) {
        throw new DicomException("damaged RLE: segment " + (plane + 1) + " lies outside the frame");
      }
      int sample = plane / bytes;
      int lowByte = bytes - 1 - plane % bytes;
      decode(b, (int) from, (int) to, out, sample * pixels * bytes + lowByte, bytes, pixels);
    }
    return out;
  }

  private static void decode(byte[] b, int from, int to, byte[] out, int at, int step, int pixels)
      throws DicomException {
    int done = 0;
    int i = from;
    while (done < pixels) {
      if (i >= to) {
        throw new DicomException(
            "damaged RLE: a segment ends after " + done + " of " + pixels + " bytes");
      }
      int n = b[i++];
      if (n >= 0) {
        int run = Math.min(Math.min(n + 1, pixels - done), to - i);
        for (int k = 0; k < run; k++, done++) {
          out[at + done * step] = b[i + k];
        }
        i += n + 1;
      } else if (n != -128 && i < to) {
        int run = Math.min(1 - n, pixels - done);
        for (int k = 0; k < run; k++, done++) {
          out[at + done * step] = b[i];
        }
        i++;
      }
    }
  }

  private static long u32(byte[] b, int i) {
    return (b[i] & 0xffL)
        | (b[i + 1] & 0xffL) << 8
        | (b[i + 2] & 0xffL) << 16
        | (b[i + 3] & 0xffL) << 24;
  }
}
