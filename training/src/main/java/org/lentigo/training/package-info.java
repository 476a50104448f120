/**
 * Trains a network of {@code org.lentigo.network} on a data set. Pure Java: the arithmetic is an
 * {@link org.lentigo.training.Engine} found at run time.
 */
@NullMarked
package org.lentigo.training;

import org.jspecify.annotations.NullMarked;
