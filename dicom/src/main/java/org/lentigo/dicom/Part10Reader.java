package org.lentigo.dicom;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.lentigo.dicom.DataSet.Element;

/**
 * Reads Part-10 files, and data sets without their meta header as the network carries them:
 * implicit and explicit little endian, big endian, deflated; PS3.5, chapters 7 and annex A. Lengths
 * are checked before anything is made of them. Every failure is a {@link DicomException}.
 */
final class Part10Reader {
  /** No photo's object nests more than ten. */
  static final int MOST_DEPTH = 32;

  /** Elements, items and fragments of a file; photos have some hundred. */
  static final int MOST_ELEMENTS = 200_000;

  /** Where the letters DICM stand. */
  private static final int PREAMBLE = 128;

  private static final long UNDEFINED = 0xffff_ffffL;

  private final byte[] b;
  private boolean big;
  private final List<String> warnings;
  private boolean implicit;
  private int at;
  private int count;
  private @Nullable Element last;

  private Part10Reader(byte[] b, int at, boolean implicit, boolean big, List<String> warnings) {
    this.b = b;
    this.at = at;
    this.implicit = implicit;
    this.big = big;
    this.warnings = warnings;
  }

  /** Whether these are the first bytes of a Part-10 file; 132 of them tell. */
  static boolean isPart10(byte[] b) {
    return b.length >= PREAMBLE + 4
        && b[PREAMBLE] == 'D'
        && b[PREAMBLE + 1] == 'I'
        && b[PREAMBLE + 2] == 'C'
        && b[PREAMBLE + 3] == 'M';
  }

  /**
   * @param b the whole file
   * @param mostInflated the largest data set that a deflated file may hold, in bytes
   */
  static Part10 read(byte[] b, long mostInflated) throws DicomException {
    if (!isPart10(b)) {
      throw new DicomException(
          b.length == 0
              ? "empty file (0 bytes), wanted DICOM"
              : "not a DICOM file: it lacks the letters DICM at byte 128, wanted a Part-10 file");
    }
    List<String> warnings = new ArrayList<>();
    Part10Reader head = new Part10Reader(b, PREAMBLE + 4, false, false, warnings);
    DataSet meta = head.meta();
    String uid = meta.text(Tag.TRANSFER_SYNTAX);
    if (uid.isEmpty()) {
      throw new DicomException(
          "its meta header lacks the transfer syntax " + Tag.name(Tag.TRANSFER_SYNTAX));
    }
    TransferSyntax syntax = syntax(uid);
    DataSet data =
        syntax == TransferSyntax.DEFLATED
            ? dataSet(inflated(b, head.at, mostInflated), 0, syntax, warnings)
            : dataSet(b, head.at, syntax, warnings);
    return new Part10(syntax, meta, data, warnings);
  }

  /**
   * The syntax of this UID.
   *
   * @throws DicomException if it is none that was heard of
   */
  static TransferSyntax syntax(String uid) throws DicomException {
    TransferSyntax syntax = TransferSyntax.of(uid);
    if (syntax == null) {
      throw new DicomException(
          "transfer syntax "
              + (uid.matches("[0-9.]{1,64}") ? uid : "that is no UID")
              + " is not supported; convert the file to Explicit VR Little Endian first");
    }
    return syntax;
  }

  /** The data set from a place to the end. */
  static DataSet dataSet(byte[] b, int from, TransferSyntax syntax, List<String> warnings)
      throws DicomException {
    boolean implicit = syntax == TransferSyntax.IMPLICIT;
    // Some writers name one form and use the other; the first element's letters tell.
    if (from + 8 <= b.length) {
      boolean letters = Vr.of(b[from + 4], b[from + 5]) != null;
      if (implicit == letters) {
        warnings.add(
            "its data set is "
                + (letters ? "explicit" : "implicit")
                + " where its meta header says otherwise; read as it is");
        implicit = !letters;
      }
    }
    return new Part10Reader(b, from, implicit, syntax == TransferSyntax.BIG_ENDIAN, warnings)
        .all(b.length, 0);
  }

  private static byte[] inflated(byte[] b, int from, long most) throws DicomException {
    // Twice: the first time only counts, so that a bomb takes no memory and the rest no copies.
    long size = inflate(b, from, null, most);
    byte[] out = new byte[(int) size];
    inflate(b, from, out, most);
    return out;
  }

