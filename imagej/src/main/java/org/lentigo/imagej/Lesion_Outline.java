package org.lentigo.imagej;

import ij.IJ;
import ij.ImagePlus;
import ij.Macro;
import ij.Prefs;
import ij.gui.DialogListener;
import ij.gui.GenericDialog;
import ij.gui.Overlay;
import ij.gui.PolygonRoi;
import ij.gui.Roi;
import ij.gui.ShapeRoi;
import ij.measure.Calibration;
import ij.measure.ResultsTable;
import ij.plugin.filter.ExtendedPlugInFilter;
import ij.plugin.filter.PlugInFilterRunner;
import ij.plugin.frame.RoiManager;
import ij.process.ColorProcessor;
import ij.process.ImageProcessor;
import ij.util.Tools;
import java.awt.AWTEvent;
import java.awt.Color;
import java.awt.GraphicsEnvironment;
import java.awt.Polygon;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.lentigo.imaging.Contour;
import org.lentigo.imaging.RgbImage;
import org.lentigo.imaging.Scale;
import org.lentigo.imaging.measure.Colours;
import org.lentigo.imaging.measure.Millimetres;
import org.lentigo.imaging.measure.PhotoQuality;
import org.lentigo.imaging.measure.Shape;
import org.lentigo.runtime.BundledModel;
import org.lentigo.runtime.Engine;
import org.lentigo.runtime.Segmentation;
import org.lentigo.runtime.Segmenter;

/**
 * Plugins &gt; Lesion &gt; Outline...: outlines the lesion in a photo, or in each slice of a stack.
 * The outline becomes the image's selection (of a stack, an overlay) and goes to the ROI manager,
 * the measures to the results table, in the image's own unit where it is calibrated in millimetres.
 * An outline and its measurements, never a diagnosis.
 *
 * <p>For macros: {@code run("Outline...", "threshold=0.55 manager results")}; {@code threshold=0}
 * is the model's own, and {@code doubtful} outlines also what does not look like a lesion. Without
 * a screen the ROI manager, a window, is left out.
 */
public final class Lesion_Outline implements ExtendedPlugInFilter, DialogListener {
  private static final int FLAGS = DOES_RGB | DOES_8G | DOES_8C | NO_CHANGES;
  private static final String PREFERENCES = "lentigo.";

  /** The model is opened once, for all runs. */
  private static @Nullable Segmenter segmenter;

  private final ResultsTable table = ResultsTable.getResultsTable();
  private @Nullable ImagePlus image;
  private @Nullable Overlay before;
  private double threshold;
  private boolean toManager = true;
  private boolean toResults = true;
  private boolean doubtful;
  private boolean previewing;
  private int passes = 1;
  private int slice;

