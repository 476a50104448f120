/** Holding masks against the experts': scores, how sure a model may be, and the reports of both. */
@NullMarked
package org.lentigo.cli.scoring;

import org.jspecify.annotations.NullMarked;
