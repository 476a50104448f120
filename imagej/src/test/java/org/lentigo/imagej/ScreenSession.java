package org.lentigo.imagej;

import ij.IJ;
import ij.ImageJ;
import ij.ImagePlus;
import ij.Menus;
import ij.WindowManager;
import ij.gui.GenericDialog;
import ij.gui.Roi;
import ij.measure.ResultsTable;
import ij.plugin.frame.Recorder;
import ij.plugin.frame.RoiManager;
import java.awt.Button;
import java.awt.Checkbox;
import java.awt.Menu;
import java.awt.MenuContainer;
import java.awt.MenuItem;
import java.awt.Rectangle;
import java.awt.Robot;
import java.awt.Window;
import java.awt.event.ActionEvent;
import java.awt.event.ActionListener;
import java.awt.event.ItemEvent;
import java.awt.event.ItemListener;
import java.io.File;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * ImageJ in a process of its own, on a screen, and somebody who clicks: Plugins, Lesion,
 * Outline..., Preview, OK, with the recorder open. Arguments: a photo, and where to put a picture
 * of the screen. What it saw goes to standard output, a line each.
 */
final class ScreenSession {
  /** This Java has no way to draw on a screen. */
  static final int NO_SCREEN = 77;

  /** The machine may be busy. */
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(4);

  private ScreenSession() {}

  public static void main(String[] args) {
    try {
      session(args[0], new File(args[1]));
      System.exit(0);
    } catch (UnsatisfiedLinkError | NoClassDefFoundError e) {
      System.out.println(e);
      System.exit(NO_SCREEN);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
  }

  private static void session(String photo, File picture) throws Exception {
    ImageJ imagej = new ImageJ();
    imagej.setLocation(430, 0);
    ImagePlus image = IJ.openImage(photo);
    image.show();
    image.getWindow().setLocation(10, 120);
    Recorder recorder = new Recorder();
    recorder.setLocation(430, 120);
    recorder.setSize(560, 180);

    click(item("Plugins", "Lesion", "Outline..."));
    GenericDialog dialog = (GenericDialog) Objects.requireNonNull(awaited(() -> dialog()));
    dialog.setLocation(430, 320);
    Checkbox preview = dialog.getPreviewCheckbox();
    tick(preview, true);
    awaited(() -> image.getOverlay());
    say("preview area", area(image.getOverlay().get(0)));
    say("selection during preview", image.getRoi() == null ? "none" : "one");
    tick(preview, false);
    await(() -> image.getOverlay() == null);
    tick(preview, true);
    awaited(() -> image.getOverlay());

    for (Button button : dialog.getButtons()) {
      if (button != null && button.getLabel().strip().equals("OK")) {
        for (ActionListener listener : button.getActionListeners()) {
          listener.actionPerformed(new ActionEvent(button, ActionEvent.ACTION_PERFORMED, "OK"));
        }
      }
    }
    ResultsTable table = ResultsTable.getResultsTable();
    await(() -> table.size() == 1 && recorder.getText().contains("run(\"Outline...\""));
    say("overlay after OK", image.getOverlay() == null ? "none" : "one");
    say("selection area", area(image.getRoi()));
    say("table area", table.getValue("area_px", 0));
    say("managed", RoiManager.getRoiManager().getCount());
    String recorded =
        recorder.getText().lines().filter(l -> l.contains("Outline...")).findFirst().orElse("");
    say("recorded", recorded);
    draw(picture);

    // What was recorded does the same again.
    recorder.close();
    image.deleteRoi();
    IJ.runMacro(recorded);
    await(() -> table.size() == 2);
    say("replayed area", table.getValue("area_px", 1));
    say("managed after replay", RoiManager.getRoiManager().getCount());
    say("dialogs left", dialog() == null ? "none" : "one");
  }

  private static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }

  private static int area(@Nullable Roi roi) {
    int area = 0;
    if (roi != null) {
      Rectangle in = roi.getBounds();
      for (int y = in.y; y < in.y + in.height; y++) {
        for (int x = in.x; x < in.x + in.width; x++) {
          area += roi.contains(x, y) ? 1 : 0;
        }
      }
    }
    return area;
  }

  /** The windows as a user would have them beside each other, on the screen. */
  private static void draw(File picture) throws Exception {
    place(WindowManager.getWindow("Results"), 10, 600, 980, 120);
    place(WindowManager.getWindow("ROI Manager"), 430, 320, 0, 0);
    Robot robot = new Robot();
    robot.waitForIdle();
    robot.delay(1000); // For what is drawn on threads of the window system.
    ImageIO.write(robot.createScreenCapture(new Rectangle(0, 0, 1000, 730)), "png", picture);
  }

  private static void place(@Nullable Window window, int x, int y, int width, int height) {
    if (window != null) {
      window.setLocation(x, y);
      if (width > 0) {
        window.setSize(width, height);
      }
    }
  }

  private static @Nullable GenericDialog dialog() {
    for (Window window : Window.getWindows()) {
      if (window instanceof GenericDialog dialog && dialog.isShowing()) {
        return dialog;
      }
    }
    return null;
  }

  private static MenuItem item(String... path) {
    MenuContainer in = Menus.getMenuBar();
    MenuItem found = null;
    for (String label : path) {
      found = in instanceof Menu menu ? in(menu, label) : in(label);
      in = found instanceof Menu menu ? menu : in;
    }
    return Objects.requireNonNull(found);
  }

  private static MenuItem in(String label) {
    for (int i = 0; i < Menus.getMenuBar().getMenuCount(); i++) {
      if (Menus.getMenuBar().getMenu(i).getLabel().equals(label)) {
        return Menus.getMenuBar().getMenu(i);
      }
    }
    throw new IllegalStateException("no menu " + label);
  }

  private static MenuItem in(Menu menu, String label) {
    for (int i = 0; i < menu.getItemCount(); i++) {
      if (menu.getItem(i).getLabel().equals(label)) {
        return menu.getItem(i);
      }
    }
    throw new IllegalStateException("no entry " + label + " in the menu " + menu.getLabel());
  }

  private static void click(MenuItem item) {
    ActionEvent event =
        new ActionEvent(item, ActionEvent.ACTION_PERFORMED, item.getActionCommand());
    for (ActionListener listener : item.getActionListeners()) {
      listener.actionPerformed(event);
    }
  }

  private static void tick(Checkbox box, boolean on) {
    box.setState(on);
    ItemEvent event =
        new ItemEvent(
            box,
            ItemEvent.ITEM_STATE_CHANGED,
            box.getLabel(),
            on ? ItemEvent.SELECTED : ItemEvent.DESELECTED);
    for (ItemListener listener : box.getItemListeners()) {
      listener.itemStateChanged(event);
    }
  }

  /** What may not be there yet. */
  private interface Late {
    @Nullable Object get();
  }

  private static Object awaited(Late late) throws InterruptedException {
    await(() -> late.get() != null);
    return Objects.requireNonNull(late.get());
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited in vain");
      }
      Thread.sleep(50);
    }
  }
}
