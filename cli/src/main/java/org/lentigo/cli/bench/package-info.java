/** How fast the engines are: warm, cold, from a photo to its mask, under load for long. */
@NullMarked
package org.lentigo.cli.bench;

import org.jspecify.annotations.NullMarked;
