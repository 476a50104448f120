/**
 * What every room needs at a console: exit codes, reasons in words, progress, tables, interruption.
 */
@NullMarked
package org.lentigo.cli.console;

import org.jspecify.annotations.NullMarked;
