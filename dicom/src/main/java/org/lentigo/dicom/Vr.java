package org.lentigo.dicom;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Value representations: PS3.5, chapter 6.2. */
enum Vr {
  AE(1),
  AS(1),
  AT(2),
  CS(1),
  DA(1),
  DS(1),
  DT(1),
  FD(8),
  FL(4),
  IS(1),
  LO(1),
  LT(1),
  OB(1, true),
  OD(8, true),
  OF(4, true),
  OL(4, true),
  OV(8, true),
  OW(2, true),
  PN(1),
  SH(1),
  SL(4),
  SQ(1, true),
  SS(2),
  ST(1),
  SV(8, true),
  TM(1),
  UC(1, true),
  UI(1),
  UL(4),
  UN(1, true),
  UR(1, true),
  US(2),
  UT(1, true),
  UV(8, true);

  /** The bytes of a number, which change places between the byte orders; 1 for text and bytes. */
  final int unit;

  /** Whether its length has four bytes in explicit form. */
  final boolean longForm;

  Vr(int unit) {
    this(unit, false);
  }

  Vr(int unit, boolean longForm) {
    this.unit = unit;
    this.longForm = longForm;
  }

  /** Whether values are filled with a space, not a zero, to an even length. */
  boolean text() {
    return unit == 1 && this != UI && this != OB && this != UN && this != SQ;
  }

  /** By the two letters of an explicit form; null if there is none of that name. */
  static @Nullable Vr of(int first, int second) {
    return BY_LETTERS.get(first << 8 | second);
  }

  private static final Map<Integer, Vr> BY_LETTERS = new HashMap<>();

  static {
    for (Vr vr : values()) {
      BY_LETTERS.put(vr.name().charAt(0) << 8 | vr.name().charAt(1), vr);
    }
  }

  /** A tag with digits left open, such as those of overlays: 60xx3000. */
  private record Repeated(int mask, int tag, Vr vr) {}

  private static final Map<Integer, Vr> DICTIONARY = new HashMap<>();
  private static final List<Repeated> REPEATED = new ArrayList<>();

  static {
    for (String[] line : table("vr.txt")) {
      Vr vr = valueOf(line[0]);
      for (int i = 1; i < line.length; i++) {
        String tag = line[i].toLowerCase(Locale.ROOT);
        if (tag.contains("x")) {
          int mask = (int) Long.parseLong(tag.replaceAll("[0-9a-f]", "f").replace('x', '0'), 16);
          REPEATED.add(new Repeated(mask, (int) Long.parseLong(tag.replace('x', '0'), 16), vr));
        } else {
          DICTIONARY.put((int) Long.parseLong(tag, 16), vr);
        }
      }
    }
  }

  /** The words of each line of a table among the resources; lines after # are left out. */
  static List<String[]> table(String name) {
    List<String[]> lines = new ArrayList<>();
    try (InputStream in = Vr.class.getResourceAsStream(name);
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.startsWith("#") && !line.isBlank()) {
          lines.add(line.strip().split(" +"));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return lines;
  }

  /** What the dictionary of PS3.6 says of a tag; null if it does not know it. */
  static @Nullable Vr known(int tag) {
    Vr vr = DICTIONARY.get(tag);
    if (vr != null) {
      return vr;
    }
    if ((tag & 0xffff) == 0) {
      return UL; // A group's length.
    }
    for (Repeated repeated : REPEATED) {
      if ((tag & repeated.mask) == repeated.tag) {
        return repeated.vr;
      }
    }
    return null;
  }
}
