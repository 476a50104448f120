/** Options that several commands have, with their checks. */
@NullMarked
package org.lentigo.cli.options;

import org.jspecify.annotations.NullMarked;
