package org.lentigo.cli.scoring;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.QuadCurve2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.lentigo.imaging.Contour.Box;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;

/**
 * Copies of a photo with one thing wrong, for asking whether the quality gate sees it. The same
 * seed gives the same copy.
 */
final class Degraded {
  private static final double GAMMA = 2.2;

  /** Sizes are those of a photo of so many pixels along its longer side. */
  private static final double SIDE = 512;

  /** Skin is this share of the longer side away from the lesion. */
  private static final double MARGIN = 0.04;

  private final RgbImage photo;
  private final Mask lesion;
  private final long seed;
  private final double unit;

  /**
   * @param lesion the expert's mask, of the photo's size
   */
  Degraded(RgbImage photo, Mask lesion, long seed) {
    this.photo = photo;
    this.lesion = lesion;
    this.seed = seed;
    unit = Math.max(photo.width(), photo.height()) / SIDE;
  }

  /** Out of focus: three means of a window, nearly Gaussian, and a sensor's noise on top. */
  RgbImage blurred(double sigma) {
    int window = Math.max(1, (int) Math.round(Math.sqrt(4 * sigma * unit * sigma * unit + 1)));
    byte[] data = photo.data().clone();
    for (int pass = 0; pass < 3; pass++) {
      mean(data, window, 3, 3 * photo.width());
      mean(data, window, 3 * photo.width(), 3);
    }
    return noisy(data);
  }

