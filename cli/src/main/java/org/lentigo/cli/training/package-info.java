/** What training a network says on its way. */
@NullMarked
package org.lentigo.cli.training;

import org.jspecify.annotations.NullMarked;
