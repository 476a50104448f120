/** How well a mask agrees with an expert's: per image, over a set, and how sure one can be. */
@NullMarked
package org.lentigo.imaging.metrics;

import org.jspecify.annotations.NullMarked;
