/** What networks cost, in rows for people and for programs. */
@NullMarked
package org.lentigo.cli.costs;

import org.jspecify.annotations.NullMarked;
