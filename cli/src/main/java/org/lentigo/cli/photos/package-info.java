/**
 * Outlining many photos into files: finding them, naming their outputs, a row a photo in a table.
 */
@NullMarked
package org.lentigo.cli.photos;

import org.jspecify.annotations.NullMarked;
