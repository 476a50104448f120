package org.lentigo.spark;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF1;
import org.jspecify.annotations.Nullable;

/**
 * A photo's bytes to a struct of {@link LentigoSpark#schema}, with the bundled model: for callers
 * that know a function by its class, such as {@code spark.udf.registerJavaFunction} in Python. In
 * Java, {@link LentigoSpark#register}.
 */
public final class OutlineFunction implements UDF1<byte[], Row> {
  private static final long serialVersionUID = 1;

  private final OutlineSettings settings;

  /** The bundled model, at its own threshold. */
  public OutlineFunction() {
    this(OutlineSettings.DEFAULT);
  }

  OutlineFunction(OutlineSettings settings) {
    this.settings = settings;
  }

  @Override
  public Row call(byte @Nullable [] photo) {
    return RowFactory.create(Outlines.open(settings).row(photo, settings));
  }
}
