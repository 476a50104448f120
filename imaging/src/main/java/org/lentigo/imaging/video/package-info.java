/**
 * Moving pictures as frames. Folders of frames are read and written here; video files by a format
 * on the class path, see {@link org.lentigo.imaging.video.VideoFormat}.
 */
@NullMarked
package org.lentigo.imaging.video;

import org.jspecify.annotations.NullMarked;
