package org.lentigo.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DataSet.Element;
import org.lentigo.imaging.JpegStream;
import org.lentigo.runtime.internal.LentigoVersion;

/**
 * Takes out who the patient is: the Basic Application Level Confidentiality Profile of PS3.15,
 * annex E.2, by table E.1-1, without options. Where the table leaves a choice (X/Z, X/D, X/Z/D,
 * Z/D), the one that keeps any kind of object valid is taken: the last. So that patients stay
 * apart, the patient's ID becomes a pseudonym. UIDs are replaced alike by the same anonymiser and
 * otherwise by each other one, since they depend on a key that is drawn at random and never
 * written.
 *
 * <p>What no table can know of goes too: private attributes, and those that the dictionary does not
 * know. What the pixels show is not touched; comments and other metadata in JPEG and JPEG 2000 go.
 */
public final class Anonymiser {
  private enum Action {
    REMOVE,
    EMPTY,
    DUMMY,
    UID,
    /** Kept, and what is in its items goes through the table. */
    CLEAN
  }

  private static final Map<Integer, Action> TABLE = new HashMap<>();

  static {
    for (String[] line : Vr.table("basic-profile.txt")) {
      Action action =
          switch (line[0]) {
            case "X" -> Action.REMOVE;
            case "Z", "X/Z" -> Action.EMPTY;
            case "D", "Z/D", "X/D", "X/Z/D" -> Action.DUMMY;
            case "U" -> Action.UID;
            case "X/Z/U*" -> Action.CLEAN;
            default -> throw new IllegalStateException(line[0]);
          };
      for (int i = 2; i < line.length; i++) {
        if (!line[1].contains("x")) {
          TABLE.put((int) Long.parseLong(line[1] + line[i], 16), action);
        }
      }
    }
  }

  private static final String DUMMY_TEXT = "ANONYMISED";

  private final Mac mac;