  private static synchronized Segmenter segmenter() {
    Segmenter open = segmenter;
    if (open == null) {
      try {
        // The plugin's jar does not carry ONNX Runtime.
        open =
            Segmenter.of(
                BundledModel.read(),
                Runtime.getRuntime().availableProcessors(),
                List.of(Engine.JAVA, Engine.JAVA_PLAIN),
                reason -> {});
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      segmenter = open;
    }
    return open;
  }

  @Override
  public int setup(String argument, @Nullable ImagePlus photo) {
    image = photo;
    before = photo == null ? null : photo.getOverlay();
    return FLAGS;
  }

  @Override
  public int showDialog(ImagePlus photo, String command, PlugInFilterRunner runner) {
    if (GraphicsEnvironment.isHeadless()) {
      return withoutDialog(photo);
    }
    // As the dialog begins; from then on it says whatever changes, and what a macro wants.
    threshold = Prefs.get(PREFERENCES + "threshold", 0);
    toManager = Prefs.get(PREFERENCES + "manager", true);
    toResults = Prefs.get(PREFERENCES + "results", true);
    doubtful = Prefs.get(PREFERENCES + "doubtful", false);
    GenericDialog dialog = new GenericDialog("Outline a lesion");
    dialog.addNumericField("threshold (0: the model's)", threshold, 3);
    dialog.addCheckbox("manager", toManager);
    dialog.addCheckbox("results", toResults);
    dialog.addCheckbox("doubtful lesions, too", doubtful);
    dialog.addPreviewCheckbox(runner, "Preview");
    dialog.addMessage("An outline and its measurements, not a diagnosis.");
    dialog.addDialogListener(this);
    previewing = true;
    dialog.showDialog();
    previewing = false;
    photo.setOverlay(before);
    // Not read once more: the recorder, which reads it at its end, would find each option twice.
    if (dialog.wasCanceled() || refuses(threshold, String.valueOf(threshold))) {
      return DONE;
    }
    Prefs.set(PREFERENCES + "threshold", threshold);
    Prefs.set(PREFERENCES + "manager", toManager);
    Prefs.set(PREFERENCES + "results", toResults);
    Prefs.set(PREFERENCES + "doubtful", doubtful);
    return IJ.setupDialog(photo, FLAGS);
  }

  /** ImageJ's dialogs need a screen, also where a macro answers them. */
  private int withoutDialog(ImagePlus photo) {
    String options = Macro.getOptions() == null ? "" : Macro.getOptions();
    String wanted = Macro.getValue(options, "threshold", "0");
    threshold = Tools.parseDouble(wanted, -1);
    toResults = options.isBlank() || has(options, "results");
    doubtful = has(options, "doubtful");
    if (refuses(threshold, wanted)) {
      return DONE;
    }
    return photo.getStackSize() > 1 && has(options, "stack") ? FLAGS | DOES_STACKS : FLAGS;
  }

  private static boolean has(String options, String word) {
    return (" " + options + " ").contains(" " + word + " ");
  }

  @Override
  public boolean dialogItemChanged(GenericDialog dialog, @Nullable AWTEvent event) {
    threshold = dialog.getNextNumber();
    toManager = dialog.getNextBoolean();
    toResults = dialog.getNextBoolean();
    doubtful = dialog.getNextBoolean();
    return isThreshold(threshold);
  }

  /** A dialog lets nobody choose such a threshold; a macro may. */
  private static boolean refuses(double threshold, String said) {
    if (isThreshold(threshold)) {
      return false;
    }
    IJ.log("Outline: threshold is " + said + ", wanted at least 0 (the model's) and below 1");
    return true;
  }

  private static boolean isThreshold(double value) {
    return value >= 0 && value < 1;
  }

  @Override
  public void setNPasses(int number) {
    passes = number;
    slice = 0;
  }

  @Override
  public void run(ImageProcessor processor) {
    ImagePlus photo = image;
    if (photo == null) {
      return;
    }
    RgbImage pixels = pixels(processor);
    Segmentation lesion =
        threshold == 0
            ? segmenter().segment(pixels)
            : segmenter().segment(pixels, (float) threshold);
    PhotoQuality quality = lesion.quality(pixels);
    if (quality.has(PhotoQuality.Problem.NOTHING_FOUND) && !doubtful) {
      lesion = lesion.withoutLesion();
    }
    List<Contour> contours = lesion.contours();
    Roi roi = roi(contours);
    if (previewing) {
      photo.setOverlay(roi == null ? null : new Overlay(roi));
      return;
    }
    slice++;
    int position = passes > 1 ? slice : photo.getCurrentSlice();
    String label =
        photo.getStackSize() > 1
            ? "%s:%d".formatted(photo.getShortTitle(), position)
            : photo.getShortTitle();
    if (roi != null) {
      roi.setName(label + " lesion");
      show(photo, roi, position);
    } else if (photo.getStackSize() == 1) {
      photo.deleteRoi(); // It would pass for the outline.
    }
    if (toResults) {
      addRow(label, lesion, contours, pixels, quality, photo.getCalibration());
    }
  }

  /** Grey and palettes as they are shown, too. */
  private static RgbImage pixels(ImageProcessor processor) {
    ColorProcessor colours = processor.convertToColorProcessor();
    int width = colours.getWidth();
    int height = colours.getHeight();
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int pixel = colours.get(i);
      rgb[3 * i] = (byte) (pixel >> 16);
      rgb[3 * i + 1] = (byte) (pixel >> 8);
      rgb[3 * i + 2] = (byte) pixel;
    }
    return new RgbImage(width, height, rgb);
  }

