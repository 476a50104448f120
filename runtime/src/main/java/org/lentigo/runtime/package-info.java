/**
 * The library: outlining the lesion in a photo or a camera's frames, and measuring it.
 *
 * <ul>
 *   <li>{@link org.lentigo.runtime.Segmenter}: pixels in, mask, probabilities and contours out.
 *   <li>{@link org.lentigo.runtime.PhotoOutliner}: a photo's file in, the files that {@code lentigo
 *       segment} makes of it out.
 *   <li>{@link org.lentigo.runtime.LiveSegmenter}: a camera's frames, with a steadied outline.
 *   <li>{@link org.lentigo.runtime.Inference}: the network alone, on planes prepared elsewhere.
 *   <li>{@link org.lentigo.runtime.Quantizer}: a model in 8-bit integers.
 * </ul>
 *
 * <p>Beside them {@link org.lentigo.runtime.Engine}, what can compute a network; {@link
 * org.lentigo.runtime.BundledModel}, the one that comes along; {@link
 * org.lentigo.runtime.Measurement}, the figures and their JSON form; {@link
 * org.lentigo.runtime.PixelBudget}, for whoever has many photos at work.
 *
 * <p>Models and their files are in {@code org.lentigo.network}, pictures and masks in {@code
 * org.lentigo.imaging}. What lies in {@code internal} is no part of the library.
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
