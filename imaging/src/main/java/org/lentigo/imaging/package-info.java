/** Images, masks, geometry and files: what every other module means by a picture. */
@NullMarked
package org.lentigo.imaging;

import org.jspecify.annotations.NullMarked;
