/**
 * Many photos: finding them, outlining them into files, naming those, a row a photo in a table; and
 * which of them a quantisation may see.
 */
@NullMarked
package org.lentigo.cli.photos;

import org.jspecify.annotations.NullMarked;
