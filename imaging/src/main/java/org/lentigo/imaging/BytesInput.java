package org.lentigo.imaging;

import java.io.IOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory as the decoders want it. Some of them read on past the end for as long as the
 * header promises pixels, which takes minutes for a large promise: this stream ends that.
 */
final class BytesInput extends ImageInputStreamImpl {
  /** Looking a little past the end is normal. */
  private static final int READS_PAST_END = 1 << 12;

  private final byte[] bytes;
  private int readsPastEnd;

  BytesInput(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() throws IOException {
    bitOffset = 0;
    if (streamPos >= bytes.length) {
      return pastEnd();
    }
    return bytes[(int) streamPos++] & 0xff;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= bytes.length) {
      return pastEnd();
    }
    int n = (int) Math.min(length, bytes.length - streamPos);
    System.arraycopy(bytes, (int) streamPos, to, offset, n);
    streamPos += n;
    return n;
  }

  private int pastEnd() throws IOException {
    if (++readsPastEnd > READS_PAST_END) {
      throw new IOException("the data ends before the image does");
    }
    return -1;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
