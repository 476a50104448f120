/** Data sets as their owners lay them out. */
@NullMarked
package org.lentigo.imaging.dataset;

import org.jspecify.annotations.NullMarked;
