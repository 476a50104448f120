/** Training a network, once or once a fold: what a run is made of, and what it says on its way. */
@NullMarked
package org.lentigo.cli.training;

import org.jspecify.annotations.NullMarked;
