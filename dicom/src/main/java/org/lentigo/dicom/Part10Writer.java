package org.lentigo.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.lentigo.dicom.DataSet.Element;

/** Writes data sets, little endian, every length in its place: PS3.5, chapter 7; PS3.10, 7. */
final class Part10Writer {
  /** Ours: a UUID as an integer, PS3.5, annex B.2. */
  static final String IMPLEMENTATION = "2.25.271396837214982167893316458224017746325";

  static final String IMPLEMENTATION_VERSION = "LENTIGO";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final boolean implicit;

  private Part10Writer(boolean implicit) {
    this.implicit = implicit;
  }

  /**
   * A Part-10 file.
   *
   * @param data with SOP class and instance; its pixels as the syntax wants them
   */
  static byte[] file(DataSet data, TransferSyntax syntax) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(header(data.text(Tag.SOP_CLASS), data.text(Tag.SOP_INSTANCE), syntax.uid));
    file.writeBytes(dataSet(data, syntax));
    return file.toByteArray();
  }

  /** What stands before the data set in a Part-10 file. */
  static byte[] header(String sopClass, String sopInstance, String syntax) {
    DataSet meta = new DataSet();
    meta.put(Tag.META_VERSION, Vr.OB, new byte[] {0, 1});
    meta.put(Tag.MEDIA_SOP_CLASS, sopClass);
    meta.put(Tag.MEDIA_SOP_INSTANCE, sopInstance);
    meta.put(Tag.TRANSFER_SYNTAX, syntax);
    meta.put(Tag.IMPLEMENTATION_CLASS, IMPLEMENTATION);
    meta.put(Tag.IMPLEMENTATION_VERSION, IMPLEMENTATION_VERSION);
    byte[] rest = dataSet(meta, TransferSyntax.EXPLICIT);
    DataSet length = new DataSet();
    length.put(Tag.META_LENGTH, rest.length);

    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(new byte[128]);
    header.writeBytes(new byte[] {'D', 'I', 'C', 'M'});
    header.writeBytes(dataSet(length, TransferSyntax.EXPLICIT));
    header.writeBytes(rest);
    return header.toByteArray();
  }

  /** A data set without a meta header. */
  static byte[] dataSet(DataSet data, TransferSyntax syntax) {
    if (syntax == TransferSyntax.BIG_ENDIAN) {
      throw new IllegalArgumentException("big endian is read only");
    }
    Part10Writer writer = new Part10Writer(syntax == TransferSyntax.IMPLICIT);
    writer.write(data);
    byte[] plain = writer.out.toByteArray();
    return syntax == TransferSyntax.DEFLATED ? deflated(plain) : plain;
  }

  private static byte[] deflated(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, deflater)) {
      deflate.write(plain);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      deflater.end();
    }
    if (out.size() % 2 == 1) {
      out.write(0);
    }
    return out.toByteArray();
  }

  private void write(DataSet data) {
    data.elements().forEach(this::write);
  }

  private void write(Element element) {
    if ((element.tag & 0xffff) == 0 && element.tag != Tag.META_LENGTH) {
      return; // A group's length, retired: it would be that of another writer's group.
    }
    List<Element> fragments = element.fragments;
    List<DataSet> items = element.items;
    if (fragments != null) {
      head(element.tag, Vr.OB, 0xffff_ffff);
      for (Element fragment : fragments) {
        int odd = fragment.length() % 2;
        tag(Tag.ITEM);
        u32(fragment.length() + odd);
        out.write(fragment.array(), fragment.offset(), fragment.length());
        out.writeBytes(new byte[odd]);
      }
      tag(Tag.SEQUENCE_END);
      u32(0);
      return;
    }
    if (items != null) {
      Part10Writer inner = new Part10Writer(implicit);
      for (DataSet item : items) {
        Part10Writer one = new Part10Writer(implicit);
        one.write(item);
        inner.tag(Tag.ITEM);
        inner.u32(one.out.size());
        inner.out.writeBytes(one.out.toByteArray());
      }
      // Without its form, only an open length tells a vendor's sequence from bytes.
      boolean open = implicit && Vr.known(element.tag) != Vr.SQ;
      head(element.tag, Vr.SQ, open ? 0xffff_ffff : inner.out.size());
      out.writeBytes(inner.out.toByteArray());
      if (open) {
        tag(Tag.SEQUENCE_END);
        u32(0);
      }
      return;
    }
    int odd = element.length() % 2;
    int length = element.length() + odd;
    // Too long for a length of two bytes, as implicit files may have it.
    Vr vr = !element.vr.longForm && length > 0xffff ? Vr.UN : element.vr;
    head(element.tag, vr, length);
    out.write(element.array(), element.offset(), element.length());
    if (odd == 1) {
      out.write(element.vr.text() ? ' ' : 0);
    }
  }

  private void head(int tag, Vr vr, int length) {
    tag(tag);
    if (implicit) {
      u32(length);
      return;
    }
    out.write(vr.name().charAt(0));
    out.write(vr.name().charAt(1));
    if (vr.longForm) {
      u16(0);
      u32(length);
    } else {
      u16(length);
    }
  }

  private void tag(int tag) {
    u16(tag >>> 16);
    u16(tag & 0xffff);
  }

  private void u16(int value) {
    out.write(value);
    out.write(value >>> 8);
  }

  private void u32(int value) {
    u16(value & 0xffff);
    u16(value >>> 16);
  }
}
