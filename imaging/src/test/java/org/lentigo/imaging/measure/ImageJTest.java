package org.lentigo.imaging.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ij.ImagePlus;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.Wand;
import ij.measure.Measurements;
import ij.process.ByteProcessor;
import ij.process.ImageStatistics;
import java.util.Objects;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Components;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.synthetic.Phantom;

/** The independent route: ImageJ measures the same masks, by code that is none of Lentigo's. */
class ImageJTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void measuresAsImageJDoes(long seed) {
    Mask mask = Components.clean(Phantom.draw(seed, 400, 300).mask(), 1, true);
    Shape shape = Objects.requireNonNull(Shape.of(mask));
    Roi roi = outline(mask);
    ImagePlus image = new ImagePlus("mask", processor(mask));
    image.setRoi(roi);
    ImageStatistics statistics =
        image.getStatistics(Measurements.AREA + Measurements.ELLIPSE + Measurements.CENTROID);
    assertThat(statistics.pixelCount).isEqualTo((int) mask.area());

    double[] feret = roi.getFeretValues();
    assertThat(shape.largestDiameterPx()).isCloseTo(feret[0], within(1e-6));
    assertThat(shape.smallestDiameterPx()).isCloseTo(feret[2], within(0.01));
    assertThat(shape.elongation())
        .isCloseTo(statistics.major / statistics.minor, Percentage.withPercentage(1));
    if (shape.elongation() > 1.05) {
      assertThat(Math.IEEEremainder(shape.axisAngleDegrees() - statistics.angle, 180))
          .isCloseTo(0, within(1.0));
    }
    // ImageJ cuts corners of the traced border, which it tells up to 8 % too long.
    assertThat(shape.perimeterPx()).isBetween(0.91 * roi.getLength(), 1.0 * roi.getLength());
    PolygonRoi hull = new PolygonRoi(roi.getFloatConvexHull(), Roi.POLYGON);
    assertThat(shape.solidity())
        .isCloseTo(mask.area() / area(hull), Percentage.withPercentage(0.5));
  }

  private static double area(PolygonRoi roi) {
    int[] x = roi.getPolygon().xpoints;
    int[] y = roi.getPolygon().ypoints;
    int n = roi.getPolygon().npoints;
    double twice = 0;
    for (int i = 0, j = n - 1; i < n; j = i++) {
      twice += (double) x[j] * y[i] - (double) x[i] * y[j];
    }
    return Math.abs(twice) / 2;
  }

  private static ByteProcessor processor(Mask mask) {
    ByteProcessor processor = new ByteProcessor(mask.width(), mask.height());
    for (int i = 0; i < mask.data().length; i++) {
      processor.set(i, 255 * mask.data()[i]);
    }
    return processor;
  }

  private static Roi outline(Mask mask) {
    Wand wand = new Wand(processor(mask));
    int first = 0;
    while (mask.data()[first] == 0) {
      first++;
    }
    wand.autoOutline(first % mask.width(), first / mask.width(), 255, 255, Wand.EIGHT_CONNECTED);
    return new PolygonRoi(wand.xpoints, wand.ypoints, wand.npoints, Roi.TRACED_ROI);
  }
}