  /** Parts and holes as one selection, which covers exactly the mask's pixels; null without any. */
  static @Nullable Roi roi(List<Contour> contours) {
    if (contours.isEmpty()) {
      return null;
    }
    Roi roi;
    if (contours.size() == 1) {
      roi = traced(contours.get(0));
    } else {
      ShapeRoi all = new ShapeRoi(traced(contours.get(0)));
      for (Contour contour : contours.subList(1, contours.size())) {
        all.xor(new ShapeRoi(traced(contour)));
      }
      roi = all;
    }
    roi.setStrokeColor(Color.YELLOW);
    return roi;
  }

  private static PolygonRoi traced(Contour contour) {
    Polygon polygon = new Polygon();
    int[] xy = contour.xy();
    for (int i = 0; i < xy.length; i += 2) {
      polygon.addPoint(xy[i], xy[i + 1]);
    }
    return new PolygonRoi(polygon, Roi.TRACED_ROI);
  }

  private void show(ImagePlus photo, Roi roi, int position) {
    if (photo.getStackSize() > 1) {
      roi.setPosition(position);
      Overlay overlay = photo.getOverlay() == null ? new Overlay() : photo.getOverlay();
      overlay.add(roi);
      photo.setOverlay(overlay);
    } else {
      photo.setRoi(roi);
    }
    if (toManager && !GraphicsEnvironment.isHeadless()) {
      RoiManager manager = RoiManager.getRoiManager();
      manager.addRoi((Roi) roi.clone());
    }
  }

  private void addRow(
      String label,
      Segmentation lesion,
      List<Contour> contours,
      RgbImage pixels,
      PhotoQuality quality,
      Calibration calibration) {
    table.incrementCounter();
    table.addLabel(label);
    table.addValue("area_px", lesion.area());
    table.addValue("area_fraction", lesion.areaFraction());
    table.addValue("predicted_jaccard", lesion.predictedJaccard().orElse(Double.NaN));
    Shape shape = Shape.of(lesion.mask(), contours);
    add(Shape.NAMES, shape == null ? List.of() : shape.values());
    add(
        Colours.NAMES,
        shape == null
            ? List.of()
            : DoubleStream.of(Colours.of(pixels, lesion.mask()).shares()).boxed().toList());
    Scale scale = scale(calibration);
    add(
        Millimetres.NAMES,
        scale == null ? List.of() : Millimetres.of(scale, lesion.area(), shape).values());
    PhotoQuality.Problem worst = quality.worst();
    table.addValue("advice", worst == null ? "" : worst.advice());
    if (!GraphicsEnvironment.isHeadless()) {
      table.show("Results");
    }
  }

  /** A measure that does not exist is NaN: what a row leaves out, ImageJ shows as 0. */
  private void add(List<String> names, List<? extends @Nullable Number> values) {
    for (int i = 0; i < names.size(); i++) {
      Number value = i < values.size() ? values.get(i) : null;
      table.addValue(names.get(i), value == null ? Double.NaN : value.doubleValue());
    }
  }

  /** As the image is calibrated, if in a unit of length, and across as down. */
  static @Nullable Scale scale(Calibration calibration) {
    double mm =
        switch (calibration.getUnit().toLowerCase(Locale.ROOT)) {
          case "mm", "millimeter", "millimetre" -> calibration.pixelWidth;
          case "cm", "centimeter", "centimetre" -> 10 * calibration.pixelWidth;
          case "micron", "um", "µm" -> calibration.pixelWidth / 1000;
          default -> 0;
        };
    boolean square =
        Math.abs(calibration.pixelWidth - calibration.pixelHeight) < 0.005 * calibration.pixelWidth;
    return square && mm >= Scale.LEAST_MM && mm <= Scale.MOST_MM
        ? Scale.of(mm, Scale.Source.GIVEN)
        : null;
  }
}
