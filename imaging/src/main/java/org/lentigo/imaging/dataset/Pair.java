package org.lentigo.imaging.dataset;

import java.nio.file.Path;

/**
 * One photo and its expert mask.
 *
 * @param stem the name both share, such as {@code ISIC_0000000} or {@code IMD002}
 */
public record Pair(String stem, Path image, Path mask) {}
