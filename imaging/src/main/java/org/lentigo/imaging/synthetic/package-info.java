/**
 * Drawn dermoscopy-like pictures with exact masks, for tests and samples: photos of patients are
 * not ours to hand out. They are called synthetic wherever they appear.
 */
@NullMarked
package org.lentigo.imaging.synthetic;

import org.jspecify.annotations.NullMarked;
