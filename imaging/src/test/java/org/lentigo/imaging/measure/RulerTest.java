package org.lentigo.imaging.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Scale;

class RulerTest {
  /** Ticks of a millimetre, longer at five and longer still at ten. */
  private static final IntUnaryOperator MILLIMETRES = i -> i % 10 == 0 ? 26 : i % 5 == 0 ? 20 : 12;

  /** A ruler on the upper edge of hairy skin, which is then turned by quarters. */
  private static RgbImage photo(
      long seed,
      int width,
      int height,
      int quarters,
      double period,
      IntUnaryOperator length,
      Color ink) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(new Color(205, 165, 145));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(new Color(110, 70, 55));
    graphics.fillOval(width / 3, height / 3, width / 3, height / 4);
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    AffineTransform turn = AffineTransform.getQuadrantRotateInstance(quarters, 0, 0);
    boolean upright = quarters % 2 == 0;
    double along = upright ? width : height;
    if (quarters == 1) {
      turn.preConcatenate(AffineTransform.getTranslateInstance(width, 0));
    } else if (quarters == 2) {
      turn.preConcatenate(AffineTransform.getTranslateInstance(width, height));
    } else if (quarters == 3) {
      turn.preConcatenate(AffineTransform.getTranslateInstance(0, height));
    }
    graphics.transform(turn);
    graphics.setColor(ink);
    double unit = Math.max(width, height) / 512.0;
    graphics.setStroke(new BasicStroke((float) (1.6 * unit)));
    for (int hair = 0; hair < 25; hair++) {
      double x = random.nextDouble() * width;
      double y = random.nextDouble() * height;
      double reach = random.nextDouble() * height / 2;
      double angle = random.nextGaussian();
      graphics.draw(
          new Line2D.Double(x, y, x + reach * Math.cos(angle), y + reach * Math.sin(angle)));
    }
    for (int i = 0; period > 0 && 5.3 + i * period < along; i++) {
      double x = 5.3 + i * period;
      graphics.draw(new Line2D.Double(x, 4 * unit, x, (4 + length.applyAsInt(i)) * unit));
    }
    graphics.dispose();
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int pixel = image.getRGB(i % width, i / width);
      int noise = (int) (4 * random.nextGaussian());
      for (int c = 0; c < 3; c++) {
        int value = (pixel >> 16 - 8 * c & 0xff) + noise;
        rgb[3 * i + c] = (byte) Math.max(0, Math.min(255, value));
      }
    }
    return new RgbImage(width, height, rgb);
  }

  @ParameterizedTest
  @CsvSource({"0, 24.37", "1, 31.2", "2, 40.8", "3, 19.6"})
  void millimetresAlongEachEdge(int quarters, double period) {
    Optional<Scale> scale =
        Ruler.find(photo(5, 512, 400, quarters, period, MILLIMETRES, Color.BLACK));
    assertThat(scale).isPresent();
    assertThat(1 / scale.orElseThrow().mmPerPixel()).isCloseTo(period, within(0.01 * period));
    assertThat(scale.orElseThrow().source()).isEqualTo(Scale.Source.RULER);
    assertThat(scale.orElseThrow().doubt()).isBetween(0.02, 0.05);
  }

  @Test
  void inALargePhotoAndInWhiteInk() {
    Optional<Scale> scale = Ruler.find(photo(7, 3000, 2000, 0, 171.3, MILLIMETRES, Color.WHITE));
    assertThat(scale).isPresent();
    assertThat(1 / scale.orElseThrow().mmPerPixel()).isCloseTo(171.3, within(1.7));
  }

  @Test
  void whatHasNoLongerMarksMayBeAnything() {
    assertThat(Ruler.find(photo(5, 512, 400, 0, 24.4, i -> 14, Color.BLACK))).isEmpty();
  }

  /** Half millimetres would be taken for whole ones. */
  @Test
  void halfMillimetresAndOtherMarksAreNotTakenForMillimetres() {
    IntUnaryOperator halves = i -> i % 10 == 0 ? 30 : i % 2 == 0 ? 18 : 10;
    assertThat(Ruler.find(photo(5, 512, 400, 0, 14.4, halves, Color.BLACK))).isEmpty();
    IntUnaryOperator sixteenths = i -> i % 4 == 0 ? 26 : 12;
    assertThat(Ruler.find(photo(5, 512, 400, 0, 20.4, sixteenths, Color.BLACK))).isEmpty();
    IntUnaryOperator thirds = i -> i % 3 == 0 ? 26 : 12;
    assertThat(Ruler.find(photo(5, 512, 400, 0, 20.4, thirds, Color.BLACK))).isEmpty();
  }

  @Test
  void tooFewTicksAreNoRuler() {
    assertThat(Ruler.find(photo(5, 300, 220, 0, 45, MILLIMETRES, Color.BLACK))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 333, 700})
  void noneIsFoundWhereThereIsNone(int width) {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(Ruler.find(photo(seed, width, width * 3 / 4, 0, 0, MILLIMETRES, Color.BLACK)))
          .as("seed " + seed)
          .isEmpty();
    }
  }

  @Test
  void anyPhotoMayBeLookedAt() {
    for (int side : new int[] {1, 2, 7, 30}) {
      assertThat(Ruler.find(new RgbImage(side, side, new byte[3 * side * side]))).isEmpty();
      assertThat(Ruler.find(new RgbImage(side, 1, new byte[3 * side]))).isEmpty();
    }
    assertThat(Ruler.find(new RgbImage(5000, 1, new byte[15000]))).isEmpty();
  }
}
