/** What Lentigo's own modules share; no part of the library, may change with any version. */
@NullMarked
package org.lentigo.runtime.internal;

import org.jspecify.annotations.NullMarked;
