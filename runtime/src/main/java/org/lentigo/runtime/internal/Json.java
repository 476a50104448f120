package org.lentigo.runtime.internal;

import java.io.OutputStream;
import java.io.Writer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

/** JSON as Lentigo writes it: indented, lines ended by {@code \n} on every system. */
public final class Json {
  /** Shared: building one costs more than writing a file with it. */
  public static final JsonFactory FACTORY = new JsonFactory();

  private static final ObjectWriteContext PRETTY =
      new ObjectWriteContext.Base() {
        @Override
        public PrettyPrinter getPrettyPrinter() {
          // One a document: it counts the nesting.
          return new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
        }
      };

  private Json() {}

  /** Writes to a stream, which closing the generator closes. */
  public static JsonGenerator generator(OutputStream out) {
    return FACTORY.createGenerator(PRETTY, out);
  }

  /** Writes to a writer, which closing the generator closes. */
  public static JsonGenerator generator(Writer out) {
    return FACTORY.createGenerator(PRETTY, out);
  }
}
