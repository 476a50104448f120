/**
 * Outlining photos by the million on Apache Spark.
 *
 * <ul>
 *   <li>{@link org.lentigo.spark.LentigoSpark}: tables, files, streams and the SQL function.
 *   <li>{@link org.lentigo.spark.OutlinePhotos}: the program for {@code spark-submit}.
 *   <li>{@link org.lentigo.spark.OutlineFunction}: the SQL function by its class, for Python.
 * </ul>
 */
@NullMarked
package org.lentigo.spark;

import org.jspecify.annotations.NullMarked;
