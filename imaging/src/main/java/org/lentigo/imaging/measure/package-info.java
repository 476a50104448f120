/** What there is to measure of a lesion in a photo: its shape, its colours, and in which scale. */
@NullMarked
package org.lentigo.imaging.measure;

import org.jspecify.annotations.NullMarked;
