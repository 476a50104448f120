/** The training engine on libtorch, through JavaCPP. */
@NullMarked
package org.lentigo.engine.pytorch;

import org.jspecify.annotations.NullMarked;
