/** Runtimes that Lentigo is measured against. */
@NullMarked
package org.lentigo.bench;

import org.jspecify.annotations.NullMarked;
