package org.lentigo.dicom;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How objects are encoded: PS3.5, annex A. Those that are not readable are here for their names.
 */
enum TransferSyntax {
  IMPLICIT("1.2.840.10008.1.2", "Implicit VR Little Endian", Pixels.NATIVE),
  EXPLICIT("1.2.840.10008.1.2.1", "Explicit VR Little Endian", Pixels.NATIVE),
  DEFLATED("1.2.840.10008.1.2.1.99", "Deflated Explicit VR Little Endian", Pixels.NATIVE),
  BIG_ENDIAN("1.2.840.10008.1.2.2", "Explicit VR Big Endian", Pixels.NATIVE),
  JPEG_BASELINE("1.2.840.10008.1.2.4.50", "JPEG Baseline", Pixels.JPEG),
  JPEG_EXTENDED("1.2.840.10008.1.2.4.51", "JPEG Extended", Pixels.JPEG),
  JPEG_LOSSLESS_14("1.2.840.10008.1.2.4.57", "JPEG Lossless (Process 14)", Pixels.JPEG),
  JPEG_LOSSLESS("1.2.840.10008.1.2.4.70", "JPEG Lossless", Pixels.JPEG),
  JPEG_2000_LOSSLESS("1.2.840.10008.1.2.4.90", "JPEG 2000 Lossless", Pixels.JPEG_2000),
  JPEG_2000("1.2.840.10008.1.2.4.91", "JPEG 2000", Pixels.JPEG_2000),
  RLE("1.2.840.10008.1.2.5", "RLE Lossless", Pixels.RLE),
  JPEG_LS_LOSSLESS("1.2.840.10008.1.2.4.80", "JPEG-LS Lossless", Pixels.UNREADABLE),
  JPEG_LS("1.2.840.10008.1.2.4.81", "JPEG-LS Near-Lossless", Pixels.UNREADABLE),
  JPEG_2000_PART_2_LOSSLESS(
      "1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2 Lossless", Pixels.UNREADABLE),
  JPEG_2000_PART_2("1.2.840.10008.1.2.4.93", "JPEG 2000 Part 2", Pixels.UNREADABLE),
  JPIP("1.2.840.10008.1.2.4.94", "JPIP Referenced", Pixels.UNREADABLE),
  JPIP_DEFLATED("1.2.840.10008.1.2.4.95", "JPIP Referenced Deflate", Pixels.UNREADABLE),
  MPEG2("1.2.840.10008.1.2.4.100", "MPEG2 Main Profile", Pixels.UNREADABLE),
  MPEG2_HIGH("1.2.840.10008.1.2.4.101", "MPEG2 Main Profile at High Level", Pixels.UNREADABLE),
  MPEG4("1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264", Pixels.UNREADABLE),
  MPEG4_BD("1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 BD-compatible", Pixels.UNREADABLE),
  HEVC("1.2.840.10008.1.2.4.107", "HEVC/H.265", Pixels.UNREADABLE),
  JPEG_XL_LOSSLESS("1.2.840.10008.1.2.4.110", "JPEG XL Lossless", Pixels.UNREADABLE),
  JPEG_XL_RECOMPRESSION("1.2.840.10008.1.2.4.111", "JPEG XL Recompression", Pixels.UNREADABLE),
  JPEG_XL("1.2.840.10008.1.2.4.112", "JPEG XL", Pixels.UNREADABLE),
  HTJ2K_LOSSLESS(
      "1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 Lossless", Pixels.UNREADABLE),
  HTJ2K_RPCL("1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 RPCL", Pixels.UNREADABLE),
  HTJ2K("1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000", Pixels.UNREADABLE);

  /** What kind of codec the pixels take. */
  enum Pixels {
    NATIVE,
    JPEG,
    JPEG_2000,
    RLE,
    UNREADABLE
  }

  final String uid;
  final String label;
  final Pixels pixels;

  TransferSyntax(String uid, String label, Pixels pixels) {
    this.uid = uid;
    this.label = label;
    this.pixels = pixels;
  }

  static @Nullable TransferSyntax of(String uid) {
    return Arrays.stream(values()).filter(s -> s.uid.equals(uid)).findFirst().orElse(null);
  }
}
