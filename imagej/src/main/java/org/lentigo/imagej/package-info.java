/** Lentigo in ImageJ: one plugin, which outlines and measures. */
@NullMarked
package org.lentigo.imagej;

import org.jspecify.annotations.NullMarked;
