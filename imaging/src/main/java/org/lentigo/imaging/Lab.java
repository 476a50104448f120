package org.lentigo.imaging;

/**
 * Colours as CIELAB under D65 (CIE 15), from sRGB as IEC 61966-2-1 defines it: distances in it are
 * roughly those that an eye sees.
 */
public final class Lab {
  private static final double[] LINEAR = new double[256];

  static {
    for (int i = 0; i < LINEAR.length; i++) {
      double v = i / 255.0;
      LINEAR[i] = v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4);
    }
  }

  private Lab() {}

  /**
   * Every pixel of a picture.
   *
   * @return L* (0 to 100), a*, b* of each, row by row
   */
  public static float[] of(RgbImage image) {
    byte[] rgb = image.data();
    float[] lab = new float[rgb.length];
    for (int i = 0; i < rgb.length; i += 3) {
      put(rgb[i] & 0xff, rgb[i + 1] & 0xff, rgb[i + 2] & 0xff, lab, i);
    }
    return lab;
  }

  /**
   * One colour.
   *
   * @param red 0 to 255, as {@code green} and {@code blue}
   * @return L* (0 to 100), a*, b*
   */
  public static float[] of(int red, int green, int blue) {
    float[] lab = new float[3];
    put(red, green, blue, lab, 0);
    return lab;
  }

  private static void put(int red, int green, int blue, float[] lab, int at) {
    double r = LINEAR[red];
    double g = LINEAR[green];
    double b = LINEAR[blue];
    double x = curve((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    double y = curve(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    double z = curve((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    lab[at] = (float) (116 * y - 16);
    lab[at + 1] = (float) (500 * (x - y));
    lab[at + 2] = (float) (200 * (y - z));
  }

  private static double curve(double t) {
    double least = 216.0 / 24389;
    return t > least ? Math.cbrt(t) : (24389.0 / 27 * t + 16) / 116;
  }
}
