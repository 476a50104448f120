package org.lentigo.dicom;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The elements of an object or of an item, by tag. Numbers are little endian whatever the file's
 * order was. Text stays in the bytes it came in, so that what is copied keeps its character set.
 */
final class DataSet {
  /** An element: bytes, the items of a sequence, or the fragments of compressed pixels. */
  static final class Element {
    final int tag;
    final Vr vr;
    private final byte[] source;
    private final int from;
    private final int length;
    final @Nullable List<DataSet> items;
    final @Nullable List<Element> fragments;

    private Element(
        int tag,
        Vr vr,
        byte[] source,
        int from,
        int length,
        @Nullable List<DataSet> items,
        @Nullable List<Element> fragments) {
      this.tag = tag;
      this.vr = vr;
      this.source = source;
      this.from = from;
      this.length = length;
      this.items = items;
      this.fragments = fragments;
    }

    /** A stretch of a larger array, which is not copied. */
    static Element of(int tag, Vr vr, byte[] source, int from, int length) {
      return new Element(tag, vr, source, from, length, null, null);
    }

    static Element of(int tag, Vr vr, byte[] value) {
      return of(tag, vr, value, 0, value.length);
    }

    static Element sequence(int tag, List<DataSet> items) {
      return new Element(tag, Vr.SQ, NOTHING, 0, 0, items, null);
    }

    /** Compressed pixels; the first fragment is the offset table. */
    static Element encapsulated(int tag, List<Element> fragments) {
      return new Element(tag, Vr.OB, NOTHING, 0, 0, null, fragments);
    }

    int length() {
      return length;
    }

    byte[] array() {
      return source;
    }

    int offset() {
      return from;
    }

    byte[] bytes() {
      return Arrays.copyOfRange(source, from, from + length);
    }

    /** Its text, without the spaces and zeros around; as Latin 1, whatever it is. */
    String text() {
      int end = from + length;
      while (end > from && (source[end - 1] == 0 || source[end - 1] == ' ')) {
        end--;
      }
      return new String(source, from, end - from, StandardCharsets.ISO_8859_1).strip();
    }

    /** An unsigned number of 2 or 4 bytes. */
    private long number(int index) {
      long value = 0;
      for (int i = vr.unit - 1; i >= 0; i--) {
        value = value << 8 | source[from + index * vr.unit + i] & 0xff;
      }
      return value;
    }
  }

  private static final byte[] NOTHING = new byte[0];

  private final TreeMap<Integer, Element> elements = new TreeMap<>(Integer::compareUnsigned);

  void put(Element element) {
    elements.put(element.tag, element);
  }

  void remove(int tag) {
    elements.remove(tag);
  }

  @Nullable Element get(int tag) {
    return elements.get(tag);
  }

  boolean has(int tag) {
    return elements.containsKey(tag);
  }

  /** In the order of their tags. */
  Collection<Element> elements() {
    return Collections.unmodifiableCollection(elements.values());
  }

  DataSet copy() {
    DataSet copy = new DataSet();
    copy.elements.putAll(elements);
    return copy;
  }

  /** The text of an element; empty if it is missing, empty, or no text. */
  String text(int tag) {
    Element element = get(tag);
    return element == null || element.items != null ? "" : element.text();
  }

  /** The value at an index, of those that a backslash parts; empty if there is none. */
  String text(int tag, int index) {
    String[] values = text(tag).split("\\\\", -1);
    return index < values.length ? values[index].strip() : "";
  }

  /** The first number of an element of binary numbers or decimal text. */
  OptionalInt integer(int tag) {
    return integer(tag, 0);
  }

  OptionalInt integer(int tag, int index) {
    Element element = get(tag);
    if (element == null || element.items != null) {
      return OptionalInt.empty();
    }
    switch (element.vr) {
      case US, OW, UL, SS, SL -> {
        if ((index + 1L) * element.vr.unit > element.length()) {
          return OptionalInt.empty();
        }
        long unsigned = element.number(index);
        long value = element.vr == Vr.SS ? (short) unsigned : unsigned;
        return value == (int) value ? OptionalInt.of((int) value) : OptionalInt.empty();
      }
      default -> {
        String text = text(tag, index);
        return text.matches("[+-]?[0-9]{1,9}")
            ? OptionalInt.of(Integer.parseInt(text))
            : OptionalInt.empty();
      }
    }
  }

  /** A decimal number of text (DS); empty if it is missing or is none. */
  OptionalDouble decimal(int tag, int index) {
    String text = text(tag, index);
    if (!text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?")) {
      return OptionalDouble.empty();
    }
    double value = Double.parseDouble(text);
    return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  /** The items of a sequence; none if it is missing. */
  List<DataSet> items(int tag) {
    Element element = get(tag);
    return element == null || element.items == null ? List.of() : element.items;
  }

  // What follows puts values in; the value representation is the dictionary's.

  /** Text of the default character repertoire; values parted by a backslash. */
  DataSet put(int tag, String text) {
    put(textElement(tag, text, StandardCharsets.US_ASCII));
    return this;
  }

  static Element textElement(int tag, String text, Charset charset) {
    return Element.of(tag, vr(tag), text.getBytes(charset));
  }

  /** An element without a value. */
  DataSet putEmpty(int... tags) {
    for (int tag : tags) {
      Vr vr = vr(tag);
      put(vr == Vr.SQ ? Element.sequence(tag, List.of()) : Element.of(tag, vr, NOTHING));
    }
    return this;
  }

  DataSet put(int tag, int... values) {
    Vr vr = vr(tag);
    if (vr == Vr.IS) {
      return put(
          tag, String.join("\\", Arrays.stream(values).mapToObj(Integer::toString).toList()));
    }
    byte[] bytes = new byte[vr.unit * values.length];
    for (int i = 0; i < values.length; i++) {
      // A tag as a value is two numbers of 16 bits, group first.
      int value = vr == Vr.AT ? values[i] >>> 16 | values[i] << 16 : values[i];
      int size = vr == Vr.AT ? 4 : vr.unit;
      if (vr == Vr.AT) {
        bytes = Arrays.copyOf(bytes, 4 * values.length);
      }
      for (int b = 0; b < size; b++) {
        bytes[size * i + b] = (byte) (value >>> 8 * b);
      }
    }
    put(Element.of(tag, vr, bytes));
    return this;
  }

  DataSet put(int tag, DataSet... items) {
    put(Element.sequence(tag, List.of(items)));
    return this;
  }

  DataSet put(int tag, List<DataSet> items) {
    put(Element.sequence(tag, new ArrayList<>(items)));
    return this;
  }

  DataSet put(int tag, Vr vr, byte[] value) {
    put(Element.of(tag, vr, value));
    return this;
  }

  /** A decimal number in at most the 16 characters that there may be. */
  DataSet putDecimal(int tag, double... values) {
    return put(tag, String.join("\\", Arrays.stream(values).mapToObj(DataSet::decimal).toList()));
  }

  static String decimal(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return Long.toString((long) value);
    }
    for (int digits = 15; digits > 0; digits--) {
      String text = String.format(Locale.ROOT, "%." + digits + "g", value);
      if (text.contains(".") && !text.contains("e")) {
        text = text.replaceAll("0+$", "").replaceAll("\\.$", "");
      }
      if (text.length() <= 16) {
        return text;
      }
    }
    throw new IllegalArgumentException("no decimal of 16 characters: " + value);
  }

  private static Vr vr(int tag) {
    Vr vr = Vr.known(tag);
    if (vr == null) {
      throw new IllegalArgumentException("not in the dictionary: " + Tag.name(tag));
    }
    return vr;
  }
}
