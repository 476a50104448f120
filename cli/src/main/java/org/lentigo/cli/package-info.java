/** The {@code lentigo} command: its subcommands, what they print and how they end. */
@NullMarked
package org.lentigo.cli;

import org.jspecify.annotations.NullMarked;
