package org.lentigo.imagej;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ij.ImagePlus;
import ij.ImageStack;
import ij.Macro;
import ij.WindowManager;
import ij.gui.Roi;
import ij.measure.Calibration;
import ij.measure.ResultsTable;
import ij.plugin.filter.PlugInFilterRunner;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.lentigo.imaging.Contours;
import org.lentigo.imaging.Mask;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Millimetres;
import org.lentigo.imaging.measure.Shape;
import org.lentigo.imaging.synthetic.Phantom;
import org.lentigo.runtime.BundledModel;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmenter;

/** The plugin as ImageJ runs it, without a screen. */
class LesionOutlineTest {
  @BeforeEach
  void noScreen() {
    System.setProperty("java.awt.headless", "true");
    ResultsTable.getResultsTable().reset();
  }

  private static ImageProcessor processor(RgbImage image) {
    ColorProcessor processor = new ColorProcessor(image.width(), image.height());
    for (int i = 0; i < image.width() * image.height(); i++) {
      int x = i % image.width();
      int y = i / image.width();
      processor.set(i, image.get(x, y, 0) << 16 | image.get(x, y, 1) << 8 | image.get(x, y, 2));
    }
    return processor;
  }

  /** On a thread that ImageJ takes for a macro's. */
  private static void outline(ImagePlus image, String options) throws InterruptedException {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              Macro.setOptions(Thread.currentThread(), options);
              WindowManager.setTempCurrentImage(image);
              new PlugInFilterRunner(new Lesion_Outline(), "Outline...", "");
            },
            "Run$_Outline");
    thread.setUncaughtExceptionHandler((t, e) -> failure.set(e));
    thread.start();
    thread.join();
    assertThat(failure.get()).isNull();
  }

  private static Mask expected(RgbImage image) throws Exception {
    try (Segmenter segmenter =
        Segmenter.of(BundledModel.read(), 2, List.of(Engine.JAVA_PLAIN), reason -> {})) {
      return segmenter.segment(image).mask();
    }
  }

  private static void assertCovers(Roi roi, Mask mask) {
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        assertThat(roi.contains(x, y)).as(x + ", " + y).isEqualTo(mask.get(x, y));
      }
    }
  }

  /** With pixels of 0.05 mm. */
  private static ImagePlus calibrated(String title, RgbImage photo) {
    ImagePlus image = new ImagePlus(title, processor(photo));
    Calibration calibration = new Calibration();
    calibration.pixelWidth = 0.05;
    calibration.pixelHeight = 0.05;
    calibration.setUnit("mm");
    image.setCalibration(calibration);
    return image;
  }

  @Test
  void theSelectionIsTheMaskAndTheTableHasItsMeasures() throws Exception {
    RgbImage photo = Phantom.draw(2, 240, 180).image();
    ImagePlus image = calibrated("photo.jpg", photo);

    outline(image, "threshold=0 results");

    Mask mask = expected(photo);
    assertCovers(image.getRoi(), mask);
    ResultsTable table = ResultsTable.getResultsTable();
    Shape shape = Objects.requireNonNull(Shape.of(mask));
    assertThat(table.size()).isEqualTo(1);
    assertThat(table.getValue("area_px", 0)).isEqualTo(mask.area());
    assertThat(table.getValue("largest_diameter_px", 0))
        .isCloseTo(shape.largestDiameterPx(), within(1e-9));
    assertThat(table.getValue("area_mm2", 0)).isCloseTo(mask.area() * 0.0025, within(1e-9));
  }

  @Test
  void everySliceOfAStackGetsItsOutlineAndItsRow() throws Exception {
    ImageStack stack = new ImageStack(160, 120);
    for (long seed = 2; seed < 5; seed++) {
      stack.addSlice(processor(Phantom.draw(seed, 160, 120).image()));
    }
    ImagePlus image = new ImagePlus("stack", stack);

    outline(image, "threshold=0 results doubtful stack");

    assertThat(ResultsTable.getResultsTable().size()).isEqualTo(3);
    assertThat(image.getOverlay().size()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      Roi roi = image.getOverlay().get(i);
      assertThat(roi.getPosition()).isEqualTo(i + 1);
      assertCovers(roi, expected(Phantom.draw(2 + i, 160, 120).image()));
    }
  }

  /** Skin alone, after a lesion in the same table: ImageJ shows what a row leaves out as 0. */
  @Test
  void whereNothingIsFoundNothingIsSelectedAndMeasuresAreNotZero() throws Exception {
    ImagePlus lesion = calibrated("lesion", Phantom.draw(2, 240, 180).image());
    outline(lesion, "threshold=0 results");
    ColorProcessor skin = new ColorProcessor(240, 180);
    skin.setColor(0xdcb4a0);
    skin.fill();
    ImagePlus image = new ImagePlus("skin", skin);
    image.setRoi(10, 10, 20, 20);

    outline(image, "threshold=0 results");

    assertThat(image.getRoi()).isNull();
    ResultsTable table = ResultsTable.getResultsTable();
    assertThat(table.getValue("area_px", 0)).isPositive();
    assertThat(table.getValue("area_px", 1)).isZero();
    for (List<String> names : List.of(Shape.NAMES, Colours.NAMES, Millimetres.NAMES)) {
      for (String name : names) {
        assertThat(table.getValue(name, 0)).as(name).isNotNaN();
        assertThat(table.getValue(name, 1)).as(name).isNaN();
      }
    }
  }

  @Test
  void aWrongThresholdIsToldAndChangesNothing() throws Exception {
    ImagePlus image = new ImagePlus("photo", processor(Phantom.draw(2, 80, 60).image()));
    PrintStream out = System.out;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      outline(image, "threshold=7 results");
    } finally {
      System.setOut(out);
    }
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("threshold is 7, wanted");
    assertThat(image.getRoi()).isNull();
    assertThat(ResultsTable.getResultsTable().size()).isZero();
  }

  @Test
  void partsAndHolesAreOneSelection() {
    byte[] data = new byte[900];
    for (int i = 0; i < data.length; i++) {
      int x = i % 30;
      int y = i / 30;
      boolean ring = x > 2 && x < 14 && y > 3 && y < 20 && !(x > 6 && x < 9 && y > 8 && y < 12);
      data[i] = (byte) (ring || x > 20 && y > 22 ? 1 : 0);
    }
    Mask mask = new Mask(30, 30, data);
    assertCovers(Objects.requireNonNull(Lesion_Outline.roi(Contours.trace(mask))), mask);
    assertThat(Lesion_Outline.roi(List.of())).isNull();
  }

  @Test
  void onlyUnitsOfLengthAreAScale() {
    Calibration calibration = new Calibration();
    assertThat(Lesion_Outline.scale(calibration)).isNull();
    calibration.setUnit("um");
    calibration.pixelWidth = 25;
    calibration.pixelHeight = 25;
    assertThat(Objects.requireNonNull(Lesion_Outline.scale(calibration)).mmPerPixel())
        .isEqualTo(0.025);
    calibration.pixelHeight = 30;
    assertThat(Lesion_Outline.scale(calibration)).isNull();
  }

  @Test
  void theMenuEntryNamesThePlugin() throws Exception {
    try (InputStream in = Lesion_Outline.class.getResourceAsStream("/plugins.config")) {
      String config = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      assertThat(config).contains("\"Outline...\", " + Lesion_Outline.class.getName());
    }
  }
}
