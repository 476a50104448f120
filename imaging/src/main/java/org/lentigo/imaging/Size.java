package org.lentigo.imaging;

/**
 * A picture's size in pixels.
 *
 * @param width pixels across
 * @param height pixels down
 */
public record Size(int width, int height) {}
