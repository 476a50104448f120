/** Outlining a moving picture at its pace, and what steadying the outline gains and costs. */
@NullMarked
package org.lentigo.cli.live;

import org.jspecify.annotations.NullMarked;