  /** With a key of its own. */
  public Anonymiser() {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    try {
      mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
  }

  /** The same photo in an object that does not say whose it is. */
  public DicomPhoto anonymised(DicomPhoto photo) {
    DataSet data = clean(photo.data(), false);
    data.put(Tag.SOP_INSTANCE, uid(photo.instance()));
    data.put(Tag.IDENTITY_REMOVED, "YES");
    data.put(
        Tag.DEIDENTIFICATION_METHOD,
        "Lentigo " + LentigoVersion.get() + ": PS3.15 2024b Basic Profile");
    data.put(
        Tag.DEIDENTIFICATION_CODES,
        Code.dcm("113100", "Basic Application Confidentiality Profile").item());
    data.put(Tag.TIMES_REMOVED, "REMOVED");
    for (int tag : new int[] {Tag.PATIENT_NAME, Tag.BIRTH_DATE, Tag.SEX, Tag.PATIENT_ID}) {
      if (!data.has(tag)) {
        data.putEmpty(tag);
      }
    }
    Element pixels = data.get(Tag.PIXEL_DATA);
    TransferSyntax.Pixels kind = photo.file().syntax().pixels;
    if (pixels != null && pixels.fragments != null) {
      if (kind == TransferSyntax.Pixels.JPEG) {
        data.put(withoutMetadata(pixels, 0xffd8, JpegStream::withoutMetadata));
      } else if (kind == TransferSyntax.Pixels.JPEG_2000) {
        data.put(withoutMetadata(pixels, 0xff4f, Jpeg2000::withoutMetadata));
      }
    }
    DicomPhoto anonymous = photo.with(data);
    return photo.data().text(Tag.RECOGNIZABLE).equals("YES")
        ? anonymous.warned(
            List.of("its pixels may show who it is: Recognizable Visual Features is YES"))
        : anonymous;
  }

  /**
   * Frame by frame, each in one fragment from now on: its metadata may have lain in several.
   *
   * @param begin the marker that a frame begins with
   */
  private static Element withoutMetadata(Element pixels, int begin, UnaryOperator<byte[]> clean) {
    List<Element> before = pixels.fragments == null ? List.of() : pixels.fragments;
    List<Element> after = new ArrayList<>();
    // The table of offsets would no longer be right; it may be empty: PS3.5, A.4.
    after.add(Element.of(Tag.ITEM, Vr.OB, new byte[0]));
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    for (Element fragment : before.subList(Math.min(1, before.size()), before.size())) {
      byte[] bytes = fragment.bytes();
      boolean begins = bytes.length > 2 && ((bytes[0] & 0xff) << 8 | bytes[1] & 0xff) == begin;
      if (begins && frame.size() > 0) {
        after.add(Element.of(Tag.ITEM, Vr.OB, clean.apply(frame.toByteArray())));
        frame.reset();
      }
      frame.writeBytes(bytes);
    }
    after.add(Element.of(Tag.ITEM, Vr.OB, clean.apply(frame.toByteArray())));
    return Element.encapsulated(Tag.PIXEL_DATA, after);
  }

  private static @Nullable Action action(int tag) {
    int group = tag >>> 16 & 0xff00;
    // Curves and overlays: without their data, what describes it would describe nothing.
    boolean drawn = group == 0x5000 || group == 0x6000;
    boolean offsets = tag == Tag.OFFSET_TABLE || tag == Tag.OFFSET_TABLE_LENGTHS;
    return Tag.isPrivate(tag) || Vr.known(tag) == null || drawn || offsets
        ? Action.REMOVE
        : TABLE.get(tag);
  }

  private DataSet clean(DataSet from, boolean all) {
    DataSet to = new DataSet();
    for (Element element : from.elements()) {
      Action action = action(element.tag);
      if (action == null) {
        action = all ? Action.DUMMY : Action.CLEAN;
      }
      switch (action) {
        case REMOVE -> {}
        case EMPTY -> to.putEmpty(element.tag);
        case UID -> to.put(element.tag, uids(element.text()));
        case DUMMY -> putDummy(to, element);
        case CLEAN -> {
          if (element.items != null) {
            to.put(element.tag, element.items.stream().map(item -> clean(item, all)).toList());
          } else if (element.vr != Vr.UN) {
            to.put(element);
          }
        }
      }
    }
    return to;
  }

  /** A value of the same kind that says nothing; an empty one stays empty. */
  private void putDummy(DataSet to, Element element) {
    if (element.items != null) {
      to.put(element.tag, element.items.stream().map(item -> clean(item, true)).toList());
      return;
    }
    if (element.length() == 0) {
      to.put(element);
      return;
    }
    String text =
        switch (element.vr) {
          case DA -> Derived.NO_DATE;
          case TM -> Derived.NO_TIME;
          case DT -> Derived.NO_DATE + Derived.NO_TIME;
          case AS -> "000Y";
          case DS, IS -> "0";
          case UI -> uids(element.text());
          default ->
              element.tag == Tag.PATIENT_ID
                  ? "ANON-"
                      + HexFormat.of()
                          .formatHex(hash(element.text()), 0, 6)
                          .toUpperCase(Locale.ROOT)
                  : DUMMY_TEXT;
        };
    switch (element.vr) {
      case OB, OD, OF, OL, OV, OW, UN -> to.put(Element.of(element.tag, element.vr, new byte[0]));
      case US, SS, UL, SL, UV, SV, FL, FD, AT ->
          to.put(Element.of(element.tag, element.vr, new byte[element.length()]));
      default ->
          to.put(Element.of(element.tag, element.vr, text.getBytes(StandardCharsets.US_ASCII)));
    }
  }

  /** Each UID of a list by another; those of the standard itself are no one's. */
  private String uids(String text) {
    if (text.isEmpty()) {
      return "";
    }
    List<String> uids = new ArrayList<>();
    for (String uid : text.split("\\\\", -1)) {
      uids.add(uid.startsWith("1.2.840.10008.") ? uid : uid(uid));
    }
    return String.join("\\", uids);
  }

  private String uid(String uid) {
    return Uids.of(hash(uid));
  }

  private synchronized byte[] hash(String text) {
    return mac.doFinal(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
