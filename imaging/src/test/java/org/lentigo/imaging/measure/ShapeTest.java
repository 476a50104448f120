package org.lentigo.imaging.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.Scale;

/** Against figures whose measures follow from their formulas. */
class ShapeTest {
  private static Shape measure(Mask mask) {
    return Objects.requireNonNull(Shape.of(mask));
  }

  @Test
  void anEmptyMaskHasNoShape() {
    assertThat(Shape.of(new Mask(3, 2, new byte[6]))).isNull();
  }

  /** A name is its component's, as files write names. */
  @Test
  void namesAndValuesAreTheComponentsInTheirOrder() {
    Shape shape = new Shape(1, 2, 3, 4, 5, 6, 7, 8, 9, null, 11, 12);
    assertThat(shape.values())
        .containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, null, 11, 12.0);
    assertThat(Shape.NAMES).isEqualTo(components(Shape.class));

    PhotoQuality quality = new PhotoQuality(1, 2, 3, 4, 5, null);
    assertThat(quality.values()).containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, null);
    List<String> names = components(PhotoQuality.class);
    names.set(0, "blur_px");
    assertThat(PhotoQuality.NAMES).isEqualTo(names);
  }

  private static List<String> components(Class<?> type) {
    List<String> names = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      names.add(component.getName().replaceAll("(?=[A-Z])", "_").toLowerCase(Locale.ROOT));
    }
    return names;
  }

  @Test
  void millimetresAreThoseOfTheScale() {
    Shape shape = new Shape(100, 40, 30, 4, 5, 6, 7, 8, 9, null, 11, 12);
    Scale scale = Scale.of(0.5, Scale.Source.GIVEN);
    assertThat(Millimetres.of(scale, 800, shape).values()).containsExactly(200.0, 50.0, 20.0, 15.0);
    assertThat(Millimetres.of(scale, 0, null).values()).containsExactly(0.0, null, null, null);
  }

  @Test
  void aPixelIsAUnitSquare() {
    Shape pixel = measure(new Mask(1, 1, new byte[] {1}));
    assertThat(pixel.largestDiameterPx()).isEqualTo(Math.sqrt(2));
    assertThat(pixel.smallestDiameterPx()).isEqualTo(1);
    assertThat(pixel.asymmetryMajor()).isZero();
    assertThat(pixel.solidity()).isEqualTo(1);
    assertThat(pixel.fractalDimension()).isNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 33, 100, 250})
  void disc(int radius) {
    int side = 2 * radius + 21;
    Shape shape = measure(Figures.draw(side, side, Figures.disc(side / 2.0, side / 2.0, radius)));
    assertThat(shape.perimeterPx())
        .isCloseTo(2 * Math.PI * radius, Percentage.withPercentage(radius > 30 ? 1 : 3));
    assertThat(shape.largestDiameterPx()).isCloseTo(2 * radius, within(1.5));
    assertThat(shape.smallestDiameterPx()).isCloseTo(2 * radius, within(1.5));
    assertThat(shape.compactness()).isCloseTo(1, within(radius > 30 ? 0.02 : 0.06));
    assertThat(shape.elongation()).isCloseTo(1, within(1e-3));
    assertThat(shape.asymmetryMajor()).isLessThan(0.5 / radius);
    assertThat(shape.asymmetryMinor()).isLessThan(0.5 / radius);
    assertThat(shape.notches()).isZero();
    if (radius > 30) {
      assertThat(shape.fractalDimension()).isCloseTo(1, within(0.08));
    }
  }

  @Test
  void square() {
    Shape shape = measure(Figures.draw(200, 180, (x, y) -> x > 20 && x < 140 && y > 30 && y < 150));
    assertThat(shape.largestDiameterPx()).isEqualTo(120 * Math.sqrt(2));
    assertThat(shape.smallestDiameterPx()).isEqualTo(120);
    // Along the rows all steps are even: 0.980 of 4 sides less their corners.
    assertThat(shape.perimeterPx())
        .isCloseTo(0.980 * 4 * 119 + 1.406 * 2 - 0.091 * 8, within(1e-9));
    assertThat(shape.perimeterPx()).isCloseTo(480, Percentage.withPercentage(2.5));
    assertThat(shape.asymmetryMajor()).isZero();
    assertThat(shape.asymmetryMinor()).isZero();
    assertThat(shape.elongation()).isEqualTo(1);
    assertThat(shape.solidity()).isEqualTo(1);
    assertThat(shape.fractalDimension()).isCloseTo(1, within(0.05));
  }

  @ParameterizedTest
  @CsvSource({"0", "20", "45", "-30", "90", "71.5"})
  void ellipse(double degrees) {
    double a = 120;
    double b = 70;
    Shape shape = measure(Figures.draw(300, 300, Figures.ellipse(150.3, 149.6, a, b, degrees)));
    // S. Ramanujan's approximation, within 1e-6 here.
    double h = Math.pow((a - b) / (a + b), 2);
    double length = Math.PI * (a + b) * (1 + 3 * h / (10 + Math.sqrt(4 - 3 * h)));
    assertThat(shape.perimeterPx()).isCloseTo(length, Percentage.withPercentage(1));
    assertThat(shape.largestDiameterPx()).isCloseTo(2 * a, within(1.5));
    assertThat(shape.smallestDiameterPx()).isCloseTo(2 * b, within(1.5));
    assertSameAxis(shape.axisAngleDegrees(), degrees);
    assertThat(shape.elongation()).isCloseTo(a / b, within(0.005));
    assertThat(shape.asymmetryMajor()).isLessThan(0.006);
    assertThat(shape.asymmetryMinor()).isLessThan(0.006);
    assertThat(shape.solidity()).isGreaterThan(0.98);
  }

  @ParameterizedTest
  @CsvSource({"0", "15", "45", "-62", "90"})
  void rotatedRectangle(double degrees) {
    Shape shape =
        measure(Figures.draw(320, 320, Figures.rectangle(160.2, 159.7, 210, 90, degrees)));
    assertThat(shape.largestDiameterPx()).isCloseTo(Math.hypot(210, 90), within(1.5));
    assertThat(shape.smallestDiameterPx()).isCloseTo(90, within(1.5));
    assertSameAxis(shape.axisAngleDegrees(), degrees);
    assertThat(shape.elongation()).isCloseTo(210.0 / 90, within(0.03));
    assertThat(shape.perimeterPx()).isCloseTo(600, Percentage.withPercentage(2.5));
    assertThat(shape.asymmetryMajor()).isLessThan(0.01);
    assertThat(shape.asymmetryMinor()).isLessThan(0.01);
    assertThat(shape.notches()).isZero();
  }

  private static void assertSameAxis(double degrees, double expected) {
    assertThat(Math.IEEEremainder(degrees - expected, 180)).isCloseTo(0, within(0.2));
  }

  /** As high as wide: mirrored at the line through its centroid, a third of it falls beside it. */
  @Test
  void triangle() {
    Shape shape =
        measure(
            Figures.draw(
                320, 320, (x, y) -> y > 10 && y < 310 && Math.abs(x - 160) < (y - 10) / 2));
    assertThat(Math.abs(shape.axisAngleDegrees())).isCloseTo(90, within(0.1));
    assertThat(shape.asymmetryMajor()).isLessThan(0.005);
    assertThat(shape.asymmetryMinor()).isCloseTo(1.0 / 3, within(0.005));
    assertThat(shape.elongation()).isCloseTo(Math.sqrt(24.0 / 18), within(0.01));
  }

  @Test
  void comb() {
    Shape shape = measure(Figures.draw(400, 120, Figures.comb(12, 16, 60, 30)));
    assertThat(shape.notches()).isEqualTo(11);
    assertThat(shape.deepestNotchPx()).isEqualTo(60);
    // 12 teeth and 11 gaps of 16 x 60, on a bar of 30.
    double area = 368 * 30 + 12 * 16 * 60;
    assertThat(shape.solidity()).isCloseTo(area / (368 * 90), within(1e-9));
    assertThat(shape.largestDiameterPx()).isCloseTo(Math.hypot(368, 90), within(1e-9));
    double border = 368 + 2 * 90 + 368 + 2 * 11 * 60;
    assertThat(shape.perimeterPx()).isCloseTo(border, Percentage.withPercentage(5));
    assertThat(shape.asymmetryMajor()).isGreaterThan(0.05);
    assertThat(shape.asymmetryMinor()).isZero();
  }

  @Test
  void shallowWavesAreNoNotches() {
    Shape shape =
        measure(
            Figures.draw(
                300,
                300,
                (x, y) ->
                    Math.hypot(x - 150, y - 150)
                        <= 120 + Math.cos(12 * Math.atan2(y - 150, x - 150))));
    assertThat(shape.notches()).isZero();
  }

  @Test
  void snowflake() {
    Shape shape = measure(Figures.snowflake(1200, 6));
    assertThat(shape.fractalDimension()).isCloseTo(Math.log(4) / Math.log(3), within(0.05));
    assertThat(shape.compactness()).isLessThan(0.2);
    assertThat(shape.notches()).isGreaterThanOrEqualTo(6);
  }

  @Test
  void holesCountForTheBorderAndNotForTheHull() {
    Shape ring =
        measure(
            Figures.draw(
                220,
                220,
                (x, y) -> Math.hypot(x - 110, y - 110) <= 90 && Math.hypot(x - 110, y - 110) > 40));
    assertThat(ring.perimeterPx()).isCloseTo(2 * Math.PI * 130, Percentage.withPercentage(1));
    assertThat(ring.solidity()).isGreaterThan(0.98);
    assertThat(ring.notches()).isZero();
  }

  @Test
  void partsCountTogether() {
    Shape two =
        measure(
            Figures.draw(
                300,
                100,
                (x, y) -> Math.hypot(x - 40, y - 50) <= 30 || Math.hypot(x - 240, y - 50) <= 20));
    assertThat(two.largestDiameterPx()).isCloseTo(250, within(1.5));
    assertThat(two.smallestDiameterPx()).isCloseTo(60, within(1.5));
    assertThat(two.solidity()).isGreaterThan(0.95);
    assertThat(two.notches()).isZero();
  }

  /** A lesion of 12 megapixels is looked at in steps, with the same result. */
  @Test
  void largeMasksAreSampled() {
    Shape small = measure(Figures.draw(600, 600, drop(1)));
    Shape large = measure(Figures.draw(3000, 3000, drop(5)));
    assertThat(large.asymmetryMinor()).isCloseTo(small.asymmetryMinor(), within(0.003));
    assertThat(large.asymmetryMajor()).isCloseTo(small.asymmetryMajor(), within(0.003));
    assertThat(large.largestDiameterPx()).isCloseTo(5 * small.largestDiameterPx(), within(6.0));
    assertThat(large.notches()).isEqualTo(small.notches());
  }

  private static Figures.Figure drop(double scale) {
    return (x, y) ->
        Math.hypot(x / scale - 250, y / scale - 300) <= 200
            || Math.hypot(x / scale - 480, y / scale - 250) <= 70;
  }
}
