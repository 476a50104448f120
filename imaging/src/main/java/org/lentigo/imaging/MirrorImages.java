package org.lentigo.imaging;

/**
 * The four mirror images of a square picture: as it is (view 0), mirrored left to right (1), top to
 * bottom (2), and both (3). What a network says of all four, mirrored back and averaged, is
 * steadier than what it says of one.
 *
 * <pre>{@code
 * float[] sum = new float[size * size];
 * for (int view = 0; view < MirrorImages.VIEWS; view++) {
 *   MirrorImages.show(planes, size, view, shown, 0);
 *   MirrorImages.addBack(network(shown), 0, size, view, sum);
 * }
 * }</pre>
 */
public final class MirrorImages {
  /** How many there are. */
  public static final int VIEWS = 4;

  private MirrorImages() {}

  /**
   * Mirrors planes.
   *
   * @param planes C x size x size values
   * @param view 0 to 3
   * @param out receives as many, from {@code offset} on
   * @throws IllegalArgumentException if {@code planes} is not whole planes of that size or the view
   *     is none
   */
  public static void show(float[] planes, int size, int view, float[] out, int offset) {
    check(planes.length, size, view);
    for (int row = 0; row < planes.length; row += size) {
      int y = row / size % size;
      int from = row + (rowOf(y, size, view) - y) * size;
      for (int x = 0; x < size; x++) {
        out[offset + row + x] = planes[from + columnOf(x, size, view)];
      }
    }
  }

  /**
   * Mirrors a map of a view back and adds it to a sum.
   *
   * @param maps holds size x size values from {@code offset} on
   * @param view 0 to 3
   * @param sum size x size values
   * @throws IllegalArgumentException if {@code sum} has another size or the view is none
   */
  public static void addBack(float[] maps, int offset, int size, int view, float[] sum) {
    check(sum.length, size, view);
    if (sum.length != size * size) {
      throw new IllegalArgumentException(
          "a sum of " + sum.length + " values, wanted " + size + " x " + size);
    }
    for (int y = 0; y < size; y++) {
      int from = offset + rowOf(y, size, view) * size;
      for (int x = 0; x < size; x++) {
        sum[y * size + x] += maps[from + columnOf(x, size, view)];
      }
    }
  }

  private static void check(int length, int size, int view) {
    if (size < 1 || length % (size * size) != 0) {
      throw new IllegalArgumentException(
          length + " values are not whole planes of " + size + " x " + size);
    }
    if (view < 0 || view >= VIEWS) {
      throw new IllegalArgumentException("view " + view + ", wanted 0 to " + (VIEWS - 1));
    }
  }

  private static int columnOf(int x, int size, int view) {
    return (view & 1) == 0 ? x : size - 1 - x;
  }

  private static int rowOf(int y, int size, int view) {
    return (view & 2) == 0 ? y : size - 1 - y;
  }
}
