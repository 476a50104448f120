package org.lentigo.dicom;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Unique identifiers: PS3.5, chapter 9; PS3.6, annex A. */
final class Uids {
  static final String DERMOSCOPIC_PHOTOGRAPHY = "1.2.840.10008.5.1.4.1.1.77.1.7";
  static final String VL_PHOTOGRAPHIC = "1.2.840.10008.5.1.4.1.1.77.1.4";
  static final String SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";
  static final String SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4";
  static final String ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22";

  private static final String MULTI_FRAME_GRAYSCALE = "1.2.840.10008.5.1.4.1.1.7.2";
  private static final String MULTI_FRAME_COLOUR = "1.2.840.10008.5.1.4.1.1.7.4";

  /** Those of the classes below whose frames can be referred to by number. */
  static final Set<String> MULTI_FRAME = Set.of(MULTI_FRAME_GRAYSCALE, MULTI_FRAME_COLOUR);

  /** The classes whose objects are photos. */
  static final Map<String, String> PHOTOS =
      Map.of(
          DERMOSCOPIC_PHOTOGRAPHY,
          "Dermoscopic Photography",
          VL_PHOTOGRAPHIC,
          "VL Photographic",
          SECONDARY_CAPTURE,
          "Secondary Capture",
          MULTI_FRAME_GRAYSCALE,
          "Multi-frame Grayscale Byte Secondary Capture",
          MULTI_FRAME_COLOUR,
          "Multi-frame True Color Secondary Capture");

  /** Others that may well lie beside photos, by name for messages. */
  private static final Map<String, String> OTHERS =
      Map.ofEntries(
          Map.entry("1.2.840.10008.1.3.10", "a media directory (DICOMDIR)"),
          Map.entry(SEGMENTATION, "a segmentation"),
          Map.entry(ENHANCED_SR, "an enhanced structured report"),
          Map.entry("1.2.840.10008.5.1.4.1.1.88.11", "a basic text report"),
          Map.entry("1.2.840.10008.5.1.4.1.1.88.33", "a comprehensive structured report"),
          Map.entry("1.2.840.10008.5.1.4.1.1.88.34", "a comprehensive 3D structured report"),
          Map.entry("1.2.840.10008.5.1.4.1.1.2", "a CT image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.4", "an MR image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.6.1", "an ultrasound image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.1", "a computed radiography image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.1.1", "a digital X-ray image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.77.1.1", "a VL endoscopic image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.77.1.2", "a VL microscopic image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.77.1.4.1", "a photographic video"),
          Map.entry("1.2.840.10008.5.1.4.1.1.77.1.6", "a whole slide image"),
          Map.entry("1.2.840.10008.5.1.4.1.1.104.1", "an encapsulated PDF"),
          Map.entry("1.2.840.10008.5.1.4.1.1.11.1", "a presentation state"),
          Map.entry("1.2.840.10008.5.1.4.1.1.481.2", "an RT dose"),
          Map.entry("1.2.840.10008.5.1.4.1.1.481.3", "an RT structure set"),
          Map.entry("1.2.840.10008.5.1.4.1.1.481.5", "an RT plan"),
          Map.entry("1.2.840.10008.5.1.4.1.1.7.1", "a single-bit secondary capture"),
          Map.entry("1.2.840.10008.5.1.4.1.1.7.3", "a grayscale word secondary capture"));

  private Uids() {}

  /** What messages call a class that is no photo. */
  static String named(String sopClass) {
    if (OTHERS.containsKey(sopClass)) {
      return OTHERS.get(sopClass) + " (" + sopClass + ")";
    }
    return valid(sopClass) ? "of SOP class " + sopClass : "of no SOP class";
  }

  /** Whether it has the form of a UID: PS3.5, 9.1. */
  static boolean valid(String uid) {
    return uid.length() <= 64 && uid.matches("(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*))+");
  }

  /**
   * The same for the same parts, and in all likelihood no other's: SHA-256 as a UUID of version 8.
   */
  static String of(String... parts) {
    MessageDigest digest = sha256();
    for (String part : parts) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return of(digest.digest());
  }

  static String of(byte[] hash) {
    byte[] uuid = Arrays.copyOf(hash, 16);
    uuid[6] = (byte) (uuid[6] & 0x0f | 0x80);
    uuid[8] = (byte) (uuid[8] & 0x3f | 0x80);
    return "2.25." + new BigInteger(1, uuid);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
  }
}