  private static long inflate(byte[] b, int from, byte @Nullable [] to, long most)
      throws DicomException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(b, from, b.length - from);
      byte[] part = to == null ? new byte[1 << 16] : to;
      long size = 0;
      while (!inflater.finished()) {
        int n =
            to == null
                ? inflater.inflate(part)
                : inflater.inflate(part, (int) size, part.length - (int) size);
        if (n == 0) {
          if (to != null && size == to.length) {
            break;
          }
          if (inflater.needsInput() || inflater.needsDictionary()) {
            throw new DicomException("its deflated data set ends too early");
          }
        }
        size += n;
        if (size > Math.min(most, Integer.MAX_VALUE - 8)) {
          throw new DicomException(
              "its deflated data set has more than " + (most >> 20) + " MiB; raise --max-pixels");
        }
      }
      return size;
    } catch (DataFormatException e) {
      throw new DicomException("its deflated data set is damaged", e);
    } finally {
      inflater.end();
    }
  }

  private DataSet meta() throws DicomException {
    DataSet meta = new DataSet();
    while (at + 8 <= b.length && u16(at) == 0x0002) {
      meta.put(element(b.length, 0));
    }
    return meta;
  }

  private DataSet all(int end, int depth) throws DicomException {
    DataSet data = new DataSet();
    // Some writers fill files up to whole blocks. Looked for once: elements may be zeros, too.
    int filled = end;
    while (filled > at && b[filled - 1] == 0) {
      filled--;
    }
    while (at < end) {
      if (at >= filled) {
        at = end;
        break;
      }
      if (end - at < 8) {
        throw truncated();
      }
      Element element = element(end, depth);
      if (element.tag >>> 16 == 0xfffe) {
        throw new DicomException(Tag.name(element.tag) + " stands where an element is wanted");
      }
      if (element.tag >>> 16 != 0 || depth > 0) {
        data.put(element);
      }
    }
    return data;
  }

  private DicomException truncated() {
    Element before = last;
    return new DicomException(
        before == null
            ? "truncated: it ends within its first element"
            : "truncated: it ends behind " + Tag.name(before.tag) + ", at byte " + b.length);
  }

  private void counted() throws DicomException {
    if (++count > MOST_ELEMENTS) {
      throw new DicomException("it has more than " + MOST_ELEMENTS + " elements, no photo has");
    }
  }

  private Element element(int end, int depth) throws DicomException {
    counted();
    int tag = u16(at) << 16 | u16(at + 2);
    at += 4;
    Vr vr;
    long length;
    if (tag >>> 16 == 0xfffe) {
      vr = Vr.UN;
      length = u32(at);
      at += 4;
    } else if (implicit) {
      Vr known = Vr.known(tag);
      vr = known == null ? Vr.UN : known;
      length = u32(at);
      at += 4;
    } else {
      vr = explicit();
      if (vr.longForm) {
        need(end, 8, tag);
        length = u32(at + 4);
        at += 8;
      } else {
        length = u16(at + 2);
        at += 4;
      }
    }
    Element element = value(tag, vr, length, end, depth);
    last = element;
    return element;
  }

  /** Not how long: behind a wrong length, what says so is part of some value, too. */
  private DicomException tooLong(String what, int end) {
    return new DicomException(
        "truncated: "
            + what
            + " says that it is longer than the "
            + (end - at)
            + " bytes that follow");
  }

  private Vr explicit() throws DicomException {
    Vr vr = Vr.of(b[at], b[at + 1]);
    if (vr == null) {
      Element before = last;
      // Neither the tag nor the bytes: behind a wrong length they are part of some value.
      throw new DicomException(
          "no value representation at byte "
              + at
              + (before == null ? "" : ", behind " + Tag.name(before.tag)));
    }
    return vr;
  }

  private Element value(int tag, Vr vr, long length, int end, int depth) throws DicomException {
    if (length == UNDEFINED) {
      // A small picture of the photo, in a sequence, may be compressed as well: PS3.5, A.4.
      if (tag == Tag.PIXEL_DATA && (depth == 0 || vr == Vr.OB || vr == Vr.OW)) {
        return fragments(end);
      }
      if (vr != Vr.SQ && vr != Vr.UN) {
        throw new DicomException(Tag.name(tag) + " has no length and is no sequence");
      }
      // PS3.5, 6.2.2: of unknown form, and then its items are in implicit little endian form.
      boolean wasImplicit = implicit;
      boolean wasBig = big;
      implicit = implicit || vr == Vr.UN;
      big = big && vr != Vr.UN;
      List<DataSet> items = items(end, true, depth, tag);
      implicit = wasImplicit;
      big = wasBig;
      return Element.sequence(tag, items);
    }
    if (length > end - at) {
      throw tooLong(Tag.name(tag), end);
    }
    int size = (int) length;
    if (vr == Vr.SQ) {
      return Element.sequence(tag, items(at + size, false, depth, tag));
    }
    int from = at;
    at += size;
    Vr known = vr == Vr.UN && !implicit ? Vr.known(tag) : null;
    if (known == Vr.SQ) {
      return unknownSequence(tag, from, size, depth);
    }
    if (known != null) {
      return Element.of(tag, known, b, from, size); // Little endian, too: PS3.5, 6.2.2.
    }
    if (big && vr.unit > 1) {
      return Element.of(tag, vr, swapped(from, size, vr.unit));
    }
    return Element.of(tag, vr, b, from, size);
  }

  /** A sequence whose writer did not know it for one; its items are in implicit form then. */
  private Element unknownSequence(int tag, int from, int size, int depth) {
    Part10Reader inner = new Part10Reader(b, from, true, false, warnings);
    inner.count = count;
    try {
      List<DataSet> items = inner.items(from + size, false, depth, tag);
      count = inner.count;
      return Element.sequence(tag, items);
    } catch (DicomException e) {
      return Element.of(tag, Vr.UN, b, from, size);
    }
  }

  private byte[] swapped(int from, int size, int unit) {
    byte[] value = Arrays.copyOfRange(b, from, from + size);
    for (int i = 0; i + unit <= size; i += unit) {
      for (int j = 0; j < unit; j++) {
        value[i + j] = b[from + i + unit - 1 - j];
      }
    }
    return value;
  }

  private List<DataSet> items(int end, boolean undefined, int depth, int tag)
      throws DicomException {
    if (depth >= MOST_DEPTH) {
      throw new DicomException("its sequences are nested more than " + MOST_DEPTH + " deep");
    }
    List<DataSet> items = new ArrayList<>();
    while (undefined || at < end) {
      need(end, 8, tag);
      counted();
      int item = u16(at) << 16 | u16(at + 2);
      long length = u32(at + 4);
      at += 8;
      if (item == Tag.SEQUENCE_END) {
        if (undefined) {
          return items;
        }
        continue;
      }
      if (item != Tag.ITEM) {
        throw new DicomException(
            Tag.name(item)
                + " stands in the sequence "
                + Tag.name(tag)
                + " where an item is wanted");
      }
      if (length == UNDEFINED) {
        items.add(openItem(end, depth + 1, tag));
      } else if (length > end - at) {
        throw tooLong("an item of " + Tag.name(tag), end);
      } else {
        items.add(all(at + (int) length, depth + 1));
      }
    }
    return items;
  }

  private DataSet openItem(int end, int depth, int sequence) throws DicomException {
    DataSet data = new DataSet();
    while (true) {
      need(end, 8, sequence);
      if (u16(at) == 0xfffe && u16(at + 2) == 0xe00d) {
        at += 8;
        return data;
      }
      Element element = element(end, depth);
      if (element.tag >>> 16 == 0xfffe) {
        throw new DicomException(Tag.name(element.tag) + " stands where an element is wanted");
      }
      data.put(element);
    }
  }

  private Element fragments(int end) throws DicomException {
    List<Element> fragments = new ArrayList<>();
    while (true) {
      if (end - at < 8) {
        warnings.add("the file ends before its pixel data does");
        at = end;
        break;
      }
      counted();
      int item = u16(at) << 16 | u16(at + 2);
      long length = u32(at + 4);
      at += 8;
      if (item == Tag.SEQUENCE_END) {
        break;
      }
      if (item != Tag.ITEM) {
        throw new DicomException(Tag.name(item) + " stands where a fragment of pixels is wanted");
      }
      if (length > end - at) {
        // What is there may still show the photo: the decoder says.
        warnings.add("the file ends before its pixel data does");
        length = end - at;
      }
      fragments.add(Element.of(Tag.ITEM, Vr.OB, b, at, (int) length));
      at += (int) length;
    }
    return Element.encapsulated(Tag.PIXEL_DATA, fragments);
  }

  private void need(int end, int bytes, int tag) throws DicomException {
    if (end - at < bytes) {
      throw new DicomException("truncated: it ends within " + Tag.name(tag));
    }
  }

  private int u16(int i) {
    return big ? (b[i] & 0xff) << 8 | b[i + 1] & 0xff : (b[i + 1] & 0xff) << 8 | b[i] & 0xff;
  }

  private long u32(int i) {
    long first = u16(i);
    long second = u16(i + 2);
    return big ? first << 16 | second : second << 16 | first;
  }
}
