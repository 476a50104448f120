/** Video files through FFmpeg. */
@NullMarked
package org.lentigo.video;

import org.jspecify.annotations.NullMarked;
