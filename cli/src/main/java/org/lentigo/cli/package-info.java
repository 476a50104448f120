/** The {@code lentigo} command: a class a subcommand, which holds its options and one call. */
@NullMarked
package org.lentigo.cli;

import org.jspecify.annotations.NullMarked;
