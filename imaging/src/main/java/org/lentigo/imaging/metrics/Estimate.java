package org.lentigo.imaging.metrics;

/**
 * A value measured on a sample of images, and how sure one can be of it.
 *
 * @param value on the images at hand
 * @param low lower end of the 95 % interval
 * @param high upper end of the 95 % interval
 */
public record Estimate(double value, double low, double high) {}
