/**
 * Outlining a lesion with ONNX Runtime.
 *
 * <pre>{@code
 * try (Segmenter segmenter = Segmenter.bundled()) {
 *   Segmentation lesion = segmenter.segment(image);
 *   System.out.println(lesion.areaFraction());
 * }
 * }</pre>
 */
@NullMarked
package org.lentigo.runtime;

import org.jspecify.annotations.NullMarked;
