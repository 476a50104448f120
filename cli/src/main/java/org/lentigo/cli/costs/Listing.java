package org.lentigo.cli.costs;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import org.lentigo.runtime.internal.Json;
import tools.jackson.core.JsonGenerator;

/** Rows that can be printed as a table, as JSON or as CSV. */
public abstract class Listing {
  /** How: for people, or for programs. */
  public enum Format {
    TABLE,
    JSON,
    CSV
  }

  Listing() {}

  /** Writes all rows, and flushes. */
  public final void write(Format format, PrintWriter out) {
    switch (format) {
      case TABLE -> print(out);
      case JSON -> {
        JsonGenerator json = Json.generator(out);
        json.writeStartArray();
        write(json);
        json.writeEndArray();
        json.writeRaw('\n');
        json.flush();
      }
      case CSV -> {
        CsvWriter csv = CsvWriter.builder().build(out);
        write(csv);
        try {
          csv.flush();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  abstract void print(PrintWriter out);

  /** Writes an object a row, into an array that is open. */
  abstract void write(JsonGenerator json);

  abstract void write(CsvWriter csv);
}
