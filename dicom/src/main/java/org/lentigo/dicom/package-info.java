/**
 * DICOM, as far as outlines of photos need it: reading Part-10 files of photos, writing
 * segmentations, captures and reports of them, taking out who the patient is.
 */
@NullMarked
package org.lentigo.dicom;

import org.jspecify.annotations.NullMarked;