  /** Moved while it was taken, to the side and down. */
  RgbImage moved(double pixels) {
    int length = Math.max(2, (int) Math.round(pixels * unit));
    double angle = new Random(seed).nextDouble() * Math.PI;
    int width = photo.width();
    int height = photo.height();
    byte[] data = new byte[photo.data().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int[] sums = new int[3];
        for (int i = 0; i < length; i++) {
          double way = i - (length - 1) / 2.0;
          int fromX = clamp((int) Math.round(x + way * Math.cos(angle)), width - 1);
          int fromY = clamp((int) Math.round(y + way * Math.sin(angle)), height - 1);
          for (int c = 0; c < 3; c++) {
            sums[c] += photo.get(fromX, fromY, c);
          }
        }
        for (int c = 0; c < 3; c++) {
          data[3 * (y * width + x) + c] = (byte) (sums[c] / length);
        }
      }
    }
    return noisy(data);
  }

  /** Along rows or columns, by the step between neighbours and that between lines. */
  private void mean(byte[] data, int window, int step, int line) {
    int n = step == 3 ? photo.width() : photo.height();
    int lines = step == 3 ? photo.height() : photo.width();
    int[] values = new int[n];
    for (int l = 0; l < lines; l++) {
      for (int c = 0; c < 3; c++) {
        for (int i = 0; i < n; i++) {
          values[i] = data[l * line + i * step + c] & 0xff;
        }
        int before = (window - 1) / 2;
        for (int i = 0; i < n; i++) {
          int sum = 0;
          for (int k = 0; k < window; k++) {
            sum += values[clamp(i - before + k, n - 1)];
          }
          data[l * line + i * step + c] = (byte) (sum / window);
        }
      }
    }
  }

  private RgbImage noisy(byte[] data) {
    Random random = new Random(seed);
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) clamp((int) Math.round((data[i] & 0xff) + random.nextGaussian()), 255);
    }
    return new RgbImage(photo.width(), photo.height(), data);
  }

  private static int clamp(int value, int most) {
    return Math.max(0, Math.min(most, value));
  }

  /** Exposed by so many stops more, or less. */
  RgbImage exposed(double stops) {
    byte[] table = new byte[256];
    for (int i = 0; i < table.length; i++) {
      double light = Math.pow(i / 255.0, GAMMA) * Math.pow(2, stops);
      table[i] = (byte) clamp((int) Math.round(255 * Math.pow(light, 1 / GAMMA)), 255);
    }
    byte[] data = new byte[photo.data().length];
    for (int i = 0; i < data.length; i++) {
      data[i] = table[photo.data()[i] & 0xff];
    }
    return new RgbImage(photo.width(), photo.height(), data);
  }

  /** With a lamp's reflections on the lesion, about this share of the photo in all. */
  RgbImage glaring(double share) {
    Random random = new Random(seed);
    Box box = lesionBox();
    return drawn(
        graphics -> {
          int spots = 3 + random.nextInt(5);
          double area = share * photo.width() * photo.height() / spots;
          for (int i = 0; i < spots; i++) {
            double stretch = 1 + random.nextDouble();
            double a = Math.sqrt(area / Math.PI * stretch);
            double b = a / stretch;
            double x = box.x() + random.nextDouble() * box.width();
            double y = box.y() + random.nextDouble() * box.height();
            for (double rim = 1.3; rim >= 1; rim -= 0.1) {
              graphics.setColor(new Color(255, 255, 250, rim > 1.01 ? 110 : 255));
              graphics.fill(
                  new Ellipse2D.Double(x - rim * a, y - rim * b, 2 * rim * a, 2 * rim * b));
            }
          }
        });
  }

  /** With hairs across the lesion. */
  RgbImage hairy(int hairs) {
    Random random = new Random(seed);
    Box box = lesionBox();
    return drawn(
        graphics -> {
          for (int i = 0; i < hairs; i++) {
            double x = box.x() + random.nextDouble() * box.width();
            double y = box.y() + random.nextDouble() * box.height();
            double angle = random.nextDouble() * Math.PI;
            double reach = (0.4 + 0.4 * random.nextDouble()) * Math.max(box.width(), box.height());
            double dx = reach * Math.cos(angle);
            double dy = reach * Math.sin(angle);
            double bend = (random.nextDouble() - 0.5) * 0.4;
            int dark = 15 + random.nextInt(35);
            graphics.setColor(new Color(dark, dark * 3 / 4, dark / 2, 215));
            graphics.setStroke(new BasicStroke((float) ((1.2 + 1.6 * random.nextDouble()) * unit)));
            graphics.draw(
                new QuadCurve2D.Double(
                    x - dx, y - dy, x - bend * dy, y + bend * dx, x + dx, y + dy));
          }
        });
  }

  private interface Drawing {
    void on(Graphics2D graphics);
  }

  private RgbImage drawn(Drawing drawing) {
    int width = photo.width();
    int height = photo.height();
    BufferedImage image = CasePanel.buffered(photo);
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    drawing.on(graphics);
    graphics.dispose();
    byte[] data = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int pixel = image.getRGB(i % width, i / width);
      data[3 * i] = (byte) (pixel >> 16);
      data[3 * i + 1] = (byte) (pixel >> 8);
      data[3 * i + 2] = (byte) pixel;
    }
    return new RgbImage(width, height, data);
  }

  private Box lesionBox() {
    return Contours.trace(lesion).get(0).boundingBox();
  }

  /** Cut so that the frame leaves away a third of the lesion's box on one side. */
  RgbImage cut() {
    Box box = lesionBox();
    int width = photo.width();
    int height = photo.height();
    int x = box.x() + box.width() / 3;
    int y = box.y() + box.height() / 3;
    return switch (Math.floorMod(seed, 4)) {
      case 0 -> part(x, 0, width - x, height);
      case 1 -> part(0, 0, box.x() + box.width() - box.width() / 3, height);
      case 2 -> part(0, y, width, height - y);
      default -> part(0, 0, width, box.y() + box.height() - box.height() / 3);
    };
  }

  /**
   * A piece of skin alone: the largest square of three sizes (a half, a third and a quarter of the
   * photo's shorter side) for which one of a hundred places is clear of the lesion, with a margin,
   * and of the dermatoscope's dark tube; empty where there is none.
   */
  Optional<RgbImage> skin() {
    int width = photo.width();
    int height = photo.height();
    int margin = (int) Math.ceil(MARGIN * Math.max(width, height));
    Random random = new Random(seed);
    for (double share : new double[] {0.5, 1.0 / 3, 0.25}) {
      int side = Math.max(8, (int) (share * Math.min(width, height)));
      for (int attempt = 0; attempt < 100; attempt++) {
        int x = random.nextInt(width - side + 1);
        int y = random.nextInt(height - side + 1);
        if (clear(x - margin, y - margin, side + 2 * margin)) {
          RgbImage skin = part(x, y, side, side);
          if (!tube(skin)) {
            return Optional.of(skin);
          }
        }
      }
    }
    return Optional.empty();
  }

  private boolean clear(int left, int top, int side) {
    int to = Math.min(photo.width(), left + side);
    for (int y = Math.max(0, top); y < Math.min(photo.height(), top + side); y++) {
      for (int x = Math.max(0, left); x < to; x++) {
        if (lesion.get(x, y)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether one in fifty pixels is as dark as the tube. */
  private static boolean tube(RgbImage image) {
    int[] grey = new int[image.width() * image.height()];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = image.get(i % image.width(), i / image.width(), 0);
    }
    Arrays.sort(grey);
    return grey[grey.length / 50] < 60;
  }

  private RgbImage part(int left, int top, int width, int height) {
    byte[] data = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          photo.data(), 3 * ((top + y) * photo.width() + left), data, 3 * y * width, 3 * width);
    }
    return new RgbImage(width, height, data);
  }
}
